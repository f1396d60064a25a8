using System.Net.NetworkInformation;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>A whole IPv4 packet for this host. The octets are borrowed for the call.</summary>
public delegate void Ipv4PacketHandler(DateTimeOffset now, ReadOnlySpan<byte> packet);

/// <summary>
/// IPv4 on an Ethernet link: answers and asks ARP, frames and deframes packets, fragments what is over the MTU, reassembles what comes in
/// parts. It is a part of a node, or a node itself; it does not put itself on the link (<see cref="ILink.Node"/>). Everything else that
/// arrives is ignored; no octets make it throw; queues and caches are bounded.
/// </summary>
public sealed class EthernetPort : INode
{
    private readonly ILink _link;
    private readonly MacAddress _mac;
    private readonly HashSet<Ipv4Address> _addresses = [];
    private readonly int _prefixLength;
    private readonly NeighbourCache _neighbours = new();
    private readonly Ipv4Reassembler _reassembler = new();
    private readonly byte[] _frame;
    private readonly List<Ipv4Address> _askAgain = [];

    /// <param name="prefixLength">0 to 32: with a <see cref="Gateway"/>, what is outside goes there.</param>
    public EthernetPort(ILink link, Ipv4Address own, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, 32);
        _link = link;
        _mac = MacAddress.OfNode(link.Address);
        _prefixLength = prefixLength;
        _frame = new byte[EthernetFrame.HeaderLength + link.Mtu];
        Address = own;
        _addresses.Add(own);
    }

    /// <summary>The first own address.</summary>
    public Ipv4Address Address { get; }

    /// <summary>Largest IPv4 packet that goes out in one piece, in octets.</summary>
    public int Mtu => _link.Mtu;

    /// <summary>Next hop for what is outside the prefix; null takes every address to be on the link.</summary>
    public Ipv4Address? Gateway { get; set; }

    /// <summary>Gets packets for an own address whose header is well-formed and whose checksum is right.</summary>
    public Ipv4PacketHandler? Received { get; set; }

    /// <summary>Gets packets that came to this MAC address but are for somebody else, as they came. Null (no router) ignores them.</summary>
    public Ipv4PacketHandler? ReceivedForOthers { get; set; }

    /// <summary>Whether fragments for an own address are put together first; otherwise <see cref="Received"/> gets each of them.</summary>
    public bool ReassemblesFragments { get; set; } = true;

    /// <summary>Packets not sent: over the MTU with Don't Fragment, malformed, or to an address that nobody answered for.</summary>
    public long DroppedOnSend { get; private set; }

    /// <summary>Packets to an own address not delivered: malformed, bad checksum, or fragments that do not fit together.</summary>
    public long DroppedOnReceive { get; private set; }

    /// <inheritdoc/>
    public DateTimeOffset? NextDeadline => _neighbours.NextDeadline;

    /// <summary>Adds an own address, for which ARP is answered.</summary>
    public void AddAddress(Ipv4Address address) => _addresses.Add(address);

    /// <summary>Gives up an own address other than the first.</summary>
    public void RemoveAddress(Ipv4Address address)
    {
        if (address != Address)
        {
            _addresses.Remove(address);
        }
    }

    /// <summary>Sets a neighbour's MAC address for good: it is neither asked for nor learned.</summary>
    public void SetNeighbour(Ipv4Address address, PhysicalAddress mac) => _neighbours.Pin(address, MacAddress.OfNode(mac));

    /// <summary>Tells the segment an own address unasked (gratuitous ARP; RFC 5227, 3), so that stale entries elsewhere are corrected.</summary>
    public void Announce(Ipv4Address address) =>
        SendArp(MacAddress.Broadcast, new ArpPacket(ArpPacket.Request, _mac, address, default, address));

    /// <summary>Sends an IPv4 packet to its destination address, or to the gateway. It may wait for ARP; the octets are copied then.</summary>
    public void Send(DateTimeOffset now, ReadOnlySpan<byte> packet)
    {
        if (!Ipv4View.TryParse(packet, out var view, out _))
        {
            DroppedOnSend++;
            return;
        }

        SendVia(now, NextHop(view.Destination), view.Octets);
    }

    /// <summary>Sends an IPv4 packet to a next hop of the caller's choice.</summary>
    public void SendVia(DateTimeOffset now, Ipv4Address nextHop, ReadOnlySpan<byte> packet)
    {
        if (!Ipv4View.TryParse(packet, out var view, out _) || (view.TotalLength > Mtu && view.DontFragment))
        {
            DroppedOnSend++;
            return;
        }

        if (nextHop == Ipv4Address.Broadcast || nextHop.IsMulticast || IsSubnetBroadcast(nextHop))
        {
            SendFramed(MacAddress.Broadcast, view);
        }
        else if (_neighbours.TryFind(now, nextHop, out var mac))
        {
            SendFramed(mac, view);
        }
        else
        {
            DroppedOnSend += _neighbours.Wait(now, nextHop, view.Octets, out var ask);
            if (ask)
            {
                Ask(nextHop);
            }
        }
    }

    /// <inheritdoc/>
    public void Receive(DateTimeOffset now, ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetFrame.HeaderLength)
        {
            return;
        }

        var destination = EthernetFrame.Destination(frame);
        if (destination != _mac && !destination.IsGroup)
        {
            return;
        }

        var payload = frame[EthernetFrame.HeaderLength..];
        switch (EthernetFrame.EtherType(frame))
        {
            case EthernetFrame.Arp:
                ReceiveArp(now, payload);
                break;
            case EthernetFrame.Ipv4:
                ReceiveIpv4(now, payload, toOwnMac: destination == _mac);
                break;
        }
    }

    /// <inheritdoc/>
    public void Advance(DateTimeOffset now)
    {
        _askAgain.Clear();
        DroppedOnSend += _neighbours.Advance(now, _askAgain);
        foreach (var address in _askAgain)
        {
            Ask(address);
        }
    }

    private Ipv4Address NextHop(Ipv4Address destination) =>
        Gateway is { } gateway && !destination.SharesPrefix(Address, _prefixLength) ? gateway : destination;

    private bool IsSubnetBroadcast(Ipv4Address address) =>
        _prefixLength is > 0 and < 31 && address.SharesPrefix(Address, _prefixLength) && (address.Value | (uint.MaxValue << (32 - _prefixLength))) == uint.MaxValue;

    private void SendFramed(MacAddress to, Ipv4View packet)
    {
        EthernetFrame.WriteHeader(_frame, to, _mac, EthernetFrame.Ipv4);
        var fragmenter = new Ipv4Fragmenter(packet, Mtu);
        while (fragmenter.TryNext(_frame.AsSpan(EthernetFrame.HeaderLength), out var length))
        {
            _link.Send(_frame.AsSpan(0, EthernetFrame.HeaderLength + length));
        }
    }

    private void ReceiveArp(DateTimeOffset now, ReadOnlySpan<byte> octets)
    {
        if (!ArpPacket.TryParse(octets, out var arp) || arp.SenderMac == _mac || arp.SenderMac.IsGroup || _addresses.Contains(arp.SenderAddress))
        {
            return;
        }

        var forUs = _addresses.Contains(arp.TargetAddress);
        if (arp.SenderAddress.Value != 0)
        {
            foreach (var packet in _neighbours.Learn(now, arp.SenderAddress, arp.SenderMac, add: forUs))
            {
                if (Ipv4View.TryParse(packet, out var view, out _))
                {
                    SendFramed(arp.SenderMac, view);
                }
            }
        }

        if (forUs && arp.Operation == ArpPacket.Request)
        {
            SendArp(arp.SenderMac, new ArpPacket(ArpPacket.Reply, _mac, arp.TargetAddress, arp.SenderMac, arp.SenderAddress));
        }
    }

    private void ReceiveIpv4(DateTimeOffset now, ReadOnlySpan<byte> octets, bool toOwnMac)
    {
        if (!Ipv4View.TryParse(octets, out var packet, out _))
        {
            DroppedOnReceive++;
            return;
        }

        if (!_addresses.Contains(packet.Destination))
        {
            if (toOwnMac)
            {
                ReceivedForOthers?.Invoke(now, packet.Octets);
            }

            return;
        }

        if (!packet.HasValidChecksum)
        {
            DroppedOnReceive++;
            return;
        }

        if (!packet.IsFragment || !ReassemblesFragments)
        {
            Received?.Invoke(now, packet.Octets);
            return;
        }

        switch (_reassembler.Add(now, packet, out var whole))
        {
            case ReassemblyOutcome.Complete:
                Received?.Invoke(now, whole.Span);
                break;
            case ReassemblyOutcome.Incomplete or ReassemblyOutcome.Duplicate:
                break;
            default:
                DroppedOnReceive++;
                break;
        }
    }

    private void Ask(Ipv4Address address) =>
        SendArp(MacAddress.Broadcast, new ArpPacket(ArpPacket.Request, _mac, Address, default, address));

    private void SendArp(MacAddress to, ArpPacket arp)
    {
        Span<byte> frame = stackalloc byte[EthernetFrame.HeaderLength + ArpPacket.Length];
        EthernetFrame.WriteHeader(frame, to, _mac, EthernetFrame.Arp);
        arp.Write(frame[EthernetFrame.HeaderLength..]);
        _link.Send(frame);
    }
}
