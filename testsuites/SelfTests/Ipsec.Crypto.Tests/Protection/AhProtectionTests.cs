using System.Buffers.Binary;
using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto.Tests;

/// <summary>AH packets (RFC 4302 section 3.3.3) against the octets that the RFC says the ICV covers, written out, under .NET's own HMAC and GCM.</summary>
[TestFixture]
internal sealed class AhProtectionTests
{
    private const ulong Number = 0x0102030405060708;
    private const byte Udp = 17;

    private static readonly byte[] Payload = RandomSource.Seeded(1).Bytes(50);
    private static readonly byte[] Addresses4 = [192, 0, 2, 1, 192, 0, 2, 2];
    private static readonly byte[] Addresses6 = RandomSource.Seeded(2).Bytes(32);

    private static byte[] V4(int ah) => [0x45, 0xB8, 0, (byte)(20 + ah + Payload.Length), 0x12, 0x34, 0x40, 0, 63, 51, 0xAB, 0xCD, .. Addresses4];

    private static byte[] V4Covered(int ah) => [0x45, 0, 0, (byte)(20 + ah + Payload.Length), 0x12, 0x34, 0, 0, 0, 51, 0, 0, .. Addresses4];

    private static byte[] V6(int ah) => [0x6B, 0x81, 0x23, 0x45, 0, (byte)(ah + Payload.Length), 51, 63, .. Addresses6];

    private static byte[] V6Covered(int ah) => [0x60, 0, 0, 0, 0, (byte)(ah + Payload.Length), 51, 0, .. Addresses6];

    [TestCase(IntegrityId.HmacSha256_128, false, 28)]
    [TestCase(IntegrityId.HmacSha256_128, true, 32)]
    [TestCase(IntegrityId.HmacSha1_96, false, 24)]
    [TestCase(IntegrityId.HmacSha1_96, true, 24)]
    [TestCase(IntegrityId.HmacSha384_192, true, 40)]
    [TestCase(IntegrityId.HmacSha512_256, false, 44)]
    [TestCase(IntegrityId.HmacSha512_256, true, 48)]
    [TestCase(IntegrityId.Aes128Gmac, false, 36)]
    [TestCase(IntegrityId.Aes128Gmac, true, 40)]
    public void HeaderLength_isAlignedToFourOctets_withIpv6ToEight(IntegrityId id, bool ipv6, int length)
    {
        var algorithm = Algorithms.Integrity(id)!;
        using var protection = new AhProtection(algorithm, new byte[algorithm.KeyLength], extendedSequenceNumbers: false);
        Assert.That(protection.HeaderLength(ipv6), Is.EqualTo(length));
    }

    [Test]
    public void Ipv4Packet_withHmac_isAsTheRfcSays([Values] bool extended)
    {
        var key = RandomSource.Seeded(3).Bytes(32);
        using var protection = new AhProtection(Algorithms.Integrity(IntegrityId.HmacSha256_128)!, key, extended);
        byte[] ah = [Udp, 5, 0, 0, 0x11, 0x22, 0x33, 0x44, 5, 6, 7, 8];
        byte[] covered = [.. V4Covered(28), .. ah, .. new byte[16], .. Payload, .. extended ? [1, 2, 3, 4] : Array.Empty<byte>()];
        byte[] expected = [.. V4(28), .. ah, .. HMACSHA256.HashData(key, covered)[..16], .. Payload];
        Assert.That(Sealed(protection, V4(28), 28), Is.EqualTo(expected));
        Assert.That(protection.Verify(expected, 20, Number), Is.True);
    }

    /// <summary>The padding to 8 octets stands behind the ICV, inside the header, and is covered (RFC 4302 section 3.3.3.2.1).</summary>
    [Test]
    public void Ipv6Packet_withPaddingAfterTheIcv_isAsTheRfcSays([Values] bool extended)
    {
        var key = RandomSource.Seeded(4).Bytes(64);
        using var protection = new AhProtection(Algorithms.Integrity(IntegrityId.HmacSha512_256)!, key, extended);
        byte[] ah = [Udp, 10, 0, 0, 0x11, 0x22, 0x33, 0x44, 5, 6, 7, 8];
        byte[] covered = [.. V6Covered(48), .. ah, .. new byte[32], 0, 0, 0, 0, .. Payload, .. extended ? [1, 2, 3, 4] : Array.Empty<byte>()];
        byte[] expected = [.. V6(48), .. ah, .. HMACSHA512.HashData(key, covered)[..32], 0, 0, 0, 0, .. Payload];
        Assert.That(Sealed(protection, V6(48), 48), Is.EqualTo(expected));
        Assert.That(protection.Verify(expected, 40, Number), Is.True);
        expected[40 + 44] = 1;
        Assert.That(protection.Verify(expected, 40, Number), Is.False, "padding is covered");
    }

