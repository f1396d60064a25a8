using System.Net.NetworkInformation;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>
/// IPv4 and IPv6 on an Ethernet link: asks and answers ARP and neighbour solicitations, frames and deframes packets, fragments what is over the MTU,
/// reassembles what comes in parts. Of RFC 4861 it does address resolution only: no router discovery, no autoconfiguration, no duplicate address detection of
/// its own (it answers that of others), because its addresses and routes are given. It is a part of a node, or a node itself; it does not put itself on the
/// link (<see cref="ILink.Node"/>). Everything else that arrives is ignored; no octets make it throw; queues and caches are bounded.
/// </summary>
public sealed class EthernetPort : INode
{
    private readonly ILink _link;
    private readonly MacAddress _mac;
    private readonly List<IpAddress> _addresses = [];
    private readonly HashSet<Ipv6Address> _solicitedNodes = [];
    private readonly List<(IpAddress Address, int PrefixLength)> _subnets = [];
    private readonly NeighbourCache _neighbours = new();
    private readonly Reassembler _reassembler = new();
    private readonly byte[] _frame;
    private readonly List<IpAddress> _askAgain = [];
    private readonly List<byte[]> _unanswered = [];
    private uint _identification;

    /// <summary>A port with one address; more can be added.</summary>
    /// <param name="prefixLength">Bits: 0 to 32 or 128. What shares them with the address is on the link.</param>
    public EthernetPort(ILink link, IpAddress own, int prefixLength)
        : this(link) => AddAddress(own, prefixLength);

    /// <summary>A port without addresses: they are added.</summary>
    public EthernetPort(ILink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        _link = link;
        _mac = MacAddress.OfNode(link.Address);
        _frame = new byte[EthernetFrame.HeaderLength + link.Mtu];
    }

    /// <summary>The own addresses, in the order in which they were added; the link-local one follows the first of IPv6.</summary>
    public IReadOnlyList<IpAddress> Addresses => _addresses;

    /// <summary>The first own address.</summary>
    public IpAddress Address => _addresses[0];

    /// <summary>Largest packet that goes out in one piece, in octets.</summary>
    public int Mtu => _link.Mtu;

    public string Name => _link.Name;

    /// <summary>
    /// Where packets go. Without a route, IPv4 takes an address to be on the link, as ARP has always let hosts try; IPv6 drops the packet (RFC 5942 section 4).
    /// </summary>
    public RoutingTable Routes { get; } = new();

    /// <summary>Whether advertisements say that this is a router (RFC 4861 section 4.4).</summary>
    public bool IsRouter { get; set; }

    /// <summary>Gets packets for an own address whose headers are well-formed and whose header checksum is right.</summary>
    public IpPacketHandler? Received { get; set; }

    /// <summary>Gets packets that came to this MAC address but are for somebody else, as they came. Null (no router) ignores them.</summary>
    public IpPacketHandler? ReceivedForOthers { get; set; }

    /// <summary>Gets packets whose next hop never answered.</summary>
    public IpPacketHandler? Undeliverable { get; set; }

    /// <summary>Whether fragments for an own address are put together first; otherwise <see cref="Received"/> gets each of them.</summary>
    public bool ReassemblesFragments { get; set; } = true;

    /// <summary>Packets not sent: over the MTU and not to be split, malformed, without a route, or to an address that nobody answered for.</summary>
    public long DroppedOnSend { get; private set; }

    /// <summary>Packets to an own address not delivered: malformed, bad checksum, or fragments that do not fit together.</summary>
    public long DroppedOnReceive { get; private set; }

    /// <inheritdoc/>
    public DateTimeOffset? NextDeadline => _neighbours.NextDeadline;

    /// <summary>Adds an own address; nothing else is on the link because of it.</summary>
    public void AddAddress(IpAddress address) => AddAddress(address, address.Bits);

