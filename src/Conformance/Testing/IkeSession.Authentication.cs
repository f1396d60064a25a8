using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Testing;

/// <summary>AUTH in both directions: by pre-shared key or by signature (RFC 7296 section 2.15, RFC 7427).</summary>
public sealed partial class IkeSession
{
    /// <summary>What the tester signs with, by the name of the algorithm; null for the first that fits its key.</summary>
    public string? SignatureName { get; set; }

    /// <summary>Hashes that the tester announces in IKE_SA_INIT where certificates are used; empty announces nothing.</summary>
    public ImmutableArray<HashAlgorithmId> AnnouncedHashes { get; set; } =
        [HashAlgorithmId.Sha2256, HashAlgorithmId.Sha2384, HashAlgorithmId.Sha2512, HashAlgorithmId.Identity];

    /// <summary>Who the tester says that it is; null for whom the policy has.</summary>
    public PolicyIdentity? Identity { get; set; }

    /// <summary>What the tester proves itself with; null for what the policy has.</summary>
    public CertifiedKey? Credential { get; set; }

    /// <summary>CERT payloads of the tester; null for one for each of its certificates.</summary>
    public ImmutableArray<CertificatePayload>? PresentedCertificates { get; set; }

    /// <summary>CERTREQ payloads of the tester; null for one for the authority that it trusts.</summary>
    public ImmutableArray<CertificateRequestPayload>? PresentedRequests { get; set; }

    /// <summary>The tester says that it looks certificates up (RFC 7296 section 3.6). It knows what is on its own server.</summary>
    public CertificateServer? LooksUpAt { get; set; }

    /// <summary>AUTH of the tester over an identity of the tester.</summary>
    public AuthenticationPayload Authenticate(IdentificationPayload identity)
    {
        if (Policy.Anonymous.HasFlag(PolicyEnds.Tester))
            return AuthenticateBy(OwnSkP, identity, AuthenticationMethod.NullAuthentication);
        if (Policy.Certificates is not { } certificates || !Policy.IsCertified(PolicyEnds.Tester))
            return AuthenticateBy(Policy.SharedKey.ToArray(), identity);
        foreach (var algorithm in SignatureAlgorithm.All.Where(algorithm => SignatureName is null ? IsUsual(algorithm) : algorithm.Name == SignatureName))
            if (algorithm.TrySign((Credential ?? certificates.Remote).PrivateKey.Span, OwnSignedOctets(identity), _random, out var signature))
                return new(algorithm.Method, algorithm.Method == AuthenticationMethod.DigitalSignature ? DigitalSignatureData.Write(algorithm.Identifier.Span, signature) : signature);
        throw new InvalidOperationException($"the tester's key can't sign with {SignatureName ?? "anything usual"}");
    }

    /// <summary>AUTH of the tester with any key.</summary>
    public AuthenticationPayload AuthenticateBy(byte[] key, IdentificationPayload identity, AuthenticationMethod method = AuthenticationMethod.SharedKey) => new(
        method, SharedKeyAuthentication.Compute(Algorithms!.Prf, key, OwnInit.ToArray(), PeerNonce.ToArray(), OwnSkP, identity.EncodeBody()));

    /// <summary>What the tester's signature covers.</summary>
    public byte[] OwnSignedOctets(IdentificationPayload identity) =>
        [.. OwnInit.Span, .. PeerNonce.Span, .. Algorithms!.Prf.Compute(OwnSkP, identity.EncodeBody())];

    /// <summary>CERT payloads of the tester, and CERTREQ for the authority that it trusts; nothing for an end with a pre-shared key.</summary>
    public ImmutableArray<Payload> CertificatePayloads() => Policy.Certificates is not { } certificates
        ? []
        :
        [
            .. !Policy.IsCertified(PolicyEnds.Tester) ? [] : PresentedCertificates
                ?? [.. (Credential ?? certificates.Remote).Chain.Select(certificate => new CertificatePayload(CertificateEncoding.X509CertificateSignature, certificate))],
            .. Policy.IsCertified(PolicyEnds.Implementation) ? CertificateRequests() : [],
        ];

    /// <summary>CERTREQ, and HTTP_CERT_LOOKUP_SUPPORTED, which may stand wherever that does.</summary>
    private ImmutableArray<Payload> CertificateRequests() =>
    [
        .. PresentedRequests ?? [CertificateRequest()],
        .. LooksUpAt is null ? ImmutableArray<Payload>.Empty : [new NotifyPayload(NotifyType.HttpCertLookupSupported)],
    ];

    private ImmutableArray<Payload> HashAnnouncement() => Policy.Certificates is null || AnnouncedHashes.IsEmpty
        ? []
        : [new NotifyPayload(NotifyType.SignatureHashAlgorithms, AnnouncedHashes.SelectMany(hash => new[] { (byte)((ushort)hash >> 8), (byte)hash }).ToArray())];

