using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Benchmarks;

/// <summary>What <c>bench dataplane</c> measures: whole packets on one core, and what look-ups cost when there is much to look through.</summary>
public static class DataplaneBenchmarks
{
    private const int FewPolicies = 10;

    private static readonly int[] PacketSizes = [64, 512, 1400, 9000];
    private static readonly IpAddress Here = IpAddress.Parse("192.0.2.1"), There = IpAddress.Parse("192.0.2.2");
    private static readonly IpAddress Source = IpAddress.Parse("10.1.0.1"), Destination = IpAddress.Parse("10.2.0.1");
    private static readonly TrafficPair Everything = new([TrafficRange.Any], [TrafficRange.Any]);

    public static ImmutableArray<Benchmark> All { get; } =
    [
        .. from algorithms in EspBenchmarks.AllAlgorithms() from size in PacketSizes from benchmark in WithEsp(algorithms, size) select benchmark,
        .. from integrity in Algorithms.AllIntegrity where integrity.Facts.Protocols.HasFlag(SecurityProtocols.Ah) from size in PacketSizes from benchmark in WithAh(integrity, size) select benchmark,
        .. new[] { FewPolicies, 1000, 10_000 }.Select(count => new Benchmark($"spd/{count}", null, () => KnownFlow(count), () => KnownFlow(FewPolicies))),
        .. new[] { FewPolicies, 1000, 10_000 }.Select(count => new Benchmark($"spd-miss/{count}", null, () => NewFlows(count), () => NewFlows(FewPolicies))),
        .. new[] { 1, 1000, 100_000 }.Select(count => new Benchmark($"sad/{count}", 64, () => AmongMany(count), () => AmongMany(1))),
    ];

    private static Benchmark[] WithEsp(EspAlgorithms algorithms, int size)
    {
        var name = EspBenchmarks.NameOf(algorithms);
        return
        [
            new($"out/{name}/{size}", size, () => Outbound(Esp(algorithms), IpsecProtocol.Esp, size), () => EspBenchmarks.Raw(algorithms, size)?.Sealing),
            new($"in/{name}/{size}", size, () => Inbound(Esp(algorithms), Esp(algorithms), IpsecProtocol.Esp, size), () => EspBenchmarks.Raw(algorithms, size)?.Opening),
        ];
    }

    private static Benchmark[] WithAh(IntegrityAlgorithm integrity, int size)
    {
        // AH covers the packet, the outer header and itself.
        var covered = size + Ipv4View.MinimumHeaderLength + 12 + integrity.IvLength + integrity.IcvLength;
        Workload? Raw() => MacBenchmarks.Raw(integrity, covered);
        return
        [
            new($"ah/out/{integrity.Name}/{size}", size, () => Outbound(Ah(integrity), IpsecProtocol.Ah, size), Raw),
            new($"ah/in/{integrity.Name}/{size}", size, () => Inbound(Ah(integrity), Ah(integrity), IpsecProtocol.Ah, size), Raw),
        ];
    }

    private static Workload Outbound(IDisposable protection, IpsecProtocol protocol, int size)
    {
        var plane = Plane();
        plane.Associations.AddOutbound("p", Everything, new OutboundSecurityAssociation(Parameters(protocol, 0x1001), protection));
        var packet = Packet(Source, Destination, size);
        var sent = 0L;
        PacketHandler count = octets => sent += octets.Length;
        return new(
            () =>
            {
                if (plane.Outbound(default, packet, count, out var reason) != Disposition.Processed)
                    throw new InvalidOperationException($"a packet was not sent: {reason}");
            },
            protection);
    }

    private static Workload Inbound(IDisposable own, IDisposable peer, IpsecProtocol protocol, int size)
    {
        var plane = Plane();
        plane.Associations.AddInbound("p", Everything, new InboundSecurityAssociation(Parameters(protocol, 0x1001), own, new ForgivingWindow()));
        return Opening(plane, Sealed(peer, protocol, 0x1001, size), own, peer);
    }

