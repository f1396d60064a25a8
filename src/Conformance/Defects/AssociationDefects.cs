using System.Collections.Immutable;
using Conformance.Implementations;
using Ipsec.Dataplane;
using Ipsec.Host;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using static Conformance.Defects.Misunderstood;

namespace Conformance.Defects;

/// <summary>Faults of what an SA and its entry are told beside keys and addresses: lifetimes, numbers, company, path MTU, ICMP, fragments (RFC 4301 sections 4.1, 4.4, 6 to 8).</summary>
internal static class AssociationDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Lifetime("octet-lifetime-ignored", "An SA is used beyond its hard lifetime in octets", limits => limits with { HardOctets = null }),
        Lifetime("packet-lifetime-ignored", "An SA is used beyond its hard lifetime in packets", limits => limits with { HardPackets = null }),
        Lifetime("time-lifetime-ignored", "An SA is used beyond its hard lifetime in time", limits => limits with { HardTime = null }),
        Lifetime("only-one-lifetime-counts", "Of a lifetime in octets and one in time the first alone counts", limits =>
            limits is { HardOctets: not null, HardTime: not null } ? limits with { HardTime = null } : limits),
        Lifetime("soft-lifetime-ends-sa", "An SA is not used any more after its soft lifetime", limits =>
            limits.SoftPackets is { } packets ? limits with { HardPackets = packets } : limits),
        Associations("esp-anti-replay-always-on", "Told not to look for replays, it does in ESP", "RFC4303-3.4.3-1", association =>
            association is { Protocol: Implementations.IpsecProtocol.Esp, ReplayWindow: 0 } ? association with { ReplayWindow = 64 } : association),
        Associations("ah-anti-replay-always-on", "Told not to look for replays, it does in AH", "RFC4302-3.4.3-1", association =>
            association is { Protocol: Implementations.IpsecProtocol.Ah, ReplayWindow: 0 } ? association with { ReplayWindow = 64 } : association),
        Windows.Of(Ipsec.Dataplane.IpsecProtocol.Esp, "esp-window-starts-at-first-packet", "Numbers below that of the first ESP packet count as old", "RFC4303-3.4.3-4",
            (parameters, size) => new WindowFromTheFirst(parameters, size)),
        Windows.Of(Ipsec.Dataplane.IpsecProtocol.Ah, "ah-window-starts-at-first-packet", "Numbers below that of the first AH packet count as old", "RFC4302-3.4.3-3",
            (parameters, size) => new WindowFromTheFirst(parameters, size)),
        Numbers("esp-numbers-sent-begin-again", "ESP sends from number 1 on, although the numbers are nearly used up", "RFC4303-3.3.3-1", Implementations.IpsecProtocol.Esp),
        Numbers("ah-numbers-sent-begin-again", "AH sends from number 1 on, although the numbers are nearly used up", "RFC4302-3.3.2-1", Implementations.IpsecProtocol.Ah),
        Parallel("esp-second-sa-unknown", "Of two ESP SAs for the same traffic only the first is known", "RFC4303-2.1-1", Implementations.IpsecProtocol.Esp),
        Parallel("ah-second-sa-unknown", "Of two AH SAs for the same traffic only the first is known", "RFC4302-2.4-1", Implementations.IpsecProtocol.Ah),
        new("parallel-sas-share-a-window", "SAs with equal selectors share one anti-replay window", "RFC4301-4.1-6") { Inject = ShareWindow },
        SecondChances.Of("nested-inner-alone-accepted", "What should come nested is accepted under the inner entry's SA alone", "RFC4301-5-1", DiscardReason.BundleMismatch,
            (configuration, _) => configuration.Policies.Any(policy => policy.Nested)
                ? configuration with { Policies = [.. configuration.Policies.Select(policy => policy with { Nested = false })] }
                : null),
        new("unprotected-icmp-always-believed", "ICMP errors that nobody vouches for are believed, whatever it was told", "RFC4301-6.1.1-1")
        {
            Inject = options => options with { DataPlane = options.DataPlane with { AcceptsUnprotectedIcmp = _ => true } },
        },
        new("unprotected-icmp-never-believed", "ICMP errors that nobody vouches for are not believed, whatever it was told", "RFC4301-6.1.1-1")
        {
            Inject = options => options with { DataPlane = options.DataPlane with { AcceptsUnprotectedIcmp = _ => false } },
        },
        new("too-big-without-telling", "Packets over the path MTU are dropped, and their sender never hears of it", "RFC4301-8.2.1-2")
        {
            Inject = options => options with { Processing = dataplane => new KeepsTooBigToItself(dataplane) },
        },
        new("dropped-where-it-may-fragment", "Once the path MTU shrank, large packets are dropped although they may be fragmented", "RFC4301-8.2.1-4")
        {
            Inject = DropAfterNews,
        },
        Associations("ah-without-extended-numbers", "Told to use extended sequence numbers in AH, it uses others", "RFC4302-2.5.1-1", association =>
            association is { Protocol: Implementations.IpsecProtocol.Ah, ExtendedSequenceNumbers: true } ? association with { ExtendedSequenceNumbers = false } : association),
        SecondChances.Of("icmp-error-about-others-believed", "On an SA for one protocol, an ICMP error about another one is passed on", "RFC4301-6.2-5", DiscardReason.SelectorMismatch,
            (configuration, _) => configuration with { Policies = [.. configuration.Policies.Select(policy => policy with { Local = Any(policy.Local), Remote = Any(policy.Remote) })] }),
        new("icmp-error-not-looked-into", "An ICMP error that fits no SA by itself is discarded whatever it is about", "RFC4301-6.2-4")
        {
            Inject = options => options with { Policy = policy => policy with { CarriesIcmpErrors = false } },
        },
        new("negotiated-selectors-not-checked", "What comes out of a tunnel is delivered, whatever selectors its SA was negotiated with", "RFC4301-4.4.2-2") { Inject = DeliverMismatches },
        Policies("opaque-ports-unknown", "Entries for OPAQUE ports are passed over", "RFC4301-4.4.1.1-4", policies => [.. policies.Where(policy => policy.Local.StartPort <= policy.Local.EndPort)]),
        Policies("icmp-code-ignored", "Of ICMP, an entry's types count and its codes don't", "RFC4301-4.4.1.1-6", policies => [.. policies.Select(policy =>
            policy with { Local = AllCodes(policy.Local), Remote = AllCodes(policy.Remote) })]),
        Policies("icmp-code-compared-by-itself", "ICMP type and code are held against a range each for itself", "RFC4301-4.4.1.1-6", policies => [.. policies.SelectMany(EachType)]),
        Policies("mobility-type-ignored", "Of mobility headers, an entry's types don't count", "RFC4301-4.4.1.1-1", policies => [.. policies.Select(policy => policy.Local.IpProtocol == IpProtocol.Mobility
            ? policy with { Local = AnyPort(policy.Local), Remote = AnyPort(policy.Remote) }
            : policy)]),
        Filters.Dropped("clear-fragments-not-reassembled", "Datagrams in clear that came in fragments are dropped", "RFC4301-D.4-1", packet =>
            packet.Length > 1000 && IpView.TryParse(packet, out var view, out _) && view.Protocol == IpProtocol.Udp),
        Policies("compressed-both-ways", "An IPComp association inbound is taken for one outbound", "RFC3173-4-2", policies => [.. policies.Select(policy => WithCompression(policy, policies))]),
        Policies("source-behind-nat-not-checked", "Behind a NAT, any source is accepted inside a tunnel", "RFC3948-3.1.1-1", policies => [.. policies.Select(policy =>
            policy.Associations.Any(association => association.Encapsulation is not null) ? policy with { Remote = AnyAddress(policy.Remote) } : policy)]),
        new("tcp-checksum-of-tunnels-not-verified", "TCP checksums inside of tunnels are not looked at", "RFC3948-3.1.2-4")
        {
            Inject = options => options with { Processing = dataplane => new ChangesOpened(dataplane, (_, opened) => MendTcpChecksum(opened)) },
        },
    ];

    private static IpsecHostOptions DeliverMismatches(IpsecHostOptions options)
    {
        byte[] opened = [];
        return options with
        {
            EspProtection = (algorithms, encryptionKey, integrityKey, random) =>
                new MisreadEsp(options.EspProtection(algorithms, encryptionKey, integrityKey, random), plaintext =>
                {
                    opened = plaintext[..^Math.Min(plaintext.Length, plaintext[^2] + Ipsec.Crypto.EspTrailer.FixedSize)].ToArray();
                    return true;
                }),
            Processing = dataplane => new DeliversMismatches(dataplane, () => opened),
        };
    }

    private static IpsecHostOptions ShareWindow(IpsecHostOptions options)
    {
        IAntiReplayWindow? shared = null;
        return options with { AntiReplayWindow = (parameters, size) => shared ??= options.AntiReplayWindow(parameters, size) };
    }

    private static IpsecHostOptions DropAfterNews(IpsecHostOptions options)
    {
        const byte unreachable = 3, fragmentationNeeded = 4, packetTooBig = 2;
        var heard = false;
        return options with
        {
            PacketFilter = new PacketFilter(received: packet =>
            {
                heard |= IpView.TryParse(packet, out var view, out _)
                    && (view.Protocol == IpProtocol.Icmp && view.Transport is [unreachable, fragmentationNeeded, ..] || view.Protocol == IpProtocol.Icmpv6 && view.Transport is [packetTooBig, ..]);
                return packet;
            }),
            Processing = dataplane => new DropsLarge(dataplane, () => heard),
        };
    }

    private static bool IsIcmpRange(TrafficSelector selector) =>
        selector.IpProtocol is IpProtocol.Icmp or IpProtocol.Icmpv6 && (selector.StartPort, selector.EndPort) != (0, ushort.MaxValue);

    private static TrafficSelector AllCodes(TrafficSelector selector) =>
        IsIcmpRange(selector) ? selector with { StartPort = (ushort)(selector.StartPort & 0xFF00), EndPort = (ushort)(selector.EndPort | 0xFF) } : selector;

    private static IEnumerable<ManualPolicy> EachType(ManualPolicy policy)
    {
        if (!IsIcmpRange(policy.Local))
            return [policy];
        int firstCode = policy.Local.StartPort & 0xFF, lastCode = policy.Local.EndPort & 0xFF;
        return
            from type in Enumerable.Range(policy.Local.StartPort >> 8, (policy.Local.EndPort >> 8) - (policy.Local.StartPort >> 8) + 1)
            where firstCode <= lastCode
            let first = (ushort)(type << 8 | firstCode)
            let last = (ushort)(type << 8 | lastCode)
            select policy with { Local = policy.Local with { StartPort = first, EndPort = last }, Remote = policy.Remote with { StartPort = first, EndPort = last } };
    }

    private static ManualPolicy WithCompression(ManualPolicy policy, ImmutableArray<ManualPolicy> all)
    {
        if (policy is not { Direction: TrafficDirection.Outbound, Action: ManualAction.Protect } || policy.Associations.Length != 1)
            return policy;
        var inbound = all.SelectMany(other => other.Associations).FirstOrDefault(association => association.Protocol == Implementations.IpsecProtocol.IpComp);
        return inbound is null
            ? policy
            : policy with { Associations = [inbound with { Source = inbound.Destination, Destination = inbound.Source }, .. policy.Associations] };
    }

    private static TrafficSelector Any(TrafficSelector selector) => selector with { IpProtocol = 0, StartPort = 0, EndPort = ushort.MaxValue };

    private static byte[] MendTcpChecksum(byte[] packet)
    {
        if (!IpView.TryParse(packet, out var view, out _) || view.Protocol != IpProtocol.Tcp || view.Transport.Length < 20)
            return packet;
        var segment = packet.AsSpan(view.TransportOffset);
        segment[16..18].Clear();
        var sum = InternetChecksum.AddPseudoHeader(0, view.Source, view.Destination, IpProtocol.Tcp, segment.Length);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(segment[16..], InternetChecksum.Finish(InternetChecksum.Add(sum, segment)));
        return packet;
    }

    private static Defect Lifetime(string name, string effect, Func<ManualLifetime, ManualLifetime> change) =>
        Associations(name, effect, "RFC4301-4.4.2.1-3", association => association with { Lifetime = change(association.Lifetime) });

    private static Defect Numbers(string name, string effect, string requirement, Implementations.IpsecProtocol protocol) =>
        Associations(name, effect, requirement, association => association.Protocol == protocol ? association with { FirstSequenceNumber = 1 } : association);

    private static Defect Parallel(string name, string effect, string requirement, Implementations.IpsecProtocol protocol) =>
        Policies(name, effect, requirement, policies => [.. policies.Select(policy =>
            policy.Associations.Any(association => association.Protocol == protocol) ? policy with { Parallel = [] } : policy)]);
}

