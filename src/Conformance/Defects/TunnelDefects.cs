using System.Collections.Immutable;
using Conformance.Implementations;
using Ipsec.Packets.Ip;
using static Conformance.Defects.Misunderstood;

namespace Conformance.Defects;

/// <summary>Faults at a tunnel's ends: congestion marks, DF bit, DSCP (RFC 6040, RFC 4301 section 8.1).</summary>
internal static class TunnelDefects
{
    private const byte NotEct = 0, Ect1 = 1, Ect0 = 2, CongestionExperienced = 3;

    public static ImmutableArray<Defect> All { get; } =
    [
        Filters.Received("ce-of-not-ect-let-through", "A packet that can't show congestion goes on although it met some", "RFC6040-4.2-3", packet => Remark(packet, CongestionExperienced, Ect0)),
        Filters.Dropped("ect-outside-refused", "Packets that came in an ECT(1) header are dropped", "RFC6040-4.2-4", packet => IsProtected(packet) && Ecn(packet) == Ect1),
        Filters.Dropped("ce-always-dropped", "Packets that met congestion are dropped, whatever is inside", "RFC6040-4.2-5", packet => IsProtected(packet) && Ecn(packet) == CongestionExperienced),
        Filters.Received("ce-not-passed-on", "The packet inside is not told that it met congestion", "RFC6040-4.2-5", packet => Remark(packet, CongestionExperienced, NotEct)),
        Opened("outer-mark-taken-over", "The packet inside gets the outer mark although it can't show congestion", "RFC6040-4.2-4", (came, opened) => Ecn(opened) == NotEct ? Mark(opened, Ecn(came)) : opened),
        Associations("ecn-not-copied-outwards", "The outer header sent is Not-ECT", "RFC6040-4.1-2", association => association with { Ecn = false }),
        Associations("ecn-in-compatibility-mode", "Outer headers are Not-ECT, as if the other end knew no ECN", "RFC6040-4.3-7", association => association with { Ecn = false }),
        Rule("df-copied-though-told-to-set", "Told to set the DF bit, it copies it", "RFC4301-8.1-2", DontFragment.Set, DontFragment.Copy),
        Rule("df-set-though-told-to-clear", "Told to clear the DF bit, it sets it", "RFC4301-8.1-2", DontFragment.Clear, DontFragment.Set),
        Rule("df-set-though-told-to-copy", "Told to copy the DF bit, it sets it", "RFC4301-8.1-1", DontFragment.Copy, DontFragment.Set),
        Rule("df-clear-though-told-to-copy", "Told to copy the DF bit, it clears it", "RFC4301-8.1-1", DontFragment.Copy, DontFragment.Clear),
        Filters.Dropped("dscp-taken-for-selector", "Protected packets with a DSCP are dropped", "RFC4301-4.1-8", packet => IsProtected(packet) && HeaderFields.TrafficClass(packet) > CongestionExperienced),
    ];

    private static bool IsProtected(byte[] packet) => IpView.TryParse(packet, out var view, out _) && view.Protocol is IpProtocol.Esp or IpProtocol.Ah;

    private static byte Ecn(byte[] packet) => (byte)(HeaderFields.TrafficClass(packet) & 3);

    private static byte[] Remark(byte[] packet, byte from, byte to) => IsProtected(packet) && Ecn(packet) == from ? Mark(packet, to) : packet;

    private static byte[] Mark(byte[] packet, byte codepoint)
    {
        IpHeader.SetTrafficClass(packet, (byte)(HeaderFields.TrafficClass(packet) & 0xFC | codepoint));
        return packet;
    }

    private static Defect Opened(string name, string effect, string requirement, Func<byte[], byte[], byte[]?> change) =>
        new(name, effect, requirement) { Inject = options => options with { Processing = dataplane => new ChangesOpened(dataplane, change) } };

    private static Defect Rule(string name, string effect, string requirement, DontFragment told, DontFragment done) =>
        Associations(name, effect, requirement, association => association.DontFragment == told ? association with { DontFragment = done } : association);
}
