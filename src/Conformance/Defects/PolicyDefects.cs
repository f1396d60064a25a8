using System.Collections.Immutable;
using Conformance.Implementations;
using Ipsec.Dataplane;
using Ipsec.Host;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using static Conformance.Defects.Misunderstood;

namespace Conformance.Defects;

/// <summary>Faults of the policies, their selectors, bundles and fragments (RFC 4301 sections 4 to 7).</summary>
internal static class PolicyDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Processing("clear-traffic-accepted", "What policy protects is accepted in clear too", "RFC4301-5.2-2", right => new LetsBy(right, DiscardReason.UnprotectedTraffic)),
        Processing("long-answers-in-clear", "Packets of more than 500 octets leave in clear", "RFC4301-5-1", right => new SendsInClear(right, packet => packet.Length > 500)),
        Policies("unknown-traffic-let-by", "What no policy matches is let by", "RFC4301-5-2", policies => [.. policies, .. LetAllBy(policies)]),
        Policies("no-final-entry", "The policies end without an entry that discards: what is left over passes", "RFC4301-4.4.1-5", policies => [.. policies, .. LetAllBy(policies)]),
        Policies("no-final-inbound-entry", "What no inbound policy matches is let in", "RFC4301-5.2-1", policies => [.. policies, .. LetAllBy(policies).Where(policy => policy.Direction == TrafficDirection.Inbound)]),
        Actions("discard-taken-for-bypass", "DISCARD entries let by", "RFC4301-4.4.1-6", action => action == ManualAction.Discard ? ManualAction.Bypass : action),
        Actions("bypass-taken-for-discard", "BYPASS entries discard", "RFC4301-4.4.1-6", action => action == ManualAction.Bypass ? ManualAction.Discard : action),
        Policies("policies-reversed", "The last policy that matches decides", "RFC4301-4.4.1-3", policies => [.. policies.Reverse()]),
        Policies("bypass-both-ways", "BYPASS entries for one direction count for both", "RFC4301-5.2-10", policies =>
            [.. policies.SelectMany(policy => policy.Action == ManualAction.Bypass ? [policy, policy with { Direction = Other(policy.Direction) }] : new[] { policy })]),
        Selectors("source-not-checked", "Any source is accepted on an SA", remote: AnyAddress),
        Selectors("destination-not-checked", "Any destination is accepted on an SA", local: AnyAddress),
        Selectors("source-range-too-wide", "A range of addresses ends one later than it says", remote: selector => selector with { EndAddress = ((IpAddress)selector.EndAddress).Offset(1).ToIPAddress() }),
        Selectors("protocol-not-checked", "Any protocol is accepted on an SA", AnyProtocol, AnyProtocol),
        Selectors("remote-port-not-checked", "Any port of the peer is accepted on an SA", remote: AnyPort),
        Selectors("local-port-not-checked", "Any port of its own is accepted on an SA", local: AnyPort),
        Selectors("port-range-too-wide", "A range of ports ends one later than it says", remote: selector =>
            selector.EndPort == ushort.MaxValue ? selector : selector with { EndPort = (ushort)(selector.EndPort + 1) }),
        Policy("fragments-on-port-sas", "Fragments without ports travel on SAs for particular ports", "RFC4301-7.3-5", policy => policy with { NonFirstFragmentsAlso = true }),
        Policy("fragments-sent-unannounced", "Fragments without ports are sent on SAs for particular ports, and nobody was told", "RFC4301-7.3-2", policy => policy with { NonFirstFragmentsAlso = true }),
        Processing("unknown-spi-not-told", "Nobody hears of ESP whose SPI is unknown", "RFC7296-2.21.4-7", right => new ConcealsReason(right, DiscardReason.UnknownSpi)),
        Processing("unknown-spi-in-udp-not-told", "Nobody hears of ESP in UDP whose SPI is unknown", "RFC7296-2.21.4-7", right => new ConcealsReason(right, DiscardReason.UnknownSpi, inUdpOnly: true)),
        IkeFault.Options("unknown-spi-told-in-clear", "INVALID_SPI is told without the IKE SA's protection", "RFC7296-2.21.4-8",
            options => options with { IkeCodec = new DefectiveCodec(inClear: message => message.Notify(NotifyType.InvalidSpi) is not null) }),
        IkeFault.Writing("other-spi-told", "INVALID_SPI has the SPI of nothing", "RFC7296-2.21.4-7", (NotifyPayload notify) => notify.NotifyType == NotifyType.InvalidSpi ? notify with { Data = new byte[4] } : notify),
        Processing("selector-mismatch-not-told", "Nobody hears of packets outside of their SA's selectors", "RFC4301-5.2-8", right => new ConcealsReason(right, DiscardReason.SelectorMismatch)),
        Processing("fragments-refused", "No fragment is accepted from an SA", "RFC4301-7.1-1", right => new ChangesOpened(right, (came, opened) =>
            IpView.TryParse(opened, out var view, out _) && view.IsFragment ? null : opened)),
        Processing("icmp-error-in-clear", "ICMP errors leave in clear", "RFC4301-6.2-3", right => new SendsInClear(right, IsIcmpError)),
        Policy("icmp-error-dropped", "ICMP errors that no policy carries are dropped", "RFC4301-6.2-3", policy => policy with { CarriesIcmpErrors = false }),
        SecondChances.Of("outermost-sa-may-be-missing", "Packets are accepted without a bundle's outermost SA", "RFC4301-5-1", DiscardReason.BundleMismatch,
            (configuration, _) => SecondChances.WithInbound(configuration, associations => associations[..^1])),
        SecondChances.Of("innermost-sa-may-be-missing", "Packets are accepted without a bundle's innermost SA", "RFC4301-5-1", DiscardReason.BundleMismatch,
            (configuration, _) => SecondChances.WithInbound(configuration, associations => associations[1..])),
        new("only-outermost-icv-checked", "Of a bundle's ICVs only the outermost is checked", "RFC4301-5-1") { InjectKeyed = BelieveInnerSas },
        new("uncompressed-refused", "Packets without IPComp are refused where an IPComp association is", "RFC3173-2-2") { InjectKeyed = RefuseUncompressed },
        Compression("compressed-although-it-grows", "IPComp is around packets that it makes longer", "RFC3173-2.2-1", right => new CompressesEverything(right)),
        Compression("compression-loses-the-end", "Compression leaves out the last octets", "RFC3173-2-1", right => new CompressionLosesTheEnd(right)),
    ];

    private static bool IsIcmpError(byte[] packet) => IpView.TryParse(packet, out var view, out _)
        && (view.Protocol == IpProtocol.Icmp && view.Transport[0] == 3 || view.Protocol == IpProtocol.Icmpv6 && view.Transport[0] == 1);

    private static TrafficDirection Other(TrafficDirection direction) =>
        direction == TrafficDirection.Outbound ? TrafficDirection.Inbound : TrafficDirection.Outbound;

    private static IEnumerable<ManualPolicy> LetAllBy(ImmutableArray<ManualPolicy> policies) =>
        from ipv6 in new[] { false, true }
        let any = TrafficRange.AnyOf(ipv6).ToTrafficSelector()
        from direction in Enum.GetValues<TrafficDirection>()
        select new ManualPolicy(direction, any, any, ManualAction.Bypass);

    private static TrafficSelector AnyProtocol(TrafficSelector selector) => AnyPort(selector) with { IpProtocol = 0 };

    private static IpsecHostOptions BelieveInnerSas(ManualConfiguration configuration, IpsecHostOptions options)
    {
        var inner = configuration.Policies.SelectMany(policy => policy.Associations.SkipLast(1)).ToArray();
        return options with
        {
            EspProtection = (algorithms, encryptionKey, integrityKey, random) =>
            {
                var right = options.EspProtection(algorithms, encryptionKey, integrityKey, random);
                return inner.Any(association => association.EncryptionKey.Span.SequenceEqual(encryptionKey))
                    ? new ForgivingEsp(right, length => (length - right.IcvLength, length))
                    : right;
            },
            AhProtection = (algorithm, key, extended) =>
            {
                var right = options.AhProtection(algorithm, key, extended);
                return inner.Any(association => association.IntegrityKey.Span.SequenceEqual(key))
                    ? new ForgivingAh(right, (_, ah) => (ah + Ipsec.Packets.Ah.AhView.FixedSize, ah + Ipsec.Packets.Ah.AhView.FixedSize + algorithm.IcvLength))
                    : right;
            },
        };
    }

    private static IpsecHostOptions RefuseUncompressed(ManualConfiguration configuration, IpsecHostOptions options)
    {
        if (configuration.Associations.All(association => association.Protocol != Implementations.IpsecProtocol.IpComp))
            return options;
        int decompressed = 0, known = 0;
        return options with
        {
            Compression = () => new CountsDecompressions(options.Compression(), () => decompressed++),
            Processing = dataplane => new ChangesOpened(dataplane, (_, opened) =>
            {
                var isNew = decompressed > known;
                known = decompressed;
                return isNew ? opened : null;
            }),
        };
    }

    private static Defect Actions(string name, string effect, string requirement, Func<ManualAction, ManualAction> change) =>
        Policies(name, effect, requirement, policies => [.. policies.Select(policy => policy with { Action = change(policy.Action) })]);

    private static Defect Selectors(
        string name, string effect, Func<TrafficSelector, TrafficSelector>? local = null, Func<TrafficSelector, TrafficSelector>? remote = null) =>
        Policies(name, effect, "RFC4301-5.2-6", policies =>
        [
            .. policies.Select(policy => policy.Action == ManualAction.Protect
                ? policy with { Local = local?.Invoke(policy.Local) ?? policy.Local, Remote = remote?.Invoke(policy.Remote) ?? policy.Remote }
                : policy),
        ]);

    private static Defect Policy(string name, string effect, string requirement, Func<SecurityPolicy, SecurityPolicy> change) =>
        new(name, effect, requirement) { Inject = options => options with { Policy = change } };

    private static Defect Processing(string name, string effect, string requirement, Func<IPacketProcessing, IPacketProcessing> decorate) =>
        new(name, effect, requirement) { Inject = options => options with { Processing = dataplane => decorate(dataplane) } };

    private static Defect Compression(string name, string effect, string requirement, Func<ICompression, ICompression> decorate) =>
        new(name, effect, requirement) { Inject = options => options with { Compression = () => decorate(options.Compression()) } };
}
