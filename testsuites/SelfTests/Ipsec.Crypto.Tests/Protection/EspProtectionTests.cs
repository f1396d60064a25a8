using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto.Tests;

/// <summary>ESP packets (RFC 4303 section 2) that others made, opened and made again, and our own against .NET's GCM, CBC and HMAC.</summary>
[TestFixture]
internal sealed class EspProtectionTests
{
    private const ulong Number = 0x0102030405060708;
    private static readonly byte[] Payload = RandomSource.Seeded(1).Bytes(45);

    /// <summary>
    /// A packet of Linux with AES-CBC and HMAC-SHA-512-256: <c>fixtures/captures/strongswan/ESP-CBC-003</c>, the second from 172.31.179.2. Made again
    /// with its IV it is the same.
    /// </summary>
    [Test]
    public void PacketOfLinux_opensAndIsMadeAgainAsItWas()
    {
        var packet = Convert.FromHexString(
            "e711650a00000002e5c330a2189f2c2a806f107dbeda4e16dacce2b8580eb6f54c722e9847565dabded7cde2316cece129188f8a2b6399e4"
            + "aede35c584fffb9bb8b29dea2c9cb97b0249fe746395e176b48b2a2932d01df1");
        using var protection = new EspProtection(
            new(Algorithms.Encryption(EncryptionId.AesCbc)!, 256, Algorithms.Integrity(IntegrityId.HmacSha512_256), ExtendedSequenceNumbers: false),
            Convert.FromHexString("fdf24f0848ae4d9544231681b23ad46d90e3575fb796e864728bbf3a440f51e6"),
            Convert.FromHexString(
                "36edb5ae58636fc2e552569893acd6a97a8e788d788abaf1b7427af53f724bf74bb43427adc176a9c04e0c144406a7ccec72453ef07078e2faaf1d5ecca5bee4"),
            new GivenOctets(packet[8..24]));
        var plaintext = new byte[packet.Length];
        Assert.That(protection.TryOpen(packet, 2, plaintext, out var length), Is.True);
        Assert.That(EspTrailer.TryParse(plaintext.AsSpan(..length), out var payloadLength, out var nextHeader), Is.True);
        Assert.That(nextHeader, Is.EqualTo(4));
        Assert.That(plaintext[0] == 0x45 && plaintext[3] == payloadLength, Is.True, "an IPv4 packet of its whole length");

        var made = new byte[packet.Length];
        Assert.That(protection.SealedLength(payloadLength), Is.EqualTo(packet.Length));
        Assert.That(protection.Seal(0xE711650A, 2, plaintext.AsSpan(..payloadLength), 4, made), Is.EqualTo(packet.Length));
        Assert.That(made, Is.EqualTo(packet));
        Array.Clear(made);
        Assert.That(protection.SealRaw(0xE711650A, 2, plaintext.AsSpan(..length), made), Is.EqualTo(packet.Length));
        Assert.That(made, Is.EqualTo(packet));
    }

