using System.Collections.Immutable;
using Conformance.Testing;
using Ipsec.Crypto;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Defects;

/// <summary>Faults in the octets of protected packets that leave (RFC 4302, RFC 4303, RFC 3173, RFC 3948), one for each rule that sees them in any capture.</summary>
internal static class SentPacketDefects
{
    private const byte AnotherCpi = 5;

    public static ImmutableArray<Defect> All { get; } =
    [
        // AH.
        Ah("RULE-AH-002", "ah-sent-under-spi-zero", "AH is sent under SPI zero", "RFC4302-2.4-6", (right, _, _) => new ReheadedAh(right) { Spi = _ => 0 }),
        Ah("RULE-AH-003", "ah-not-padded-in-ipv6", "In IPv6, AH has four octets more than a multiple of eight", "RFC4302-2.6-1",
            (right, algorithm, key) => new MiswrittenAh(right, algorithm, key, padding: isIpv6 => isIpv6 ? 4 : 0)),
        Ah("RULE-AH-004", "ah-without-icv", "AH ends before its ICV", "RFC4302-5-1", (right, _, _) => new AhWithoutIcv(right)),
        Ah("RULE-AH-008", "ah-next-header-wrong", "AH takes IPv4 for IPv6 in its next header, and the reverse", "RFC4302-5-1", (right, _, _) => new ReheadedAh(right) { NextHeader = OtherFamily }),

        // ESP.
        Esp("RULE-ESP-HEADER-001", "esp-sent-under-spi-zero", "ESP is sent under SPI zero", "RFC4303-2.1-6", inside => inside with { Spi = 0 }),
        Protecting("RULE-ESP-HEADER-005", "esp-cut-short", "Of an ESP packet nine octets are sent", "RFC4303-2.2-4", right => new EspCutShort(right)),
        Trailer("RULE-ESP-PADDING-001", "padding-of-zeros", "ESP's padding is zeros", "RFC4303-2.4-3", (payload, padding, next) => [.. payload, .. new byte[padding], (byte)padding, next]),
        Trailer("RULE-ESP-PADDING-002", "pad-length-beyond-the-packet", "Pad Length is 255", "RFC4303-2.4-2", (payload, padding, next) => [.. payload, .. new byte[padding], 255, next]),
        Trailer("RULE-ESP-PADDING-003", "padding-left-out", "With a cipher that has no blocks, ESP's padding is left out", "RFC4303-2.3-3",
            (payload, padding, next) => padding is > 0 and < 4 ? [.. payload, 0, next] : [.. payload, .. new byte[padding], (byte)padding, next]),
        Protecting("RULE-ESP-SEQUENCE-003", "sequence-number-wraps", "In place of the last number, ESP is sent under number 1", "RFC4303-3.3.3-1",
            right => new MisnumberedEsp(right, number => number == uint.MaxValue ? 1 : number)),
        Protecting("RULE-ESP-SEQUENCE-004", "sequence-number-from-a-thousand", "An SA's first packet has a sequence number above 1000", "RFC4303-2.2-3", right => new MisnumberedEsp(right, number => number + 1000)),
        SpisExchanged,

        // IPComp.
        Compressed("RULE-IPCOMP-001", "ipcomp-flags-sent", "IPComp's flags are sent as 1", "RFC3173-3.3-1", payload => payload[1] = 1),
        Compressed("RULE-IPCOMP-003", "ipcomp-around-esp", "IPComp says that ESP is inside", "RFC3173-2-3", payload => payload[0] = IpProtocol.Esp),
        Compressed("RULE-IPCOMP-004", "ipcomp-around-fragment-header", "IPComp says that a fragment header is inside", "RFC3173-2-4", payload => payload[0] = IpProtocol.Ipv6Fragment),
        Compressed("RULE-IPCOMP-005", "ipcomp-twice", "IPComp says that IPComp is inside", "RFC3173-2-1", payload => payload[0] = IpProtocol.IpComp),
        Compressed("RULE-IPCOMP-006", "ipcomp-unassigned-cpi", "IPComp has a CPI that is reserved", "RFC3173-3.3-4", payload => (payload[2], payload[3]) = (0, AnotherCpi)),
        Compressed("RULE-IPCOMP-007", "ipcomp-not-deflate", "What stands behind the CPI of DEFLATE is none", "RFC3173-2.1-2", payload =>
        {
            (payload[2], payload[3]) = (0, (byte)CompressionId.Deflate);
            payload.AsSpan(4).Fill(0xFF);
        }),
        Esp("RULE-IPCOMP-008", "ipcomp-without-payload", "IPComp has no payload", "RFC3173-2.1-2", inside => inside.NextHeader == IpProtocol.IpComp ? inside with { Payload = inside.Payload[..4] } : inside),

        // Outer headers.
        Sent("RULE-TUNNEL-HEADER-002", "tunnel-without-hop-limit", "Outer headers have a hop limit of zero", "RFC4301-5.1-1", IpProtocol.Esp, packet =>
        {
            packet[packet[0] >> 4 == 6 ? 7 : 8] = 0;
            IpHeader.SetLength(packet);
        }),
        Sent("RULE-TUNNEL-HEADER-003", "tunnel-checksum-wrong", "Outer IPv4 headers have a wrong checksum", "RFC4301-5.1-1", IpProtocol.Esp, packet =>
        {
            if (packet[0] >> 4 == 4)
                packet[11] ^= 1;
        }),
        LaterInClear,

        // UDP.
        Datagram("RULE-UDP-ENCAPSULATION-002", "esp-from-other-port-than-ike", "ESP in UDP comes from another port than IKE", "RFC3948-2.1-1", EncapsulatedKind.Esp, udp => udp[1]++),
        Datagram("RULE-UDP-ENCAPSULATION-003", "keepalive-of-another-octet", "Keepalives are the octet 0xFE", "RFC3948-2.3-4", EncapsulatedKind.Keepalive, udp => udp[^1] = 0xFE),
        Datagram("RULE-UDP-ENCAPSULATION-004", "keepalive-from-another-port", "Keepalives come from another port than the traffic", "RFC3948-2.3-1", EncapsulatedKind.Keepalive, udp => udp[1]++),
        Datagram("RULE-UDP-ENCAPSULATION-006", "ike-with-wrong-length-on-4500", "On port 4500, IKE's length field counts the four zero octets", "RFC3948-2.1-4", EncapsulatedKind.Ike, udp => udp[UdpView.HeaderLength + 4 + 27] += 4),
        Bare("RULE-UDP-ENCAPSULATION-009", "esp-without-udp-behind-nat", "ESP goes without UDP although a NAT was found", "RFC7296-2.23-5"),
        Filter("RULE-IKE-HEADER-011", "ike-without-marker", "On port 4500, IKE goes without the four zero octets", "RFC7296-2-3", packet =>
            IsNat(packet, EncapsulatedKind.Ike, out var offset) ? Resized([.. packet[..(offset + UdpView.HeaderLength)], .. packet[(offset + UdpView.HeaderLength + 4)..]]) : packet),
    ];