    private CertificateRequestPayload CertificateRequest()
    {
        using var authority = X509CertificateLoader.LoadCertificate(Policy.Certificates!.Authority.Span);
        return new(CertificateEncoding.X509CertificateSignature, System.Security.Cryptography.SHA1.HashData(authority.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    private string? VerifyPeer(ReceivedIke message, PayloadType side)
    {
        if (message.Payloads.OfType<IdentificationPayload>().FirstOrDefault(payload => payload.Side == side) is not { } identity)
            return $"no {side.Notation()} payload";
        if (message.Find<AuthenticationPayload>() is not { } authentication)
            return "no AUTH payload";
        if (!Policy.LocalIdentity.IsIn(identity))
            return $"identity {identity.IdType} {identity.Identity}, not {Policy.LocalIdentity}";
        if (Policy.Anonymous.HasFlag(PolicyEnds.Implementation))
            return VerifyBy(PeerSkP, identity, authentication, AuthenticationMethod.NullAuthentication);
        return Policy.IsCertified(PolicyEnds.Implementation) ? VerifySignature(message, identity, authentication) : VerifyBy(Policy.SharedKey.ToArray(), identity, authentication);
    }

    private string? VerifyBy(byte[] key, IdentificationPayload identity, AuthenticationPayload authentication, AuthenticationMethod method = AuthenticationMethod.SharedKey)
    {
        var expected = SharedKeyAuthentication.Compute(Algorithms!.Prf, key, PeerInit.ToArray(), OwnNonce.ToArray(), PeerSkP, identity.EncodeBody());
        return authentication.Method != method ? $"AUTH of method {authentication.Method}, not {method}"
            : authentication.Data == (Ipsec.Packets.Octets)expected ? null : "AUTH does not verify";
    }

    /// <summary>With the key of the first certificate sent, whoever issued that.</summary>
    private string? VerifySignature(ReceivedIke message, IdentificationPayload identity, AuthenticationPayload authentication)
    {
        if (Certificates(message) is not [{ } first, ..])
            return "no CERT payload with an X.509 certificate, or what it points to is not there";
        byte[] key;
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(first.Span);
            key = certificate.PublicKey.ExportSubjectPublicKeyInfo();
        }
        catch (CryptographicException)
        {
            // How the platform says that octets are no certificate.
            return "its certificate is malformed";
        }
        byte[] signed = [.. PeerInit.Span, .. OwnNonce.Span, .. Algorithms!.Prf.Compute(PeerSkP, identity.EncodeBody())];
        if (authentication.Method == AuthenticationMethod.DigitalSignature)
        {
            return DigitalSignatureData.TryParse(authentication.Data.Span, out var named, out var signature) && named.Verify(key, signed, signature)
                ? null : "the Digital Signature does not verify";
        }
        return SignatureAlgorithm.All.Any(algorithm => Stands(authentication.Method, algorithm) && algorithm.Verify(key, signed, authentication.Data.Span))
            ? null : $"AUTH of method {authentication.Method} does not verify";
    }

    /// <summary>The certificates that a message has, or points to: those that are on the tester's server with the right hash.</summary>
    public ImmutableArray<Ipsec.Packets.Octets> Certificates(ReceivedIke message) => [.. message.Payloads.OfType<CertificatePayload>().SelectMany(payload => payload.Encoding switch
    {
        CertificateEncoding.X509CertificateSignature => [payload.Data],
        CertificateEncoding.HashAndUrlOfX509Certificate => LookUp(payload) is { } found ? [found] : ImmutableArray<Ipsec.Packets.Octets>.Empty,
        CertificateEncoding.HashAndUrlOfX509Bundle => LookUp(payload) is { } found && CertificateBundle.TryParse(found, 16, out var items) ? [.. items.Select(item => item.Data)] : [],
        _ => [],
    })];

    private byte[]? LookUp(CertificatePayload payload) =>
        HashAndUrl.TryParse(payload.Data, out var place) && LooksUpAt?.Find(place.Url) is { } found
        && System.Security.Cryptography.SHA1.HashData(found).AsSpan().SequenceEqual(place.Hash.Span) ? found : null;

    /// <summary>Section 3.8: the old RSA method has no hash of its own.</summary>
    private static bool Stands(AuthenticationMethod method, SignatureAlgorithm algorithm) => method == AuthenticationMethod.RsaDigitalSignature
        ? algorithm.Name.StartsWith("RSASSA-PKCS1", StringComparison.Ordinal)
        : algorithm.Method == method;

    private static bool IsUsual(SignatureAlgorithm algorithm) => algorithm is { Method: AuthenticationMethod.DigitalSignature, Hash: not HashAlgorithmId.Sha1 };

    private byte[] OwnSkP => IsInitiator ? Keys!.SkPi : Keys!.SkPr;

    private byte[] PeerSkP => IsInitiator ? Keys!.SkPr : Keys!.SkPi;
}