    /// <summary>RFC 7634 appendix A, and draft-mcgrew-gcm-test-01's first case, whose sequence number is extended.</summary>
    [TestCase(EncryptionId.ChaCha20Poly1305, 256, false, 0x5UL,
        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3",
        "0102030400000005101112131415161724039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95df"
        + "ab4c02f72aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b82829f641e076aaa8266b7fb0f7b11b369907e1ad43",
        "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        + "202122232425262728292a2b2c2d2e2f303132333435363701020204")]
    [TestCase(EncryptionId.AesGcm16, 128, true, 0x8765432100000000UL,
        "4c80cdefbb5d10da906ac73c3613a6342e443b68",
        "00004321000000004956ed7e3b244cfefecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1"
        + "f4a13c5d15b21e1884f5ff6247aeabb786b93bce61bc17d768fd9732459018148f6cbe722fd04796562dfdb4",
        "45000048699a000080114db7c0a80102c0a801010a9bf15638d301000001000000000000045f736970045f7564700373697009637962657263697479"
        + "02646b000021000101020201")]
    public void PublishedPacket_opens(EncryptionId id, int keyBits, bool extended, ulong number, string key, string packet, string plaintext)
    {
        var octets = Convert.FromHexString(packet);
        using var protection = new EspProtection(
            new(Algorithms.Encryption(id)!, keyBits, null, extended), Convert.FromHexString(key), [], RandomSource.Seeded(1));
        var opened = new byte[octets.Length];
        Assert.That(protection.TryOpen(octets, number, opened, out var length), Is.True);
        Assert.That(Convert.ToHexStringLower(opened.AsSpan(..length)), Is.EqualTo(plaintext));
        Assert.That(protection.TryOpen(octets, number ^ 1UL << 63, opened, out _), Is.EqualTo(!extended), "another high half");
    }

    /// <summary>RFC 4106 sections 3.1, 4 and 5; RFC 8750 section 4 for the implicit IV, whose high half is zero without ESN.</summary>
    [Test]
    public void PacketWithGcm_isAsTheRfcsSay([Values] bool extended, [Values] bool implicitIv)
    {
        var keyAndSalt = RandomSource.Seeded(2).Bytes(20);
        using var protection = new EspProtection(
            new(Algorithms.Encryption(implicitIv ? EncryptionId.AesGcm16Iiv : EncryptionId.AesGcm16)!, 128, null, extended), keyAndSalt, [], RandomSource.Seeded(1));
        byte[] high = [1, 2, 3, 4], low = [5, 6, 7, 8], spi = [0x11, 0x22, 0x33, 0x44];
        byte[] associated = extended ? [.. spi, .. high, .. low] : [.. spi, .. low];
        byte[] iv = implicitIv && !extended ? [0, 0, 0, 0, .. low] : [.. high, .. low];
        byte[] plaintext = [.. Payload, 1, 1, 17], ciphertext = new byte[48], icv = new byte[16];
        using (var gcm = new AesGcm(keyAndSalt.AsSpan(..16), 16))
            gcm.Encrypt((byte[])[.. keyAndSalt[16..], .. iv], plaintext, ciphertext, icv, associated);
        byte[] expected = [.. spi, .. low, .. implicitIv ? [] : iv, .. ciphertext, .. icv], made = new byte[expected.Length];
        Assert.That(protection.SealedLength(Payload.Length), Is.EqualTo(expected.Length));
        Assert.That(protection.Seal(0x11223344, Number, Payload, 17, made), Is.EqualTo(expected.Length));
        Assert.That(made, Is.EqualTo(expected));
        var opened = new byte[expected.Length];
        Assert.That(protection.TryOpen(expected, Number, opened, out var length), Is.True);
        Assert.That(opened[..length], Is.EqualTo(plaintext));
    }

    /// <summary>RFC 4303 section 2.2.1: the ICV covers the high half behind the packet, and with ESN only.</summary>
    [Test]
    public void PacketWithCbcAndHmac_isAsTheRfcsSay([Values] bool extended)
    {
        byte[] encryptionKey = RandomSource.Seeded(3).Bytes(16), integrityKey = RandomSource.Seeded(4).Bytes(32), iv = RandomSource.Seeded(5).Bytes(16);
        using var protection = new EspProtection(CbcAndHmac(extended), encryptionKey, integrityKey, new GivenOctets(iv));
        byte[] plaintext = [.. Payload, 1, 1, 17];
        using var aes = Aes.Create();
        aes.Key = encryptionKey;
        byte[] covered = [0x11, 0x22, 0x33, 0x44, 5, 6, 7, 8, .. iv, .. aes.EncryptCbc(plaintext, iv, PaddingMode.None)];
        byte[] high = extended ? [1, 2, 3, 4] : [];
        byte[] expected = [.. covered, .. HMACSHA256.HashData(integrityKey, (byte[])[.. covered, .. high])[..16]], made = new byte[expected.Length];
        Assert.That(protection.Seal(0x11223344, Number, Payload, 17, made), Is.EqualTo(expected.Length));
        Assert.That(made, Is.EqualTo(expected));
        var opened = new byte[expected.Length];
        Assert.That(protection.TryOpen(expected, Number, opened, out var length), Is.True);
        Assert.That(opened[..length], Is.EqualTo(plaintext));
        Assert.That(protection.TryOpen(expected, Number + (1UL << 32), opened, out _), Is.EqualTo(!extended));
    }

    [TestCaseSource(nameof(Suites))]
    public void AnyChangedBit_isRefused_andNoPlaintextIsGivenOut(EspAlgorithms algorithms)
    {
        using var protection = Keyed(algorithms);
        var packet = new byte[protection.SealedLength(Payload.Length)];
        protection.Seal(1, Number, Payload, 17, packet);
        var plaintext = new byte[packet.Length];
        for (var bit = 0; bit < 8 * packet.Length; bit++)
        {
            packet[bit / 8] ^= (byte)(0x80 >> bit % 8);
            Array.Clear(plaintext);
            Assert.That(protection.TryOpen(packet, Number, plaintext, out _), Is.False, $"bit {bit % 8} of octet {bit / 8}");
            Assert.That(plaintext, Is.All.Zero, $"bit {bit % 8} of octet {bit / 8}");
            packet[bit / 8] ^= (byte)(0x80 >> bit % 8);
        }
        Assert.That(protection.TryOpen(packet, Number, plaintext, out _), Is.True);
    }

    [TestCaseSource(nameof(Suites))]
    public void EachLengthOfPayload_isPaddedToTheAlignmentAndNoFurther(EspAlgorithms algorithms)
    {
        using var protection = Keyed(algorithms);
        Assert.That(protection.Alignment, Is.EqualTo(Math.Max(4, algorithms.Encryption.BlockLength)));
        Assert.That(protection.PayloadOffset, Is.EqualTo(8 + algorithms.Encryption.IvLength));
        Assert.That(protection.IcvLength, Is.EqualTo(algorithms.Integrity?.IcvLength ?? algorithms.Encryption.IcvLength));
        for (var length = 0; length < 40; length++)
        {
            var padding = protection.ShortestPadding(length);
            Assert.That(padding, Is.InRange(0, protection.Alignment - 1));
            Assert.That((length + padding + 2) % protection.Alignment, Is.Zero);
            byte[] packet = new byte[200], plaintext = new byte[200];
            var made = protection.Seal(1, 1, new byte[length], 59, packet);
            Assert.That(made, Is.EqualTo(protection.PayloadOffset + length + padding + 2 + protection.IcvLength).And.EqualTo(protection.SealedLength(length)));
            Assert.That(packet[made..], Is.All.Zero);
            Assert.That(protection.TryOpen(packet.AsSpan(..made), 1, plaintext, out var opened), Is.True);
            Assert.That(opened, Is.EqualTo(length + padding + 2));
            Assert.That(EspTrailer.TryParse(plaintext.AsSpan(..opened), out var payload, out var next), Is.True);
            Assert.That((payload, next), Is.EqualTo((length, (byte)59)));
        }
    }

    /// <summary>A peer that has the keys may send any length: without pad length and next header, or with half a block, it is refused before the cipher.</summary>
    [TestCaseSource(nameof(Suites))]
    public void AnyOtherLength_isRefused(EspAlgorithms algorithms)
    {
        using var protection = Keyed(algorithms);
        byte[] packet = new byte[200], plaintext = new byte[200];
        var made = protection.Seal(1, 1, new byte[20], 59, packet);
        for (var length = 0; length < made; length++)
            Assert.That(protection.TryOpen(packet.AsSpan(..length), 1, plaintext, out _), Is.False, $"{length} octets");
        Assert.That(protection.TryOpen(packet.AsSpan(..(made + 1)), 1, plaintext, out _), Is.False);
    }

    [Test]
    public void AuthenticPlaintext_ofTwoOctetsOpens_ofOneOrNoneDoesNot()
    {
        using var protection = Keyed(new(Algorithms.Encryption(EncryptionId.AesGcm16)!, 128, null, false));
        byte[] packet = new byte[100], plaintext = new byte[100];
        for (var length = 0; length <= 2; length++)
            Assert.That(
                protection.TryOpen(packet.AsSpan(..protection.SealRaw(1, 1, new byte[length], packet)), 1, plaintext, out _), Is.EqualTo(length == 2), $"{length} octets");
    }

    /// <summary>The ICV is right, the ciphertext half a block short: RFC 4303 leaves nothing to decrypt there.</summary>
    [Test]
    public void AuthenticPacketWithHalfABlock_isRefused()
    {
        using var protection = Keyed(CbcAndHmac(extended: false));
        byte[] covered = RandomSource.Seeded(9).Bytes(8 + 16 + 24);
        byte[] packet = [.. covered, .. HMACSHA256.HashData(new byte[32], covered)[..16]];
        Assert.That(protection.TryOpen(packet, 1, new byte[200], out _), Is.False);
    }

    [Test]
    public void CounterModeIv_isTheSequenceNumber_cbcIvIsDrawn()
    {
        byte[] packet = new byte[200];
        using (var gcm = Keyed(new(Algorithms.Encryption(EncryptionId.AesGcm16)!, 128, null, false)))
            gcm.Seal(1, Number, Payload, 4, packet);
        Assert.That(packet[8..16], Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }));
        using (var cbc = Keyed(CbcAndHmac(extended: false)))
            cbc.Seal(1, Number, Payload, 4, packet);
        Assert.That(packet[8..24], Is.EqualTo(RandomSource.Seeded(1).Bytes(16)));
    }