    /// <summary>RFC 4543 section 4: the IV stands before the ICV and is covered; the nonce is salt | IV.</summary>
    [Test]
    public void Packet_withGmac_isAsTheRfcSays([Values] bool extended)
    {
        var keyAndSalt = RandomSource.Seeded(5).Bytes(20);
        using var protection = new AhProtection(Algorithms.Integrity(IntegrityId.Aes128Gmac)!, keyAndSalt, extended);
        byte[] ah = [Udp, 7, 0, 0, 0x11, 0x22, 0x33, 0x44, 5, 6, 7, 8], iv = [1, 2, 3, 4, 5, 6, 7, 8];
        byte[] covered = [.. V4Covered(36), .. ah, .. iv, .. new byte[16], .. Payload, .. extended ? [1, 2, 3, 4] : Array.Empty<byte>()];
        var icv = new byte[16];
        using (var gcm = new AesGcm(keyAndSalt.AsSpan(..16), 16))
            gcm.Encrypt((byte[])[.. keyAndSalt[16..], .. iv], Array.Empty<byte>(), Array.Empty<byte>(), icv, covered);
        byte[] expected = [.. V4(36), .. ah, .. iv, .. icv, .. Payload];
        Assert.That(Sealed(protection, V4(36), 36), Is.EqualTo(expected));
        Assert.That(protection.Verify(expected, 20, Number), Is.True);
    }

    [TestCaseSource(nameof(EveryAlgorithm))]
    public void AnyChangedBit_isRefused_unlessARouterMayChangeIt(IntegrityAlgorithm algorithm, bool ipv6)
    {
        using var protection = new AhProtection(algorithm, RandomSource.Seeded(6).Bytes(algorithm.KeyLength), extendedSequenceNumbers: true);
        var length = protection.HeaderLength(ipv6);
        var packet = Sealed(protection, ipv6 ? V6(length) : V4(length), length);
        var offset = ipv6 ? 40 : 20;
        for (var bit = 0; bit < 8 * packet.Length; bit++)
        {
            // The version and the IPv4 header's length say what all else means.
            if (bit is < 4 || !ipv6 && bit is < 8)
                continue;
            var changed = packet.ToArray();
            changed[bit / 8] ^= (byte)(0x80 >> bit % 8);
            Assert.That(protection.Verify(changed, offset, Number), Is.EqualTo(MayChange(bit / 8)), $"bit {bit % 8} of octet {bit / 8}");
        }
        Assert.That(protection.Verify(packet, offset, Number), Is.True);
        Assert.That(protection.Verify(packet, offset, Number + (1UL << 32)), Is.False, "another high half");
        Assert.That(protection.Verify(packet, offset, Number + 1), Is.True, "the low half is the packet's own");

        bool MayChange(int octet) => ipv6 ? octet is < 4 or 7 : octet is 1 or 6 or 7 or 8 or 10 or 11;
    }

    [Test]
    public void WithoutExtendedNumbers_theHighHalfIsNotCovered()
    {
        using var protection = new AhProtection(Algorithms.Integrity(IntegrityId.HmacSha256_128)!, new byte[32], extendedSequenceNumbers: false);
        Assert.That(protection.Verify(Sealed(protection, V4(28), 28), 20, Number + (1UL << 32)), Is.True);
    }

    /// <summary>A longer header is one with more padding, and good if the sender's ICV is over it; a shorter one has no room for the ICV.</summary>
    [TestCase(5, true)]
    [TestCase(6, true)]
    [TestCase(4, false)]
    [TestCase(1, false)]
    [TestCase(0, false)]
    public void PayloadLen_otherThanTheLeast_isTakenOnlyWithRoomForTheIcv(byte payloadLen, bool taken)
    {
        var key = new byte[32];
        using var protection = new AhProtection(Algorithms.Integrity(IntegrityId.HmacSha256_128)!, key, extendedSequenceNumbers: false);
        byte[] ah = [Udp, payloadLen, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1];
        byte[] rest = [1, 2, 3, 4, .. Payload];
        var icv = HMACSHA256.HashData(key, (byte[])[.. V4Covered(28), .. ah, .. new byte[16], .. rest])[..16];
        Assert.That(protection.Verify([.. V4(28), .. ah, .. icv, .. rest], 20, 1), Is.EqualTo(taken));
    }

