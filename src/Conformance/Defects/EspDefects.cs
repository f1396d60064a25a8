using System.Collections.Immutable;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Packets.Esp;
using static Conformance.Defects.Misunderstood;

namespace Conformance.Defects;

/// <summary>Faults of ESP's syntax and processing (RFC 4303).</summary>
internal static class EspDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Window("replay-check-skipped", "Replayed ESP packets are accepted", "RFC4303-3.4.3-5", (parameters, size) => new NoAntiReplay(parameters, size)),
        Window("window-moves-before-icv", "A forged sequence number moves the anti-replay window", "RFC4303-3.4.3-8", (parameters, size) => new CredulousAntiReplay(parameters, size)),
        Window("window-of-16", "The anti-replay window holds 16 packets", "RFC4303-3.4.3-10", (parameters, size) => new NarrowWindow(parameters, size)),
        Window("window-without-left-edge", "What is too old for the window counts as new", "RFC4303-3.4.3-5", (parameters, size) => new WindowWithoutLeftEdge(parameters, size)),
        Window("numbers-begin-again", "After number 2^32 - 1 packets are accepted from 0 on", "RFC4303-3.4.3-5", (parameters, size) => new CyclingWindow(parameters, size)),
        Window("esn-upper-half-stays-zero", "The upper half of extended numbers is taken for zero", "RFC4303-A-1", (parameters, size) => new UpperHalfStaysZero(parameters, size)),
        Window("esn-upper-half-of-the-newest", "Late packets get the newest one's upper half", "RFC4303-A-1", (parameters, size) => new UpperHalfOfTheNewest(parameters, size)),
        Protecting("esn-upper-half-not-covered", "The ICV's upper half of the number is not checked", "RFC4303-A-1", (_, right) => new BlindToUpperHalf(right)),
        Protecting("sequence-number-stuck", "Every ESP packet is sent under sequence number 1", "RFC4303-2.2-1", (_, right) => new MisnumberedEsp(right, _ => 1)),
        Protecting("sequence-number-from-zero", "The first ESP packet has sequence number 0", "RFC4303-2.2-1", (_, right) => new MisnumberedEsp(right, number => number - 1)),
        Protecting("sequence-number-skips", "Every second sequence number is left out", "RFC4303-2.2-1", (_, right) => new MisnumberedEsp(right, number => 2 * number - 1)),
        Protecting("padding-not-inspected", "ESP padding of any content is accepted", "RFC4303-2.4-4", (_, right) => new MisreadEsp(right, Plaintexts.MendPadding)),
        Protecting("pad-length-not-checked", "A pad length beyond the payload counts as none", "RFC4303-2.4-2", (_, right) => new MisreadEsp(right, Plaintexts.MendPadLength)),
        Protecting("long-padding-refused", "More than 200 octets of padding are refused", "RFC4303-2.4-2", (_, right) => new MisreadEsp(right, plaintext => plaintext[^2] <= 200)),
        Protecting("dummies-delivered", "Dummy packets are treated as traffic", "RFC4303-2.6-2", (_, right) => new MisreadEsp(right, Plaintexts.DeliverDummy)),
        Protecting("dummies-not-marked", "Dummy packets have the next header of traffic", "RFC4303-2.6-1", (_, right) => new ResealsDummies(right, 0, nextHeader: Ipsec.Packets.Ip.IpProtocol.IpInIp)),
        Protecting("dummies-without-icv", "Dummy packets end before their ICV", "RFC4303-2.6-3", (_, right) => new ResealsDummies(right, right.IcvLength)),
        Associations("dummies-not-sent", "Told to send dummy packets, it doesn't", "RFC4303-2.6-1", association => association with { Dummies = null }),
        Protecting("flow-padding-refused", "Packets with TFC padding are refused", "RFC4303-2.7-2", (_, right) => new MisreadEsp(right, Plaintexts.RefuseFlowPadding)),
        Protecting("flow-padding-counted", "TFC padding is taken for part of the packet inside, its length field changed", "RFC4303-2.7-2", (_, right) => new MisreadEsp(right, Plaintexts.CountFlowPadding)),
        Associations("flow-padding-not-sent", "Told to pad for traffic flow confidentiality, it doesn't", "RFC4303-2.7-1", association => association with { TrafficFlowPadding = 0 }),
        Beet("beet-ciphertext-not-covered", "In BEET mode a change of the last octet of ciphertext is not noticed", "RFC7402-B.1.6-1", right => new ForgivingEsp(right, length => (length - right.IcvLength - 1, length - right.IcvLength))),
        Beet("beet-icv-not-compared", "In BEET mode a wrong ICV is not noticed", "RFC7402-B.1.6-2", right => new ForgivingEsp(right, length => (length - right.IcvLength, length))),
        Beet("beet-pseudo-header-too-long", "BEET packets begin with a pseudo header that is longer than the packet", "RFC7402-B.1.7-3", right => new InsertsPseudoHeader(right, [9, 0, 0, 0, 0, 0, 0])),
        Beet("beet-pseudo-header-padded-with-zeros", "The pseudo header of BEET packets is padded with zeros", "RFC7402-B.1.7-4", right => new InsertsPseudoHeader(right, [1, 4, 0, 0, 0, 0, 0])),
        Beet("beet-options-refused", "BEET packets with IPv4 options are refused", "RFC7402-B.1.7-5", right => new MisreadEsp(right, plaintext => plaintext[^1] != 94)),
        Associations("beet-addresses-mistaken", "What comes out of a BEET SA is from the address after the SA's", "RFC7402-B.1.6-3", association =>
            association.InnerSource is { } source ? association with { InnerSource = ((Ipsec.Packets.Ip.IpAddress)source).Offset(1).ToIPAddress() } : association),
        Combined("icv-first-octet-not-compared", "The first octet of a combined-mode ICV is not compared", "RFC4303-3.4.4.2-1", (icv, length) => (length - icv, length - icv + 1)),
        Combined("icv-last-octet-not-compared", "The last octet of a combined-mode ICV is not compared", "RFC4303-3.4.4.2-1", (_, length) => (length - 1, length)),
        Combined("iv-not-covered", "A changed IV is not noticed", "RFC4303-3.4.4.2-1", (_, _) => (EspView.HeaderSize, EspView.HeaderSize + 8)),
        Combined("sequence-number-not-covered", "A changed sequence number is not noticed", "RFC4303-3.4.4.2-1", (_, _) => (4, EspView.HeaderSize)),
        Combined("last-block-not-covered", "A change of the last octet of ciphertext is not noticed", "RFC4303-3.4.4.2-1", (icv, length) => (length - icv - 1, length - icv)),
        Separate("separate-icv-first-octet-not-compared", "The first octet of a MAC is not compared", "RFC4303-3.4.4.1-1", (icv, length) => (length - icv, length - icv + 1)),
        Separate("separate-icv-last-octet-not-compared", "The last octet of a MAC is not compared", "RFC4303-3.4.4.1-1", (_, length) => (length - 1, length)),
        Separate("separate-iv-not-covered", "A changed CBC IV is not noticed", "RFC4303-3.4.4.1-1", (_, _) => (EspView.HeaderSize, EspView.HeaderSize + 16)),
        new("esp-spi-of-other-direction", "Packets are accepted under the SPI of the SA in the other direction", "RFC4303-3.4.2-1") { Misread = Twins.UnderOtherSpi(Implementations.IpsecProtocol.Esp) },
        SecondChances.AnySpi("esp-spi-not-looked-at", "An unknown SPI is taken for that of the only SA", "RFC4303-3.4.2-1", Implementations.IpsecProtocol.Esp),
        Filters.NoReassembly("esp-not-reassembled", "ESP packets that came in fragments are dropped", "RFC4303-5-1", Ipsec.Packets.Ip.IpProtocol.Esp),
    ];

    private static Defect Window(string name, string effect, string requirement, Func<SecurityAssociationParameters, int, IAntiReplayWindow> make) =>
        Windows.Of(Ipsec.Dataplane.IpsecProtocol.Esp, name, effect, requirement, make);

    private static Defect Beet(string name, string effect, string requirement, Func<IEspProtection, IEspProtection> decorate) => new(name, effect, requirement)
    {
        InjectKeyed = (configuration, options) => configuration.Associations.All(association => association.Mode != Implementations.IpsecMode.Beet) ? options : options with
        {
            EspProtection = (algorithms, encryptionKey, integrityKey, random) => decorate(options.EspProtection(algorithms, encryptionKey, integrityKey, random)),
        },
    };

    private static Defect Combined(string name, string effect, string requirement, Func<int, int, (int Start, int End)> part) => Protecting(
        name, effect, requirement, (algorithms, right) => algorithms.Integrity is null ? new ForgivingEsp(right, length => part(right.IcvLength, length)) : right);

    private static Defect Separate(string name, string effect, string requirement, Func<int, int, (int Start, int End)> part) => Protecting(
        name, effect, requirement, (algorithms, right) => algorithms.Integrity is null ? right : new ForgivingEsp(right, length => part(right.IcvLength, length)));

    private static Defect Protecting(string name, string effect, string requirement, Func<EspAlgorithms, IEspProtection, IEspProtection> decorate) =>
        new(name, effect, requirement)
        {
            Inject = options => options with
            {
                EspProtection = (algorithms, encryptionKey, integrityKey, random) =>
                    decorate(algorithms, options.EspProtection(algorithms, encryptionKey, integrityKey, random)),
            },
        };
}

