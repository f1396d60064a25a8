using System.Collections.Immutable;
using System.Formats.Asn1;

namespace Ipsec.Packets.Ike;

/// <summary>
/// Certificates and CRLs in one piece, DER (RFC 7296 section 3.6), which encoding 13 points to:
/// <code>
/// CertificateBundle ::= SEQUENCE OF CHOICE { cert [0] EXPLICIT Certificate, crl [1] EXPLICIT CertificateList }
/// </code>
/// </summary>
public static class CertificateBundle
{
    private static readonly Asn1Tag Certificate = new(TagClass.ContextSpecific, 0, isConstructed: true), RevocationList = new(TagClass.ContextSpecific, 1, isConstructed: true);

    /// <param name="certificates">DER, in this order.</param>
    /// <param name="revocationLists">DER, behind the certificates.</param>
    public static byte[] Write(IEnumerable<Octets> certificates, IEnumerable<Octets> revocationLists)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var (tag, item) in certificates.Select(item => (Certificate, item)).Concat(revocationLists.Select(item => (RevocationList, item))))
                using (writer.PushSequence(tag))
                    writer.WriteEncodedValue(item.Span);
        }
        return writer.Encode();
    }

    /// <summary>Its items as CERT payloads with the encodings 4 and 7, in order; false if it is none, or has more items than wanted. What the items are is not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, int maximum, out ImmutableArray<CertificatePayload> items)
    {
        var found = ImmutableArray.CreateBuilder<CertificatePayload>();
        items = [];
        try
        {
            var reader = new AsnReader(octets.ToArray(), AsnEncodingRules.DER);
            var sequence = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            while (sequence.HasData)
            {
                var isCertificate = sequence.PeekTag() == Certificate;
                var item = sequence.ReadSequence(isCertificate ? Certificate : RevocationList);
                if (found.Count == maximum)
                    return false;
                found.Add(new(isCertificate ? CertificateEncoding.X509CertificateSignature : CertificateEncoding.CertificateRevocationList, item.ReadEncodedValue().ToArray()));
                item.ThrowIfNotEmpty();
            }
        }
        catch (AsnContentException)
        {
            // How the platform says that octets are not what they should be.
            return false;
        }
        items = found.ToImmutable();
        return true;
    }
}
