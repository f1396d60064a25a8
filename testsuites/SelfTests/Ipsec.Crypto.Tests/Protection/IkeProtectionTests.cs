using System.Buffers.Binary;
using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto.Tests;

/// <summary>The encrypted payload (RFC 7296 section 3.14, RFC 5282): messages that others made, and our own against .NET's GCM, CBC and HMAC.</summary>
[TestFixture]
internal sealed class IkeProtectionTests
{
    private static readonly IkeHeader Header = new()
    {
        InitiatorSpi = 0x0102030405060708, ResponderSpi = 0x1112131415161718, MajorVersion = 2,
        ExchangeType = ExchangeType.Informational, Flags = IkeFlags.Initiator, MessageId = 9,
    };

    private static readonly byte[] Inner = Convert.FromHexString("0000000c000040010000000a");

    /// <summary>RFC 7634 appendix B. Its IV is no count of ours, so it is opened only.</summary>
    [Test]
    public void MessageOfRfc7634_opens()
    {
        using var protection = Keyed(
            Suite(EncryptionId.ChaCha20Poly1305, 256), Convert.FromHexString("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"));
        var message = Convert.FromHexString(
            "c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e2025000000000900000045290000291011121314151617610394701f8d017f7c129248896b71bfe25236efd7cdc67066906315b2");
        Assert.That(protection.TryOpen(message, out var inner, out var first, out var offset, out var failure), Is.True);
        Assert.That(inner, Is.EqualTo(Inner));
        Assert.That((first, offset, failure), Is.EqualTo((PayloadType.Notify, 28 + 4 + 8, IkeOpenFailure.None)));
    }

    /// <summary>strongSwan's IKE_AUTH response and its empty response to a Delete: <c>fixtures/captures/strongswan/ESP-CBC-003</c>.</summary>
    [TestCase("abbc9caf4e2ca88d844186801871c2ce2e20232000000001000000d0240000b4f42d6d7d217e43a25d376a8c66ca5d95c1fb00d9343cbb0aa561d076b5778fb36a37"
        + "084227d1cd9b02e659084d0dd1824aed661fd731c8da42603e2df6b0c9740b36a9933c478537edff30150182913986d3a96b948da5edd3bbc82ff05bd08802e2866efac1"
        + "a8cbfbe1109a8fe45d47119fa4e32991863cbf4d64bab235235f90669b6dd33d2c113ee46ffc326b5ee9a74c508ad13947ad11f3071b5a1af95861ae9896fff630cee93b"
        + "ac9a29062462", "IdentificationResponder Authentication SecurityAssociation TrafficSelectorInitiator TrafficSelectorResponder")]
    [TestCase("abbc9caf4e2ca88d844186801871c2ce2e20252000000002000000390000001df42d6d7e217e43a2991dfc5a27b1eb38f5a27a1c74a17b7612", "")]
    public void MessageOfStrongSwan_opens(string hex, string payloads)
    {
        using var protection = Keyed(
            Suite(EncryptionId.AesGcm16, 256), Convert.FromHexString("531313a21ec863b4cb4b4feb4280f577089775188a15b061a5bec1f9de1ddf3e44296364"));
        Assert.That(protection.TryOpen(Convert.FromHexString(hex), out var inner, out var first, out _, out _), Is.True);
        Assert.That(string.Join(' ', Types(first, inner!)), Is.EqualTo(payloads));
    }

    [Test]
    public void MessageWithGcm_isAsTheRfcsSay()
    {
        var keyAndSalt = RandomSource.Seeded(2).Bytes(20);
        using var protection = Keyed(Suite(EncryptionId.AesGcm16, 128), keyAndSalt);
        for (byte count = 0; count < 3; count++)
        {
            // A counter-mode IV has only to differ: ours counts the messages.
            byte[] iv = [0, 0, 0, 0, 0, 0, 0, count], plaintext = [.. Inner, 0], ciphertext = new byte[13], icv = new byte[16];
            var before = Before(messageLength: 28 + 41, payloadLength: 41);
            using (var gcm = new AesGcm(keyAndSalt.AsSpan(..16), 16))
                gcm.Encrypt((byte[])[.. keyAndSalt[16..], .. iv], plaintext, ciphertext, icv, before);
            var message = protection.Seal(Header, PayloadType.Notify, Inner);
            Assert.That(message, Is.EqualTo((byte[])[.. before, .. iv, .. ciphertext, .. icv]));
            Assert.That(protection.TryOpen(message, out var inner, out var first, out var offset, out _), Is.True);
            Assert.That(inner, Is.EqualTo(Inner));
            Assert.That((first, offset), Is.EqualTo((PayloadType.Notify, 40)));
        }
    }

