using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Host;

/// <summary>
/// A whole host with IPsec: an Ethernet port with addresses of its own, IKEv2, the data plane, and behind them a small network stack at inner addresses. It ends
/// the SAs itself: what comes out of a tunnel is for its inner address, what leaves its inner address goes through the SPD. Not thread-safe.
/// </summary>
public sealed class IpsecHost : INode
{
    // What a tunnel adds at most, in octets: IPv6 40, UDP 8, ESP 8, IV 16, padding and trailer 17, ICV 32; rounded up.
    private const int MaximumOverhead = 140;

    private const int MaximumOwnErrors = 16;

    private readonly EthernetPort _port;
    private readonly IkeAgent _ike;
    private readonly PacketHandler _send;
    private readonly byte[] _fragment = new byte[Ipv4Header.MaximumTotalLength];
    private readonly IPacketProcessing _processing;
    private readonly IPacketFilter? _filter;
    private readonly IcmpErrorPacket _errorPackets = new();
    private readonly Queue<byte[]> _ownErrors = new();
    private readonly RandomSource _random;
    private readonly bool _initiatesOnTraffic;
    private DateTimeOffset _now;
    private uint _identification;

    /// <param name="outer">Address on the link, to which SAs go.</param>
    /// <param name="prefixLength">Bits that those on the link share with it.</param>
    /// <param name="inner">Address inside tunnels.</param>
    public IpsecHost(ILink link, IpAddress outer, int prefixLength, IpAddress inner, IpsecHostOptions options)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(options);
        _random = options.Random;
        _initiatesOnTraffic = options.InitiatesOnTraffic;
        _port = new(link, outer, prefixLength) { Received = HandlePacket };
        DataPlane = new(
            audit => _ike!.Record(
                audit.Time, $"discarded: {audit.Reason} spi {audit.Spi:x8} sequence {audit.SequenceNumber} {audit.Source} > {audit.Destination}"),
            options.DataPlane);
        _processing = options.Processing(DataPlane);
        _filter = options.PacketFilter;
        _send = _filter is null ? SendAsItIs : SendFiltered;
        _ike = new(options, DataPlane, SendDatagram) { AddressChanged = ChangeAddress };
        var stackOptions = new InnerStackOptions { Mtu = link.Mtu - MaximumOverhead, Seed = (int)options.Random.NextUInt32() };
        InnerStack = new(inner, SendFromStack, stackOptions with { Fragments = options.FragmentsInside });
        OuterStack = new(outer, SendFromStack, stackOptions with { Fragments = false });
        _ike.Lookup = new(OuterStack);
    }

    /// <summary>The stack at the inner addresses: traffic of tunnels.</summary>
    public InnerStack InnerStack { get; }

    /// <summary>The stack at the outer addresses: traffic of transport mode.</summary>
    public InnerStack OuterStack { get; }

    public DataPlane DataPlane { get; }

    /// <summary>What happened, a line each, oldest first: events of IKE, and audit events of the data plane.</summary>
    public IReadOnlyCollection<string> Events => _ike.Events;

    /// <summary>The child SAs: peer, who authenticated and how, traffic.</summary>
    public ImmutableArray<ChildSa> Children => _ike.Children;

    /// <summary>The IKE SAs: SPIs, role, who authenticated.</summary>
    public ImmutableArray<IkeSaInfo> IkeSas => _ike.IkeSas;

    public DateTimeOffset? NextDeadline => _ownErrors.Count > 0 ? _now : Deadlines.Earlier(
        Deadlines.Earlier(Deadlines.Earlier(_port.NextDeadline, _ike.NextDeadline), DataPlane.NextDummy),
        Deadlines.Earlier(InnerStack.NextDeadline, OuterStack.NextDeadline));

    /// <summary>Adds addresses, as a rule those of the other family.</summary>
    public void AddAddresses(IpAddress outer, int prefixLength, IpAddress inner)
    {
        _port.AddAddress(outer, prefixLength);
        OuterStack.AddAddress(outer);
        InnerStack.AddAddress(inner);
    }

    /// <summary>Adds a connection with its PROTECT entry in the SPD.</summary>
    public void Add(IkeConnection connection) => _ike.Add(connection);

    public void Command(DateTimeOffset now, IkeCommand command) => _ike.Command(now, command);

    public void Receive(DateTimeOffset now, ReadOnlySpan<byte> frame)
    {
        _now = now;
        _port.Receive(now, frame);
    }

    public void Advance(DateTimeOffset now)
    {
        _now = now;
        _port.Advance(now);
        _ike.Advance(now);
        DataPlane.SendDummies(now, _random, _send);
        while (_ownErrors.TryDequeue(out var error))
            Deliver(now, error);
        InnerStack.Advance(now);
        OuterStack.Advance(now);
    }

    private void ChangeAddress(System.Net.IPAddress address, bool isOwn)
    {
        if (isOwn)
            InnerStack.AddPreferredAddress(address);
        else
            InnerStack.RemovePreferredAddress(address);
    }

    private void HandlePacket(DateTimeOffset now, ReadOnlySpan<byte> octets)
    {
        if (_filter is not null)
            octets = _filter.Received(octets, SendAsItIs);
        if (!IpView.TryParse(octets, out var packet, out _))
            return;
        ReadOnlySpan<byte> delivered;
        if (IkeAgent.IsForIke(packet, out var udp))
        {
            _ike.Receive(now, packet, udp, out var isEsp);
            if (!isEsp)
                return;
            if (_processing.InboundEncapsulated(now, packet, out delivered, out var reason) == Disposition.Processed)
            {
                _ike.Opened(now, packet, udp);
                Deliver(now, delivered);
            }
            else
            {
                _ike.Refused(now, packet, reason, udp.SourcePort);
            }
        }
        else if (!DataPlane.LearnPathMtu(now, packet) && !_ike.LearnPathMtu(now, packet))
        {
            if (_processing.Inbound(now, octets, out delivered, out var reason) != Disposition.Discarded)
                Deliver(now, delivered);
            else
                _ike.Refused(now, packet, reason);
        }
    }

    private void SendDatagram(DateTimeOffset now, System.Net.IPEndPoint local, System.Net.IPEndPoint remote, ReadOnlySpan<byte> payload)
    {
        _now = now;
        if (_filter is null)
            _port.SendUdp(now, local, remote, payload);
        else
            SendFiltered(UdpOnEthernet.Packet(local, remote, payload));
    }

    private void SendFiltered(ReadOnlySpan<byte> packet)
    {
        var filtered = _filter!.Sent(packet);
        if (!filtered.IsEmpty)
            SendAsItIs(filtered);
    }

    private void SendAsItIs(ReadOnlySpan<byte> packet)
    {
        if (!IpView.TryParse(packet, out var view, out _) || view is { IsIpv6: false, DontFragment: true } || DataPlane.PathMtuOf(_now, view) is not { } pathMtu || packet.Length <= pathMtu)
        {
            _port.Send(_now, packet);
            return;
        }
        // RFC 4303 section 3.3.4: what has been protected is fragmented for the path where it starts; over IPv6 nobody else does.
        var fragmenter = new IpFragmenter(packet, pathMtu, ++_identification);
        while (fragmenter.TryNext(_fragment, out var length))
            _port.Send(_now, _fragment.AsSpan(0, length));
    }

    private void Deliver(DateTimeOffset now, ReadOnlySpan<byte> packet)
    {
        // Borrowed from the data plane, which an answer will use.
        var copy = packet.ToArray();
        InnerStack.Receive(now, copy);
        OuterStack.Receive(now, copy);
    }

    private void SendFromStack(DateTimeOffset now, ReadOnlySpan<byte> packet)
    {
        _now = now;
        if (_processing.Outbound(now, packet, _send, out var reason) != Disposition.Discarded)
            return;
        _ike.Record(now, $"not sent: {reason}");
        if (_initiatesOnTraffic && reason == DiscardReason.NoSecurityAssociation && DataPlane.Wanted is { } wanted)
            _ike.Want(now, wanted.Name, packet);
        // The stack is in the middle of sending: it hears of the MTU when it is done, as from a router.
        if (reason == DiscardReason.TooBig && _ownErrors.Count < MaximumOwnErrors && IpView.TryParse(packet, out var view, out _)
            && _errorPackets.About(now, view, view.Source, IcmpErrorKind.PacketTooBig, DataPlane.NextHopMtu) is { } error)
            _ownErrors.Enqueue(error);
    }
}
