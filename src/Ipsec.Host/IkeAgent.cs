using System.Collections.Immutable;
using System.Net;
using Ipsec.Dataplane;
using Ipsec.Ike;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Ipsec.Host;

/// <summary>Sends one UDP datagram.</summary>
internal delegate void DatagramSender(DateTimeOffset now, IPEndPoint local, IPEndPoint remote, ReadOnlySpan<byte> payload);

/// <summary>IKE beside a data plane: takes its datagrams, carries out what it wants done, keeps a log of what happened.</summary>
internal sealed class IkeAgent
{
    // Of a packet that is told about, octets: its headers and a little more.
    private const int MostQuoted = 64;

    private readonly IpsecHostOptions _options;
    private readonly DataPlane _dataplane;
    private readonly IkeEndpoint _ike;
    private readonly ChildInstaller _installer;
    private readonly DatagramSender _send;
    private readonly NatKeepalives _keepalives;
    private readonly PeerDirectory? _peers;
    private readonly Queue<(uint Spi, LifetimeState State)> _spent = new();
    private readonly Dictionary<uint, long> _received = [];
    private readonly Dictionary<uint, uint> _moves = [];
    private readonly HashSet<string> _asked = [];
    private readonly Queue<string> _events = new();

    public IkeAgent(IpsecHostOptions options, DataPlane dataplane, DatagramSender send)
    {
        _options = options;
        _dataplane = dataplane;
        _send = send;
        _keepalives = new(options.NatKeepaliveInterval, send);
        _peers = options.Peers is { } peers ? new(peers) : null;
        _ike = new(options.Ike with { Peers = _peers ?? options.Ike.Peers }, options.Random, options.IkeCodec);
        _installer = new(options, dataplane);
        // The data plane is in the middle of a packet then: what to do about it waits for the next turn.
        dataplane.LifetimeReached = (association, state) => _spent.Enqueue((association.Parameters.Spi, state));
    }

    /// <summary>What asks for certificates; null where nothing does: then none is found.</summary>
    public HttpLookup? Lookup { get; set; }

    /// <summary>A gateway has given this host addresses, or they are its own no more; null where nobody uses them.</summary>
    public Action<IPAddress, bool>? AddressChanged { get; init; }

    /// <summary>A time that has passed where something is to be done at once.</summary>
    public DateTimeOffset? NextDeadline => _spent.Count > 0 || Lookup is { HasResults: true } ? DateTimeOffset.MinValue : Deadlines.Earlier(_ike.NextDeadline, _keepalives.NextDeadline);

    public IReadOnlyCollection<string> Events => _events;

    public ImmutableArray<ChildSa> Children => [.. _ike.Children];

    public ImmutableArray<IkeSaInfo> IkeSas => [.. _ike.Associations];

    /// <summary>Adds a connection with its PROTECT entry in the SPD.</summary>
    public void Add(IkeConnection connection)
    {
        // RFC 4303 section 3.3.3, RFC 4302 section 3.3.2: the upper half of a number is known by the window alone.
        if (_options.ChildReplayWindow == 0)
            connection = connection.WithoutExtendedSequenceNumbers();
        _ike.Add(_peers is null ? connection : connection with { TrustAnchors = [.. connection.TrustAnchors.Union(_peers.TrustAnchors)] });
        _dataplane.Policies.Append(_options.Policy(new(
            connection.Name, PolicyAction.Protect,
            new(ChildInstaller.Ranges(connection.LocalTraffic), ChildInstaller.Ranges(connection.RemoteTraffic)))));
        foreach (var address in connection.LooksUpCertificates ? Lookup?.Addresses ?? [] : [])
            _dataplane.Policies.Append(InTheClear(address));
    }

    public void Command(DateTimeOffset now, IkeCommand command)
    {
        _ike.Handle(now, command);
        Perform(now);
    }

    /// <summary>A packet wants SAs of this connection: they are asked for, under the IKE SA if there is one, once until something came of it.</summary>
    public void Want(DateTimeOffset now, string connection, ReadOnlySpan<byte> packet)
    {
        if (_ike.Connections.Any(known => known.Name == connection) && _asked.Add(connection))
            Command(now, new IkeCommand.CreateChild(connection) { Packet = Selectors(packet) });
    }

