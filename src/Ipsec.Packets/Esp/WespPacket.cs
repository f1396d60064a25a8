namespace Ipsec.Packets.Esp;

/// <summary>
/// A borrowed wrapped ESP packet (RFC 5840 section 2), protocol 141, or on port 4500 after an SPI of 2. Reading never throws and never allocates.
/// <code>
/// |  Next Header  |   HdrLen      |  TrailerLen   |V|V|E|P|  Rsvd |
/// |        Padding (optional: 4 octets when P, for IPv6)          |
/// |                 ESP packet, from its SPI on                   |
/// </code>
/// HdrLen counts from the WESP header's start to the payload data, TrailerLen from the end of the payload to the end of the packet, in octets;
/// both are zero when the packet is encrypted.
/// </summary>
public readonly ref struct WespView
{
    /// <summary>Octets without the padding.</summary>
    public const int FixedSize = 4;

    private WespView(ReadOnlySpan<byte> packet) => Packet = packet;

    public ReadOnlySpan<byte> Packet { get; }

    public byte NextHeader => Packet[0];

    public byte HeaderLength => Packet[1];

    public byte TrailerLength => Packet[2];

    public byte Flags => Packet[3];

    /// <summary>2 bits; 0 is the only one defined.</summary>
    public int Version => Packet[3] >> 6;

    public bool IsEncrypted => (Packet[3] & 0x20) != 0;

    public bool HasPadding => (Packet[3] & 0x10) != 0;

    /// <summary>The ESP packet.</summary>
    public ReadOnlySpan<byte> Esp => Packet[EspOffset..];

    /// <summary>Octets before the ESP packet.</summary>
    public int EspOffset => HasPadding ? FixedSize + 4 : FixedSize;

    public static bool TryParse(ReadOnlySpan<byte> packet, out WespView view, out ParseError error)
    {
        view = default;
        error = default;
        if (packet.Length < FixedSize || packet.Length < ((packet[3] & 0x10) != 0 ? 8 : 4) + EspView.HeaderSize)
        {
            error = new(0, "WESP header", $"{packet.Length} octets do not hold it and an ESP header");
            return false;
        }
        var candidate = new WespView(packet);
        if (candidate.Version != 0)
        {
            error = new(3, "Version", $"{candidate.Version}, only 0 is defined");
            return false;
        }
        if (!candidate.IsEncrypted && (candidate.HeaderLength < candidate.EspOffset + EspView.HeaderSize
            || candidate.HeaderLength + candidate.TrailerLength > packet.Length))
        {
            error = new(1, "HdrLen", $"{candidate.HeaderLength} with a trailer of {candidate.TrailerLength} in a packet of {packet.Length} octets");
            return false;
        }
        view = candidate;
        return true;
    }
}

/// <summary>A wrapped ESP packet, owned: what is set is what is written, right or wrong. <c>Encode(TryParse(x)) == x</c>.</summary>
/// <param name="Flags">Version, E, P and reserved bits.</param>
/// <param name="Padding">4 octets with P, else none.</param>
public sealed record WespPacket(byte NextHeader, byte HeaderLength, byte TrailerLength, byte Flags, Octets Padding, Octets Esp)
{
    public byte[] Encode() => [NextHeader, HeaderLength, TrailerLength, Flags, .. Padding.Span, .. Esp.Span];

    public static bool TryParse(ReadOnlySpan<byte> octets, out WespPacket packet, out ParseError error)
    {
        packet = None;
        if (!WespView.TryParse(octets, out var view, out error))
            return false;
        packet = new(
            view.NextHeader, view.HeaderLength, view.TrailerLength, view.Flags, new(octets[WespView.FixedSize..view.EspOffset]), new(view.Esp));
        return true;
    }

    private static readonly WespPacket None = new(0, 0, 0, 0, Octets.Empty, Octets.Empty);
}
