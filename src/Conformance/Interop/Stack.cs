using System.Net;
using Conformance.Implementations;
using Conformance.InHouse;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Host;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Interop;

/// <summary>
/// The in-house stack where the tester otherwise is: a host of its own on the implementation's network, with real traffic through what the two agree on.
/// </summary>
public sealed class Stack : IDisposable
{
    private readonly ScenarioContext _context;
    private readonly INetwork _network;
    private readonly Topology _topology;
    private readonly ILink _link;
    private readonly IpsecHost _host;
    private readonly ConnectionPolicy _policy;
    private ushort _echo;

    internal Stack(ScenarioContext context)
    {
        _context = context;
        _policy = context.Policy;
        _network = context.Implementation.Network;
        var places = context.Implementation.Topology;
        _topology = places.Of(_policy);
        Certificates = new(_topology.Tester);
        _link = _network.Attach("stack", TesterPlace.Mac);
        context.Recorder.Watch(_link);
        _link.Observed += new LadderObserver(context.Recorder, "stack", "iut").Observe;
        _host = new(_link, places.Tester, places.PrefixLength, places.TesterInner, new()
        {
            Random = RandomSource.Seeded(context.Seed),
            KeyLog = new RecorderKeyLog(context.Recorder),
            ChildFlowPadding = _policy.FlowPadding,
            Ike = new() { AuthenticationLifetime = _policy.Timers?.Reauthentication },
            // What stands on its own server it need not ask for.
            KnownCertificate = Certificates.Find,
        });
        if (places.Ipv6 is { } ipv6)
            _host.AddAddresses(ipv6.Tester, ipv6.PrefixLength, ipv6.TesterInner);
        _host.OuterStack.ListenTcp(CertificateServer.Port, Certificates.Serve);
        _link.Node = _host;
        if (_policy.Certificates?.HashAndUrl is not null)
            _host.DataPlane.Policies.Append(Served(_topology.Tester));
        _host.Add(PolicyTranslation.ToMirroredConnection(_policy, _topology));
    }

    /// <summary>Certificates over HTTP at the stack's address.</summary>
    public CertificateServer Certificates { get; }

    /// <summary>The stack initiates; true once it has a child SA.</summary>
    public Task<bool> Initiate()
    {
        _context.Recorder.Command("the stack initiates");
        _host.Command(_network.Now, new IkeCommand.Connect(_policy.Name));
        return Up();
    }

    /// <summary>The implementation initiates; true once the stack has a child SA.</summary>
    public async Task<bool> BeInitiated()
    {
        _context.Recorder.Command("the implementation initiates");
        await _context.Implementation.Initiate(_context.Cancellation).ConfigureAwait(false);
        return await Up().ConfigureAwait(false);
    }

    /// <summary>The stack deletes the IKE SA; true once the implementation has no child SA any more.</summary>
    public async Task<bool> Disconnect()
    {
        _context.Recorder.Command("the stack disconnects");
        _host.Command(_network.Now, new IkeCommand.Disconnect(_policy.Name));
        await Until(() => _host.Children.IsEmpty, _topology.ResponseTime).ConfigureAwait(false);
        await Until(() => false, _topology.SilenceTime).ConfigureAwait(false);
        return (await _context.Implementation.SecurityAssociations(_context.Cancellation).ConfigureAwait(false)).IsEmpty;
    }

    /// <summary>The stack replaces its child SA; true once another is in its place at both ends.</summary>
    public async Task<bool> RekeyChild()
    {
        _context.Recorder.Command("the stack rekeys the child SA");
        var replaced = ChildReplaced();
        _host.Command(_network.Now, new IkeCommand.RekeyChild(_policy.Name));
        return await Until(replaced, _topology.ResponseTime * 8).ConfigureAwait(false);
    }

    /// <summary>The stack replaces the IKE SA; true once the new one is there and the old one gone. Child SAs stay.</summary>
    public async Task<bool> RekeyIke()
    {
        _context.Recorder.Command("the stack rekeys the IKE SA");
        var replaced = IkeReplaced();
        _host.Command(_network.Now, new IkeCommand.RekeyIke(_policy.Name));
        return await Until(replaced, _topology.ResponseTime * 8).ConfigureAwait(false);
    }