    [Test]
    public void MessageWithCbcAndHmac_isAsTheRfcSays()
    {
        byte[] skE = RandomSource.Seeded(3).Bytes(16), skA = RandomSource.Seeded(4).Bytes(32), iv = RandomSource.Seeded(5).Bytes(16);
        using var protection = new IkeProtection(CbcAndHmac, skE, skA, new GivenOctets(iv));
        using var aes = Aes.Create();
        aes.Key = skE;
        byte[] covered = [.. Before(28 + 4 + 48, 4 + 48), .. iv, .. aes.EncryptCbc((byte[])[.. Inner, 0, 0, 0, 3], iv, PaddingMode.None)];
        byte[] expected = [.. covered, .. HMACSHA256.HashData(skA, covered)[..16]];
        Assert.That(protection.Seal(Header, PayloadType.Notify, Inner), Is.EqualTo(expected));
        Assert.That(protection.TryOpen(expected, out var inner, out _, out var offset, out _), Is.True);
        Assert.That(inner, Is.EqualTo(Inner));
        Assert.That(offset, Is.EqualTo(28 + 4 + 16));
    }

    /// <summary>RFC 7383 section 2.5: fragment number and total stand before the IV, and the ICV covers them.</summary>
    [Test]
    public void Fragment_isAsTheRfcSays()
    {
        var keyAndSalt = RandomSource.Seeded(2).Bytes(20);
        using var protection = Keyed(Suite(EncryptionId.AesGcm16, 128), keyAndSalt);
        byte[] iv = new byte[8], ciphertext = new byte[13], icv = new byte[16];
        byte[] before = [.. Before(28 + 45, 45, PayloadType.EncryptedFragment), 0x01, 0x02, 0x03, 0x04];
        using (var gcm = new AesGcm(keyAndSalt.AsSpan(..16), 16))
            gcm.Encrypt((byte[])[.. keyAndSalt[16..], .. iv], (byte[])[.. Inner, 0], ciphertext, icv, before);
        var message = protection.SealFragment(Header, PayloadType.Notify, 0x0102, 0x0304, Inner);
        Assert.That(message, Is.EqualTo((byte[])[.. before, .. iv, .. ciphertext, .. icv]));
        Assert.That(protection.TryOpenFragment(message, out var fragment, out var inner, out var failure), Is.True);
        Assert.That(fragment, Is.EqualTo(new EncryptedFragmentPayload(PayloadType.Notify, 0x0102, 0x0304, Ipsec.Packets.Octets.Empty)));
        Assert.That(inner, Is.EqualTo(Inner));
        Assert.That(failure, Is.EqualTo(IkeOpenFailure.None));
    }

    [TestCaseSource(nameof(Suites))]
    public void AnyChangedBitOrMissingOctet_isRefused_ofAFragmentToo(IkeAlgorithms suite)
    {
        using var protection = Keyed(suite);
        byte[][] messages = [protection.Seal(Header, PayloadType.Notify, Inner), protection.SealFragment(Header, PayloadType.Notify, 1, 2, Inner)];
        foreach (var message in messages)
        {
            for (var bit = 0; bit < 8 * message.Length; bit++)
            {
                message[bit / 8] ^= (byte)(0x80 >> bit % 8);
                Refused(message, $"bit {bit % 8} of octet {bit / 8}");
                message[bit / 8] ^= (byte)(0x80 >> bit % 8);
            }
            for (var length = 0; length < message.Length; length++)
                Refused(message[..length], $"{length} octets");
        }
        Assert.That(protection.TryOpen(messages[0], out _, out _, out _, out _), Is.True);
        Assert.That(protection.TryOpenFragment(messages[1], out _, out _, out _), Is.True);

        void Refused(byte[] message, string what)
        {
            Assert.That(protection.TryOpen(message, out var inner, out _, out var offset, out var failure), Is.False, what);
            Assert.That((inner, offset), Is.EqualTo(((byte[]?)null, 0)), what);
            Assert.That(failure, Is.Not.EqualTo(IkeOpenFailure.None), what);
            Assert.That(protection.TryOpenFragment(message, out var fragment, out inner, out failure), Is.False, what);
            Assert.That((fragment, inner), Is.EqualTo(((EncryptedFragmentPayload?)null, (byte[]?)null)), what);
            Assert.That(failure, Is.Not.EqualTo(IkeOpenFailure.None), what);
        }
    }

