using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Host;

/// <summary>
/// IPsec at the outside of a <see cref="Router"/> (RFC 4301 section 4.1): what leaves through the outside port is held against the SPD and protected, bypassed or
/// discarded; what comes in there is opened, or held against the SPD; what moves between the other ports is none of its business. With a single port, it is a
/// host with IPsec: the router's own stack lives behind it. SAs come from IKEv2, on demand too, or are put into the <see cref="DataPlane"/> by hand. Not
/// thread-safe.
/// </summary>
public sealed class SecurityGateway : IForwardingHook
{
    private readonly Router _router;
    private readonly EthernetPort _outside;
    private readonly IkeAgent _ike;
    private readonly IcmpErrorPacket _ownErrors = new();
    private readonly RandomSource _random;

    /// <summary>Puts itself into the router.</summary>
    /// <param name="outside">The router's port to the hostile side.</param>
    public SecurityGateway(Router router, EthernetPort outside, IpsecHostOptions options, DataPlaneOptions? dataPlaneOptions = null)
    {
        ArgumentNullException.ThrowIfNull(router);
        ArgumentNullException.ThrowIfNull(options);
        _router = router;
        _outside = outside;
        _random = options.Random;
        DataPlane = new(
            audit => Record(audit.Time, $"discarded: {audit.Reason} spi {audit.Spi:x8} sequence {audit.SequenceNumber} {audit.Source} > {audit.Destination}"),
            dataPlaneOptions);
        _ike = new(options, DataPlane, SendDatagram);
        router.Hook = this;
    }

    public DataPlane DataPlane { get; }

    /// <summary>How protected packets travel; null for IP itself.</summary>
    public IProtectedCarriage? Carriage { get; set; }

    /// <summary>The child SAs: peer, who authenticated and how, traffic.</summary>
    public ImmutableArray<ChildSa> Children => _ike.Children;

    /// <summary>What happened, a line each, oldest first: events of IKE, and audit events of the data plane.</summary>
    public IReadOnlyCollection<string> Events => _ike.Events;

    /// <inheritdoc/>
    public DateTimeOffset? NextDeadline => Deadlines.Earlier(_ike.NextDeadline, DataPlane.NextDummy);

    /// <summary>Adds a connection with its PROTECT entry in the SPD. Its SAs are asked for by the first packet, or by a command.</summary>
    public void Add(IkeConnection connection) => _ike.Add(connection);

    public void Command(DateTimeOffset now, IkeCommand command) => _ike.Command(now, command);

    /// <inheritdoc/>
    public void Advance(DateTimeOffset now)
    {
        _ike.Advance(now);
        DataPlane.SendDummies(now, _random, octets => Send(now, octets.ToArray()));
    }

    /// <summary>Takes a protected packet that did not come over IP.</summary>
    public void ReceiveCarried(DateTimeOffset now, ReadOnlySpan<byte> packet)
    {
        if (DataPlane.Inbound(now, packet, out var delivered, out _) == Disposition.Processed)
            Deliver(now, delivered);
    }

    /// <inheritdoc/>
    public ForwardingVerdict Leaving(DateTimeOffset now, ReadOnlySpan<byte> packet, EthernetPort? from, EthernetPort to)
    {
        if (to == _outside)
            return Protect(now, packet, from);
        // In clear from outside to inside: only what the SPD lets by.
        return from == _outside && IpView.TryParse(packet, out var view, out _) && DataPlane.InboundUnprotected(now, view, out _) == Disposition.Discarded
            ? ForwardingVerdict.Taken
            : ForwardingVerdict.Pass;
    }

    /// <inheritdoc/>
    public ForwardingVerdict Arrived(DateTimeOffset now, ReadOnlySpan<byte> packet, EthernetPort from)
    {
        if (from != _outside || !IpView.TryParse(packet, out var view, out _))
            return ForwardingVerdict.Pass;
        if (IkeAgent.IsForIke(view, out var udp))
        {
            _ike.Receive(now, view, udp, out var isEsp);
            if (!isEsp)
                return ForwardingVerdict.Taken;
            if (DataPlane.InboundEncapsulated(now, view, out var opened, out var refusal) == Disposition.Processed)
            {
                _ike.Opened(now, view, udp);
                Deliver(now, opened);
            }
            else
            {
                _ike.Refused(now, view, refusal, udp.SourcePort);
            }
            return ForwardingVerdict.Taken;
        }
        if (DataPlane.LearnPathMtu(now, view))
            return ForwardingVerdict.Taken;
        switch (DataPlane.Inbound(now, packet, out var delivered, out var reason))
        {
            case Disposition.Processed:
                Deliver(now, delivered);
                return ForwardingVerdict.Taken;
            case Disposition.Bypassed:
                return ForwardingVerdict.Pass;
            default:
                _ike.Refused(now, view, reason);
                return ForwardingVerdict.Taken;
        }
    }

