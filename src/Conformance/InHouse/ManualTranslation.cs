using System.Collections.Immutable;
using System.Globalization;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Host;
using Ipsec.Packets.Ike;
using IpsecMode = Ipsec.Dataplane.IpsecMode;
using IpsecProtocol = Ipsec.Dataplane.IpsecProtocol;

namespace Conformance.InHouse;

/// <summary>A manual configuration in the in-house data plane's own terms.</summary>
internal static class ManualTranslation
{
    /// <summary>Sends 0 for all 64.</summary>
    private static readonly byte[] NoDscp = new byte[64];

    /// <summary>
    /// Puts policies and SAs into an empty data plane. Its PROTECT entries are for both directions: those of a configuration with the same selectors become one.
    /// </summary>
    /// <exception cref="UnsupportedPolicyException">The data plane has no such algorithm.</exception>
    public static void Install(ManualConfiguration configuration, DataPlane dataplane, IpsecHostOptions options)
    {
        var names = new Dictionary<(TrafficSelector, TrafficSelector), string>();
        foreach (var policy in configuration.Policies)
        {
            var traffic = new TrafficPair(Ranges(policy.Local), Ranges(policy.Remote));
            if (policy.Action != ManualAction.Protect)
            {
                var action = policy.Action == ManualAction.Bypass ? PolicyAction.Bypass : PolicyAction.Discard;
                dataplane.Policies.Append(options.Policy(new(Name(dataplane), action, traffic) { Only = DirectionOf(policy) }));
                continue;
            }
            if (!names.TryGetValue((policy.Local, policy.Remote), out var name))
            {
                names.Add((policy.Local, policy.Remote), name = Name(dataplane));
                dataplane.Policies.Append(options.Policy(new(name, PolicyAction.Protect, traffic) { Nested = policy.Nested }));
            }
            if (policy.Direction == TrafficDirection.Outbound)
                dataplane.Associations.AddOutbound(name, traffic, [.. policy.Associations.Select(association => Outbound(association, options))]);
            else
                dataplane.Associations.AddInbound(name, traffic, [.. policy.Associations.Select(association => Inbound(association, options))]);
            foreach (var association in policy.Parallel)
                dataplane.Associations.AddInbound(name, traffic, Inbound(association, options));
        }
        // No policy has this name: what comes out of such an SA fits no policy.
        foreach (var association in configuration.OtherAssociations)
            dataplane.Associations.AddInbound("(none)", Anything, Inbound(association, options));
    }

    /// <summary>What a host must be made with for this configuration.</summary>
    public static IpsecHostOptions Options(ManualConfiguration configuration, IpsecHostOptions options) => options with
    {
        DataPlane = options.DataPlane with { AcceptsUnprotectedIcmp = configuration.UnprotectedIcmpErrors.Contains },
        FragmentsInside = configuration.Associations.All(association => association.Mode != Implementations.IpsecMode.Beet),
    };

    private static TrafficPair Anything { get; } = new(
        [TrafficRange.AnyOf(ipv6: false), TrafficRange.AnyOf(ipv6: true)], [TrafficRange.AnyOf(ipv6: false), TrafficRange.AnyOf(ipv6: true)]);

    private static string Name(DataPlane dataplane) => $"manual-{dataplane.Policies.Policies.Count.ToString(CultureInfo.InvariantCulture)}";

    private static ImmutableArray<TrafficRange> Ranges(TrafficSelector selector) =>
        TrafficRange.From(selector) is { } range ? [range] : throw new UnsupportedPolicyException(nameof(ManualPolicy.Local), $"{selector} is no range of addresses");

    private static Direction DirectionOf(ManualPolicy policy) =>
        policy.Direction == TrafficDirection.Outbound ? Direction.Outbound : Direction.Inbound;

    private static OutboundSecurityAssociation Outbound(ManualSecurityAssociation association, IpsecHostOptions options) =>
        new(Parameters(association), Protection(association, options));

