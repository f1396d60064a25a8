using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>Whether a certificate is one of the identity that an ID payload claims (RFC 4945 section 3.1, RFC 7296 section 3.5).</summary>
internal static class CertificateIdentity
{
    private static readonly Asn1Tag Rfc822Name = new(TagClass.ContextSpecific, 1), DnsName = new(TagClass.ContextSpecific, 2), Address = new(TagClass.ContextSpecific, 7);

    /// <exception cref="AsnContentException">The certificate's subjectAltName is malformed.</exception>
    public static bool Matches(X509Certificate2 certificate, IdentificationType type, Octets identity) => type switch
    {
        IdentificationType.DerAsn1Dn => certificate.SubjectName.RawData.AsSpan().SequenceEqual(identity.Span),
        IdentificationType.Fqdn => AlternativeNames(certificate).Any(name => name.Tag == DnsName && IsText(name.Value, identity)),
        IdentificationType.Rfc822Addr => AlternativeNames(certificate).Any(name => name.Tag == Rfc822Name && IsText(name.Value, identity)),
        IdentificationType.Ipv4Addr or IdentificationType.Ipv6Addr =>
            AlternativeNames(certificate).Any(name => name.Tag == Address && name.Value.AsSpan().SequenceEqual(identity.Span)),
        // Section 3.1.8: an ID_KEY_ID says nothing that a certificate could bear out.
        _ => false,
    };

    private static bool IsText(byte[] name, Octets identity) =>
        string.Equals(Encoding.Latin1.GetString(name), Encoding.Latin1.GetString(identity.Span), StringComparison.OrdinalIgnoreCase);

    /// <summary>The content octets of each GeneralName that is text or octets (RFC 5280 section 4.2.1.6).</summary>
    private static List<(Asn1Tag Tag, byte[] Value)> AlternativeNames(X509Certificate2 certificate)
    {
        var names = new List<(Asn1Tag, byte[])>();
        foreach (var extension in certificate.Extensions.Where(extension => extension.Oid?.Value == "2.5.29.17"))
        {
            var sequence = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (sequence.HasData)
            {
                var tag = sequence.PeekTag();
                var content = sequence.PeekContentBytes().ToArray();
                sequence.ReadEncodedValue();
                if (tag.HasSameClassAndValue(Rfc822Name) || tag.HasSameClassAndValue(DnsName) || tag.HasSameClassAndValue(Address))
                    names.Add((new(tag.TagClass, tag.TagValue), content));
            }
        }
        return names;
    }
}
