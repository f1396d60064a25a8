using System.Buffers.Binary;
using System.Security.Cryptography;
using Conformance.Decoding;
using Conformance.Evidence;
using Conformance.Tests.Evidence;
using Ipsec.Crypto;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Tests.Decoding;

/// <summary>AH ICVs. What they cover is laid out here octet by octet, apart from the decoder's own walk.</summary>
public sealed class AhTests
{
    private const string Sha256 = "HMAC-SHA-256-128 [RFC4868]";
    private const int IcvLength = 16;
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly byte[] Payload = [8, 0, 0xf7, 0xfe, 0, 0, 0, 1];

    [Test]
    public void Ipv4_EveryMutableFieldSet_IsVerified()
    {
        // No operation, router alert (both covered), record route (not covered), end of options.
        var options = Hex("01 94040001 070704 0a0b0c0d 00000000");
        var (packet, covered) = Ipv4(options, Hex("01 94040001 000000 00000000 00000000"));
        AssertIcv(packet, covered, IcvState.Verified);
    }

    [Test]
    public void Ipv4_SourceRouteWithHopsLeft_CoversTheFinalDestination()
    {
        var options = Hex("89 07 04 0a090909 00");
        var (packet, covered) = Ipv4(options, new byte[8]);
        Hex("0a090909").CopyTo(covered, 16);
        AssertIcv(packet, covered, IcvState.Verified);
    }

    [TestCase(9, TestName = "Ipv4_ProtocolAltered_IsWrong")]
    [TestCase(12, TestName = "Ipv4_SourceAltered_IsWrong")]
    [TestCase(4, TestName = "Ipv4_IdentificationAltered_IsWrong")]
    [TestCase(23, TestName = "Ipv4_RouterAlertAltered_IsWrong")]
    public void Ipv4_ImmutableOctetDiffers_IsWrong(int offset)
    {
        var (packet, covered) = Ipv4(Hex("94040001"), Hex("94040001"));
        covered[offset] ^= 1;
        AssertIcv(packet, covered, IcvState.Wrong);
    }

    [Test]
    public void Ipv6_OptionsThatMayChangeAndARouteToGo_AreCoveredAsTheyArrive()
    {
        var (source, destination, hop, last) = (Ipv6("2001:db8::1"), Ipv6("2001:db8::a"), Ipv6("2001:db8::b"), Ipv6("2001:db8::c"));
        var ah = Hex("3a 05 0000 00000100 00000007" + new string('0', 2 * 16)); // 28 octets, padded to 32
        byte[] header = [0x6a, 0xbc, 0xde, 0xf0, 0, (byte)(16 + 40 + 32 + Payload.Length), 0, 63];
        byte[] before =
        [
            .. header, .. source, .. destination,
            .. Hex("2b 01 3e04 deadbeef 1e02 cafe 0102 0000"), // hop-by-hop: one option that may change, one that may not
            .. Hex("33 04 00 02 00000000"), .. hop, .. last, // routing: two segments left
        ];
        byte[] packet = [.. before, .. ah, 0xaa, 0xbb, 0xcc, 0xdd, .. Payload];
        byte[] arrived =
        [
            0x60, 0, 0, 0, .. header[4..7], 0, .. source, .. last,
            .. Hex("2b 01 3e04 00000000 1e02 cafe 0102 0000"),
            .. Hex("33 04 00 00 00000000"), .. destination, .. hop,
            .. ah, 0xaa, 0xbb, 0xcc, 0xdd, .. Payload,
        ];
        AssertIcv(packet, arrived, IcvState.Verified, before.Length);
    }

    [TestCase(null, "\"64-bit\",\"3\"", 3u, IcvState.Verified)]
    [TestCase(null, "\"64-bit\",\"2\"", 3u, IcvState.Wrong)]
    [TestCase("with extended sequence numbers", "", 0u, IcvState.Verified)]
    [TestCase(null, "", 1u, IcvState.Wrong)]
    public void ExtendedSequenceNumbers_UpperHalfGivenOrTried(string? reason, string fields, uint high, IcvState expected)
    {
        var (packet, covered) = Ipv4([], []);
        byte[] upper = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(upper, high);
        var protection = AssertIcv(packet, [.. covered, .. upper], expected, line: Line(Sha256, Key) + (fields.Length == 0 ? "" : $",{fields}"));
        Assert.That(protection.Reason, Is.EqualTo(reason ?? ""));
    }