    /// <summary>Packets go out under the SPI that their sender chose for what it receives.</summary>
    private static Defect SpisExchanged => new("esp-sent-under-own-spi", "ESP goes out under the SPI of the SA in the other direction", "RFC4301-5.1-1")
    {
        Rule = "RULE-IKE-SPI-004",
        Inject = options =>
        {
            uint? own = null;
            return options with
            {
                IkeCodec = new DefectiveCodec(onWrite: message =>
                {
                    own = NegotiatedSpis.Of(message.Payloads) ?? own;
                    return message;
                }),
                EspProtection = (algorithms, encryptionKey, integrityKey, random) =>
                    new RewritesEsp(options.EspProtection(algorithms, encryptionKey, integrityKey, random), inside => inside with { Spi = own ?? inside.Spi }),
            };
        },
    };

    /// <summary>Only what came before is protected.</summary>
    private static Defect LaterInClear => new("protected-flow-in-clear-later", "After its first packet, UDP goes out in clear", "RFC4301-5-1")
    {
        Rule = "RULE-CLEARTEXT-001",
        Inject = options => options with
        {
            Processing = dataplane =>
            {
                var sent = 0;
                return new SendsInClear(dataplane, packet => IpView.TryParse(packet, out var view, out _) && view.Protocol == IpProtocol.Udp && ++sent > 1);
            },
        },
    };

    private static byte OtherFamily(byte nextHeader) => nextHeader switch
    {
        IpProtocol.IpInIp => IpProtocol.Ipv6,
        IpProtocol.Ipv6 => IpProtocol.IpInIp,
        _ => nextHeader,
    };

    private static Defect Ah(string rule, string name, string effect, string requirement, Func<IAhProtection, IntegrityAlgorithm, byte[], IAhProtection> decorate) => new(name, effect, requirement)
    {
        Rule = rule,
        Inject = options => options with { AhProtection = (algorithm, key, extended) => decorate(options.AhProtection(algorithm, key, extended), algorithm, key) },
    };

    private static Defect Protecting(string rule, string name, string effect, string requirement, Func<IEspProtection, IEspProtection> decorate) => new(name, effect, requirement)
    {
        Rule = rule,
        Inject = options => options with
        {
            EspProtection = (algorithms, encryptionKey, integrityKey, random) => decorate(options.EspProtection(algorithms, encryptionKey, integrityKey, random)),
        },
    };

