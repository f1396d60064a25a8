using Conformance.Decoding;
using Conformance.Evidence;
using Conformance.Tests.Evidence;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Tests.Decoding;

/// <summary>
/// Every cipher and integrity algorithm that Wireshark's tables have a name for: packets made with our own codecs are opened by the decoder and by tshark,
/// with the same key file. The names are written down here a second time.
/// </summary>
public sealed class CipherAgreementTests
{
    private static readonly Ipv4Address Left = Ipv4Address.Parse("192.0.2.1");
    private static readonly Ipv4Address Right = Ipv4Address.Parse("192.0.2.2");

    private sealed record Cipher(string Name, EncryptionId Id, int Bits, string IntegrityName, IntegrityId Integrity);

    [Test]
    public void IkeCiphers_EachOpened_AgreeWithTshark()
    {
        Tshark.Require();
        var ciphers = IkeCiphers().ToArray();
        var lines = new List<string>();
        var frames = new List<byte[]>();
        for (var index = 0; index < ciphers.Length; index++)
        {
            var (cipher, spiI, spiR) = (ciphers[index], 0x1111000000000000UL + (uint)index, 0x2222000000000000UL + (uint)index);
            var random = RandomSource.Seeded((ulong)index + 1);
            var encryption = Algorithms.Encryption(cipher.Id)!;
            var integrity = encryption.IsAead ? null : Algorithms.Integrity(cipher.Integrity)!;
            var algorithms = new IkeAlgorithms(encryption, cipher.Bits, integrity, Algorithms.Prf(PrfId.HmacSha256)!, Algorithms.KeyExchange(KeyExchangeId.Modp2048)!);
            byte[] Key() => random.Bytes(encryption.KeyMaterialLength(cipher.Bits));
            byte[] Authentication() => integrity is null ? [] : random.Bytes(integrity.KeyLength);
            byte[][] keys = [Key(), Key(), Authentication(), Authentication()];
            lines.Add($"{spiI:x16},{spiR:x16},{Hex(keys[0])},{Hex(keys[1])},\"{cipher.Name}\",{Hex(keys[2])},{Hex(keys[3])},\"{cipher.IntegrityName}\"");
            foreach (var isResponse in new[] { false, true })
            {
                var header = new IkeHeader
                {
                    InitiatorSpi = spiI, ResponderSpi = spiR, MajorVersion = 2, ExchangeType = ExchangeType.Informational, MessageId = 2,
                    Flags = isResponse ? IkeFlags.Response : IkeFlags.Initiator,
                };
                using var protection = new IkeProtection(algorithms, keys[isResponse ? 1 : 0], keys[isResponse ? 3 : 2], random);
                var message = protection.Seal(header, PayloadType.Delete, IkeWriter.Chain([DeletePayload.Esp(0xc0ffee00 + (uint)index).ToRaw()]));
                frames.Add(Ethernet(Udp(message, isResponse)));
            }
        }
        using var folder = Capture(frames, WiresharkKeyFiles.IkeFileName, lines);
        var ours = Decode(folder, DecryptionKeys.Load(ike: folder.File(WiresharkKeyFiles.IkeFileName)));
        var theirs = Tshark.Decode(folder.File("capture.pcapng"), folder.Path);
        Assert.Multiple(() =>
        {
            for (var index = 0; index < frames.Count; index++)
            {
                var cipher = ciphers[index / 2];
                AssertOpened(ours[index], cipher.Name);
                Assert.That(ours[index].Find("IKEv2", "SPI").Select(field => field.Value), Is.EqualTo([$"c0ffee{index / 2:x2}"]), cipher.Name);
                // That helper counts IVs, of which NULL has none; a wrong ICV has a field of its own.
                Assert.That(cipher.Id == EncryptionId.Null ? theirs[index].Values("isakmp.ikev2.integrity_checksum") : theirs[index].Unopened, Is.Empty, cipher.Name);
                Assert.That(theirs[index].Values("isakmp.delete.protoid"), Is.EqualTo(["3"]), cipher.Name);
                Assert.That(Octets(theirs[index], "isakmp.enc.iv"), Is.EqualTo(ours[index].Find("IKEv2", "IV").Select(field => field.Value)), cipher.Name);
            }
        });
        TestContext.Out.WriteLine($"{ciphers.Length} ciphers, {frames.Count} messages");
    }