    [Test]
    public void Ipv4_Fragments_AreVerifiedOnceTogether()
    {
        var (packet, covered) = Ipv4([], []);
        HMACSHA256.HashData(Key, covered)[..IcvLength].CopyTo(packet, 20 + AhView.FixedSize);
        Ipv4View.TryParse(packet, out var view, out _);
        byte[] head = new byte[20 + 24], tail = new byte[20 + packet.Length - 44];
        (Ipv4Header.From(view) with { MoreFragments = true, DontFragment = false }).WritePacket(head, packet.AsSpan(20, 24));
        (Ipv4Header.From(view) with { FragmentOffset = 24, DontFragment = false }).WritePacket(tail, packet.AsSpan(44));
        var decoder = new CaptureDecoder(Keys(Line(Sha256, Key)));
        Assert.That(decoder.Decode(Frame(head)).Protections, Is.Empty);
        Assert.That(decoder.Decode(Frame(tail)).Protections.Single().Icv, Is.EqualTo(IcvState.Verified));
    }

    [TestCase("AES-XCBC-96 [RFC3566]", IntegrityId.AesXcbc_96)]
    [TestCase("AES-CMAC-96 [RFC4494]", IntegrityId.AesCmac_96)]
    [TestCase("AES-128-GMAC [RFC4543]", IntegrityId.Aes128Gmac)]
    [TestCase("AES-256-GMAC [RFC4543]", IntegrityId.Aes256Gmac)]
    public void Ipv4_AlgorithmThatWiresharkHasNoNameFor_IsVerified(string name, IntegrityId id)
    {
        var integrity = Algorithms.Integrity(id)!;
        byte[] key = [.. Enumerable.Range(1, integrity.KeyLength).Select(i => (byte)i)], iv = [.. Enumerable.Range(1, integrity.IvLength).Select(i => (byte)i)];
        byte[] ah = new AhPacket(IpProtocol.Icmp, 0x100, 7, iv.Concat(new byte[integrity.IcvLength]).ToArray(), Payload).Encode();
        var packet = new byte[20 + ah.Length];
        new Ipv4Header(Ipv4Address.Parse("192.0.2.1"), Ipv4Address.Parse("192.0.2.2"), IpProtocol.Ah) { TimeToLive = 0, DontFragment = false }.WritePacket(packet, ah);
        packet[10] = packet[11] = 0;
        using var bound = integrity.Bind(key);
        bound.Start(iv);
        bound.Append(packet);
        var icv = new byte[integrity.IcvLength];
        bound.Finish(icv);
        icv.CopyTo(packet, 20 + AhView.FixedSize + iv.Length);
        packet[8] = 64;
        Assert.That(new CaptureDecoder(Keys(Line(name, key))).Decode(Frame(packet)).Protections.Single().Icv, Is.EqualTo(IcvState.Verified));
    }

    [Test]
    public void Ah_WithoutKeys_SaysThatNoFileHasThem() =>
        Assert.That(new CaptureDecoder().Decode(Frame(Ipv4([], []).Packet)).Protections.Single().ToString(), Does.Contain("ICV not checked (no key file has this SA)"));

