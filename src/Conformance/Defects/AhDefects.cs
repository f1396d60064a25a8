using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Ip;

namespace Conformance.Defects;

/// <summary>Faults of AH's syntax and processing (RFC 4302).</summary>
internal static class AhDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Filters.Sent("options-with-rest", "Behind the end of the IPv4 options there are other octets", "RFC4302-A-1", packet =>
            IpView.TryParse(packet, out var view, out _) && view is { IsIpv6: false, Protocol: IpProtocol.Ah } ? WithOptions(packet, [0, 7, 7, 7]) : packet),
        Window("ah-replay-check-skipped", "Replayed AH packets are accepted", "RFC4302-3.4.3-4", (parameters, size) => new NoAntiReplay(parameters, size)),
        Window("ah-window-moves-before-icv", "A forged number moves AH's anti-replay window", "RFC4302-3.4.3-7", (parameters, size) => new CredulousAntiReplay(parameters, size)),
        Window("ah-window-of-16", "AH's anti-replay window holds 16 packets", "RFC4302-3.4.3-9", (parameters, size) => new NarrowWindow(parameters, size)),
        Window("ah-window-without-left-edge", "What is too old for AH's window counts as new", "RFC4302-3.4.3-4", (parameters, size) => new WindowWithoutLeftEdge(parameters, size)),
        Window("ah-esn-upper-half-stays-zero", "The upper half of AH's extended numbers is taken for zero", "RFC4302-B-1", (parameters, size) => new UpperHalfStaysZero(parameters, size)),
        Window("ah-esn-upper-half-of-the-newest", "Late AH packets get the newest one's upper half", "RFC4302-B-1", (parameters, size) => new UpperHalfOfTheNewest(parameters, size)),
        Protecting("ah-sequence-number-stuck", "Every AH packet is sent under sequence number 1", "RFC4302-2.5-1", right => new MisnumberedAh(right, _ => 1)),
        Protecting("ah-sequence-number-from-zero", "The first AH packet has sequence number 0", "RFC4302-2.5-1", right => new MisnumberedAh(right, number => number - 1)),
        Writing("ah-reserved-sent", "AH's reserved field is sent as 1", "RFC4302-2.3-1", (right, algorithm, key) => new MiswrittenAh(right, algorithm, key, reserved: 1)),
        Writing("ah-padded-too-much", "AH is padded by 8 octets more than its alignment asks for", "RFC4302-2.6-1", (right, algorithm, key) => new MiswrittenAh(right, algorithm, key, padding: _ => 8)),
        NotCovered("ah-icv-first-octet-not-compared", "The first octet of AH's ICV is not compared", (_, ah) => (ah + AhView.FixedSize, ah + AhView.FixedSize + 1)),
        NotCovered("ah-icv-last-octet-not-compared", "The last octet of a 128-bit ICV of AH is not compared", (_, ah) => (ah + AhView.FixedSize + 15, ah + AhView.FixedSize + 16)),
        NotCovered("ah-reserved-not-covered", "A changed reserved field of AH is not noticed", (_, ah) => (ah + 2, ah + 4)),
        NotCovered("ah-sequence-number-not-covered", "A changed sequence number of AH is not noticed", (_, ah) => (ah + 8, ah + 12)),
        Protecting("ah-payload-not-covered", "Exchanged words at the payload's end are not noticed by AH", "RFC4302-3.4.4-1", right => new ForgivesExchange(right)),
        NotCovered("ah-source-not-covered", "A changed source address is not noticed by AH", (packet, _) => HeaderFields.IsIpv6(packet) ? (8, 24) : (12, 16)),
        NotCovered("ah-identification-not-covered", "A changed IPv4 identification is not noticed by AH", (packet, _) => HeaderFields.IsIpv6(packet) ? (0, 0) : (4, 6)),
        NotCovered("ah-options-not-covered", "A changed IPv4 option that no router changes is not noticed by AH", (packet, _) => HeaderFields.IsIpv6(packet) ? (0, 0) : (20, (packet[0] & 15) * 4)),
        Covered("ah-hop-limit-covered", "AH doesn't accept another TTL or hop limit than was sent", HeaderFields.HopLimit),
        Covered("ah-traffic-class-covered", "AH doesn't accept another DSCP or traffic class than was sent", HeaderFields.TrafficClass),
        Covered("ah-flow-label-covered", "AH doesn't accept another flow label than was sent", HeaderFields.FlowLabel),
        Covered("ah-df-covered", "AH doesn't accept another DF bit than was sent", HeaderFields.DontFragment),
        Protecting("ah-record-route-covered", "AH doesn't accept a record route option that was filled in", "RFC4302-5-1",
            right => new RefusesAh(right, packet => HeaderFields.RecordRoutePointer(packet) > 4)),
        new("ah-length-not-checked", "AH's Payload Len is not looked at", "RFC4302-3.4.4-1") { Inject = options => options with { PacketFilter = new PacketFilter(MendAhLength) } },
        new("ah-spi-of-other-direction", "Packets are accepted under the SPI of AH's SA in the other direction", "RFC4302-3.4.2-1") { Misread = Twins.UnderOtherSpi(Implementations.IpsecProtocol.Ah) },
        SecondChances.AnySpi("ah-spi-not-looked-at", "An unknown SPI in AH is taken for that of the only SA", "RFC4302-3.4.2-1", Implementations.IpsecProtocol.Ah),
        Filters.NoReassembly("ah-not-reassembled", "AH packets that came in fragments are dropped", "RFC4302-5-1", IpProtocol.Ah),
    ];

    /// <summary>What it is with the scenarios' usual algorithm.</summary>
    private static byte[] MendAhLength(byte[] packet)
    {
        if (IpView.TryParse(packet, out var view, out _) && view.Protocol == IpProtocol.Ah && packet.Length > view.TransportOffset + 1)
            packet[view.TransportOffset + 1] = (byte)((AhView.FixedSize + 16 + (view.IsIpv6 ? 4 : 0)) / 4 - 2);
        return packet;
    }

    private static byte[] WithOptions(byte[] packet, byte[] options)
    {
        byte[] longer = [.. packet[..Ipv4View.MinimumHeaderLength], .. options, .. packet[Ipv4View.MinimumHeaderLength..]];
        longer[0] = (byte)(packet[0] + options.Length / 4);
        IpHeader.SetLength(longer);
        return longer;
    }

    private static Defect Window(string name, string effect, string requirement, Func<SecurityAssociationParameters, int, IAntiReplayWindow> make) =>
        Windows.Of(IpsecProtocol.Ah, name, effect, requirement, make);

    private static Defect NotCovered(string name, string effect, ForgivingAh.Part part) => Protecting(name, effect, "RFC4302-3.4.4-1", right => new ForgivingAh(right, part));

    private static Defect Covered(string name, string effect, CoversTooMuch.Field field) => Protecting(name, effect, "RFC4302-5-1", right => new CoversTooMuch(right, field));

    private static Defect Protecting(string name, string effect, string requirement, Func<IAhProtection, IAhProtection> decorate) =>
        Writing(name, effect, requirement, (right, _, _) => decorate(right));

    private static Defect Writing(string name, string effect, string requirement, Func<IAhProtection, IntegrityAlgorithm, byte[], IAhProtection> decorate) =>
        new(name, effect, requirement)
        {
            Inject = options => options with { AhProtection = (algorithm, key, extended) => decorate(options.AhProtection(algorithm, key, extended), algorithm, key) },
        };
}