    /// <summary>Adds an own address. The first of IPv6 brings a link-local one made from the MAC address (RFC 4291 appendix A).</summary>
    /// <param name="prefixLength">Bits that those on the link share with it.</param>
    /// <exception cref="ArgumentException">The address is not that of a node, or the link's MTU is too small for IPv6.</exception>
    public void AddAddress(IpAddress address, int prefixLength)
    {
        if (address.IsMulticast || (address.IsIpv6 && Mtu < Ipv6Fragmenter.MinimumMtu))
        {
            throw new ArgumentException($"{address} can't be an address of link '{Name}' with MTU {Mtu}", nameof(address));
        }

        if (prefixLength < address.Bits)
        {
            Routes.Add(address, prefixLength);
            _subnets.Add((address, prefixLength));
        }

        if (Owns(address))
        {
            return;
        }

        var isFirstOfIpv6 = address.IsIpv6 && !_addresses.Exists(own => own.IsIpv6);
        _addresses.Add(address);
        if (address.IsIpv6)
        {
            _solicitedNodes.Add(NeighbourMessage.SolicitedNode(address.V6));
        }

        if (isFirstOfIpv6 && !SourceAddress.IsLinkLocal(address))
        {
            AddAddress(_mac.LinkLocalAddress, 64);
        }
    }

    /// <summary>Gives up an own address other than the first.</summary>
    public void RemoveAddress(IpAddress address)
    {
        if (address != Address)
        {
            _addresses.Remove(address);
        }
    }

    /// <summary>Whether an address is one of this port's own.</summary>
    public bool Owns(IpAddress address) => _addresses.Contains(address);

    /// <summary>Sets a neighbour's MAC address for good: it is neither asked for nor learned.</summary>
    public void SetNeighbour(IpAddress address, PhysicalAddress mac) => _neighbours.Pin(address, MacAddress.OfNode(mac));

    /// <summary>
    /// Tells the segment an own address unasked (gratuitous ARP; RFC 5227, 3; RFC 4861 section 7.2.6), so that stale entries elsewhere are corrected.
    /// </summary>
    public void Announce(IpAddress address)
    {
        if (address.IsIpv6)
        {
            SendNeighbour(new(true, address.V6, NeighbourMessage.AllNodes, address.V6, _mac, Solicited: false, Override: true));
        }
        else
        {
            SendArp(MacAddress.Broadcast, new ArpPacket(ArpPacket.Request, _mac, address.V4, default, address.V4));
        }
    }

    /// <summary>Sends a packet to its destination address, or to the next hop that the routes say. It may wait for an answer; the octets are copied then.</summary>
    public void Send(DateTimeOffset now, ReadOnlySpan<byte> packet)
    {
        if (IpView.TryParse(packet, out var view, out _) && NextHop(view.Destination) is { } nextHop)
        {
            SendVia(now, nextHop, view);
        }
        else
        {
            DroppedOnSend++;
        }
    }

    /// <summary>Sends a packet to a next hop of the caller's choice, which is of the packet's family.</summary>
    public void SendVia(DateTimeOffset now, IpAddress nextHop, ReadOnlySpan<byte> packet)
    {
        if (IpView.TryParse(packet, out var view, out _) && view.IsIpv6 == nextHop.IsIpv6)
        {
            SendVia(now, nextHop, view);
        }
        else
        {
            DroppedOnSend++;
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
            case EthernetFrame.Ipv4 when Ipv4View.TryParse(payload, out var packet, out _):
                ReceivePacket(now, packet.Octets, toOwnMac: destination == _mac);
                break;
            case EthernetFrame.Ipv6 when Ipv6View.TryParse(payload, out var packet, out _):
                if (NeighbourMessage.IsNeighbourDiscovery(packet) && (Owns(packet.Destination) || packet.Destination.IsMulticast))
                {
                    ReceiveNeighbour(now, packet);
                }
                else
                {
                    ReceivePacket(now, packet.Octets, toOwnMac: destination == _mac);
                }

                break;
            case EthernetFrame.Ipv4 or EthernetFrame.Ipv6:
                DroppedOnReceive++;
                break;
        }
    }