    [Test]
    public void Ah_Ipv4AndIpv6_AgreeWithTsharkFieldByField()
    {
        Tshark.Require();
        using var folder = new TemporaryFolder();
        var ipv6 = new Ipv6Packet(Ipv6Address.Parse("2001:db8::1"), Ipv6Address.Parse("2001:db8::2"), IpProtocol.NoNextHeader, Payload,
            [new(IpProtocol.Ipv6HopByHop, Hex("00 0502 0000 0100")), new(IpProtocol.Ah, new AhPacket(0, 0x200, 9, new byte[20], Ipsec.Packets.Octets.Empty).Encode()[1..])]).Encode();
        (byte[] EtherType, byte[] Packet)[] packets = [([8, 0], Ipv4(Hex("94040000"), Hex("94040000")).Packet), ([0x86, 0xdd], ipv6)];
        using (var writer = new PcapngWriter(File.Create(folder.File("capture.pcapng"))))
        {
            var link = writer.AddInterface("test");
            foreach (var (type, packet) in packets)
                writer.WritePacket(link, DateTimeOffset.UnixEpoch, [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, .. type, .. packet]);
        }
        var theirs = Tshark.Decode(folder.File("capture.pcapng"), null);
        foreach (var (frame, (_, packet)) in theirs.Zip(packets))
        {
            var ours = new CaptureDecoder().Decode(Frame(packet));
            Assert.That(ours.Malformations, Is.Empty);
            Assert.That(ours.Find("AH", "SPI").Select(field => field.Value), Is.EqualTo(frame.Values("ah.spi")));
            Assert.That(ours.Find("AH", "Sequence Number").Select(field => field.Value), Is.EqualTo(frame.Values("ah.sequence")));
            Assert.That(ours.Find("AH", "ICV").Select(field => field.Value), Is.EqualTo(frame.Values("ah.icv").Select(value => value.Replace(":", ""))));
        }
        Assert.That(theirs[0].Values("ip.opt.ra"), Is.EqualTo(new CaptureDecoder().Decode(Frame(packets[0].Packet)).Find("IPv4", "Router Alert").Select(field => field.Value)));
    }

    [Test]
    public void Ladder_VerifiedAh_SaysSo()
    {
        var (packet, covered) = Ipv4([], []);
        HMACSHA256.HashData(Key, covered)[..IcvLength].CopyTo(packet, 20 + AhView.FixedSize);
        var decoder = new CaptureDecoder(Keys(Line(Sha256, Key)));
        Assert.That(decoder.Decode(Frame(packet)).Protections.Single().ToString(), Is.EqualTo("AH 0x00000100 sequence 7: ICV verified"));
        Assert.That(decoder.Ladders.Conversations.Single().Rungs.Single().Text, Does.EndWith("[verified]"));
    }

    /// <summary>A packet with an AH whose ICV is zero, and what that ICV covers.</summary>
    private static (byte[] Packet, byte[] Covered) Ipv4(byte[] options, byte[] coveredOptions)
    {
        var header = (byte)(0x45 + options.Length / 4);
        byte[] length = [0, (byte)(20 + options.Length + 28 + Payload.Length)];
        byte[] addresses = Hex("c0000201 c0000202"), ah = [.. Hex("01 05 0000 00000100 00000007"), .. new byte[IcvLength], .. Payload];
        byte[] packet = [header, 0xb9, .. length, 0x12, 0x34, 0x40, 0, 61, IpProtocol.Ah, 0, 0, .. addresses, .. options, .. ah];
        byte[] covered = [header, 0, .. length, 0x12, 0x34, 0, 0, 0, IpProtocol.Ah, 0, 0, .. addresses, .. coveredOptions, .. ah];
        return (packet, covered);
    }

    private static Protection AssertIcv(byte[] packet, byte[] covered, IcvState expected, int? ahOffset = null, string? line = null)
    {
        HMACSHA256.HashData(Key, covered)[..IcvLength].CopyTo(packet, (ahOffset ?? (packet[0] & 15) * 4) + AhView.FixedSize);
        var decoded = new CaptureDecoder(Keys(line ?? Line(Sha256, Key, packet[0] >> 4))).Decode(Frame(packet));
        Assert.That(decoded.Malformations, Is.Empty);
        var protection = decoded.Protections.Single();
        Assert.That(protection.Icv, Is.EqualTo(expected), protection.ToString());
        return protection;
    }

    private static DecryptionKeys Keys(string line)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(WiresharkKeyFiles.EspFileName), line);
        return DecryptionKeys.Load(esp: folder.File(WiresharkKeyFiles.EspFileName));
    }

    private static string Line(string integrity, byte[] key, int version = 4) =>
        $"\"IPv{version}\",\"*\",\"*\",\"0x00000100\",\"NULL\",\"\",\"{integrity}\",\"0x{Convert.ToHexStringLower(key)}\"";

    private static CaptureFrame Frame(byte[] packet) => new(1, DateTimeOffset.UnixEpoch, 101, packet, (uint)packet.Length);

    private static byte[] Ipv6(string address) => System.Net.IPAddress.Parse(address).GetAddressBytes();

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", ""));
}