    private static (TrafficSelector Local, TrafficSelector Remote)? Selectors(ReadOnlySpan<byte> packet)
    {
        if (!IpView.TryParse(packet, out var view, out _))
            return null;
        var selectors = PacketSelectors.Of(view);
        return (Selector(selectors.Source, selectors.Protocol, selectors.SourcePort), Selector(selectors.Destination, selectors.Protocol, selectors.DestinationPort));
    }

    private static TrafficSelector Selector(IpAddress address, byte protocol, ushort? port) => TrafficSelector.Range(address.ToIPAddress(), address.ToIPAddress()) with
    {
        IpProtocol = protocol,
        StartPort = port ?? 0,
        EndPort = port ?? ushort.MaxValue,
    };

    public void Advance(DateTimeOffset now)
    {
        while (_spent.TryDequeue(out var spent))
            Replace(now, spent.Spi, spent.State);
        while (Lookup is not null && Lookup.TryTake(out var result))
            _ike.TakeLookup(now, result.Id, result.Content);
        HearChildren(now);
        _ike.Advance(now);
        Perform(now);
        if (_keepalives.NextDeadline <= now)
            _keepalives.Advance(now, Children, PacketsSent);
    }

    /// <summary>Takes a UDP datagram to one of IKE's ports.</summary>
    /// <param name="isEsp">It was none of IKE's: the packet holds ESP.</param>
    public void Receive(DateTimeOffset now, IpView packet, UdpView udp, out bool isEsp)
    {
        isEsp = false;
        if (!udp.HasValidChecksum(packet.Source, packet.Destination) && udp.Checksum != 0)
            return;
        var content = udp.Payload;
        if (udp.DestinationPort == UdpEncapsulation.NatTraversalPort)
        {
            var kind = UdpEncapsulation.Classify(udp.Payload, out content);
            isEsp = kind == EncapsulatedKind.Esp;
            if (kind != EncapsulatedKind.Ike)
                return;
        }
        _ike.Handle(now, new IkeDatagram(
            new(packet.Destination.ToIPAddress(), udp.DestinationPort), new(packet.Source.ToIPAddress(), udp.SourcePort), content.ToArray()));
        Perform(now);
    }

    /// <summary>An ICMP error that says that a datagram of IKE's was too big for the path (RFC 7383 section 2.5.2). False if it says nothing of the kind.</summary>
    public bool LearnPathMtu(DateTimeOffset now, IpView packet)
    {
        if (!IcmpErrors.TryReadQuoted(packet, out var icmp, out var quoted, out var transport) || icmp.Mtu is not { } mtu || !_options.DataPlane.AcceptsUnprotectedIcmp(icmp.Type)
            || quoted.Protocol != IpProtocol.Udp || quoted.SourcePort is not (UdpEncapsulation.IkePort or UdpEncapsulation.NatTraversalPort) || transport.Length < UdpView.HeaderLength)
            return false;
        var isMarked = quoted.SourcePort == UdpEncapsulation.NatTraversalPort;
        var content = transport[UdpView.HeaderLength..];
        if (isMarked && UdpEncapsulation.Classify(content, out content) != EncapsulatedKind.Ike || !IkeHeader.TryParse(content, out var header, out _))
            return false;
        _ike.TooBig(now, header, (int)Math.Min(mtu, ushort.MaxValue) - IpHeader.LengthOf(packet.IsIpv6) - UdpView.HeaderLength - (isMarked ? UdpEncapsulation.MarkerSize : 0));
        Perform(now);
        return true;
    }

    /// <summary>ESP in UDP has proved to be authentic: if the peer's address or port is another now, IKE decides what follows (RFC 7296 section 2.23).</summary>
    public void Opened(DateTimeOffset now, IpView packet, UdpView udp)
    {
        if (!EspView.TryParse(udp.Payload, out var esp, out _)
            || _dataplane.Associations.FindInbound(IpsecProtocol.Esp, esp.Spi) is not { Window: not null, Parameters: { Encapsulation: { } ports } known }
            || (known.Source == packet.Source && ports.Source == udp.SourcePort))
            return;
        // A packet that was overtaken by the one that told of the change does not take it back.
        if (_moves.TryGetValue(esp.Spi, out var last) && (int)(esp.SequenceNumber - last) <= 0)
            return;
        _moves[esp.Spi] = esp.SequenceNumber;
        _ike.HeardFrom(esp.Spi, new(packet.Source.ToIPAddress(), udp.SourcePort));
        Perform(now);
    }

