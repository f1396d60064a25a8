using System.Net;
using Conformance.Decoding;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using static Conformance.Tests.Rules.IkeRuleCases;
using static Conformance.Tests.Rules.RuleFrames;

namespace Conformance.Tests.Rules;

/// <summary>Cases of ESP, AH, UDP encapsulation, IPComp and tunnels.</summary>
internal static class PacketRuleCases
{
    private static readonly IPAddress A6 = IPAddress.Parse("2001:db8::1");
    private static readonly IPAddress B6 = IPAddress.Parse("2001:db8::2");

    /// <summary>An IPv4 packet without content, as it stands inside.</summary>
    private static readonly byte[] Inner = Ip(A, B, 59, []);

    public static IEnumerable<RuleCase> All => [.. Esp(), .. Ah(), .. Encapsulation(), .. Compression(), .. Tunnels()];

    private static IEnumerable<RuleCase> Esp() =>
    [
        Esp("HEADER-001", RuleFrames.Esp(5, 1), RuleFrames.Esp(0, 1)),
        Esp("HEADER-002", EspWithIcv(1, isRight: true), RuleFrames.Esp(OpenEsp, 1)),
        Esp("HEADER-003", RuleFrames.Esp(SafeCipherEsp, 1), RuleFrames.Esp(CipherEsp, 1)),
        Esp("HEADER-004", EspWithIcv(1, isRight: true), EspWithIcv(1, isRight: false)),
        Esp("HEADER-005", RuleFrames.Esp(5, 1), RuleFrames.Esp(5, 1)[..8]),
        Esp("HEADER-006", RuleFrames.Esp(OpenEsp, 1, Inner, IpProtocol.IpInIp), RuleFrames.Esp(OpenEsp, 1, new byte[20], IpProtocol.IpInIp)),
        Esp("SEQUENCE-001", RuleFrames.Esp(5, 1), RuleFrames.Esp(5, 0)),
        new("RULE-ESP-SEQUENCE-002", Capture(EspFromA(RuleFrames.Esp(5, 1)), EspFromA(RuleFrames.Esp(5, 1)), EspFromA(RuleFrames.Esp(5, 2))), Capture(EspFromA(RuleFrames.Esp(5, 1)), EspFromA(RuleFrames.Esp(5, 1, new byte[24])))),
        new("RULE-ESP-SEQUENCE-003", Capture(EspFromA(RuleFrames.Esp(OpenEsp, 0xFFFF_FFFE)), EspFromA(RuleFrames.Esp(OpenEsp, 0xFFFF_FFFF))), Capture(EspFromA(RuleFrames.Esp(OpenEsp, 0xFFFF_FFFF)), EspFromA(RuleFrames.Esp(OpenEsp, 1)))),
        new("RULE-ESP-SEQUENCE-004", Capture(Answer(ExchangeType.IkeAuth, 1, ChildSa(5)), EspFromA(RuleFrames.Esp(5, 1))), Capture(Answer(ExchangeType.IkeAuth, 1, ChildSa(5)), EspFromA(RuleFrames.Esp(5, 1000)))),
        Esp("PADDING-001", RuleFrames.Esp(OpenEsp, 1, new byte[16]), RuleFrames.Esp(OpenEsp, 1, new byte[16], padding: [0, 0])),
        Esp("PADDING-002", RuleFrames.Esp(OpenEsp, 1), RuleFrames.Esp(OpenEsp, 1, padLength: 99)),
        Esp("PADDING-003", RuleFrames.Esp(OpenEsp, 1), RuleFrames.Esp(OpenEsp, 1, padding: [1])),
        Esp("BEET-001", RuleFrames.Esp(OpenEsp, 1, [6, 0, 0, 0, 148, 4, 0, 0, .. new byte[8]], 94), RuleFrames.Esp(OpenEsp, 1, [6, 9, 0, 0, 148, 4, 0, 0, .. new byte[8]], 94)),
        Esp("BEET-002", RuleFrames.Esp(OpenEsp, 1, [6, 1, 4, 0, 1, 1, 1, 1, .. new byte[16]], 94), RuleFrames.Esp(OpenEsp, 1, [6, 1, 4, 0, 0, 0, 0, 0, .. new byte[16]], 94)),
        Esp("PADDING-004", RuleFrames.Esp(OpenEsp, 1, Inner, IpProtocol.IpInIp), RuleFrames.Esp(OpenEsp, 1, Ip(A, B, 59, new byte[8])[..20], IpProtocol.IpInIp)),
    ];

