namespace Ipsec.Packets.Ike;

/// <summary>Generic Secure Password Method payload GSPM (RFC 6467 section 2.2): opaque data of the method that SECURE_PASSWORD_METHODS chose.</summary>
public sealed record GenericSecurePasswordPayload(Octets Data) : Payload
{
    public override PayloadType Type => PayloadType.GenericSecurePassword;

    public override IEnumerable<string> Describe() => [$"data {Data}"];

    public override byte[] EncodeBody() => Data.ToArray();

    internal static GenericSecurePasswordPayload Parse(ref FieldReader reader) => new(reader.Rest());
}