    /// <summary>The implementation is told to replace the child SA; true once another is in its place.</summary>
    public Task<bool> ChildIsRekeyed() => IsReplaced("the implementation rekeys the child SA", SaOrder.RekeyChild, ChildReplaced(), _topology.ResponseTime * 8);

    /// <summary>The implementation is told to replace the IKE SA; true once the new one is there and the old one gone. Child SAs stay.</summary>
    public Task<bool> IkeIsRekeyed() => IsReplaced("the implementation rekeys the IKE SA", SaOrder.RekeyIke, IkeReplaced(), _topology.ResponseTime * 8);

    /// <summary>The implementation's own clock has it replace the child SA; true once another is in its place.</summary>
    public Task<bool> ChildGrowsOld(TimeSpan limit) => IsReplaced("the child SA grows old", null, ChildReplaced(), limit);

    /// <summary>The implementation's own clock has it replace the IKE SA; true once the new one is there and the old one gone.</summary>
    public Task<bool> IkeGrowsOld(TimeSpan limit) => IsReplaced("the IKE SA grows old", null, IkeReplaced(), limit);

    /// <summary>The initiator proves itself anew, by the clock of whichever end; true once a new IKE SA with a child SA of its own is there, and the old ones gone.</summary>
    public Task<bool> IsAuthenticatedAnew(TimeSpan limit)
    {
        var (ike, child) = (IkeReplaced(), ChildReplaced());
        return IsReplaced("the authentication grows old", null, () => ike() && child(), limit);
    }

    /// <summary>Who the stack says is at the other end, and how it knows.</summary>
    public PeerAuthentication? Peer => _host.Children.FirstOrDefault()?.Peer;

    /// <summary>Whether the stack has refused who is at the other end, for a reason with this in it.</summary>
    public bool HasRefused(string reason) => _host.Events.Any(line => line.Contains(nameof(ProtocolViolation.AuthenticationFailed), StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal));

    /// <summary>The one address that the child SA is for at the end that asked for it; null if it is for more, or there is none.</summary>
    public IPAddress? AssignedAddress
    {
        get
        {
            var child = _host.Children.FirstOrDefault();
            return (_policy.AsksForAddress ? child?.RemoteTraffic : child?.LocalTraffic) is [{ } only] && only.StartAddress.Equals(only.EndAddress) ? only.StartAddress : null;
        }
    }

    /// <summary>Whether the child SA's packets go in UDP.</summary>
    public bool IsEncapsulated => _host.Children.FirstOrDefault()?.UdpPorts is not null;

    /// <summary>Whether IPComp was agreed on for the child SA.</summary>
    public bool IsCompressing => _host.Children.FirstOrDefault()?.Cpis is not null;

    /// <summary>Octets that went through the child SA: before and after compression, sent and received. Zeros without IPComp.</summary>
    public async Task<(long Sent, long SentCompressed, long Received, long ReceivedCompressed)> CompressionCounts()
    {
        var associations = _host.DataPlane.Associations;
        // As long as a replaced SA is not deleted the peer may send on that (RFC 7296 section 2.8).
        await Until(() => associations.Inbound.Count(association => association.Parameters.Protocol == Ipsec.Dataplane.IpsecProtocol.Esp) == 1, _topology.ResponseTime).ConfigureAwait(false);
        if (_host.Children.FirstOrDefault() is not { Cpis: { } cpis } child || associations.FindOutbound(Ipsec.Dataplane.IpsecProtocol.Esp, child.OutboundSpi, child.Remote) is not { } outbound
            || associations.FindInbound(Ipsec.Dataplane.IpsecProtocol.Esp, child.InboundSpi) is not { } inbound
            || associations.FindInbound(Ipsec.Dataplane.IpsecProtocol.IpComp, cpis.Inbound) is not { } decompressed)
            return default;
        return (outbound.Associations[0].Octets, outbound.Associations[^1].Octets, decompressed.Octets, inbound.Octets);
    }

    /// <summary>How many of some ICMP echo requests of these sizes (octets of data) are answered.</summary>
    public async Task<int> Ping(params int[] sizes)
    {
        var before = Traffic.EchoReplies.Count;
        foreach (var size in sizes)
        {
            var expected = Traffic.EchoReplies.Count + 1;
            Traffic.Ping(_network.Now, Target, new byte[size], 0x1cf1, ++_echo);
            await Until(() => Traffic.EchoReplies.Count >= expected, _topology.ResponseTime).ConfigureAwait(false);
        }
        return Traffic.EchoReplies.Count - before;
    }

