namespace Ipsec.Packets.Ike;

/// <summary>Certificate payload (RFC 7296 section 3.6): an encoding octet and the data.</summary>
public sealed record CertificatePayload(CertificateEncoding Encoding, Octets Data) : Payload
{
    public override PayloadType Type => PayloadType.Certificate;

    public override IEnumerable<string> Describe() => [$"encoding {Encoding}", $"data {Data.Length} octets"];

    public override byte[] EncodeBody() => [(byte)Encoding, .. Data.Span];

    internal static CertificatePayload Parse(ref FieldReader reader) => new((CertificateEncoding)reader.U8("Cert Encoding"), reader.Rest());
}

/// <summary>Certificate Request payload (RFC 7296 section 3.7): an encoding octet and SHA-1 hashes of trusted CAs' public keys.</summary>
public sealed record CertificateRequestPayload(CertificateEncoding Encoding, Octets Authorities) : Payload
{
    public override PayloadType Type => PayloadType.CertificateRequest;

    public override IEnumerable<string> Describe() => [$"encoding {Encoding}", $"authorities {Authorities}"];

    public override byte[] EncodeBody() => [(byte)Encoding, .. Authorities.Span];

    internal static CertificateRequestPayload Parse(ref FieldReader reader) => new((CertificateEncoding)reader.U8("Cert Encoding"), reader.Rest());
}
