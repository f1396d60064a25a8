using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>A certificate that leads to a trust anchor and is the peer's.</summary>
/// <param name="Chain">DER, the peer's certificate first, the anchor last.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo, DER.</param>
internal sealed record TrustedCertificate(ImmutableArray<Octets> Chain, byte[] PublicKey);

/// <summary>
/// Validates the certificates that a peer sends (RFC 7296 section 3.6, RFC 5280 section 6, RFC 4945 section 5), up to trust anchors of the connection, at the
/// time given, without asking anybody: what was to be looked up is there, and CRLs are the host's and the peer's (<see cref="CertificateRevocation"/>).
/// </summary>
internal static class CertificateTrust
{
    // A peer has no reason to send more of either; the rest is not looked at.
    private const int MaximumCertificates = 16, MaximumLists = 16;

    private const string ExtendedKeyUsageForIke = "1.3.6.1.5.5.7.3.17", AnyExtendedKeyUsage = "2.5.29.37.0";

    /// <summary>The first certificate is the one that AUTH is signed with; the others may help to build its chain.</summary>
    public static bool TryValidate(
        ImmutableArray<Payload> payloads, PeerEntry entry, IdentificationPayload identity, CertificateChecks checks, DateTimeOffset now,
        [NotNullWhen(true)] out TrustedCertificate? trusted, out string reason)
    {
        trusted = null;
        var sent = payloads.OfType<CertificatePayload>().Where(payload => payload.Encoding == CertificateEncoding.X509CertificateSignature)
            .Take(MaximumCertificates).ToArray();
        if (sent.Length == 0)
        {
            reason = "no certificate";
            return false;
        }
        using var chain = new X509Chain();
        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(sent[0].Data.Span);
            foreach (var payload in sent.Skip(1))
                chain.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(payload.Data.Span));
            foreach (var anchor in entry.TrustAnchors)
                chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(anchor.Span));
            reason = Check(chain, leaf, entry.IdentityInCertificate ? identity : null, checks, now);
            if (reason == "")
            {
                var lists = payloads.OfType<CertificatePayload>().Where(payload => payload.Encoding == CertificateEncoding.CertificateRevocationList);
                reason = CertificateRevocation.Check(
                    [.. chain.ChainElements.Select(element => element.Certificate)], entry.Revocation, lists.Take(MaximumLists).Select(list => list.Data), now);
            }
            if (reason == "")
                trusted = new([.. chain.ChainElements.Select(element => new Octets(element.Certificate.RawData))], leaf.PublicKey.ExportSubjectPublicKeyInfo());
        }
        // How the platform says that octets are no certificate.
        catch (Exception failure) when (failure is CryptographicException or AsnContentException)
        {
            reason = "a certificate is malformed";
        }
        finally
        {
            foreach (var certificate in chain.ChainPolicy.ExtraStore.Concat(chain.ChainPolicy.CustomTrustStore).Concat(chain.ChainElements.Select(element => element.Certificate)))
                certificate.Dispose();
        }
        return trusted is not null;
    }

    /// <param name="identity">That must be one of the certificate's names; null where any may be asserted.</param>
    private static string Check(X509Chain chain, X509Certificate2 leaf, IdentificationPayload? identity, CertificateChecks checks, DateTimeOffset now)
    {
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        if (!chain.Build(leaf) && chain.ChainStatus.Select(status => status.Status & ~Ignored(checks)).Where(status => status != 0).Distinct().ToArray() is { Length: > 0 } troubles)
            return $"no trusted chain: {string.Join(", ", troubles)}";
        // RFC 4945 section 5.1.3.2: where key usage is limited, signing must be among it.
        if (checks.HasFlag(CertificateChecks.KeyUsage) && leaf.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage
            && (usage.KeyUsages & (X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation)) == 0)
            return "the certificate is not one for signatures";
        // Section 5.1.3.12.
        if (checks.HasFlag(CertificateChecks.ExtendedKeyUsage) && leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } extended
            && !extended.EnhancedKeyUsages.Cast<Oid>().Any(purpose => purpose.Value is ExtendedKeyUsageForIke or AnyExtendedKeyUsage))
            return "the certificate is not one for IKE";
        // Section 5.1.3.9: key usage alone makes no authority, whatever the platform thinks of it.
        if (checks.HasFlag(CertificateChecks.Authorities)
            && chain.ChainElements.Skip(1).SkipLast(1).Any(element => element.Certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true }))
            return "an intermediate certificate is not one of an authority";
        return identity is null || CertificateIdentity.Matches(leaf, identity.IdType, identity.Data) ? "" : $"the certificate is not one of {identity.Identity}";
    }

    private static X509ChainStatusFlags Ignored(CertificateChecks checks) =>
        (checks.HasFlag(CertificateChecks.Validity) ? 0 : X509ChainStatusFlags.NotTimeValid)
        | (checks.HasFlag(CertificateChecks.Authorities) ? 0 : X509ChainStatusFlags.InvalidBasicConstraints)
        | (checks.HasFlag(CertificateChecks.CriticalExtensions) ? 0 : X509ChainStatusFlags.HasNotSupportedCriticalExtension);
}
