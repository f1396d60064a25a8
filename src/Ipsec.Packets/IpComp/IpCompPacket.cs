using System.Buffers.Binary;

namespace Ipsec.Packets.IpComp;

/// <summary>
/// An IP Payload Compression header with its compressed payload (RFC 3173 section 3.1), owned:
/// <code>
/// |  Next Header  |     Flags     | Compression Parameter Index   |
/// </code>
/// For every one that is long enough, <c>Encode(TryParse(x)) == x</c>.
/// </summary>
/// <param name="Flags">Reserved: sent as zero, ignored on receipt.</param>
/// <param name="Cpi">0 to 63 well-known algorithms (2 DEFLATE, 3 LZS, 4 LZJH), 256 to 61439 negotiated.</param>
public sealed record IpCompPacket(byte NextHeader, byte Flags, ushort Cpi, Octets Payload)
{
    /// <summary>Octets.</summary>
    public const int HeaderSize = 4;

    public byte[] Encode() => [NextHeader, Flags, (byte)(Cpi >> 8), (byte)Cpi, .. Payload.Span];

    public static bool TryParse(ReadOnlySpan<byte> octets, out IpCompPacket packet, out ParseError error)
    {
        packet = None;
        error = default;
        if (octets.Length < HeaderSize)
        {
            error = new(0, "IPComp header", $"{octets.Length} octets, needs {HeaderSize}");
            return false;
        }
        packet = new(octets[0], octets[1], BinaryPrimitives.ReadUInt16BigEndian(octets[2..]), new(octets[HeaderSize..]));
        return true;
    }

    private static readonly IpCompPacket None = new(0, 0, 0, Octets.Empty);
}
