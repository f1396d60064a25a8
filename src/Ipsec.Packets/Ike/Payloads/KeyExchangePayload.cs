namespace Ipsec.Packets.Ike;

/// <summary>
/// Key Exchange payload (RFC 7296 section 3.4):
/// <code>
/// |   Diffie-Hellman Group Num    |           RESERVED            |
/// |                       Key Exchange Data                       |
/// </code>
/// </summary>
public sealed record KeyExchangePayload(KeyExchangeId Method, Octets Data) : Payload
{
    public ushort Reserved { get; init; }

    public override PayloadType Type => PayloadType.KeyExchange;

    public override IEnumerable<string> Describe() => [$"method {Method}", $"data {Data} ({Data.Length} octets)"];

    public override byte[] EncodeBody() =>
        [(byte)((ushort)Method >> 8), (byte)Method, (byte)(Reserved >> 8), (byte)Reserved, .. Data.Span];

    internal static KeyExchangePayload Parse(ref FieldReader reader)
    {
        var method = (KeyExchangeId)reader.U16("Diffie-Hellman Group Num");
        var reserved = reader.U16("RESERVED");
        return new(method, reader.Rest()) { Reserved = reserved };
    }
}