    private static IEnumerable<RuleCase> Ah() =>
    [
        Ah("001", RuleFrames.Ah(1), RuleFrames.Ah(1, reserved: 1)),
        Ah("002", RuleFrames.Ah(1), RuleFrames.Ah(1, spi: 0)),
        new("RULE-AH-003", Capture(Ip(A6, B6, IpProtocol.Ah, RuleFrames.Ah(1))), Capture(Ip(A6, B6, IpProtocol.Ah, RuleFrames.Ah(1, icv: 16)))),
        Ah("004", RuleFrames.Ah(1), RuleFrames.Ah(1, icv: 0)),
        Ah("005", RuleFrames.Ah(1), RuleFrames.Ah(0)),
        new("RULE-AH-006", Capture(AhFromA(RuleFrames.Ah(1)), AhFromA(RuleFrames.Ah(2))), Capture(AhFromA(RuleFrames.Ah(1)), AhFromA(RuleFrames.Ah(1, payload: new byte[9])))),
        new("RULE-AH-007", Capture(AuthenticAh(isRight: true)), Capture(AuthenticAh(isRight: false))),
        new("RULE-AH-009", Capture(WithOptions(AhFromA(RuleFrames.Ah(1)), [0, 0, 0, 0])), Capture(WithOptions(AhFromA(RuleFrames.Ah(1)), [0, 0, 7, 0]))),
        Ah("008", RuleFrames.Ah(1, IpProtocol.IpInIp, payload: Inner), RuleFrames.Ah(1, IpProtocol.IpInIp, payload: new byte[20])),
    ];

    private static byte[] WithOptions(byte[] packet, byte[] options)
    {
        byte[] longer = [.. packet[..20], .. options, .. packet[20..]];
        longer[0] = (byte)(0x45 + options.Length / 4);
        IpHeader.SetLength(longer);
        return longer;
    }

    private static IEnumerable<RuleCase> Encapsulation() =>
    [
        Udp("001", EspInUdp(RuleFrames.Esp(5, 1)), EspInUdp(RuleFrames.Esp(5, 1), checksum: 7)),
        new("RULE-UDP-ENCAPSULATION-002", Capture(IkeOn4500(), EspInUdp(RuleFrames.Esp(5, 1))), Capture(IkeOn4500(), EspInUdp(RuleFrames.Esp(5, 1), from: 4501))),
        Udp("003", EspInUdp([0xFF]), EspInUdp([0xFE])),
        new("RULE-UDP-ENCAPSULATION-004", Capture(IkeOn4500(), EspInUdp([0xFF])), Capture(IkeOn4500(), EspInUdp([0xFF], from: 4501))),
        Udp("005", EspInUdp([0xFF]), EspInUdp([0xFF], checksum: 7)),
        Udp("006", IkeOn4500(), EspInUdp(new byte[20])),
        Udp("007", Init(Sa()), FromA(IpProtocol.Udp, RuleFrames.Udp(500, 500, new byte[20]))),
        new("RULE-UDP-ENCAPSULATION-008", Moved(4500), Moved(500)),
        new("RULE-UDP-ENCAPSULATION-009", BehindNat(EspInUdp(RuleFrames.Esp(6, 1))), BehindNat(EspFromA(RuleFrames.Esp(6, 1)))),
    ];

    private static IEnumerable<RuleCase> Compression() =>
    [
        IpComp("001", Compressed(), Compressed(flags: 1)),
        IpComp("002", Compressed(), Compressed(content: [1, 2, 3])),
        IpComp("003", Compressed(), Compressed(next: IpProtocol.Ah)),
        IpComp("004", Compressed(), Compressed(next: IpProtocol.Ipv6Routing)),
        IpComp("005", Compressed(), Compressed(next: IpProtocol.IpComp)),
        IpComp("006", Compressed(), Compressed(cpi: 100)),
        IpComp("007", Compressed(), [59, 0, 0, 2, 0xFF, 0xFF, 0xFF]),
        IpComp("008", Compressed(), [59, 0, 0, 2]),
    ];

