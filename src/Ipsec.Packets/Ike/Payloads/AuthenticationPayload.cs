namespace Ipsec.Packets.Ike;

/// <summary>
/// Authentication payload (RFC 7296 section 3.8):
/// <code>
/// | Auth Method   |                RESERVED                       |
/// |                     Authentication Data                       |
/// </code>
/// </summary>
public sealed record AuthenticationPayload(AuthenticationMethod Method, Octets Data) : Payload
{
    /// <summary>24 bits.</summary>
    public uint Reserved { get; init; }

    public override PayloadType Type => PayloadType.Authentication;

    public override IEnumerable<string> Describe() => [$"method {Method}", $"data {Data}"];

    public override byte[] EncodeBody() =>
        [(byte)Method, (byte)(Reserved >> 16), (byte)(Reserved >> 8), (byte)Reserved, .. Data.Span];

    internal static AuthenticationPayload Parse(ref FieldReader reader)
    {
        var method = (AuthenticationMethod)reader.U8("Auth Method");
        var reserved = reader.U24("RESERVED");
        return new(method, reader.Rest()) { Reserved = reserved };
    }
}