    [Test]
    public void EspCiphers_EachOpened_AgreeWithTshark()
    {
        Tshark.Require();
        var ciphers = EspCiphers().ToArray();
        var (frames, lines) = EspFrames(ciphers);
        using var folder = Capture(frames, WiresharkKeyFiles.EspFileName, lines);
        var ours = Decode(folder, DecryptionKeys.Load(esp: folder.File(WiresharkKeyFiles.EspFileName)));
        var theirs = Tshark.Decode(folder.File("capture.pcapng"), folder.Path);
        Assert.Multiple(() =>
        {
            for (var index = 0; index < frames.Count; index++)
            {
                var what = $"{ciphers[index].Name} {ciphers[index].Bits} with {ciphers[index].IntegrityName}";
                AssertOpened(ours[index], what);
                Assert.That(theirs[index].Unopened, Is.Empty, what);
                Assert.That(theirs[index].Values("ip.dst"), Is.EqualTo(ours[index].Find("IPv4", "Destination Address").Select(field => field.Value)), what);
                Assert.That(theirs[index].Values("icmp.type"), Is.EqualTo(["8"]), what);
                Assert.That(Octets(theirs[index], "esp.iv"), Is.EqualTo(ours[index].Find("ESP", "IV").Select(field => field.Value)), what);
            }
        });
        TestContext.Out.WriteLine($"{ciphers.Length} ciphers and integrity algorithms");
    }

    /// <summary>Names that Wireshark 4.0 hasn't got yet, or takes for another thing, and ours for integrity that it hasn't got at all.</summary>
    [Test]
    public void EspCiphersThatTsharkMayNotKnow_EachIsOpened()
    {
        Cipher[] ciphers =
        [
            new("ChaCha20 with Poly1305 [RFC7634]", EncryptionId.ChaCha20Poly1305, 256, "NULL", IntegrityId.None),
            new("AES-GCM [RFC4106]", EncryptionId.AesGcm16, 128, "NULL", IntegrityId.None),
            new("AES-CBC [RFC3602]", EncryptionId.AesCbc, 128, "AES-XCBC-96 [RFC3566]", IntegrityId.AesXcbc_96),
            new("AES-CBC [RFC3602]", EncryptionId.AesCbc, 128, "AES-CMAC-96 [RFC4494]", IntegrityId.AesCmac_96),
        ];
        var (frames, lines) = EspFrames(ciphers);
        using var folder = Capture(frames, WiresharkKeyFiles.EspFileName, lines);
        foreach (var (packet, cipher) in Decode(folder, DecryptionKeys.Load(esp: folder.File(WiresharkKeyFiles.EspFileName))).Zip(ciphers))
            AssertOpened(packet, cipher.Name);
    }

    private static IEnumerable<Cipher> IkeCiphers()
    {
        const string Sha256 = "HMAC_SHA2_256_128 [RFC4868]";
        yield return new("3DES [RFC2451]", EncryptionId.TripleDes, 192, Sha256, IntegrityId.HmacSha256_128);
        foreach (var bits in new[] { 128, 192, 256 })
        {
            yield return new($"AES-CBC-{bits} [RFC3602]", EncryptionId.AesCbc, bits, Sha256, IntegrityId.HmacSha256_128);
            yield return new($"AES-CTR-{bits} [RFC5930]", EncryptionId.AesCtr, bits, Sha256, IntegrityId.HmacSha256_128);
            foreach (var (icv, ccm, gcm) in new[]
            {
                (8, EncryptionId.AesCcm8, EncryptionId.AesGcm8), (12, EncryptionId.AesCcm12, EncryptionId.AesGcm12), (16, EncryptionId.AesCcm16, EncryptionId.AesGcm16),
            })
            {
                yield return new($"AES-CCM-{bits} with {icv} octet ICV [RFC5282]", ccm, bits, "NONE [RFC4306]", IntegrityId.None);
                yield return new($"AES-GCM-{bits} with {icv} octet ICV [RFC5282]", gcm, bits, "NONE [RFC4306]", IntegrityId.None);
            }
        }
        foreach (var (name, id) in new[]
        {
            ("HMAC_MD5_96 [RFC2403]", IntegrityId.HmacMd5_96), ("HMAC_SHA1_96 [RFC2404]", IntegrityId.HmacSha1_96),
            ("HMAC_SHA2_384_192 [RFC4868]", IntegrityId.HmacSha384_192), ("HMAC_SHA2_512_256 [RFC4868]", IntegrityId.HmacSha512_256),
        })
            yield return new("AES-CBC-128 [RFC3602]", EncryptionId.AesCbc, 128, name, id);
        yield return new("NULL [RFC2410]", EncryptionId.Null, 0, Sha256, IntegrityId.HmacSha256_128);
    }

