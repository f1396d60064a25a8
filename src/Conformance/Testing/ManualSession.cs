using System.Collections.Immutable;
using System.Net;
using Conformance.Evidence;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Testing;

/// <summary>
/// The tester's end of what an implementation was keyed with by hand: the SAs of its first protecting policy in each direction, and the addresses that talk.
/// </summary>
public sealed class ManualSession : IDisposable
{
    internal ManualSession(ManualConfiguration configuration, ManualSetup setup, Topology topology, RandomSource random, Recorder recorder)
    {
        Configuration = configuration;
        Setup = setup;
        (Own, Peer) = setup.Inside(topology);
        ToImplementation = Bundle(TrafficDirection.Inbound);
        FromImplementation = Bundle(TrafficDirection.Outbound);
        foreach (var association in ToImplementation.Concat(FromImplementation))
            if (KeyRecords.Of(association.Parameters) is { } keys)
                recorder.Keys(keys);

        ImmutableArray<ScriptedAssociation> Bundle(TrafficDirection direction) =>
        [
            .. configuration.Policies.First(policy => policy.Direction == direction && policy.Action == ManualAction.Protect)
                .Associations.Select(association => new ScriptedAssociation(association, random)),
        ];
    }

    public ManualConfiguration Configuration { get; }

    public ManualSetup Setup { get; }

    /// <summary>The address inside on the tester's side.</summary>
    public IPAddress Own { get; }

    /// <summary>The address inside on the implementation's side.</summary>
    public IPAddress Peer { get; }

    /// <summary>The SAs for what the tester sends, innermost first.</summary>
    public ImmutableArray<ScriptedAssociation> ToImplementation { get; }

    /// <summary>The SAs for what the implementation sends, innermost first.</summary>
    public ImmutableArray<ScriptedAssociation> FromImplementation { get; }

    /// <summary>The packet with all SAs around it; the options are for the outermost.</summary>
    public byte[] Seal(byte[] packet, SealOptions? options = null)
    {
        for (var index = 0; index < ToImplementation.Length; index++)
            packet = ToImplementation[index].Seal(packet, index == ToImplementation.Length - 1 ? options : null);
        return packet;
    }

    /// <summary>
    /// Takes all SAs off a packet, outermost first, each in its place; an IPComp header may be missing. Empty where the first doesn't open; else what came out
    /// of each, the innermost last.
    /// </summary>
    public ImmutableArray<Opened> Open(byte[] packet)
    {
        var layers = ImmutableArray.CreateBuilder<Opened>();
        for (var index = FromImplementation.Length - 1; index >= 0; index--)
        {
            var association = FromImplementation[index];
            if (association.Open(packet) is { } opened)
                layers.Add(opened);
            else if (association.Parameters.Protocol == IpsecProtocol.IpComp && Uncompressed(association, packet) is { } inner)
                layers.Add(new(inner, association, 0, 0, 0, 0, packet));
            else
                break;
            packet = layers[^1].Packet;
        }
        return layers.DrainToImmutable();
    }

    /// <summary>Whether what was opened went through every SA, so that what is inside is the traffic itself.</summary>
    public bool IsWhole(ImmutableArray<Opened> layers) => layers.Length == FromImplementation.Length;

    public void Dispose()
    {
        foreach (var association in ToImplementation.Concat(FromImplementation))
            association.Dispose();
    }

    private static byte[]? Uncompressed(ScriptedAssociation association, byte[] packet)
    {
        if (association.Parameters.Mode != IpsecMode.Tunnel)
            return packet;
        return Ipsec.Packets.Ip.IpView.TryParse(packet, out var view, out _)
            && view.Protocol is Ipsec.Packets.Ip.IpProtocol.IpInIp or Ipsec.Packets.Ip.IpProtocol.Ipv6
            ? view.Transport.ToArray()
            : null;
    }
}

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
        var (tester, iut) = Inside(topology);
        var local = TrafficSelector.Range(iut, iut) with { IpProtocol = Protocol, StartPort = LocalPorts.First, EndPort = LocalPorts.Last };
        var remote = TrafficSelector.Range(tester, tester) with { IpProtocol = Protocol, StartPort = RemotePorts.First, EndPort = RemotePorts.Last };
        return new()
        {
            Policies =
            [
                .. Before(topology),
                new(TrafficDirection.Outbound, local, remote, ManualAction.Protect) { Associations = Bundle(0x2001, fromTester: false) },
                new(TrafficDirection.Inbound, local, remote, ManualAction.Protect) { Associations = Bundle(0x3001, fromTester: true) },
                .. After(topology),
            ],
        };

        ImmutableArray<ManualSecurityAssociation> Bundle(uint spi, bool fromTester) =>
            [.. Layers.Select((layer, index) => layer.Association(spi + (uint)index, topology, OuterIpv6, fromTester, fromTester ? (tester, iut) : (iut, tester), random))];
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
