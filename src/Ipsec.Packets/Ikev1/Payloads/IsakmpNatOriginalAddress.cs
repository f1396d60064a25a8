using System.Net;

namespace Ipsec.Packets.Ikev1;

/// <summary>
/// NAT Original Address payload (RFC 3947 section 5.2):
/// <code>
/// |   ID Type     |            RESERVED (24 bits)                 |
/// |           IPv4 (4 octets) or IPv6 address (16 octets)         |
/// </code>
/// </summary>
/// <param name="Kind">The type of the RFC or that of its drafts.</param>
public sealed record IsakmpNatOriginalAddress(IsakmpPayloadType Kind, IsakmpIdentificationType IdType, Octets Data) : IsakmpPayload
{
    /// <summary>24 bits.</summary>
    public uint Reserved2 { get; init; }

    public override IsakmpPayloadType Type => Kind;

    /// <summary>The address, or null where the length is no address's.</summary>
    public IPAddress? Address => Data.Length is 4 or 16 ? new(Data.Span) : null;

    public override byte[] EncodeBody() => [(byte)IdType, (byte)(Reserved2 >> 16), (byte)(Reserved2 >> 8), (byte)Reserved2, .. Data.Span];

    internal static IsakmpNatOriginalAddress Parse(IsakmpPayloadType kind, ref FieldReader reader)
    {
        var type = (IsakmpIdentificationType)reader.U8("ID Type");
        var reserved = reader.U24("RESERVED");
        return new(kind, type, reader.Rest()) { Reserved2 = reserved };
    }
}
