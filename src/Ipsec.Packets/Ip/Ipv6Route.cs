namespace Ipsec.Packets.Ip;

/// <summary>
/// A borrowed routing header (RFC 8200 section 4.4) of type 0 (RFC 2460 section 4.4, forbidden since RFC 5095) or type 2 (RFC 6275 section 6.4):
/// <code>
/// |  Next Header  |  Hdr Ext Len  | Routing Type  | Segments Left |
/// |                           Reserved                            |
/// |                  addresses, 16 octets each                    |
/// </code>
/// Other types keep their content to themselves.
/// </summary>
public readonly ref struct Ipv6Route
{
    /// <summary>Octets before the first address.</summary>
    public const int Start = 8;

    private readonly ReadOnlySpan<byte> _header;

    private Ipv6Route(ReadOnlySpan<byte> header) => _header = header;

    /// <summary>Addresses still to be visited.</summary>
    public int SegmentsLeft => _header[3];

    public int Count => (_header.Length - Start) / 16;

    public Ipv6Address this[int index] => Ipv6Address.Read(_header[(Start + 16 * index)..]);

    /// <summary>Where the packet will end up: the last address while segments are left, else where it says that it goes.</summary>
    public Ipv6Address FinalDestination(Ipv6Address destination) => SegmentsLeft > 0 ? this[Count - 1] : destination;

    public static bool TryParse(Ipv6Extension extension, out Ipv6Route route, out ParseError error)
    {
        route = default;
        error = default;
        var header = extension.Octets;
        if (extension.Type != IpProtocol.Ipv6Routing || header[2] is not (0 or 2))
            error = new(extension.Offset + 2, "Routing Type", extension.Type == IpProtocol.Ipv6Routing ? $"{header[2]}, neither 0 nor 2" : "no routing header");
        else if (header[1] % 2 != 0)
            error = new(extension.Offset + 1, "Hdr Ext Len", $"{header[1]}, which leaves no whole addresses");
        else if (header[3] > header[1] / 2)
            error = new(extension.Offset + 3, "Segments Left", $"{header[3]}, but there are {header[1] / 2} addresses");
        else
        {
            route = new(header);
            return true;
        }
        return false;
    }
}