    /// <summary>Each other reason has a name; what stands before the ICV's failure is told before it.</summary>
    [TestCaseSource(nameof(Suites))]
    public void WhatCantBeOpened_saysWhy(IkeAlgorithms suite)
    {
        using var protection = Keyed(suite);
        var message = protection.Seal(Header, PayloadType.Notify, Inner);
        var fragment = protection.SealFragment(Header, PayloadType.Notify, 1, 1, Inner);
        Assert.Multiple(() =>
        {
            Assert.That(Why(fragment), Is.EqualTo(IkeOpenFailure.NoEncryptedPayload), "SKF for SK");
            Assert.That(WhyFragment(message), Is.EqualTo(IkeOpenFailure.NoEncryptedPayload), "SK for SKF");
            Assert.That(Why([.. message, 0]), Is.EqualTo(IkeOpenFailure.NoEncryptedPayload), "more octets than the header says");
            Assert.That(Why(IkeWriter.Message(Header, [])), Is.EqualTo(IkeOpenFailure.NoEncryptedPayload), "no payload");
            Assert.That(Why(IkeWriter.Message(Header, [new(PayloadType.Nonce, 0, new byte[60])])), Is.EqualTo(IkeOpenFailure.NoEncryptedPayload), "another payload");
            Assert.That(
                Why(IkeWriter.Message(Header, [new(PayloadType.Encrypted, 0, new byte[100], ClaimedLength: 103)])),
                Is.EqualTo(IkeOpenFailure.NoEncryptedPayload), "octets after it");
            Assert.That(WhyFragment(IkeWriter.Message(Header, [new(PayloadType.EncryptedFragment, 0, new byte[3])])), Is.EqualTo(IkeOpenFailure.NoEncryptedPayload), "no two numbers");
            Assert.That(WhyFragment(IkeWriter.Message(Header, [new(PayloadType.EncryptedFragment, 0, new byte[4])])), Is.EqualTo(IkeOpenFailure.BadLength), "two numbers alone");
            var least = protection.Overhead - 4;
            Assert.That(Why(IkeWriter.Message(Header, [new(PayloadType.Encrypted, 0, new byte[least - 1])])), Is.EqualTo(IkeOpenFailure.BadLength), "no room for Pad Length");
            Assert.That(Why(IkeWriter.Message(Header, [new(PayloadType.Encrypted, 0, new byte[least])])), Is.EqualTo(IkeOpenFailure.IntegrityCheckFailed), "room, but no ICV");
        });

        IkeOpenFailure Why(byte[] octets)
        {
            Assert.That(protection.TryOpen(octets, out _, out _, out _, out var failure), Is.False);
            return failure;
        }

        IkeOpenFailure WhyFragment(byte[] octets)
        {
            Assert.That(protection.TryOpenFragment(octets, out _, out _, out var failure), Is.False);
            return failure;
        }
    }

    [Test]
    public void AuthenticHalfBlock_isABadLength()
    {
        var skA = RandomSource.Seeded(4).Bytes(32);
        using var protection = new IkeProtection(CbcAndHmac, new byte[16], skA, RandomSource.Seeded(1));
        var message = IkeWriter.Message(Header, [new(PayloadType.Encrypted, 0, new byte[16 + 24 + 16])]);
        HMACSHA256.HashData(skA, message[..^16]).AsSpan(0, 16).CopyTo(message.AsSpan(message.Length - 16));
        Assert.That(protection.TryOpen(message, out var inner, out _, out _, out var failure), Is.False);
        Assert.That((inner, failure), Is.EqualTo(((byte[]?)null, IkeOpenFailure.BadLength)));
    }

    /// <summary>A sender may pad as it likes (RFC 7296 section 3.14); Pad Length may take all of the plaintext, and no more.</summary>
    [TestCase(0, 12, 12)]
    [TestCase(1, 13, 12)]
    [TestCase(255, 255, 0)]
    [TestCase(12, 12, 0)]
    [TestCase(13, 12, -1)]
    [TestCase(255, 254, -1)]
    public void PadLength_withinThePlaintextOnly(byte padLength, int before, int innerLength)
    {
        var keyAndSalt = new byte[20];
        using var protection = Keyed(Suite(EncryptionId.AesGcm16, 128), keyAndSalt);
        var content = RandomSource.Seeded(8).Bytes(before);
        var payload = 4 + 8 + before + 1 + 16;
        byte[] start = Before(28 + payload, payload), ciphertext = new byte[before + 1], icv = new byte[16];
        using (var gcm = new AesGcm(keyAndSalt.AsSpan(..16), 16))
            gcm.Encrypt(new byte[12], (byte[])[.. content, padLength], ciphertext, icv, start);
        var opened = protection.TryOpen([.. start, .. new byte[8], .. ciphertext, .. icv], out var inner, out _, out _, out var failure);
        Assert.That(opened, Is.EqualTo(innerLength >= 0));
        Assert.That(failure, Is.EqualTo(innerLength >= 0 ? IkeOpenFailure.None : IkeOpenFailure.BadPadding));
        Assert.That(inner, innerLength >= 0 ? Is.EqualTo(content[..innerLength]) : Is.Null);
    }