/// <summary>Defects of the anti-replay window, of one protocol's SAs.</summary>
internal static class Windows
{
    public static Defect Of(
        Ipsec.Dataplane.IpsecProtocol protocol, string name, string effect, string requirement, Func<SecurityAssociationParameters, int, IAntiReplayWindow> make) =>
        new(name, effect, requirement)
        {
            Inject = options => options with
            {
                AntiReplayWindow = (parameters, size) => parameters.Protocol == protocol ? make(parameters, size) : options.AntiReplayWindow(parameters, size),
            },
        };
}

/// <summary>Defects by which an SA exists twice.</summary>
internal static class Twins
{
    /// <summary>The inbound SA also under the outbound one's SPI.</summary>
    public static Func<ManualConfiguration, ManualConfiguration> UnderOtherSpi(Implementations.IpsecProtocol protocol) => configuration =>
        configuration.Policies.FirstOrDefault(policy => policy.Direction == TrafficDirection.Outbound && policy.Associations.Length == 1) is { } outbound
        && outbound.Associations[0].Protocol == protocol
            ? Inbound(configuration, association => association with { Spi = outbound.Associations[0].Spi })
            : configuration;

    /// <summary>A twin of the inbound SA, changed.</summary>
    public static ManualConfiguration Inbound(ManualConfiguration configuration, Func<ManualSecurityAssociation, ManualSecurityAssociation> change) => configuration with
    {
        Policies =
        [
            .. configuration.Policies,
            .. configuration.Policies.Where(policy => policy.Direction == TrafficDirection.Inbound && policy.Associations.Length == 1)
                .Select(policy => policy with { Associations = [change(policy.Associations[0])] }),
        ],
    };
}
