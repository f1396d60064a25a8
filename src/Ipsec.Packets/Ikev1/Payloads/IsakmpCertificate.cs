using Ipsec.Packets.Ike;

namespace Ipsec.Packets.Ikev1;

/// <summary>Certificate and Certificate Request payloads (RFC 2408 sections 3.9 and 3.10): an encoding octet, then a certificate or an authority's name.</summary>
/// <param name="Kind">CERT or CR.</param>
public sealed record IsakmpCertificate(IsakmpPayloadType Kind, CertificateEncoding Encoding, Octets Data) : IsakmpPayload
{
    public override IsakmpPayloadType Type => Kind;

    public override byte[] EncodeBody() => [(byte)Encoding, .. Data.Span];

    internal static IsakmpCertificate Parse(IsakmpPayloadType kind, ref FieldReader reader) =>
        new(kind, (CertificateEncoding)reader.U8("Cert Encoding"), reader.Rest());
}
