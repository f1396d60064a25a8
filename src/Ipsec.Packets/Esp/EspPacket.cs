using System.Buffers.Binary;

namespace Ipsec.Packets.Esp;

/// <summary>
/// The clear part of an ESP packet (RFC 4303 section 2), borrowed:
/// <code>
/// |               Security Parameters Index (SPI)                 |
/// |                      Sequence Number                          |
/// |                    Payload Data (variable) …                  |
/// </code>
/// What follows the two fields (IV, ciphertext with padding, pad length and next header, ICV) only the SA's algorithms can tell apart.
/// </summary>
public readonly ref struct EspView
{
    /// <summary>Octets of SPI and sequence number.</summary>
    public const int HeaderSize = 8;

    private EspView(ReadOnlySpan<byte> packet) => Packet = packet;

    public ReadOnlySpan<byte> Packet { get; }

    public uint Spi => BinaryPrimitives.ReadUInt32BigEndian(Packet);

    /// <summary>Low 32 bits of the sequence number.</summary>
    public uint SequenceNumber => BinaryPrimitives.ReadUInt32BigEndian(Packet[4..]);

    public ReadOnlySpan<byte> Body => Packet[HeaderSize..];

    public static bool TryParse(ReadOnlySpan<byte> packet, out EspView view, out ParseError error)
    {
        view = default;
        error = default;
        if (packet.Length < HeaderSize)
        {
            error = new(0, "ESP header", $"{packet.Length} octets, needs {HeaderSize}");
            return false;
        }
        view = new(packet);
        return true;
    }
}
