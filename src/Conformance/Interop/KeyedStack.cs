using Conformance.Evidence;
using Conformance.Implementations;
using Conformance.InHouse;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Crypto;
using Ipsec.Host;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Conformance.Interop;

/// <summary>The in-house data plane where the tester otherwise is, keyed by hand with the other end of what the implementation was keyed with.</summary>
public sealed class KeyedStack : IDisposable
{
    private const ushort EchoService = 7;
    private readonly ScenarioContext _context;
    private readonly INetwork _network;
    private readonly Topology _topology;
    private readonly ILink _link;
    private readonly IpsecHost _host;
    private ushort _echo;

    internal KeyedStack(ScenarioContext context, ManualConfiguration configuration)
    {
        _context = context;
        _network = context.Implementation.Network;
        _topology = context.Implementation.Topology;
        _link = _network.Attach("stack", TesterPlace.Mac);
        context.Recorder.Watch(_link);
        _link.Observed += new LadderObserver(context.Recorder, "stack", "iut").Observe;
        var options = ManualTranslation.Options(configuration, new() { Random = RandomSource.Seeded(context.Seed ^ 1) });
        _host = new(_link, _topology.Tester, _topology.PrefixLength, _topology.TesterInner, options);
        if (_topology.Ipv6 is { } ipv6)
            _host.AddAddresses(ipv6.Tester, ipv6.PrefixLength, ipv6.TesterInner);
        ManualTranslation.Install(configuration.Mirrored(), _host.DataPlane, options);
        _link.Node = _host;
        foreach (var association in configuration.Associations)
        {
            if (KeyRecords.Of(association) is { } keys)
                context.Recorder.Keys(keys);
        }
    }

    /// <summary>What the stack discarded, a line each.</summary>
    public IReadOnlyCollection<string> Events => _host.Events;

    /// <summary>Sends an ICMP echo request with this payload; true if the reply brings the same octets.</summary>
    public async Task<bool> Ping(IpAddress target, byte[] payload)
    {
        var stack = StackFor(target);
        var number = ++_echo;
        EchoReply? reply = null;
        stack.Ping(_network.Now, target, payload, 0x1cf1, number);
        await Until(() => (reply = stack.EchoReplies.LastOrDefault(candidate => candidate.SequenceNumber == number)) is not null).ConfigureAwait(false);
        return reply is not null && reply.Payload.Span.SequenceEqual(payload);
    }

    /// <summary>Sends a datagram to the UDP echo service; true if the same octets come back.</summary>
    public async Task<bool> EchoUdp(IpAddress target, byte[] payload)
    {
        using var socket = StackFor(target).BindUdp();
        socket.Send(_network.Now, target, EchoService, payload);
        UdpDatagram? datagram = null;
        await Until(() => socket.TryReceive(out datagram)).ConfigureAwait(false);
        return datagram is not null && datagram.Payload.Span.SequenceEqual(payload);
    }

    public void Dispose()
    {
        foreach (var line in _host.Events)
            _context.Recorder.Note($"stack: {line}");
        _link.Node = null;
        _link.Dispose();
    }

    private InnerStack StackFor(IpAddress target) =>
        target == (IpAddress)_topology.Iut || (_topology.Ipv6 is { } ipv6 && target == (IpAddress)ipv6.Iut) ? _host.OuterStack : _host.InnerStack;

    private Task<bool> Until(Func<bool> condition) => _network.RunUntil(condition, _network.Now + _topology.ResponseTime, _context.Cancellation);
}
