using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ipsec.Packets;

namespace Conformance.Testing;

/// <summary>A CRL to be (RFC 5280 section 5.1), version 2; as it stands, a current one that names nobody. It can be made one that nobody may believe.</summary>
public sealed record TestRevocationList
{
    private const string EcdsaWithSha256 = "1.2.840.10045.4.3.2", CrlNumber = "2.5.29.20", DeltaCrlIndicator = "2.5.29.27", AuthorityKeyIdentifier = "2.5.29.35";

    /// <summary>Certificates that it names, DER.</summary>
    public ImmutableArray<Octets> Revoked { get; init; } = [];

    public DateTimeOffset ThisUpdate { get; init; } = TestCertificates.From.AddMonths(1);
    public DateTimeOffset NextUpdate { get; init; } = TestCertificates.Until;

    public byte Number { get; init; } = 2;

    /// <summary>It has only what differs from the list of this number: a delta CRL (section 5.2.4).</summary>
    public byte? Base { get; init; }

    /// <summary>The same, out of date since June 2025.</summary>
    public TestRevocationList Stale() => this with { NextUpdate = new(2025, 6, 1, 0, 0, 0, TimeSpan.Zero) };

    internal Octets Encode(X509Certificate2 issuer, ECDsa key)
    {
        var signed = Content(issuer);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(signed);
            WriteAlgorithm(writer);
            writer.WriteBitString(key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }
        return writer.Encode();
    }

    private byte[] Content(X509Certificate2 issuer)
    {
        var extensionsTag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            const int version2 = 1;
            writer.WriteInteger(version2);
            WriteAlgorithm(writer);
            writer.WriteEncodedValue(issuer.SubjectName.RawData);
            writer.WriteUtcTime(ThisUpdate);
            writer.WriteUtcTime(NextUpdate);
            WriteEntries(writer);
            using (writer.PushSequence(extensionsTag))
            using (writer.PushSequence())
            {
                WriteExtension(writer, AuthorityKeyIdentifier, false, X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false).RawData);
                WriteExtension(writer, CrlNumber, false, [2, 1, Number]);
                if (Base is { } number)
                    WriteExtension(writer, DeltaCrlIndicator, true, [2, 1, number]);
            }
        }
        return writer.Encode();
    }

    // Absent rather than empty (section 5.1.2.6).
    private void WriteEntries(AsnWriter writer)
    {
        if (Revoked.IsEmpty)
            return;
        using var entries = writer.PushSequence();
        foreach (var revoked in Revoked)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(revoked.Span);
            using var entry = writer.PushSequence();
            writer.WriteInteger(certificate.SerialNumberBytes.Span);
            writer.WriteUtcTime(ThisUpdate);
        }
    }

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using var algorithm = writer.PushSequence();
        writer.WriteObjectIdentifier(EcdsaWithSha256);
    }

    private static void WriteExtension(AsnWriter writer, string identifier, bool isCritical, ReadOnlySpan<byte> value)
    {
        using var extension = writer.PushSequence();
        writer.WriteObjectIdentifier(identifier);
        if (isCritical)
            writer.WriteBoolean(true);
        writer.WriteOctetString(value);
    }
}
