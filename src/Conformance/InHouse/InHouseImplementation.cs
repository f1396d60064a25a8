using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using Conformance.Defects;
using Conformance.Implementations;
using Ipsec.Host;
using Ipsec.Host.Links;
using Ipsec.Ike;

namespace Conformance.InHouse;

/// <summary>The in-house stack as an implementation under test: a host of its own on a virtual network, on virtual time.</summary>
public sealed class InHouseImplementation : IImplementation
{
    private static readonly PhysicalAddress Mac = new([0x02, 0x1c, 0xf0, 0, 0, 0x02]);

    private readonly Func<IpsecHostOptions> _options;
    private readonly Defect? _defect;
    private ILink? _link;
    private IpsecHost? _host;
    private string _configuration = "";
    private string _connection = "";

    /// <param name="options">Makes the host's options; called for each configuration.</param>
    /// <param name="defect">Injected into every configuration; null for none.</param>
    internal InHouseImplementation(Func<IpsecHostOptions> options, string name, Defect? defect = null)
    {
        _options = options;
        _defect = defect;
        Description = new(name, $"IpsecConformance {typeof(InHouseImplementation).Assembly.GetName().Version?.ToString(3)}", "in-house");
    }

    public ImplementationDescription Description { get; }

    public Capabilities Capabilities { get; } = Capabilities.All.Without(Capability.XfrmCounters);

    public INetwork Network { get; } = new VirtualNetwork();

    public Topology Topology { get; } = new(
        IPAddress.Parse("192.0.2.2"), IPAddress.Parse("192.0.2.10"), 24, IPAddress.Parse("10.1.0.1"), IPAddress.Parse("10.2.0.1"),
        ResponseTime: TimeSpan.FromSeconds(5), SilenceTime: TimeSpan.FromSeconds(2))
    {
        Ipv6 = Ipv6Places.Standard,
    };

    public string RenderedConfiguration => _configuration;

    public Task Configure(ConnectionPolicy policy, CancellationToken cancellation)
    {
        var options = _options();
        options = _defect?.Inject(options) ?? options;
        policy = _defect?.MisreadPolicy(policy) ?? policy;
        var host = Attach(PolicyTranslation.ToHostOptions(policy, options));
        var topology = Topology.Of(policy);
        foreach (var connection in PolicyTranslation.ToConnections(policy, topology))
            host.Add(connection);
        _connection = policy.Name;
        _configuration = PolicyTranslation.Describe(policy, topology);
        return Task.CompletedTask;
    }

    public Task Install(ManualConfiguration configuration, CancellationToken cancellation)
    {
        _configuration = configuration.ToString();
        var options = ManualTranslation.Options(configuration, _options());
        if (_defect is not null)
        {
            options = _defect.InjectKeyed(configuration, _defect.Inject(options));
            configuration = _defect.Misread(configuration);
        }
        ManualTranslation.Install(configuration, Attach(options).DataPlane, options);
        return Task.CompletedTask;
    }

    public Task Initiate(CancellationToken cancellation) => Command(new IkeCommand.Connect(_connection));

    public Task SendDatagram(IPEndPoint from, IPEndPoint to, CancellationToken cancellation)
    {
        var stack = from.Address.Equals(Topology.IutInner) || from.Address.Equals(Topology.Ipv6?.IutInner) ? Host.InnerStack : Host.OuterStack;
        using var socket = stack.BindUdp((ushort)from.Port);
        socket.Send(Network.Now, to.Address, (ushort)to.Port, "wanted"u8);
        return Task.CompletedTask;
    }

    public Task Terminate(CancellationToken cancellation) => Command(new IkeCommand.Disconnect(_connection));

    public Task Order(SaOrder order, CancellationToken cancellation) => Command(order switch
    {
        SaOrder.RekeyChild => new IkeCommand.RekeyChild(_connection),
        SaOrder.RekeyIke => new IkeCommand.RekeyIke(_connection),
        SaOrder.DeleteChild => new IkeCommand.DeleteChildren(_connection),
        SaOrder.CreateChild => new IkeCommand.CreateChild(_connection),
        _ => new IkeCommand.CheckLiveness(_connection),
    });

    public Task<ImmutableArray<SecurityAssociationInfo>> SecurityAssociations(CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray.CreateRange(Host.Children, child => new SecurityAssociationInfo(
            child.InboundSpi, child.OutboundSpi, child.TransportMode ? "transport" : "tunnel", child.Remote.ToString(), child.Peer.Identity, child.Peer.Method.ToString(),
            Host.DataPlane.Associations.FindInbound(Ipsec.Dataplane.IpsecProtocol.Esp, child.InboundSpi)?.Packets,
            Host.DataPlane.Associations.Outbound.FirstOrDefault(outbound => outbound.Parameters.Spi == child.OutboundSpi)?.Packets)));

    public Task<bool> IsAlive(CancellationToken cancellation) => Task.FromResult(true);

    public Task<string> Log(CancellationToken cancellation) => Task.FromResult(string.Join('\n', _host?.Events ?? []));

    public ValueTask DisposeAsync()
    {
        _link?.Dispose();
        return Network.DisposeAsync();
    }

    /// <summary>A new host in the place of the one that was there.</summary>
    private IpsecHost Attach(IpsecHostOptions options)
    {
        _link?.Dispose();
        _link = Network.Attach("iut", Mac);
        _host = new(_link, Topology.Iut, Topology.PrefixLength, Topology.IutInner, options);
        if (Topology.Ipv6 is { } ipv6)
            _host.AddAddresses(ipv6.Iut, ipv6.PrefixLength, ipv6.IutInner);
        _link.Node = _host;
        return _host;
    }

    private IpsecHost Host => _host ?? throw new InvalidOperationException("not configured");

    private Task Command(IkeCommand command)
    {
        Host.Command(Network.Now, command);
        return Task.CompletedTask;
    }
}