    [TestCaseSource(nameof(Suites))]
    public void EachLength_takesTheOverheadAndTheShortestPadding(IkeAlgorithms suite)
    {
        using var protection = Keyed(suite);
        int block = suite.Encryption.BlockLength, icv = suite.Integrity?.IcvLength ?? suite.Encryption.IcvLength;
        Assert.That(protection.Overhead, Is.EqualTo(4 + suite.Encryption.IvLength + 1 + icv));
        Assert.That(protection.MaximumPadding, Is.EqualTo(block - 1));
        for (var length = 0; length < 40; length++)
        {
            var padding = (block - (length + 1) % block) % block;
            var message = protection.Seal(Header, PayloadType.Nonce, new byte[length]);
            Assert.That(message, Has.Length.EqualTo(28 + protection.Overhead + length + padding));
            Assert.That(protection.TryOpen(message, out var inner, out _, out _, out _), Is.True);
            Assert.That(inner, Is.EqualTo(new byte[length]));
        }
    }

    [Test]
    public void GivenPaddingFlagsAndOuterPayloads_areWrittenAsGiven()
    {
        using var protection = Keyed(Suite(EncryptionId.AesGcm16, 128), new byte[20]);
        byte[] cookie = [0, 0, 0x40, 0x06, 1, 2, 3, 4], padding = [9, 8, 7, 6, 5];
        var message = protection.Seal(Header, PayloadType.Notify, Inner, [new(PayloadType.Notify, 0, cookie)], flags: 0x80, padding);
        Assert.That(message[28..44], Is.EqualTo((byte[])[46, 0, 0, 12, .. cookie, 41, 0x80, 0, 46]));
        Assert.That(protection.TryOpen(message, out var inner, out var first, out var offset, out _), Is.True);
        Assert.That(inner, Is.EqualTo(Inner));
        Assert.That((first, offset), Is.EqualTo((PayloadType.Notify, 52)));
        var plaintext = new byte[18];
        using (var gcm = new AesGcm(new byte[16], 16))
            gcm.Decrypt(new byte[12], message.AsSpan(52, 18), message.AsSpan(70), plaintext, message.AsSpan(..44));
        Assert.That(plaintext, Is.EqualTo((byte[])[.. Inner, .. padding, 5]));
    }

    [TestCaseSource(nameof(Suites))]
    public void Disposed_sealsNoMore(IkeAlgorithms suite)
    {
        var protection = Keyed(suite);
        protection.Dispose();
        Assume.That(LibCrypto.IsAvailable);
        Assert.That(() => protection.Seal(Header, PayloadType.Notify, Inner), Throws.TypeOf<ObjectDisposedException>());
    }

    /// <summary>Header and generic payload header of a message that is nothing but one encrypted payload around a Notify.</summary>
    private static byte[] Before(int messageLength, int payloadLength, PayloadType type = PayloadType.Encrypted)
    {
        byte[] before = [1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, (byte)type, 0x20, 37, 8, 0, 0, 0, 9, 0, 0, 0, 0, 41, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(before.AsSpan(24), messageLength);
        BinaryPrimitives.WriteInt16BigEndian(before.AsSpan(30), (short)payloadLength);
        return before;
    }

    private static List<PayloadType> Types(PayloadType first, byte[] inner)
    {
        var types = new List<PayloadType>();
        var chain = new PayloadChain(first, inner);
        while (chain.MoveNext())
            if (chain.Current.Type != PayloadType.Notify)
                types.Add(chain.Current.Type);
        Assert.That(chain.Error, Is.Null);
        return types;
    }

    private static IkeProtection Keyed(IkeAlgorithms suite, byte[]? skE = null) =>
        new(suite, skE ?? new byte[suite.Encryption.KeyMaterialLength(suite.KeyBits)], new byte[suite.Integrity?.KeyLength ?? 0], RandomSource.Seeded(1));

    private static IkeAlgorithms CbcAndHmac => Suite(EncryptionId.AesCbc, 128, IntegrityId.HmacSha256_128);

    private static IkeAlgorithms Suite(EncryptionId encryption, int keyBits, IntegrityId? integrity = null) =>
        new(
            Algorithms.Encryption(encryption)!, keyBits, integrity is { } id ? Algorithms.Integrity(id) : null,
            Algorithms.Prf(PrfId.HmacSha256)!, Algorithms.KeyExchange(KeyExchangeId.Curve25519)!);

    private static IEnumerable<TestCaseData> Suites() =>
        new[]
        {
            Suite(EncryptionId.AesGcm16, 128), Suite(EncryptionId.ChaCha20Poly1305, 256), CbcAndHmac,
            Suite(EncryptionId.AesCtr, 128, IntegrityId.HmacSha256_128), Suite(EncryptionId.TripleDes, 192, IntegrityId.HmacSha1_96),
        }.Select(suite => new TestCaseData(suite).SetArgDisplayNames(suite.Encryption.Name));
}