    /// <inheritdoc/>
    public void Advance(DateTimeOffset now)
    {
        _askAgain.Clear();
        _unanswered.Clear();
        _neighbours.Advance(now, _askAgain, _unanswered);
        DroppedOnSend += _unanswered.Count;
        foreach (var address in _askAgain)
        {
            Ask(address);
        }

        foreach (var packet in _unanswered)
        {
            Undeliverable?.Invoke(now, packet);
        }
    }

    private IpAddress? NextHop(IpAddress destination)
    {
        if (destination.IsMulticast)
        {
            return destination;
        }

        var route = Routes.Find(destination);
        return route is null && destination.IsIpv6 ? default(IpAddress?) : route?.NextHop ?? destination;
    }

    private void SendVia(DateTimeOffset now, IpAddress nextHop, IpView packet)
    {
        if (packet.Octets.Length > Mtu && !packet.IsIpv6 && packet.DontFragment)
        {
            DroppedOnSend++;
        }
        else if (GroupMac(nextHop) is { } group)
        {
            SendFramed(group, packet.Octets);
        }
        else if (_neighbours.TryFind(now, nextHop, out var mac))
        {
            SendFramed(mac, packet.Octets);
        }
        else
        {
            DroppedOnSend += _neighbours.Wait(now, nextHop, packet.Octets, out var ask);
            if (ask)
            {
                Ask(nextHop);
            }
        }
    }

    // The MAC address of those who need not be asked for, null for a single node.
    private MacAddress? GroupMac(IpAddress address)
    {
        if (address.IsIpv6)
        {
            return address.IsMulticast ? NeighbourMessage.MulticastMac(address.V6) : null;
        }

        return address.IsMulticast || address.V4 == Ipv4Address.Broadcast || IsSubnetBroadcast(address) ? MacAddress.Broadcast : null;
    }

    private bool IsSubnetBroadcast(IpAddress address) =>
        _subnets.Exists(subnet => !subnet.Address.IsIpv6 && subnet.PrefixLength is > 0 and < 31
            && address == subnet.Address.Prefix(subnet.PrefixLength).Last);

    private void SendFramed(MacAddress to, ReadOnlySpan<byte> packet)
    {
        var isIpv6 = packet[0] >> 4 == 6;
        EthernetFrame.WriteHeader(_frame, to, _mac, isIpv6 ? EthernetFrame.Ipv6 : EthernetFrame.Ipv4);
        if (packet.Length <= Mtu)
        {
            packet.CopyTo(_frame.AsSpan(EthernetFrame.HeaderLength));
            _link.Send(_frame.AsSpan(0, EthernetFrame.HeaderLength + packet.Length));
            return;
        }

        var sent = false;
        if (!isIpv6 || Mtu >= Ipv6Fragmenter.MinimumMtu)
        {
            var fragmenter = new IpFragmenter(packet, Mtu, ++_identification);
            while (fragmenter.TryNext(_frame.AsSpan(EthernetFrame.HeaderLength), out var length))
            {
                sent = true;
                _link.Send(_frame.AsSpan(0, EthernetFrame.HeaderLength + length));
            }
        }

        DroppedOnSend += sent ? 0 : 1;
    }

    private void ReceiveArp(DateTimeOffset now, ReadOnlySpan<byte> octets)
    {
        if (!ArpPacket.TryParse(octets, out var arp) || arp.SenderMac == _mac || arp.SenderMac.IsGroup || Owns(arp.SenderAddress))
        {
            return;
        }

        var forUs = Owns(arp.TargetAddress);
        if (arp.SenderAddress.Value != 0)
        {
            Learn(now, arp.SenderAddress, arp.SenderMac, add: forUs, replace: true);
        }

        if (forUs && arp.Operation == ArpPacket.Request)
        {
            SendArp(arp.SenderMac, new ArpPacket(ArpPacket.Reply, _mac, arp.TargetAddress, arp.SenderMac, arp.SenderAddress));
        }
    }