    private static Workload Opening(DataPlane plane, byte[] sealedPacket, params IDisposable[] held) => new(
        () =>
        {
            if (plane.Inbound(default, sealedPacket, out _, out var reason) != Disposition.Processed)
                throw new InvalidOperationException($"a packet of our own was refused: {reason}");
        },
        held);

    private static Workload KnownFlow(int policies)
    {
        var database = Database(policies);
        // The entry that is furthest down the list.
        var packet = Flow(policies - 1, 1);
        return new(() => database.Lookup(packet, Direction.Outbound));
    }

    private static Workload NewFlows(int policies)
    {
        var database = Database(policies);
        var port = 0;
        return new(() => database.Lookup(Flow(policies - 1, port++), Direction.Outbound));
    }

    private static Workload AmongMany(int associations)
    {
        var plane = Plane();
        var algorithms = new EspAlgorithms(Algorithms.Encryption(EncryptionId.AesGcm16)!, 128, null, false);
        var protection = Esp(algorithms);
        var peer = Esp(algorithms);
        for (var number = 0u; number < associations; number++)
            plane.Associations.AddInbound("p", Everything, new InboundSecurityAssociation(Parameters(IpsecProtocol.Esp, 0x1001 + number * 7919), protection, new ForgivingWindow()));
        return Opening(plane, Sealed(peer, IpsecProtocol.Esp, 0x1001 + (uint)(associations - 1) * 7919, 64), protection, peer);
    }

    private static byte[] Sealed(IDisposable protection, IpsecProtocol protocol, uint spi, int size)
    {
        var plane = Plane();
        plane.Associations.AddOutbound("p", Everything, new OutboundSecurityAssociation(Parameters(protocol, spi), protection));
        byte[] result = [];
        plane.Outbound(default, Packet(Source, Destination, size), octets => result = octets.ToArray(), out _);
        return result;
    }

    private static DataPlane Plane()
    {
        var plane = new DataPlane();
        plane.Policies.Append(new("p", PolicyAction.Protect, Everything));
        return plane;
    }

    private static SecurityPolicyDatabase Database(int policies)
    {
        var database = new SecurityPolicyDatabase();
        for (var number = 0; number < policies; number++)
            database.Append(new($"{number}", PolicyAction.Protect, new([TrafficRange.Any], [TrafficRange.Host(Remote(number))])));
        return database;
    }

    private static PacketSelectors Flow(int policy, int port) => new(Source, Remote(policy), IpProtocol.Udp, (ushort)port, (ushort)(port >> 16));

    private static IpAddress Remote(int number) => new Ipv4Address(0x0A80_0000u + (uint)number);

    private static byte[] Packet(IpAddress source, IpAddress destination, int size)
    {
        var packet = new byte[size];
        new IpHeader(source, destination, IpProtocol.Udp).Write(packet, size - Ipv4View.MinimumHeaderLength);
        return packet;
    }

    private static SecurityAssociationParameters Parameters(IpsecProtocol protocol, uint spi) => new(protocol, spi, IpsecMode.Tunnel, Here, There);

    private static EspProtection Esp(EspAlgorithms algorithms) => EspBenchmarks.Protection(algorithms);

    private static AhProtection Ah(IntegrityAlgorithm integrity) => new(integrity, RandomSource.Seeded(1).Bytes(integrity.KeyLength), false);

    /// <summary>Does all the work of a window, and lets the same packet pass again: the bench opens it many times.</summary>
    private sealed class ForgivingWindow : IAntiReplayWindow
    {
        private readonly AntiReplayWindow _window = new(extended: false);

        public bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber)
        {
            _window.MayBeNew(sequenceNumber, out fullSequenceNumber);
            return true;
        }

        public bool Accept(ulong fullSequenceNumber)
        {
            _window.Accept(fullSequenceNumber);
            return true;
        }
    }
}
