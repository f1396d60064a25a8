using System.Buffers.Binary;

namespace Ipsec.Packets.Ah;

/// <summary>
/// A borrowed Authentication Header with what it protects (RFC 4302 section 2). Reading never throws and never allocates.
/// <code>
/// | Next Header   |  Payload Len  |          RESERVED             |
/// |                 Security Parameters Index (SPI)               |
/// |                    Sequence Number Field                      |
/// |                Integrity Check Value (variable)               |
/// </code>
/// Payload Len counts the header in units of 4 octets, less two. With IPv6 padding may follow the ICV inside the header: only the SA tells them apart.
/// </summary>
public readonly ref struct AhView
{
    /// <summary>Octets before the ICV.</summary>
    public const int FixedSize = 12;

    private AhView(ReadOnlySpan<byte> packet) => Packet = packet;

    public ReadOnlySpan<byte> Packet { get; }

    /// <summary>See <see cref="Ip.IpProtocol"/>.</summary>
    public byte NextHeader => Packet[0];

    /// <summary>Octets: 12 to 1028.</summary>
    public int HeaderLength => (Packet[1] + 2) * 4;

    public ushort Reserved => BinaryPrimitives.ReadUInt16BigEndian(Packet[2..]);

    public uint Spi => BinaryPrimitives.ReadUInt32BigEndian(Packet[4..]);

    /// <summary>Low 32 bits of the sequence number.</summary>
    public uint SequenceNumber => BinaryPrimitives.ReadUInt32BigEndian(Packet[8..]);

    /// <summary>With the padding that IPv6 may add.</summary>
    public ReadOnlySpan<byte> Icv => Packet[FixedSize..HeaderLength];

    /// <summary>What the header stands before.</summary>
    public ReadOnlySpan<byte> Payload => Packet[HeaderLength..];

    public static bool TryParse(ReadOnlySpan<byte> packet, out AhView view, out ParseError error)
    {
        view = default;
        error = default;
        if (packet.Length < FixedSize)
        {
            error = new(0, "AH header", $"{packet.Length} octets, needs {FixedSize}");
            return false;
        }
        var length = (packet[1] + 2) * 4;
        if (length < FixedSize || length > packet.Length)
        {
            error = new(1, "Payload Len", $"{packet[1]} means {length} octets, but {FixedSize} to {packet.Length} are possible");
            return false;
        }
        view = new(packet);
        return true;
    }
}

/// <summary>An Authentication Header, owned. For every well-formed one, <c>Encode(TryParse(x)) == x</c>.</summary>
/// <param name="Icv">With padding; a multiple of 4 octets.</param>
/// <param name="ClaimedPayloadLen">Payload Len as written, for a tester that lies; null for the truth.</param>
public sealed record AhPacket(byte NextHeader, uint Spi, uint SequenceNumber, Octets Icv, Octets Payload, byte? ClaimedPayloadLen = null)
{
    public ushort Reserved { get; init; }

    public byte[] Encode()
    {
        var packet = new byte[AhView.FixedSize + Icv.Length + Payload.Length];
        packet[0] = NextHeader;
        packet[1] = ClaimedPayloadLen ?? (byte)((AhView.FixedSize + Icv.Length) / 4 - 2);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), Reserved);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), Spi);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), SequenceNumber);
        Icv.Span.CopyTo(packet.AsSpan(AhView.FixedSize));
        Payload.Span.CopyTo(packet.AsSpan(AhView.FixedSize + Icv.Length));
        return packet;
    }

    public static bool TryParse(ReadOnlySpan<byte> octets, out AhPacket packet, out ParseError error)
    {
        packet = None;
        if (!AhView.TryParse(octets, out var view, out error))
            return false;
        packet = new(view.NextHeader, view.Spi, view.SequenceNumber, new(view.Icv), new(view.Payload)) { Reserved = view.Reserved };
        return true;
    }

    private static readonly AhPacket None = new(0, 0, 0, Octets.Empty, Octets.Empty);
}