    // RFC 4861 sections 7.2.3 to 7.2.5.
    private void ReceiveNeighbour(DateTimeOffset now, Ipv6View packet)
    {
        if (!NeighbourMessage.TryParse(packet, out var message) || message.Mac == _mac)
        {
            return;
        }

        if (message.IsAdvertisement)
        {
            if (message.Mac is { } owner && !Owns(message.Target))
            {
                Learn(now, message.Target, owner, add: false, message.Override);
            }

            return;
        }

        if (!Owns(message.Target) || !(Owns(message.Destination) || _solicitedNodes.Contains(message.Destination)))
        {
            return;
        }

        if (message.Source.Value == 0)
        {
            // Somebody wants to know whether this address is free (RFC 4862): everybody is told that it isn't.
            Announce(message.Target);
            return;
        }

        if (message.Mac is { } asker && !Owns(message.Source))
        {
            Learn(now, message.Source, asker, add: true, replace: true);
        }

        var advertisement = new NeighbourMessage(true, message.Target, message.Source, message.Target, _mac, Solicited: true, Override: true);
        Span<byte> answer = stackalloc byte[NeighbourMessage.PacketLength];
        advertisement.Write(answer, IsRouter);
        SendVia(now, message.Source, answer);
    }

    private void Learn(DateTimeOffset now, IpAddress address, MacAddress mac, bool add, bool replace)
    {
        foreach (var packet in _neighbours.Learn(now, address, mac, add, replace))
        {
            SendFramed(mac, packet);
        }
    }

    private void ReceivePacket(DateTimeOffset now, ReadOnlySpan<byte> octets, bool toOwnMac)
    {
        if (!IpView.TryParse(octets, out var packet, out _))
        {
            DroppedOnReceive++;
        }
        else if (!Owns(packet.Destination))
        {
            if (toOwnMac)
            {
                ReceivedForOthers?.Invoke(now, packet.Octets);
            }
        }
        else if (!packet.HasValidHeaderChecksum())
        {
            DroppedOnReceive++;
        }
        else if (!packet.HasFragmentHeader || !ReassemblesFragments)
        {
            Received?.Invoke(now, packet.Octets);
        }
        else
        {
            Reassemble(now, packet.Octets);
        }
    }

    private void Reassemble(DateTimeOffset now, ReadOnlySpan<byte> fragment)
    {
        switch (_reassembler.Add(now, fragment, out var whole))
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

    private void Ask(IpAddress address)
    {
        if (SourceAddress.For(_addresses, address) is not { } own)
        {
            return;
        }

        if (address.IsIpv6)
        {
            var group = NeighbourMessage.SolicitedNode(address.V6);
            SendNeighbour(new(false, own.V6, group, address.V6, _mac, Solicited: false, Override: false));
        }
        else
        {
            SendArp(MacAddress.Broadcast, new ArpPacket(ArpPacket.Request, _mac, own.V4, default, address.V4));
        }
    }

    private void SendArp(MacAddress to, ArpPacket arp)
    {
        Span<byte> frame = stackalloc byte[EthernetFrame.HeaderLength + ArpPacket.Length];
        EthernetFrame.WriteHeader(frame, to, _mac, EthernetFrame.Arp);
        arp.Write(frame[EthernetFrame.HeaderLength..]);
        _link.Send(frame);
    }

    private void SendNeighbour(NeighbourMessage message)
    {
        Span<byte> packet = stackalloc byte[NeighbourMessage.PacketLength];
        message.Write(packet, IsRouter);
        SendFramed(NeighbourMessage.MulticastMac(message.Destination), packet);
    }
}
