using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Testing;

/// <summary>What a script wants of a manually keyed pair of bundles. Addresses come from the <see cref="Topology"/>, keys from the scenario's seed.</summary>
public sealed record ManualSetup
{
    /// <summary>Innermost first.</summary>
    public ImmutableArray<ManualLayer> Layers { get; init; } = [ManualLayer.Esp];

    public bool InnerIpv6 { get; init; }

    public bool OuterIpv6 { get; init; }

    /// <summary>0 for any.</summary>
    public byte Protocol { get; init; }

    /// <summary>Ports (or ICMP type and code) on the implementation's side.</summary>
    public (ushort First, ushort Last) LocalPorts { get; init; } = (0, ushort.MaxValue);

    public (ushort First, ushort Last) RemotePorts { get; init; } = (0, ushort.MaxValue);

    /// <summary>What the implementation sends has, innermost first; default: the same as <see cref="Layers"/>.</summary>
    public ImmutableArray<ManualLayer> LayersSent { get; init; }

    /// <summary>Two layers are entries of their own: the second for what the first makes of a packet (RFC 4301 appendix E).</summary>
    public bool Nested { get; init; }

    /// <summary>A second SA inbound, beside a single one.</summary>
    public bool Parallel { get; init; }

    /// <inheritdoc cref="ManualConfiguration.UnprotectedIcmpErrors"/>
    public ImmutableArray<byte> UnprotectedIcmpErrors { get; init; } = [];

    /// <summary>Entries before the protecting ones, seen from the implementation.</summary>
    public Func<Topology, ImmutableArray<ManualPolicy>> Before { get; init; } = _ => [];

    /// <summary>Entries after them.</summary>
    public Func<Topology, ImmutableArray<ManualPolicy>> After { get; init; } = _ => [];

    /// <summary>The addresses that talk: inside a tunnel the inner ones, in transport mode the outer ones.</summary>
    public (IPAddress Own, IPAddress Peer) Inside(Topology topology) => Layers.All(layer => layer.Mode == IpsecMode.Transport)
        ? OuterIpv6 ? (topology.Ipv6!.Tester, topology.Ipv6.Iut) : (topology.Tester, topology.Iut)
        : InnerIpv6 ? (topology.Ipv6!.TesterInner, topology.Ipv6.IutInner) : (topology.TesterInner, topology.IutInner);

    internal ManualConfiguration Configuration(Topology topology, RandomSource random)
    {
        // So that a late packet of another scenario is not taken for one of these SAs; CPIs, which have a smaller range, fit too.
        var apart = 16 * (random.NextUInt32() % 200);
        var (tester, iut) = Inside(topology);
        var local = TrafficSelector.Range(iut, iut) with { IpProtocol = Protocol, StartPort = LocalPorts.First, EndPort = LocalPorts.Last };
        var remote = TrafficSelector.Range(tester, tester) with { IpProtocol = Protocol, StartPort = RemotePorts.First, EndPort = RemotePorts.Last };
        return new()
        {
            Policies =
            [
                .. Before(topology),
                .. Protecting(TrafficDirection.Outbound, Bundle(LayersSent.IsDefault ? Layers : LayersSent, 0x2001, fromTester: false)),
                .. Protecting(TrafficDirection.Inbound, Bundle(Layers, 0x3001, fromTester: true)),
                .. After(topology),
            ],
            UnprotectedIcmpErrors = UnprotectedIcmpErrors,
        };

        IEnumerable<ManualPolicy> Protecting(TrafficDirection direction, ImmutableArray<ManualSecurityAssociation> bundle)
        {
            var inbound = direction == TrafficDirection.Inbound;
            var parallel = Parallel && inbound ? Bundle(Layers, 0x3101, fromTester: true) : [];
            if (!Nested)
                return [new(direction, local, remote, ManualAction.Protect) { Associations = bundle, Parallel = parallel }];
            var (own, peer) = inbound ? (bundle[0].Destination, bundle[0].Source) : (bundle[0].Source, bundle[0].Destination);
            var protocol = bundle[0].Protocol == IpsecProtocol.Ah ? IpProtocol.Ah : IpProtocol.Esp;
            return
            [
                new(direction, local, remote, ManualAction.Protect) { Associations = [bundle[0]], Nested = true },
                new(direction, TrafficSelector.Range(own, own) with { IpProtocol = protocol }, TrafficSelector.Range(peer, peer) with { IpProtocol = protocol }, ManualAction.Protect)
                {
                    Associations = bundle[1..],
                },
            ];
        }

        ImmutableArray<ManualSecurityAssociation> Bundle(ImmutableArray<ManualLayer> layers, uint spi, bool fromTester) =>
            [.. layers.Select((layer, index) => layer.Association(spi + apart + (uint)index, topology, OuterIpv6, fromTester, fromTester ? (tester, iut) : (iut, tester), random))];
    }
}

/// <summary>One SA of a <see cref="ManualSetup"/>.</summary>
public sealed record ManualLayer(IpsecProtocol Protocol, IpsecMode Mode)
{
    public static ManualLayer Esp { get; } = new(IpsecProtocol.Esp, IpsecMode.Tunnel);

    public static ManualLayer EspTransport { get; } = new(IpsecProtocol.Esp, IpsecMode.Transport);

    public static ManualLayer Ah { get; } = new(IpsecProtocol.Ah, IpsecMode.Tunnel) { Integrity = IntegrityId.HmacSha256_128 };

    public static ManualLayer AhTransport { get; } = Ah with { Mode = IpsecMode.Transport };

    public static ManualLayer IpCompTransport { get; } = new(IpsecProtocol.IpComp, IpsecMode.Transport);

    public EncryptionId Encryption { get; init; } = EncryptionId.AesGcm16;

    /// <summary>Bits.</summary>
    public int KeyLength { get; init; } = 128;

    public IntegrityId Integrity { get; init; }

    /// <summary>Anything else that the SA is told.</summary>
    public Func<ManualSecurityAssociation, ManualSecurityAssociation> Adjust { get; init; } = association => association;

    internal ManualSecurityAssociation Association(
        uint spi, Topology topology, bool ipv6, bool fromTester, (IPAddress Source, IPAddress Destination) inner, RandomSource random)
    {
        var (tester, iut) = ipv6 ? (topology.Ipv6!.Tester, topology.Ipv6.Iut) : (topology.Tester, topology.Iut);
        var association = new ManualSecurityAssociation
        {
            Protocol = Protocol,
            Spi = spi,
            Mode = Mode,
            Source = fromTester ? tester : iut,
            Destination = fromTester ? iut : tester,
            InnerSource = Mode == IpsecMode.Beet ? inner.Source : null,
            InnerDestination = Mode == IpsecMode.Beet ? inner.Destination : null,
            ReplayWindow = Protocol == IpsecProtocol.IpComp ? 0 : 64,
        };
        if (Protocol == IpsecProtocol.Esp)
        {
            var encryption = Algorithms.Encryption(Encryption)!;
            association = association with
            {
                Encryption = Encryption,
                KeyLength = encryption.HasVariableKeyLength ? KeyLength : encryption.KeyLengths[0],
                EncryptionKey = random.Bytes(encryption.KeyMaterialLength(encryption.HasVariableKeyLength ? KeyLength : encryption.KeyLengths[0])),
            };
        }
        if (Protocol != IpsecProtocol.IpComp && Integrity != IntegrityId.None)
            association = association with { Integrity = Integrity, IntegrityKey = random.Bytes(Algorithms.Integrity(Integrity)!.KeyLength) };
        return Adjust(association);
    }
}