    /// <summary>ESP or AH was discarded: where its sender can mend that, it hears of it under its IKE SA (RFC 7296 section 2.21.4, RFC 4301 section 5.2).</summary>
    /// <param name="port">The sender's, of ESP in UDP; null without UDP.</param>
    public void Refused(DateTimeOffset now, IpView packet, DiscardReason reason, ushort? port = null)
    {
        if (reason is not (DiscardReason.UnknownSpi or DiscardReason.SelectorMismatch) || !TryReadSpi(packet, port is not null, out var protocol, out var spi))
            return;
        if (reason == DiscardReason.SelectorMismatch)
            _ike.TellInvalidSelectors(now, spi, packet.Octets[..Math.Min(packet.Octets.Length, MostQuoted)].ToArray());
        else if (_dataplane.Associations.FindInbound(protocol, spi) is null)
            _ike.TellUnknownSpi(now, spi, packet.Source.ToIPAddress(), port);
        Perform(now);
    }

    private static bool TryReadSpi(IpView packet, bool isInUdp, out IpsecProtocol protocol, out uint spi)
    {
        (protocol, spi) = (packet.Protocol == IpProtocol.Ah ? IpsecProtocol.Ah : IpsecProtocol.Esp, 0);
        if (packet.Protocol == IpProtocol.Ah && AhView.TryParse(packet.Transport, out var ah, out _))
            spi = ah.Spi;
        else if ((isInUdp || packet.Protocol == IpProtocol.Esp) && EspView.TryParse(packet.Transport[(isInUdp ? UdpView.HeaderLength : 0)..], out var esp, out _))
            spi = esp.Spi;
        return spi != 0;
    }

    /// <summary>Whether a packet goes to one of IKE's ports.</summary>
    public static bool IsForIke(IpView packet, out UdpView udp)
    {
        udp = default;
        return packet.Protocol == IpProtocol.Udp && UdpView.TryParse(packet.Transport, out udp, out _)
            && udp.DestinationPort is UdpEncapsulation.IkePort or UdpEncapsulation.NatTraversalPort;
    }

    public void Record(DateTimeOffset now, string line)
    {
        if (_events.Count == _options.EventsKept)
            _events.Dequeue();
        _events.Enqueue($"{now:HH:mm:ss.ffffff} {line}");
    }

    /// <summary>Certificates are fetched before there is an SA.</summary>
    private static SecurityPolicy InTheClear(IpAddress own)
    {
        const ushort http = 80;
        return new("certificates over HTTP", PolicyAction.Bypass, new(
            [TrafficRange.Host(own) with { Protocol = IpProtocol.Tcp }], [TrafficRange.AnyOf(own.IsIpv6) with { Protocol = IpProtocol.Tcp, FirstPort = http, LastPort = http }]));
    }

    /// <summary>An SA that is used up is rekeyed; one that must not be used any more is deleted (RFC 4301 section 4.4.2.1).</summary>
    private void Replace(DateTimeOffset now, uint spi, LifetimeState state)
    {
        if (_ike.Children.FirstOrDefault(child => child.InboundSpi == spi || child.OutboundSpi == spi) is not { } child)
            return;
        Record(now, $"{child.Connection}: SA {spi:x8} has reached its {(state == LifetimeState.Hard ? "hard" : "soft")} lifetime");
        _ike.Handle(now, state == LifetimeState.Hard
            ? new IkeCommand.DeleteChildren(child.Connection, child.InboundSpi)
            : new IkeCommand.RekeyChild(child.Connection, child.InboundSpi));
    }