    [TestCaseSource(nameof(Suites))]
    public void Disposed_sealsNoMore(EspAlgorithms algorithms)
    {
        var protection = Keyed(algorithms);
        protection.Dispose();
        Assume.That(LibCrypto.IsAvailable);
        Assert.That(() => protection.Seal(1, 1, Payload, 4, new byte[200]), Throws.TypeOf<ObjectDisposedException>());
    }

    private static EspProtection Keyed(EspAlgorithms algorithms) =>
        new(algorithms, new byte[algorithms.EncryptionKeyLength], new byte[algorithms.IntegrityKeyLength], RandomSource.Seeded(1));

    private static EspAlgorithms CbcAndHmac(bool extended) =>
        new(Algorithms.Encryption(EncryptionId.AesCbc)!, 128, Algorithms.Integrity(IntegrityId.HmacSha256_128), extended);

    private static IEnumerable<TestCaseData> Suites() =>
        new EspAlgorithms[]
        {
            new(Algorithms.Encryption(EncryptionId.AesGcm16)!, 128, null, false),
            new(Algorithms.Encryption(EncryptionId.AesGcm16Iiv)!, 256, null, true),
            new(Algorithms.Encryption(EncryptionId.ChaCha20Poly1305)!, 256, null, true),
            CbcAndHmac(extended: true),
            new(Algorithms.Encryption(EncryptionId.AesCtr)!, 128, Algorithms.Integrity(IntegrityId.HmacSha256_128), false),
        }.Select(suite => new TestCaseData(suite).SetArgDisplayNames(suite.Encryption.Name));
}