    private ForwardingVerdict Protect(DateTimeOffset now, ReadOnlySpan<byte> packet, EthernetPort? from)
    {
        var disposition = TryProtect(now, packet, out var emitted, out var reason);
        if (disposition == Disposition.Processed && Carriage is null && TooLargeForTheFirstLink(now, packet, emitted) is { } large)
        {
            // The first router on the way is this one: the data plane hears of its link's MTU as it would of any other's, and tries again.
            IpView.TryParse(large, out var view, out _);
            if (_ownErrors.About(now, view, _outside.Address, IcmpErrorKind.PacketTooBig, _outside.Mtu) is { } error
                && IpView.TryParse(error, out var told, out _) && DataPlane.LearnPathMtu(now, told))
                disposition = TryProtect(now, packet, out emitted, out reason);
        }
        switch (disposition)
        {
            case Disposition.Bypassed:
                return ForwardingVerdict.Pass;
            case Disposition.Processed:
                foreach (var sealedPacket in emitted)
                    Send(now, sealedPacket);
                break;
            case Disposition.Discarded:
                Explain(now, packet, from, reason);
                break;
        }
        return ForwardingVerdict.Taken;
    }

    // What is emitted is borrowed from the data plane, and sending it may lead back there.
    private Disposition TryProtect(DateTimeOffset now, ReadOnlySpan<byte> packet, out List<byte[]> emitted, out DiscardReason reason)
    {
        var packets = new List<byte[]>(1);
        var disposition = DataPlane.Outbound(now, packet, octets => packets.Add(octets.ToArray()), out reason);
        emitted = packets;
        return disposition;
    }

    // A packet that may be fragmented needs nobody to be told. An IPv6 packet may not, even where its outer IPv4 header would allow it (RFC 2473 section 7.1).
    private byte[]? TooLargeForTheFirstLink(DateTimeOffset now, ReadOnlySpan<byte> packet, List<byte[]> emitted)
    {
        var mayNotBeFragmented = IpView.TryParse(packet, out var inner, out _) && inner.DontFragment;
        return emitted.Find(octets => octets.Length > _outside.Mtu && IpView.TryParse(octets, out var view, out _)
            && (mayNotBeFragmented || view.DontFragment) && !(DataPlane.PathMtuOf(now, view) <= _outside.Mtu));
    }

    private void Send(DateTimeOffset now, byte[] packet)
    {
        if (Carriage is { } carriage)
            carriage.Send(now, packet);
        else
            _router.Transmit(now, packet, IpView.TryParse(packet, out var view, out _) && view.IsIpv6 ? DataPlane.PathMtuOf(now, view) : null);
    }

    private void Explain(DateTimeOffset now, ReadOnlySpan<byte> packet, EthernetPort? from, DiscardReason reason)
    {
        switch (reason)
        {
            case DiscardReason.NoSecurityAssociation when DataPlane.Wanted is { } wanted:
                _ike.Want(now, wanted.Name, packet);
                break;
            case DiscardReason.TooBig:
                _router.Refuse(now, packet, from, IcmpErrorKind.PacketTooBig, DataPlane.NextHopMtu);
                break;
            case DiscardReason.Policy:
                _router.Refuse(now, packet, from, IcmpErrorKind.AdministrativelyProhibited);
                break;
        }
    }

    // The packet is borrowed from the data plane, which the way on may call again.
    private void Deliver(DateTimeOffset now, ReadOnlySpan<byte> packet)
    {
        var copy = packet.ToArray();
        if (IpView.TryParse(copy, out var view, out _) && _router.Owns(view.Destination))
            _router.Stack!.Receive(now, copy);
        else
            _router.Forward(now, copy, from: null);
    }

    private void SendDatagram(DateTimeOffset now, System.Net.IPEndPoint local, System.Net.IPEndPoint remote, ReadOnlySpan<byte> payload) =>
        _router.Transmit(now, UdpOnEthernet.Packet(local, remote, payload));

    private void Record(DateTimeOffset now, string line) => _ike.Record(now, line);
}
