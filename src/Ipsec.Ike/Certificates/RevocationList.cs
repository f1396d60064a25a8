using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Ipsec.Crypto;

namespace Ipsec.Ike;

/// <summary>
/// A CRL (RFC 5280 section 5.1), DER:
/// <code>
/// CertificateList ::= SEQUENCE {
///   tbsCertList SEQUENCE {
///     version INTEGER OPTIONAL, signature AlgorithmIdentifier, issuer Name, thisUpdate Time, nextUpdate Time OPTIONAL,
///     revokedCertificates SEQUENCE OF SEQUENCE { userCertificate INTEGER, revocationDate Time, crlEntryExtensions Extensions OPTIONAL } OPTIONAL,
///     crlExtensions [0] EXPLICIT Extensions OPTIONAL },
///   signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
/// </code>
/// </summary>
internal sealed class RevocationList
{
    private const string DeltaIndicator = "2.5.29.27";

    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0, isConstructed: true);

    private readonly HashSet<string> _serials = [];
    private readonly byte[] _signed, _algorithm, _signature, _issuer;
    private readonly DateTimeOffset _thisUpdate;
    private readonly DateTimeOffset? _nextUpdate;

    /// <exception cref="AsnContentException">It is no CRL.</exception>
    private RevocationList(byte[] octets)
    {
        var outer = new AsnReader(octets, AsnEncodingRules.DER);
        var whole = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        _signed = whole.ReadEncodedValue().ToArray();
        _algorithm = whole.ReadEncodedValue().ToArray();
        _signature = whole.ReadBitString(out _);
        whole.ThrowIfNotEmpty();
        var list = new AsnReader(_signed, AsnEncodingRules.DER).ReadSequence();
        if (list.PeekTag() == Asn1Tag.Integer)
            list.ReadInteger();
        // Section 5.1.1.2: the same algorithm inside as outside.
        IsUnderstood = list.ReadEncodedValue().Span.SequenceEqual(_algorithm);
        _issuer = list.ReadEncodedValue().ToArray();
        _thisUpdate = ReadTime(list);
        if (list.HasData && list.PeekTag() is var tag && (tag == Asn1Tag.UtcTime || tag == Asn1Tag.GeneralizedTime))
            _nextUpdate = ReadTime(list);
        if (list.HasData && list.PeekTag() == Asn1Tag.Sequence)
            ReadEntries(list.ReadSequence());
        if (list.HasData)
            ReadExtensions(list.ReadSequence(Extensions).ReadSequence());
    }

    /// <summary>
    /// Whether all of it is known here: a list with a critical extension that is not (RFC 5280 section 5.2), and one of differences only (RFC 4945 section 5.2.2.4.1),
    /// says nothing.
    /// </summary>
    public bool IsUnderstood { get; private set; }

    public static bool TryParse(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out RevocationList? list)
    {
        list = null;
        try
        {
            list = new(octets.ToArray());
        }
        catch (AsnContentException)
        {
            // How the platform says that octets are not what they should be.
        }
        return list is not null;
    }

    /// <summary>Whether the issuer of a certificate, which has this certificate itself, has made the list: by name, by what its key is for, by signature.</summary>
    public bool IsBy(X509Certificate2 issuer) =>
        issuer.SubjectName.RawData.AsSpan().SequenceEqual(_issuer)
        && issuer.Extensions.OfType<X509KeyUsageExtension>().All(usage => usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign))
        && SignatureAlgorithm.TryFromIdentifier(_algorithm, out var algorithm)
        && algorithm.Verify(issuer.PublicKey.ExportSubjectPublicKeyInfo(), _signed, _signature);

    public bool IsCurrent(DateTimeOffset now) => _thisUpdate <= now && now <= _nextUpdate;

    public bool Names(X509Certificate2 certificate) => _serials.Contains(Convert.ToHexString(certificate.SerialNumberBytes.Span));

    private void ReadEntries(AsnReader entries)
    {
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            _serials.Add(Convert.ToHexString(entry.ReadIntegerBytes().Span));
            ReadTime(entry);
            if (entry.HasData)
                ReadExtensions(entry.ReadSequence());
        }
    }

    private void ReadExtensions(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var isDelta = extension.ReadObjectIdentifier() == DeltaIndicator;
            var isCritical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
            IsUnderstood &= !isDelta && !isCritical;
        }
    }

    private static DateTimeOffset ReadTime(AsnReader reader) => reader.PeekTag() == Asn1Tag.UtcTime ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
}