    [Test]
    public void TruncatedPacket_isRefused()
    {
        using var protection = new AhProtection(Algorithms.Integrity(IntegrityId.HmacSha256_128)!, new byte[32], extendedSequenceNumbers: false);
        var packet = Sealed(protection, V4(28), 28);
        for (var length = 20; length < packet.Length; length++)
            Assert.That(protection.Verify(packet.AsSpan(..length), 20, Number), Is.False, $"{length} octets");
    }

    /// <summary>What can't be classified is neither sent nor accepted, and no ICV is written for it.</summary>
    [Test]
    public void UnknownExtensionHeader_isNeitherSealedNorVerified()
    {
        using var protection = new AhProtection(Algorithms.Integrity(IntegrityId.HmacSha256_128)!, new byte[32], extendedSequenceNumbers: false);
        byte[] headers = [0x60, 0, 0, 0, 0, 50, 135, 64, .. Addresses6, 51, 0, 1, 2, 3, 4, 5, 6];
        byte[] packet = [.. headers, .. new byte[32], .. Payload];
        Assert.That(protection.TrySeal(packet, 48, Udp, 1, 1), Is.False);
        Assert.That(packet[(48 + 12)..(48 + 32)], Is.All.Zero);
        Assert.That(protection.Verify(packet, 48, 1), Is.False);
    }

    /// <summary>Headers longer than any before it, and shorter ones again: each packet is covered in full, and nothing of the last one is left over.</summary>
    [Test]
    public void LongChainOfHeaders_thenAShortOne_eachVerifies()
    {
        var key = new byte[32];
        using var protection = new AhProtection(Algorithms.Integrity(IntegrityId.HmacSha256_128)!, key, extendedSequenceNumbers: false);
        byte[] options = [51, 63, 1, 253, .. new byte[253], 1, 253, .. new byte[253]];
        byte[] headers = [0x60, 0, 0, 0, 2, 60, 60, 0, .. Addresses6, .. options];
        var packet = Sealed(protection, headers, 32);
        byte[] covered = [.. headers, Udp, 6, 0, 0, 0x11, 0x22, 0x33, 0x44, 5, 6, 7, 8, .. new byte[20], .. Payload];
        Assert.That(packet[(headers.Length + 12)..(headers.Length + 28)], Is.EqualTo(HMACSHA256.HashData(key, covered)[..16]));
        Assert.That(protection.Verify(packet, headers.Length, Number), Is.True);
        Assert.That(protection.Verify(Sealed(protection, V4(28), 28), 20, Number), Is.True);
    }

    [Test]
    public void Seal_writesOverWhatStoodInTheHeader()
    {
        using var protection = new AhProtection(Algorithms.Integrity(IntegrityId.HmacSha512_256)!, new byte[64], extendedSequenceNumbers: false);
        byte[] packet = [.. V6(48), .. Enumerable.Repeat((byte)0xFF, 48), .. Payload];
        Assert.That(protection.TrySeal(packet, 40, Udp, 0x11223344, Number), Is.True);
        Assert.That(packet, Is.EqualTo(Sealed(protection, V6(48), 48)));
        Assert.That(BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(44)), Is.EqualTo(0x11223344u));
    }

    private static byte[] Sealed(AhProtection protection, byte[] headers, int ahLength)
    {
        byte[] packet = [.. headers, .. new byte[ahLength], .. Payload];
        Assert.That(protection.TrySeal(packet, headers.Length, Udp, 0x11223344, Number), Is.True);
        return packet;
    }

    private static IEnumerable<TestCaseData> EveryAlgorithm() =>
        from algorithm in Algorithms.AllIntegrity
        where algorithm.Facts.Protocols.HasFlag(SecurityProtocols.Ah)
        from ipv6 in new[] { false, true }
        select new TestCaseData(algorithm, ipv6).SetArgDisplayNames(algorithm.Name, ipv6 ? "IPv6" : "IPv4");
}