    private static IEnumerable<RuleCase> Tunnels() =>
    [
        new("RULE-TUNNEL-HEADER-001", Capture(Tunnel(inner: 1, outer: 1)), Capture(Tunnel(inner: 1, outer: 0))),
        new("RULE-TUNNEL-HEADER-002", Capture(Tunnel()), Capture(Tunnel(ttl: 0))),
        new("RULE-TUNNEL-HEADER-003", Capture(Tunnel()), Capture(WithWrongChecksum(Tunnel()))),
        new("RULE-CLEARTEXT-001", Capture(EspFromA(RuleFrames.Esp(OpenEsp, 1, RuleFrames.Udp(7, 8, []), IpProtocol.Udp))),
            Capture(EspFromA(RuleFrames.Esp(OpenEsp, 1, RuleFrames.Udp(7, 8, []), IpProtocol.Udp)), FromA(IpProtocol.Udp, RuleFrames.Udp(7, 8, [])))),
    ];

    private static RuleCase Esp(string id, byte[] held, byte[] broken) => new($"RULE-ESP-{id}", Capture(EspFromA(held)), Capture(EspFromA(broken)));

    private static RuleCase Ah(string number, byte[] held, byte[] broken) => new($"RULE-AH-{number}", Capture(AhFromA(held)), Capture(AhFromA(broken)));

    private static RuleCase Udp(string number, byte[] held, byte[] broken) => new($"RULE-UDP-ENCAPSULATION-{number}", Capture(held), Capture(broken));

    private static RuleCase IpComp(string number, byte[] held, byte[] broken) => new($"RULE-IPCOMP-{number}", Capture(FromA(IpProtocol.IpComp, held)), Capture(FromA(IpProtocol.IpComp, broken)));

    private static byte[] IkeOn4500() => Send(Message(Header(ExchangeType.IkeAuth, 1), Sk()), port: 4500);

    private static byte[][] FoundNat() => [Init(Sa(), NatSource(true), NatDestination()), InitAnswer([Sa(), .. NatAnswer(found: true)])];

    private static CaptureFrame[] Moved(ushort port) => Capture([.. FoundNat(), Send(Message(Header(ExchangeType.IkeAuth, 1), Sk()), port: port)]);

    private static CaptureFrame[] BehindNat(byte[] packet) => Capture([.. FoundNat(), IkeOn4500(), Answer(ExchangeType.IkeAuth, 1, ChildSa(6)), packet]);

    private static byte[] Compressed(byte next = 59, byte flags = 0, ushort cpi = 2, byte[]? content = null)
    {
        using var target = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(target, System.IO.Compression.CompressionLevel.Optimal))
            deflate.Write(content ?? new byte[100]);
        return [next, flags, (byte)(cpi >> 8), (byte)cpi, .. target.ToArray()];
    }

    private static byte[] Tunnel(byte inner = 0, byte outer = 0, byte ttl = 64) =>
        FromA(IpProtocol.Esp, RuleFrames.Esp(OpenEsp, 1, Ip(A, B, 59, [], inner), IpProtocol.IpInIp), outer, ttl);

    private static byte[] WithWrongChecksum(byte[] packet)
    {
        packet[10] ^= 1;
        return packet;
    }

    /// <summary>AH as RFC 4302 section 3.3.3 says: what changes on the way, and the ICV itself, count as zero.</summary>
    private static byte[] AuthenticAh(bool isRight)
    {
        var packet = AhFromA(RuleFrames.Ah(1, icv: 16, spi: AuthenticatedEsp));
        var covered = packet.ToArray();
        covered.AsSpan(6, 3).Clear();
        covered.AsSpan(10, 2).Clear();
        System.Security.Cryptography.HMACSHA256.HashData(Secret, covered).AsSpan(..16).CopyTo(packet.AsSpan(32));
        packet[32] ^= (byte)(isRight ? 0 : 1);
        return packet;
    }
}