    private static IEnumerable<Cipher> EspCiphers()
    {
        const string Sha256 = "HMAC-SHA-256-128 [RFC4868]";
        yield return new("NULL", EncryptionId.Null, 0, Sha256, IntegrityId.HmacSha256_128);
        yield return new("DES-CBC [RFC2405]", EncryptionId.Des, 64, Sha256, IntegrityId.HmacSha256_128);
        yield return new("TripleDES-CBC [RFC2451]", EncryptionId.TripleDes, 192, Sha256, IntegrityId.HmacSha256_128);
        foreach (var bits in new[] { 128, 192, 256 })
        {
            yield return new("AES-CBC [RFC3602]", EncryptionId.AesCbc, bits, Sha256, IntegrityId.HmacSha256_128);
            yield return new("AES-CTR [RFC3686]", EncryptionId.AesCtr, bits, Sha256, IntegrityId.HmacSha256_128);
            yield return new("AES-GCM with 8 octet ICV [RFC4106]", EncryptionId.AesGcm8, bits, "NULL", IntegrityId.None);
            yield return new("AES-GCM with 12 octet ICV [RFC4106]", EncryptionId.AesGcm12, bits, "NULL", IntegrityId.None);
            yield return new("AES-GCM with 16 octet ICV [RFC4106]", EncryptionId.AesGcm16, bits, "NULL", IntegrityId.None);
        }
        foreach (var (name, id) in new[]
        {
            ("HMAC-MD5-96 [RFC2403]", IntegrityId.HmacMd5_96), ("HMAC-SHA-1-96 [RFC2404]", IntegrityId.HmacSha1_96),
            ("HMAC-SHA-384-192 [RFC4868]", IntegrityId.HmacSha384_192), ("HMAC-SHA-512-256 [RFC4868]", IntegrityId.HmacSha512_256),
        })
            yield return new("AES-CBC [RFC3602]", EncryptionId.AesCbc, 128, name, id);
    }

    private static (List<byte[]> Frames, List<string> Lines) EspFrames(Cipher[] ciphers)
    {
        var frames = new List<byte[]>();
        var lines = new List<string>();
        byte[] echo = [8, 0, 0xf7, 0xfe, 0, 0, 0, 1];
        var inner = Ip(IpProtocol.Icmp, echo, Ipv4Address.Parse("10.1.0.1"), Ipv4Address.Parse("10.2.0.1"));
        for (var index = 0; index < ciphers.Length; index++)
        {
            var (cipher, spi) = (ciphers[index], 0x100 + (uint)index);
            var random = RandomSource.Seeded((ulong)index + 1);
            var encryption = Algorithms.Encryption(cipher.Id)!;
            var algorithms = new EspAlgorithms(encryption, cipher.Bits, encryption.IsAead ? null : Algorithms.Integrity(cipher.Integrity)!, ExtendedSequenceNumbers: false);
            byte[] key = random.Bytes(algorithms.EncryptionKeyLength), authentication = random.Bytes(algorithms.IntegrityKeyLength);
            lines.Add($"\"IPv4\",\"192.0.2.1\",\"192.0.2.2\",\"0x{spi:x8}\",\"{cipher.Name}\",\"{Prefixed(key)}\",\"{cipher.IntegrityName}\",\"{Prefixed(authentication)}\"");
            using var protection = new EspProtection(algorithms, key, authentication, random);
            var packet = new byte[protection.SealedLength(inner.Length)];
            protection.Seal(spi, 1, inner, IpProtocol.IpInIp, packet);
            frames.Add(Ethernet(Ip(IpProtocol.Esp, packet, Left, Right)));
        }
        return (frames, lines);
    }

    private static TemporaryFolder Capture(List<byte[]> frames, string table, List<string> lines)
    {
        var folder = new TemporaryFolder();
        WiresharkKeyFiles.Write(folder.Path, [], []);
        File.WriteAllLines(folder.File(table), lines);
        using var writer = new PcapngWriter(File.Create(folder.File("capture.pcapng")));
        var link = writer.AddInterface("test");
        foreach (var frame in frames)
            writer.WritePacket(link, DateTimeOffset.UnixEpoch, frame);
        return folder;
    }

    private static List<DecodedPacket> Decode(TemporaryFolder folder, DecryptionKeys keys)
    {
        using var stream = File.OpenRead(folder.File("capture.pcapng"));
        var reader = CaptureFile.Open(stream);
        var decoder = new CaptureDecoder(keys);
        var packets = new List<DecodedPacket>();
        while (reader.Next() is { } frame)
            packets.Add(decoder.Decode(frame));
        return packets;
    }

    private static void AssertOpened(DecodedPacket packet, string what)
    {
        Assert.That(packet.Malformations, Is.Empty, what);
        Assert.That(packet.Protections.Select(protection => (protection.Decrypted, protection.Icv)), Is.EqualTo([(true, IcvState.Verified)]), what);
    }

    private static IEnumerable<string> Octets(DecodedFrame frame, string field) => frame.Values(field).Select(value => value.Replace(":", ""));

    private static byte[] Udp(byte[] message, bool isResponse)
    {
        var (from, to) = isResponse ? (Right, Left) : (Left, Right);
        var datagram = new byte[8 + message.Length];
        new UdpHeader(500, 500).WriteDatagram(datagram, from, to, message);
        return Ip(IpProtocol.Udp, datagram, from, to);
    }

    private static byte[] Ip(byte protocol, byte[] payload, Ipv4Address from, Ipv4Address to)
    {
        var packet = new byte[20 + payload.Length];
        new Ipv4Header(from, to, protocol).WritePacket(packet, payload);
        return packet;
    }

    private static byte[] Ethernet(byte[] packet) => [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, .. packet];

    private static string Hex(byte[] octets) => Convert.ToHexStringLower(octets);

    private static string Prefixed(byte[] octets) => octets.Length == 0 ? "" : $"0x{Hex(octets)}";
}