/// <summary>A window that begins where the first packet is.</summary>
internal sealed class WindowFromTheFirst(SecurityAssociationParameters parameters, int size) : DefectiveWindow(parameters, size)
{
    private ulong? _first;

    public override bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber) =>
        base.MayBeNew(sequenceNumber, out fullSequenceNumber) && !(fullSequenceNumber < _first);

    public override bool Accept(ulong fullSequenceNumber)
    {
        _first ??= fullSequenceNumber;
        return base.Accept(fullSequenceNumber);
    }
}

/// <summary>Delivers what came out of an SA that is not for it.</summary>
/// <param name="opened">What came out last.</param>
internal sealed class DeliversMismatches(IPacketProcessing right, Func<byte[]> opened) : DefectiveProcessing(right)
{
    public override Disposition Inbound(DateTimeOffset now, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        var disposition = base.Inbound(now, packet, out delivered, out reason);
        if (reason != DiscardReason.SelectorMismatch)
            return disposition;
        delivered = opened();
        reason = DiscardReason.None;
        return Disposition.Processed;
    }
}

/// <summary>Drops what is too big for the path for another reason than that, so that nobody is told.</summary>
internal sealed class KeepsTooBigToItself(IPacketProcessing right) : DefectiveProcessing(right)
{
    public override Disposition Outbound(DateTimeOffset now, ReadOnlySpan<byte> packet, PacketHandler emit, out DiscardReason reason)
    {
        var disposition = base.Outbound(now, packet, emit, out reason);
        if (reason == DiscardReason.TooBig)
            reason = DiscardReason.Policy;
        return disposition;
    }
}

/// <summary>Drops IPv4 packets of more than a thousand octets that may be fragmented.</summary>
/// <param name="drops">Whether it does so now.</param>
internal sealed class DropsLarge(IPacketProcessing right, Func<bool> drops) : DefectiveProcessing(right)
{
    private const int Large = 1000;

    public override Disposition Outbound(DateTimeOffset now, ReadOnlySpan<byte> packet, PacketHandler emit, out DiscardReason reason)
    {
        if (!drops() || packet.Length <= Large || !IpView.TryParse(packet, out var view, out _) || view is not { IsIpv6: false, DontFragment: false })
            return base.Outbound(now, packet, emit, out reason);
        reason = DiscardReason.Policy;
        return Disposition.Discarded;
    }
}
