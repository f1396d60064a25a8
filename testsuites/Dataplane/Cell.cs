using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Dataplane;

/// <summary>Which SAs a packet has on it, outermost first.</summary>
public enum Layers
{
    Esp,
    Ah,
    AhOverEsp,
    EspOverEsp,
    EspOverIpComp,
}

/// <summary>Families of the addresses inside and outside. In transport mode they are the same.</summary>
public readonly record struct Families(bool InnerIpv6, bool OuterIpv6)
{
    public override string ToString() => $"V{(InnerIpv6 ? 6 : 4)}V{(OuterIpv6 ? 6 : 4)}";
}

/// <summary>One cell of the matrix: everything that both ends are told.</summary>
/// <param name="Mode">Of the innermost SA; what lies over it is in transport mode, but a tunnel over a tunnel in ESP over ESP.</param>
/// <param name="Suite">Of the (inner) ESP SA; null with AH alone.</param>
/// <param name="OuterSuite">Of the outer ESP SA of ESP over ESP.</param>
/// <param name="AhIntegrity">Of the AH SA, if there is one.</param>
/// <param name="Esn">In all SAs with sequence numbers.</param>
/// <param name="Udp">The outermost SA is ESP in UDP.</param>
public sealed record Cell(
    Layers Layers, IpsecMode Mode, Families Families, CipherSuite? Suite, CipherSuite? OuterSuite, IntegrityId AhIntegrity, bool Esn, bool Udp)
{
    private const int Window = 64;

    public string Id => string.Join('-', Words());

    public string Title
    {
        get
        {
            var what = Layers switch
            {
                Layers.Esp => $"ESP {Suite!.Word}",
                Layers.Ah => $"AH {MatrixAlgorithms.Word(AhIntegrity)}",
                Layers.AhOverEsp => $"AH {MatrixAlgorithms.Word(AhIntegrity)} over ESP {Suite!.Word}",
                Layers.EspOverEsp => $"ESP {OuterSuite!.Word} over ESP {Suite!.Word}",
                _ => $"ESP {Suite!.Word} over IPComp",
            };
            var families = $"IPv{(Families.InnerIpv6 ? 6 : 4)} in IPv{(Families.OuterIpv6 ? 6 : 4)}";
            return $"{what}, {Mode} mode, {families}{(Esn ? ", ESN" : "")}{(Udp ? ", in UDP" : "")}: echoes of all sizes come back as they were";
        }
    }

    public IEnumerable<Capability> Needs()
    {
        yield return Mode switch
        {
            IpsecMode.Tunnel => Capability.TunnelMode,
            IpsecMode.Transport => Capability.TransportMode,
            _ => Capability.Beet,
        };
        if (Layers is Layers.Ah or Layers.AhOverEsp)
            yield return Capability.Ah;
        if (Layers == Layers.EspOverIpComp)
            yield return Capability.IpComp;
        if (Layers is Layers.AhOverEsp or Layers.EspOverEsp)
            yield return Capability.Bundles;
        if (Families.InnerIpv6 || Families.OuterIpv6)
            yield return Capability.Ipv6;
        if (Esn)
            yield return Capability.ExtendedSequenceNumbers;
        if (Udp)
            yield return Capability.NatTraversal;
    }

    public IEnumerable<string> Covers()
    {
        yield return "RFC4301-4.5-1";
        if (Layers is Layers.Ah or Layers.AhOverEsp)
            yield return "RFC4302-3.4.4-1";
        if (Layers == Layers.EspOverIpComp)
            yield return "RFC3173-2-1";
    }

    /// <summary>The cell seen from the implementation, with keys from a source of random octets.</summary>
    public ManualConfiguration Configuration(Topology topology, RandomSource random)
    {
        var local = Places(topology.Iut, topology.IutInner, topology.Ipv6?.Iut, topology.Ipv6?.IutInner);
        var remote = Places(topology.Tester, topology.TesterInner, topology.Ipv6?.Tester, topology.Ipv6?.TesterInner);
        var (localTraffic, remoteTraffic) = (TrafficSelector.Range(local.Inner, local.Inner), TrafficSelector.Range(remote.Inner, remote.Inner));
        // So that a late packet of another cell is not taken for one of this; CPIs, which have a smaller range, fit too.
        var apart = 16 * (random.NextUInt32() % 200);
        return new()
        {
            Policies =
            [
                new(TrafficDirection.Outbound, localTraffic, remoteTraffic, ManualAction.Protect) { Associations = Associations(0x2000 + apart, local, remote, random) },
                new(TrafficDirection.Inbound, localTraffic, remoteTraffic, ManualAction.Protect) { Associations = Associations(0x3000 + apart, remote, local, random) },
            ],
        };
    }

    private ImmutableArray<ManualSecurityAssociation> Associations(
        uint spi, (IPAddress Outer, IPAddress Inner) source, (IPAddress Outer, IPAddress Inner) destination, RandomSource random)
    {
        var first = Common(spi + 1, Mode);
        var over = Common(spi + 2, IpsecMode.Transport);
        var udp = Udp ? UdpEncapsulationPorts.Standard : null;
        return Layers switch
        {
            Layers.Esp => [Esp(first, Suite!, random) with { Encapsulation = udp }],
            Layers.Ah => [Ah(first, random)],
            Layers.AhOverEsp => [Esp(first, Suite!, random), Ah(over, random)],
            Layers.EspOverEsp =>
            [
                Esp(first, Suite!, random),
                Esp(Mode == IpsecMode.Tunnel ? over with { Mode = IpsecMode.Tunnel } : over, OuterSuite!, random) with { Encapsulation = udp },
            ],
            // What is compressed is the whole inner packet in a tunnel, otherwise its payload. BEET has no header to compress: it is ESP's then.
            _ when Mode == IpsecMode.Beet =>
            [
                IpComp(over) with { Source = source.Inner, Destination = destination.Inner },
                Esp(first, Suite!, random) with { Encapsulation = udp },
            ],
            _ => [IpComp(first), Esp(over, Suite!, random) with { Encapsulation = udp }],
        };

        ManualSecurityAssociation Common(uint number, IpsecMode mode) => new()
        {
            Protocol = IpsecProtocol.Esp,
            Spi = number,
            Mode = mode,
            Source = source.Outer,
            Destination = destination.Outer,
            InnerSource = mode == IpsecMode.Beet ? source.Inner : null,
            InnerDestination = mode == IpsecMode.Beet ? destination.Inner : null,
        };
    }

    private ManualSecurityAssociation Esp(ManualSecurityAssociation association, CipherSuite suite, RandomSource random) => association with
    {
        Encryption = suite.Encryption,
        KeyLength = suite.KeyLength,
        EncryptionKey = Key(suite.KeyOctets, random),
        Integrity = suite.Integrity,
        IntegrityKey = suite.Integrity == IntegrityId.None ? Octets.Empty : Key(MatrixAlgorithms.KeyOctets(suite.Integrity), random),
        ExtendedSequenceNumbers = Esn,
        ReplayWindow = Window,
    };

    private ManualSecurityAssociation Ah(ManualSecurityAssociation association, RandomSource random) => association with
    {
        Protocol = IpsecProtocol.Ah,
        Integrity = AhIntegrity,
        IntegrityKey = Key(MatrixAlgorithms.KeyOctets(AhIntegrity), random),
        ExtendedSequenceNumbers = Esn,
        ReplayWindow = Window,
    };

    private static ManualSecurityAssociation IpComp(ManualSecurityAssociation association) => association with
    {
        Protocol = IpsecProtocol.IpComp,
        ReplayWindow = 0,
    };

    private static Octets Key(int octets, RandomSource random) => Octets.TakeOver(random.Bytes(octets));

    private (IPAddress Outer, IPAddress Inner) Places(IPAddress outer4, IPAddress inner4, IPAddress? outer6, IPAddress? inner6)
    {
        var outer = Families.OuterIpv6 ? outer6! : outer4;
        return (outer, Mode == IpsecMode.Transport ? outer : Families.InnerIpv6 ? inner6! : inner4);
    }

    private IEnumerable<string> Words()
    {
        yield return "DATAPLANE";
        yield return Layers switch
        {
            Layers.Esp => "ESP",
            Layers.Ah => "AH",
            Layers.AhOverEsp => "AHESP",
            Layers.EspOverEsp => "ESPESP",
            _ => "ESPCOMP",
        };
        yield return Mode.ToString().ToUpperInvariant();
        yield return Families.ToString();
        if (AhIntegrity != IntegrityId.None)
            yield return MatrixAlgorithms.Word(AhIntegrity);
        if (OuterSuite is not null)
            yield return OuterSuite.Word;
        if (OuterSuite is not null || Layers == Layers.AhOverEsp)
            yield return "OVER";
        if (Suite is not null)
            yield return Suite.Word;
        if (Esn)
            yield return "ESN";
        if (Udp)
            yield return "UDP";
    }
}
