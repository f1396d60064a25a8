namespace Ipsec.Packets.Ike;

/// <summary>A payload of a type that this library gives no structure; its octets are kept.</summary>
public sealed record UnknownPayload(PayloadType UnknownType, Octets Body) : Payload
{
    public override PayloadType Type => UnknownType;

    public override IEnumerable<string> Describe() => [$"{Body.Length} octets {Body}"];

    public override byte[] EncodeBody() => Body.ToArray();
}
