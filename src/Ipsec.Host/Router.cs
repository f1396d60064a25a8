using System.Buffers.Binary;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host;

/// <summary>
/// A router of IPv4 and IPv6 (RFC 1812, RFC 8200): forwards by the longest prefix over all its ports, counts down TTL and hop limit, fragments IPv4 where Don't
/// Fragment is clear, and tells senders what became of their packets: hop limit exceeded, packet too big with the MTU, no route, no such neighbour. It answers
/// pings to its own addresses. No routing protocol, no redirects, no router advertisements: routes are given (<see cref="EthernetPort.Routes"/>). No octets
/// make it throw. Not thread-safe.
/// </summary>
public sealed class Router
{
    private const int MaximumOwnErrors = 16;

    private readonly List<EthernetPort> _ports = [];
    private readonly Reassembler _reassembler = new();
    private readonly IcmpErrorPacket _errors = new();
    private readonly InnerStackOptions _stackOptions;
    private readonly Queue<byte[]> _ownErrors = new();
    private uint _identification = 1u << 31;
    private DateTimeOffset _errorsFrom;

    /// <param name="seed">For the router's own packets.</param>
    /// <param name="servesEcho">Whether the router's own addresses have an echo service: it is a host.</param>
    public Router(int seed = 0, bool servesEcho = false) => _stackOptions = new() { Seed = seed, ServesEcho = servesEcho };

    public IReadOnlyList<EthernetPort> Ports => _ports;

    /// <summary>What answers at the router's own addresses; null before the first <see cref="AddPort"/>.</summary>
    public InnerStack? Stack { get; private set; }

    public RouterCounters Counters { get; } = new();

    /// <summary>Null for a router that hides nothing.</summary>
    public IForwardingHook? Hook { get; set; }

    /// <summary>The earliest deadline of ports, stack and hook.</summary>
    public DateTimeOffset? NextDeadline
    {
        get
        {
            var earliest = Deadlines.Earlier(Stack?.NextDeadline, Hook?.NextDeadline);
            if (_ownErrors.Count > 0)
            {
                earliest = Deadlines.Earlier(earliest, _errorsFrom);
            }

            foreach (var port in _ports)
            {
                earliest = Deadlines.Earlier(earliest, port.NextDeadline);
            }

            return earliest;
        }
    }

    /// <summary>Puts a port of the router on a link.</summary>
    /// <param name="prefixLength">Bits of the address that those on the link share.</param>
    public EthernetPort AddPort(ILink link, IpAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(link);
        var port = new EthernetPort(link) { IsRouter = true, ReassemblesFragments = false };
        port.Received = (now, packet) => ReceiveOwn(now, packet, port);
        port.ReceivedForOthers = (now, packet) => Forward(now, packet, port);
        port.Undeliverable = (now, packet) =>
        {
            if (IpView.TryParse(packet, out var view, out _) && !Owns(view.Source))
            {
                Refuse(now, packet, port, IcmpErrorKind.AddressUnreachable);
            }
        };
        _ports.Add(port);
        AddAddress(port, address, prefixLength);
        link.Node = new PortNode(this, port);
        return port;
    }

    /// <summary>Adds an own address to a port, as a rule that of the other family.</summary>
    public void AddAddress(EthernetPort port, IpAddress address, int prefixLength)
    {
        port.AddAddress(address, prefixLength);
        Stack ??= new(address, Originate, _stackOptions);
        foreach (var own in port.Addresses)
        {
            Stack.AddAddress(own);
        }
    }

    public bool Owns(IpAddress address) => _ports.Exists(port => port.Owns(address));

    /// <summary>Forwards a packet for somebody else.</summary>
    /// <param name="from">Where it came in; null if the hook opened it.</param>
    public void Forward(DateTimeOffset now, ReadOnlySpan<byte> octets, EthernetPort? from)
    {
        if (!IpView.TryParse(octets, out var packet, out _) || !packet.HasValidHeaderChecksum())
        {
            Counters.Refused++;
        }
        else if (Owns(packet.Destination))
        {
            ReceiveOwn(now, octets, from ?? _ports[0]);
        }
        else if (!MayBeForwarded(packet))
        {
            Counters.Refused++;
        }
        else if (packet.HopLimit <= 1)
        {
            Counters.HopLimitExceeded++;
            Refuse(now, octets, from, IcmpErrorKind.HopLimitExceeded);
        }
        else if (FindRoute(packet.Destination) is not { } way)
        {
            Counters.NoRoute++;
            Refuse(now, octets, from, IcmpErrorKind.NoRoute);
        }
        else
        {
            var copy = packet.Octets.ToArray();
            CountDown(copy, packet.IsIpv6);
            if (Hook?.Leaving(now, copy, from, way.Port) is not ForwardingVerdict.Taken)
            {
                SendOn(now, copy, from, way);
            }
        }
    }

    /// <summary>Sends a packet of the router's own, which the hook may take.</summary>
    public void Originate(DateTimeOffset now, ReadOnlySpan<byte> octets)
    {
        if (IpView.TryParse(octets, out var packet, out _) && FindRoute(packet.Destination) is { } way
            && Hook?.Leaving(now, packet.Octets, from: null, way.Port) is not ForwardingVerdict.Taken)
        {
            way.Port.SendVia(now, way.NextHop, packet.Octets);
        }
    }