    private static Defect Esp(string rule, string name, string effect, string requirement, Func<InsideEsp, InsideEsp> change) =>
        Protecting(rule, name, effect, requirement, right => new RewritesEsp(right, change));

    private static Defect Trailer(string rule, string name, string effect, string requirement, RetrailedEsp.Change change) =>
        Protecting(rule, name, effect, requirement, right => new RetrailedEsp((EspProtection)right, change));

    private static Defect Compressed(string rule, string name, string effect, string requirement, Action<byte[]> change) => Esp(rule, name, effect, requirement, inside =>
    {
        if (inside.NextHeader == IpProtocol.IpComp)
            change(inside.Payload);
        return inside;
    });

    private static Defect Filter(string rule, string name, string effect, string requirement, Func<byte[], byte[]> change) => Filters.Sent(name, effect, requirement, change) with { Rule = rule };

    private static Defect Sent(string rule, string name, string effect, string requirement, byte protocol, Action<byte[]> change) => Filter(rule, name, effect, requirement, packet =>
    {
        if (IpView.TryParse(packet, out var view, out _) && view.Protocol == protocol)
            change(packet);
        return packet;
    });

    /// <summary>Changes UDP datagrams that have to do with port 4500.</summary>
    private static Defect Datagram(string rule, string name, string effect, string requirement, EncapsulatedKind kind, DatagramChange change) => Filter(rule, name, effect, requirement, packet =>
    {
        if (IsNat(packet, kind, out var offset))
        {
            var hasChecksum = packet[offset + 6] != 0 || packet[offset + 7] != 0;
            change(packet.AsSpan(offset));
            if (hasChecksum)
                ScriptedAssociation.WriteUdpChecksum(packet);
        }
        return packet;
    });

    private static Defect Bare(string rule, string name, string effect, string requirement) => Filter(rule, name, effect, requirement, packet =>
    {
        if (!IsNat(packet, EncapsulatedKind.Esp, out var offset) || !IpView.TryParse(packet, out var view, out _))
            return packet;
        byte[] bare = [.. packet[..offset], .. packet[(offset + UdpView.HeaderLength)..]];
        bare[view.TransportNextOffset] = IpProtocol.Esp;
        IpHeader.SetLength(bare);
        return bare;
    });

    /// <param name="offset">Of the UDP header in the packet.</param>
    private static bool IsNat(byte[] packet, EncapsulatedKind kind, out int offset)
    {
        offset = 0;
        if (!IpView.TryParse(packet, out var view, out _) || view.Protocol != IpProtocol.Udp || !UdpView.TryParse(view.Transport, out var udp, out _)
            || udp.DestinationPort != UdpEncapsulation.NatTraversalPort && udp.SourcePort != UdpEncapsulation.NatTraversalPort)
            return false;
        offset = view.TransportOffset;
        return UdpEncapsulation.Classify(packet.AsSpan(offset + UdpView.HeaderLength), out _) == kind;
    }

    private static byte[] Resized(byte[] packet)
    {
        IpHeader.SetLength(packet);
        IpView.TryParse(packet, out var view, out _);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(view.TransportOffset + 4), (ushort)(packet.Length - view.TransportOffset));
        ScriptedAssociation.WriteUdpChecksum(packet);
        return packet;
    }
}

/// <summary>What an ESP packet is made of, before it is sealed.</summary>
internal readonly record struct InsideEsp(uint Spi, byte[] Payload, byte NextHeader);

/// <summary>Seals something else than it was given.</summary>
internal sealed class RewritesEsp(IEspProtection right, Func<InsideEsp, InsideEsp> change) : DefectiveEsp(right)
{
    public override int Seal(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> packet)
    {
        var changed = change(new(spi, payload.ToArray(), nextHeader));
        return base.Seal(changed.Spi, sequenceNumber, changed.Payload, changed.NextHeader, packet);
    }
}

/// <summary>Writes a trailer of its own under a right ICV.</summary>
internal sealed class RetrailedEsp(EspProtection right, RetrailedEsp.Change change) : DefectiveEsp(right)
{
    private readonly EspProtection _right = right;

    /// <summary>The whole plaintext.</summary>
    /// <param name="padding">Octets that the alignment asks for.</param>
    public delegate byte[] Change(byte[] payload, int padding, byte nextHeader);

    public override int Seal(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> packet) =>
        _right.SealRaw(spi, sequenceNumber, change(payload.ToArray(), _right.ShortestPadding(payload.Length), nextHeader), packet);
}

/// <summary>Sends the header and one octet more.</summary>
internal sealed class EspCutShort(IEspProtection right) : DefectiveEsp(right)
{
    public override int Seal(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> packet)
    {
        base.Seal(spi, sequenceNumber, payload, nextHeader, packet);
        return EspView.HeaderSize + 1;
    }
}
