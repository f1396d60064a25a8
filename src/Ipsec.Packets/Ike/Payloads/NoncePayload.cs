namespace Ipsec.Packets.Ike;

/// <summary>Nonce payload (RFC 7296 section 3.9): 16 to 256 octets. Other lengths are read, and are for the caller to refuse.</summary>
public sealed record NoncePayload(Octets Nonce) : Payload
{
    public const int MinimumLength = 16;
    public const int MaximumLength = 256;

    public override PayloadType Type => PayloadType.Nonce;

    public override IEnumerable<string> Describe() => [$"nonce {Nonce} ({Nonce.Length} octets)"];

    public override byte[] EncodeBody() => Nonce.ToArray();

    internal static NoncePayload Parse(ref FieldReader reader) => new(reader.Rest());
}