    /// <summary>How many datagrams to the UDP echo service come back as they were.</summary>
    public async Task<int> EchoUdp(params int[] sizes)
    {
        using var socket = Traffic.BindUdp();
        var good = 0;
        foreach (var size in sizes)
        {
            var payload = RandomSource.Seeded((ulong)size + 1).Bytes(size);
            socket.Send(_network.Now, Target, 7, payload);
            UdpDatagram? datagram = null;
            await Until(() => socket.TryReceive(out datagram), _topology.ResponseTime).ConfigureAwait(false);
            if (datagram is not null && datagram.Payload.Span.SequenceEqual(payload))
                good++;
        }
        return good;
    }

    /// <summary>Octets of a transfer to the TCP echo service that came back as they were, up to the first that did not.</summary>
    public async Task<int> EchoTcp(int octets)
    {
        var data = RandomSource.Seeded(7).Bytes(octets);
        var connection = Traffic.ConnectTcp(_network.Now, Target, 7);
        var sent = 0;
        var good = 0;
        var wrong = false;
        var buffer = new byte[65536];
        await Until(Step, TimeSpan.FromSeconds(30)).ConfigureAwait(false);
        connection.Close(_network.Now);
        await Until(() => connection.State is TcpState.Closed or TcpState.TimeWait, TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        return good;

        bool Step()
        {
            if (sent < octets && connection.SendSpace > 0)
                sent += connection.Send(_network.Now, data.AsSpan(sent, Math.Min(connection.SendSpace, octets - sent)));
            while (!wrong && connection.Available > 0)
            {
                var count = connection.Read(_network.Now, buffer);
                if (data.AsSpan(good, Math.Min(count, octets - good)).SequenceEqual(buffer.AsSpan(0, count)))
                    good += count;
                else
                    wrong = true;
            }
            return wrong || good == octets || connection.State == TcpState.Closed;
        }
    }

    /// <summary>Whoever asks for a certificate gets it in clear.</summary>
    private static SecurityPolicy Served(IpAddress own) => new("certificates over HTTP", PolicyAction.Bypass, new(
        [TrafficRange.Host(own) with { Protocol = IpProtocol.Tcp, FirstPort = CertificateServer.Port, LastPort = CertificateServer.Port }],
        [TrafficRange.AnyOf(own.IsIpv6) with { Protocol = IpProtocol.Tcp }]));

    public void Dispose()
    {
        foreach (var line in _host.Events)
            _context.Recorder.Note($"stack: {line}");
        _link.Node = null;
        _link.Dispose();
    }

    private async Task<bool> IsReplaced(string what, SaOrder? order, Func<bool> replaced, TimeSpan limit)
    {
        _context.Recorder.Command(what);
        if (order is { } given)
            await _context.Implementation.Order(given, _context.Cancellation).ConfigureAwait(false);
        return await Until(replaced, limit).ConfigureAwait(false);
    }

    /// <summary>Whether another child SA is in the place of the one that is there now.</summary>
    private Func<bool> ChildReplaced()
    {
        var old = _host.Children.Single();
        return () => _host.Children is [var child] && child.InboundSpi != old.InboundSpi && child.OutboundSpi != old.OutboundSpi;
    }

    /// <summary>Whether another IKE SA is in the place of the one that is there now.</summary>
    private Func<bool> IkeReplaced()
    {
        var old = _host.IkeSas.Single(association => association.IsEstablished);
        return () => _host.IkeSas is [{ IsEstablished: true } association] && association.InitiatorSpi != old.InitiatorSpi;
    }

    private InnerStack Traffic => _policy.Mode == Implementations.IpsecMode.Tunnel ? _host.InnerStack : _host.OuterStack;

    private IPAddress Target => _policy.Mode == Implementations.IpsecMode.Tunnel ? _topology.IutInner : _topology.Iut;

    private Task<bool> Up() => Until(() => !_host.Children.IsEmpty, _topology.ResponseTime * 8);

    private Task<bool> Until(Func<bool> condition, TimeSpan limit) => _network.RunUntil(condition, _network.Now + limit, _context.Cancellation);
}