    /// <summary>Sends a packet of the router's own without asking the hook. Over the next link's MTU it goes out in fragments, unless it says not to.</summary>
    /// <param name="pathMtu">Octets: IPv6 packets over it are fragmented here, because nobody else does; at least 1280. Null for the next link's.</param>
    public void Transmit(DateTimeOffset now, ReadOnlySpan<byte> octets, int? pathMtu = null)
    {
        if (!IpView.TryParse(octets, out var packet, out _) || FindRoute(packet.Destination) is not { } way)
        {
            return;
        }

        if (pathMtu is not { } mtu || !packet.IsIpv6 || packet.Octets.Length <= mtu)
        {
            way.Port.SendVia(now, way.NextHop, packet.Octets);
            return;
        }

        var fragment = new byte[mtu];
        var fragmenter = new IpFragmenter(packet.Octets, mtu, ++_identification);
        while (fragmenter.TryNext(fragment, out var length))
        {
            way.Port.SendVia(now, way.NextHop, fragment.AsSpan(0, length));
        }
    }

    /// <summary>Tells a packet's sender that it was not sent on; nothing where RFC 1122 and RFC 4443 ask for silence.</summary>
    /// <param name="from">Where the packet came in: the error has that port's address.</param>
    /// <param name="mtu">Octets, of <see cref="IcmpErrorKind.PacketTooBig"/>.</param>
    public void Refuse(DateTimeOffset now, ReadOnlySpan<byte> octets, EthernetPort? from, IcmpErrorKind kind, int mtu = 0)
    {
        if (!IpView.TryParse(octets, out var packet, out _) || OwnAddress(packet.Source, from) is not { } own
            || _errors.About(now, packet, own, kind, mtu) is not { } error)
        {
            return;
        }

        if (!Owns(packet.Source))
        {
            Originate(now, error);
        }
        else if (_ownErrors.Count < MaximumOwnErrors)
        {
            // The own stack is in the middle of sending: it hears of it afterwards.
            _ownErrors.Enqueue(error);
            _errorsFrom = now;
        }
    }

    private void Advance(DateTimeOffset now)
    {
        foreach (var port in _ports)
        {
            if (port.NextDeadline <= now)
            {
                port.Advance(now);
            }
        }

        while (_ownErrors.TryDequeue(out var error))
        {
            Stack!.Receive(now, error);
        }

        Stack?.Advance(now);
        if (Hook?.NextDeadline <= now)
        {
            Hook.Advance(now);
        }
    }

    private void ReceiveOwn(DateTimeOffset now, ReadOnlySpan<byte> octets, EthernetPort from)
    {
        if (IpView.TryParse(octets, out var packet, out _) && packet.IsFragment)
        {
            if (_reassembler.Add(now, octets, out var whole) == ReassemblyOutcome.Complete)
            {
                ReceiveWhole(now, whole.Span, from);
            }
        }
        else
        {
            ReceiveWhole(now, octets, from);
        }
    }

    private void ReceiveWhole(DateTimeOffset now, ReadOnlySpan<byte> packet, EthernetPort from)
    {
        if (Hook?.Arrived(now, packet, from) is not ForwardingVerdict.Taken)
        {
            Stack!.Receive(now, packet);
        }
    }

    private void SendOn(DateTimeOffset now, ReadOnlySpan<byte> octets, EthernetPort? from, Way way)
    {
        IpView.TryParse(octets, out var packet, out _);
        var isTooBig = octets.Length > way.Port.Mtu;
        if (isTooBig && packet.DontFragment)
        {
            Counters.TooBig++;
            Refuse(now, octets, from, IcmpErrorKind.PacketTooBig, way.Port.Mtu);
            return;
        }

        Counters.Forwarded++;
        Counters.Fragmented += isTooBig ? 1 : 0;
        way.Port.SendVia(now, way.NextHop, octets);
    }

    // The longest prefix over all ports; of equal ones, that of the port which was there first.
    private Way? FindRoute(IpAddress destination)
    {
        (EthernetPort Port, Route Route)? best = null;
        foreach (var port in _ports)
        {
            if (port.Routes.Find(destination) is { } route && (best is null || route.PrefixLength > best.Value.Route.PrefixLength))
            {
                best = (port, route);
            }
        }

        return best is { } found ? new Way(found.Port, found.Route.NextHop ?? destination) : null;
    }

    private IpAddress? OwnAddress(IpAddress destination, EthernetPort? from)
    {
        if (from is not null && SourceAddress.For(from.Addresses, destination) is { } own)
        {
            return own;
        }

        foreach (var port in _ports)
        {
            if (SourceAddress.For(port.Addresses, destination) is { } other)
            {
                return other;
            }
        }

        return null;
    }

    // RFC 1812 section 5.3.7, RFC 4291 section 2.5.6: what belongs to one link, or to no node, stays there.
    private static bool MayBeForwarded(IpView packet) =>
        IcmpErrorPacket.IsUnicast(packet.Source) && IcmpErrorPacket.IsUnicast(packet.Destination)
        && !SourceAddress.IsLinkLocal(packet.Source) && !SourceAddress.IsLinkLocal(packet.Destination);

    private static void CountDown(Span<byte> packet, bool isIpv6)
    {
        if (isIpv6)
        {
            packet[7]--;
            return;
        }

        Span<byte> before = stackalloc byte[2];
        packet[8..10].CopyTo(before);
        packet[8]--;
        var checksum = InternetChecksum.Adjust(BinaryPrimitives.ReadUInt16BigEndian(packet[10..]), before, packet[8..10]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], checksum);
    }

    private readonly record struct Way(EthernetPort Port, IpAddress NextHop);

    // The router at the end of one of its links.
    private sealed class PortNode(Router router, EthernetPort port) : INode
    {
        public DateTimeOffset? NextDeadline => router.NextDeadline;

        public void Receive(DateTimeOffset now, ReadOnlySpan<byte> frame) => port.Receive(now, frame);

        public void Advance(DateTimeOffset now) => router.Advance(now);
    }
}
