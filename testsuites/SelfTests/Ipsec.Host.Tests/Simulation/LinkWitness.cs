using System.Buffers.Binary;
using Ipsec.Dataplane;
using Ipsec.Host.Links;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Ipsec.Host.Tests.Simulation;

/// <summary>
/// Reads what a host sends on its link, as anybody there can, and says what must not be seen. It stands before the link too: a packet in clear for an address that
/// nobody on the link has would not come further.
/// </summary>
/// <param name="filter">What the host has there otherwise.</param>
internal sealed class LinkWitness(string name, IPacketFilter? filter) : IPacketFilter
{
    // Of Ethernet: octets, and an ethertype.
    private const int HeaderLength = 14;
    private const ushort Arp = 0x0806;

    // AES-GCM in ESP (RFC 4106 section 3.1).
    private const int IvLength = 8;

    private readonly Dictionary<uint, uint> _last = [];
    private readonly HashSet<(uint Spi, ulong Iv)> _ivs = [];

    /// <summary>What is wrong, as soon as anything is.</summary>
    public string? Broken { get; private set; }

    /// <summary>ESP packets.</summary>
    public int Protected { get; private set; }

    public ReadOnlySpan<byte> Received(ReadOnlySpan<byte> packet, PacketHandler send) => filter is null ? packet : filter.Received(packet, send);

    public ReadOnlySpan<byte> Sent(ReadOnlySpan<byte> packet)
    {
        var sent = filter is null ? packet : filter.Sent(packet);
        SeesMark(sent);
        return sent;
    }

    public void Sees(DateTimeOffset time, FrameDirection direction, ReadOnlySpan<byte> frame)
    {
        if (direction != FrameDirection.Sent || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) == Arp)
            return;
        SeesMark(frame);
        if (!IpView.TryParse(frame[HeaderLength..], out var packet, out _))
        {
            Broken ??= $"{name} sends what is no IP packet";
            return;
        }
        if (packet.Protocol == IpProtocol.Esp)
            SeesEsp(packet.Transport);
        else if (packet.Protocol == IpProtocol.Udp && UdpView.TryParse(packet.Transport, out var udp, out _))
            SeesUdp(udp);
        else
            Broken ??= $"{name} sends a packet of protocol {packet.Protocol}";
    }

    private void SeesMark(ReadOnlySpan<byte> octets)
    {
        if (octets.IndexOf(Flow.Mark) >= 0)
            Broken ??= $"{name} sends in clear what is to be protected";
    }

    private void SeesUdp(UdpView udp)
    {
        if (udp is not ({ SourcePort: UdpEncapsulation.IkePort } or { SourcePort: UdpEncapsulation.NatTraversalPort }))
            Broken ??= $"{name} sends a UDP datagram from port {udp.SourcePort}";
        else if (udp.SourcePort == UdpEncapsulation.NatTraversalPort && UdpEncapsulation.Classify(udp.Payload, out var content) == EncapsulatedKind.Esp)
            SeesEsp(content);
    }

    /// <summary>RFC 4303 section 3.3.3: an SA's numbers rise and do not come again. RFC 4106 section 3.1: nor do the IVs of a key.</summary>
    private void SeesEsp(ReadOnlySpan<byte> octets)
    {
        if (!EspView.TryParse(octets, out var esp, out _) || esp.Body.Length < IvLength)
        {
            Broken ??= $"{name} sends ESP that is too short";
            return;
        }
        Protected++;
        var (spi, number) = (esp.Spi, esp.SequenceNumber);
        if (_last.GetValueOrDefault(spi) is var last && number <= last)
            Broken ??= $"{name} sends sequence number {number} of SA {spi:x8} after {last}";
        _last[spi] = number;
        if (!_ivs.Add((spi, BinaryPrimitives.ReadUInt64BigEndian(esp.Body))))
            Broken ??= $"{name} sends an IV of SA {spi:x8} again, with sequence number {number}";
    }
}
