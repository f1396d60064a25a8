namespace Ipsec.Packets.Ikev1;

/// <summary>
/// A payload that is one string of octets: KE (RFC 2408 section 3.7: the public value), HASH (3.11), SIG (3.12), NONCE (3.13), VID (3.16),
/// NAT-D (RFC 3947 section 3.2: a hash over cookies, address and port), and every type without a structure here.
/// </summary>
public sealed record OpaquePayload(IsakmpPayloadType OpaqueType, Octets Data) : IsakmpPayload
{
    public override IsakmpPayloadType Type => OpaqueType;

    public override byte[] EncodeBody() => Data.ToArray();
}