    /// <summary>What comes in on a child SA is a sign of life too (RFC 7296 section 2.4). Looked at when something is due.</summary>
    private void HearChildren(DateTimeOffset now)
    {
        if (_options.Ike.LivenessInterval is null || !(_ike.NextDeadline <= now))
            return;
        foreach (var child in _ike.Children)
        {
            var packets = PacketsReceived(child);
            if (packets > _received.GetValueOrDefault(child.InboundSpi))
                _ike.Heard(now, child.InboundSpi);
            _received[child.InboundSpi] = packets;
        }
    }

    private void Perform(DateTimeOffset now)
    {
        var childrenChanged = false;
        while (_ike.TryDequeue(out var effect))
        {
            childrenChanged |= effect is IkeEffect.Install or IkeEffect.Move or IkeEffect.Remove;
            switch (effect)
            {
                case IkeEffect.Send send:
                    _keepalives.Sent(send.Local, send.Remote);
                    _send(now, send.Local, send.Remote, send.Local.Port == UdpEncapsulation.NatTraversalPort ? UdpEncapsulation.WithMarker(send.Message) : send.Message);
                    break;
                case IkeEffect.Install install:
                    if (install.Child.Protocol == ProtocolId.Esp)
                        _options.KeyLog?.ChildSa(install.Child, install.Keys);
                    _installer.Install(install.Child, install.Keys, install.IsSending);
                    _asked.Remove(install.Child.Connection);
                    break;
                case IkeEffect.StartSending start:
                    _installer.StartSending(start.Child);
                    break;
                case IkeEffect.StopSending stop:
                    _installer.StopSending(stop.Child);
                    break;
                case IkeEffect.Move move:
                    Record(now, $"{move.After.Connection}: the peer is at {move.After.Remote}, port {move.After.UdpPorts?.Remote}");
                    _installer.Move(move.Before, move.After);
                    break;
                case IkeEffect.Remove remove:
                    _installer.Remove(remove.Child);
                    _received.Remove(remove.Child.InboundSpi);
                    _moves.Remove(remove.Child.InboundSpi);
                    break;
                case IkeEffect.KeysDerived keys:
                    _options.KeyLog?.IkeSa(keys.InitiatorSpi, keys.ResponderSpi, keys.Algorithms, keys.Keys);
                    break;
                case IkeEffect.Configure configure:
                    Record(now, $"{configure.Connection}: has {string.Join(", ", configure.Configuration.Addresses)}");
                    foreach (var address in configure.Configuration.Addresses)
                        AddressChanged?.Invoke(address, true);
                    break;
                case IkeEffect.Unconfigure unconfigure:
                    Record(now, $"{unconfigure.Connection}: has no longer {string.Join(", ", unconfigure.Addresses)}");
                    foreach (var address in unconfigure.Addresses)
                        AddressChanged?.Invoke(address, false);
                    break;
                case IkeEffect.LookUp look when _options.KnownCertificate(look.Url) is { } known:
                    _ike.TakeLookup(now, look.Id, known);
                    break;
                case IkeEffect.LookUp look:
                    Record(now, $"asks for {look.Url}");
                    if (Lookup is not null)
                        Lookup.Begin(now, look.Id, look.Url, look.MaximumLength);
                    else
                        _ike.TakeLookup(now, look.Id, null);
                    break;
                case IkeEffect.StopLookingUp ended:
                    Lookup?.Stop(now, ended.Id);
                    break;
                case IkeEffect.Notice notice:
                    if (notice.Event is IkeEvent.Failed failed)
                        _asked.Remove(failed.Connection);
                    if (notice.Event is IkeEvent.ChildFailed childFailed)
                        _asked.Remove(childFailed.Connection);
                    // What was asked for under an IKE SA went with it.
                    if (notice.Event is IkeEvent.Closed closed)
                        _asked.Remove(closed.Connection);
                    Record(now, notice.Event.ToString());
                    break;
            }
        }
        if (childrenChanged)
            _keepalives.Follow(now, Children);
    }

    private long PacketsReceived(ChildSa child) =>
        _dataplane.Associations.FindInbound(ChildInstaller.Protocol(child), child.InboundSpi)?.Packets ?? 0;

    private long PacketsSent(ChildSa child) =>
        _dataplane.Associations.FindOutbound(IpsecProtocol.Esp, child.OutboundSpi, child.Remote)?.Associations.Sum(association => association.Packets) ?? 0;
}