    private static InboundSecurityAssociation Inbound(ManualSecurityAssociation association, IpsecHostOptions options) => new(
        Parameters(association), Protection(association, options),
        association.ReplayWindow == 0 ? null : Window(association, options));

    private static IAntiReplayWindow Window(ManualSecurityAssociation association, IpsecHostOptions options) => association.ReplayWindow switch
    {
        >= AntiReplayWindow.SmallestSize and <= AntiReplayWindow.LargestSize and var size => options.AntiReplayWindow(Parameters(association), size),
        var size => throw new UnsupportedPolicyException(
            nameof(association.ReplayWindow), $"{size} is not {AntiReplayWindow.SmallestSize} to {AntiReplayWindow.LargestSize}"),
    };

    private static SecurityAssociationParameters Parameters(ManualSecurityAssociation association) => new(
        association.Protocol switch
        {
            Implementations.IpsecProtocol.Esp => IpsecProtocol.Esp,
            Implementations.IpsecProtocol.Ah => IpsecProtocol.Ah,
            _ => IpsecProtocol.IpComp,
        },
        association.Spi,
        association.Mode switch
        {
            Implementations.IpsecMode.Tunnel => IpsecMode.Tunnel,
            Implementations.IpsecMode.Transport => IpsecMode.Transport,
            _ => IpsecMode.Beet,
        },
        association.Source, association.Destination)
    {
        ExtendedSequenceNumbers = association.ExtendedSequenceNumbers,
        FirstSequenceNumber = association.FirstSequenceNumber,
        Lifetime = association.Lifetime is var limits && limits == ManualLifetime.Unlimited
            ? SecurityAssociationLifetime.Unlimited
            : new(limits.SoftOctets, limits.HardOctets, limits.SoftPackets, limits.HardPackets, limits.SoftTime, limits.HardTime),
        FragmentBefore = true,
        Encapsulation = association.Encapsulation is { } ports ? new(ports.Source, ports.Destination) : null,
        Inner = association is { InnerSource: { } source, InnerDestination: { } destination } ? new(source, destination) : null,
        TrafficFlowPadding = association.TrafficFlowPadding,
        Dummies = association.Dummies is { } dummies ? new(dummies.Interval, dummies.SmallestSize, dummies.LargestSize) : null,
        OuterHeader = new()
        {
            DontFragment = association.DontFragment switch
            {
                DontFragment.Copy => DontFragmentRule.Copy,
                DontFragment.Set => DontFragmentRule.Set,
                _ => DontFragmentRule.Clear,
            },
            DscpMap = association.CopyDscp ? null : NoDscp,
            CopyEcn = association.Ecn,
            DecapsulateDscp = association.RestoreDscp,
        },
    };

    private static IDisposable Protection(ManualSecurityAssociation association, IpsecHostOptions options)
    {
        if (association.Protocol == Implementations.IpsecProtocol.IpComp)
            return options.Compression();
        var integrity = association.Integrity == IntegrityId.None
            ? null
            : Algorithms.Integrity(association.Integrity) ?? throw Unknown(nameof(association.Integrity), $"{association.Integrity}");
        if (association.Protocol == Implementations.IpsecProtocol.Ah)
            return options.AhProtection(
                integrity ?? throw Unknown(nameof(association.Integrity), "none"), association.IntegrityKey.ToArray(), association.ExtendedSequenceNumbers);
        var encryption = Algorithms.Encryption(association.Encryption) ?? throw Unknown(nameof(association.Encryption), $"{association.Encryption}");
        var algorithms = new EspAlgorithms(encryption, association.KeyLength, integrity, association.ExtendedSequenceNumbers);
        return options.EspProtection(algorithms, association.EncryptionKey.ToArray(), association.IntegrityKey.ToArray(), options.Random);
    }

    private static UnsupportedPolicyException Unknown(string field, string algorithm) => new(field, $"the in-house stack does not have {algorithm}");
}
