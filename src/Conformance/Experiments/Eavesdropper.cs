using Conformance.Evidence;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Conformance.Experiments;

/// <summary>What frames look like to somebody on the wire. Counts are of frames.</summary>
public sealed record SeenOnWire
{
    public long Esp { get; set; }

    public long Ah { get; set; }

    /// <summary>IKE messages.</summary>
    public long Ike { get; set; }

    /// <summary>Errors and neighbour discovery between the addresses of the wire itself.</summary>
    public long Icmp { get; set; }

    public long Arp { get; set; }

    /// <summary>Fragments other than the first: of what, only the first one tells.</summary>
    public long LaterFragments { get; set; }

    /// <summary>Everything else: traffic of the hosts.</summary>
    public long Other { get; set; }

    /// <summary>Frames in which the hosts' own data can be read.</summary>
    public long Readable { get; set; }
}

/// <summary>
/// Stands on a wire: keeps every frame that somebody sends there as pcapng, sorts them by what can be seen, and looks for octets that it must not find.
/// </summary>
internal sealed class Eavesdropper(string name, byte[] marker)
{
    private const int EthernetHeaderLength = 14;
    private const ushort IkePort = 500, NatTraversalPort = 4500;

    private readonly MemoryStream _file = new();
    private PcapngWriter? _writer;

    public SeenOnWire Seen { get; } = new();

    /// <summary>SPIs of ESP and AH, with how many packets had each.</summary>
    public Dictionary<uint, long> Spis { get; } = [];

    /// <summary>The capture so far.</summary>
    public byte[] Capture => _file.ToArray();

    public string Name => name;

    /// <summary>Hears what the link's owner sends, before anything happens to it.</summary>
    public void ListenTo(ILink link)
    {
        _writer ??= new(_file, new(Application: "IpsecConformance", Comment: name));
        var number = _writer.AddInterface(link.Name);
        link.Observed += (time, direction, frame) =>
        {
            if (direction != FrameDirection.Sent)
                return;
            _writer.WritePacket(number, time, frame);
            Sort(frame);
        };
    }

    private void Sort(ReadOnlySpan<byte> frame)
    {
        if (frame.IndexOf(marker) >= 0)
            Seen.Readable++;
        var payload = frame[EthernetHeaderLength..];
        if (frame[12] == 0x08 && frame[13] == 0x06)
            Seen.Arp++;
        else if (!IpView.TryParse(payload, out var packet, out _))
            Seen.Other++;
        else if (packet.FragmentOffset != 0)
            Seen.LaterFragments++;
        else
            Sort(packet);
    }

    private void Sort(IpView packet)
    {
        switch (packet.Protocol)
        {
            case IpProtocol.Esp when packet.Transport.Length >= 4:
                Seen.Esp++;
                Count(packet.Transport);
                break;
            case IpProtocol.Ah when packet.Transport.Length >= 8:
                Seen.Ah++;
                Count(packet.Transport[4..]);
                break;
            case IpProtocol.Udp when UdpView.TryParse(packet.Transport, out var udp, out _) && udp.DestinationPort is IkePort or NatTraversalPort:
                Seen.Ike++;
                break;
            case IpProtocol.Icmp when IcmpView.TryParse(packet.Transport, isV6: false, out var icmp, out _) && icmp.IsError:
                Seen.Icmp++;
                break;
            case IpProtocol.Icmpv6 when IcmpView.TryParse(packet.Transport, isV6: true, out var icmp, out _) && (icmp.IsError || icmp.Type is 135 or 136):
                Seen.Icmp++;
                break;
            default:
                Seen.Other++;
                break;
        }
    }

    private void Count(ReadOnlySpan<byte> spi)
    {
        var number = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(spi);
        Spis[number] = Spis.GetValueOrDefault(number) + 1;
    }
}
