using CsCheck;

namespace Ipsec.Crypto.Tests;

/// <summary>What a peer can send wrong is refused as a value, and leaves the context fit for the next packet.</summary>
[TestFixture]
internal sealed class OpenSslHostileInputTests
{
    private const int NonceIvLength = 8;

    [TestCaseSource(nameof(Combined))]
    public void CombinedMode_AnyAlteredBit_IsRefusedAndZeroedAndTheNextPacketOpens(EncryptionAlgorithm algorithm)
    {
        using var cipher = algorithm.Bind(new byte[algorithm.KeyMaterialLength(algorithm.KeyLengths[0])]);
        Gen.Select(Gen.Byte.Array[1, 200], Gen.Byte.Array[1, 20], Gen.Int[0, 1 << 20]).Sample((plaintext, associated, place) =>
        {
            byte[] iv = new byte[NonceIvLength], data = [.. plaintext], icv = new byte[algorithm.IcvLength];
            cipher.Encrypt(iv, associated, data, icv);
            byte[] wrong = [.. data], wrongIcv = [.. icv], wrongAssociated = [.. associated];
            var altered = (place % 3) switch { 0 => wrong, 1 => wrongIcv, _ => wrongAssociated };
            altered[place / 24 % altered.Length] ^= (byte)(1 << (place / 3 % 8));
            return !cipher.TryDecrypt(iv, wrongAssociated, wrong, wrongIcv) && wrong.All(octet => octet == 0)
                && cipher.TryDecrypt(iv, associated, data, icv) && data.SequenceEqual(plaintext);
        }, threads: 1, iter: 200);
    }

    [TestCaseSource(nameof(Combined))]
    public void CombinedMode_TagOrIvOfAnotherLength_IsRefused(EncryptionAlgorithm algorithm)
    {
        using var cipher = algorithm.Bind(new byte[algorithm.KeyMaterialLength(algorithm.KeyLengths[0])]);
        byte[] genuine = [1, 2, 3], icv = new byte[algorithm.IcvLength];
        cipher.Encrypt(new byte[NonceIvLength], [], genuine, icv);
        for (var length = 0; length <= 32; length++)
        {
            byte[] given = [.. icv, .. new byte[32]];
            if (length != algorithm.IcvLength)
                Assert.That(cipher.TryDecrypt(new byte[NonceIvLength], [], [.. genuine], given.AsSpan(0, length)), Is.False, $"{length} octets of ICV");
            if (length != NonceIvLength)
                Assert.That(cipher.TryDecrypt(new byte[length], [], [.. genuine], icv), Is.False, $"{length} octets of IV");
        }
        Assert.That(cipher.TryDecrypt(new byte[NonceIvLength], [], genuine, icv), Is.True);
        Assert.That(genuine, Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void Cbc_AnyLength_OpensWholeBlocksOnly()
    {
        var cbc = CryptoProvider.OpenSsl.Encryption.SingleOrDefault(algorithm => algorithm.Facts == EncryptionFacts.AesCbc);
        Assume.That(cbc, Is.Not.Null);
        using var cipher = cbc!.Bind(new byte[16]);
        for (var length = 0; length <= 64; length++)
            Assert.That(cipher.TryDecrypt(new byte[16], default, new byte[length], default), Is.EqualTo(length % 16 == 0), $"{length} octets");
        Assert.That(cipher.TryDecrypt(new byte[15], default, new byte[16], default), Is.False);
        Assert.That(cipher.TryDecrypt(default, default, new byte[16], default), Is.False);
    }

    [Test]
    public void Ccm_NoncesOfChangingLength_EachOpens()
    {
        var ccm = CryptoProvider.OpenSsl.Encryption.SingleOrDefault(algorithm => algorithm.Facts == EncryptionFacts.AesCcm16)?.Mode;
        Assume.That(ccm, Is.Not.Null);
        using var aead = ccm!.Bind(new byte[16], 16);
        foreach (var length in new[] { 11, 7, 11, 13, 12 })
        {
            byte[] data = [1, 2, 3], icv = new byte[16];
            aead.Encrypt(new byte[length], [9], data, icv);
            Assert.That(aead.TryDecrypt(new byte[length], [9], data, icv), Is.True, $"{length} octets of nonce");
            Assert.That(data, Is.EqualTo(new byte[] { 1, 2, 3 }));
        }
        Assert.That(aead.TryDecrypt(new byte[6], [], new byte[3], new byte[16]), Is.False);
        Assert.That(aead.TryDecrypt(new byte[14], [], new byte[3], new byte[16]), Is.False);
        Assert.That(aead.TryDecrypt(new byte[13], [], new byte[1 << 16], new byte[16]), Is.False, "more than two octets can count");
    }

    [TestCaseSource(nameof(Combined))]
    public void EspPacket_AnyOctets_NeitherOpenNorThrow(EncryptionAlgorithm algorithm)
    {
        var algorithms = new EspAlgorithms(algorithm, algorithm.KeyLengths[0], null, ExtendedSequenceNumbers: true);
        using var protection = new EspProtection(algorithms, new byte[algorithms.EncryptionKeyLength], default, RandomSource.Seeded(1));
        Gen.Byte.Array[8, 100].Sample(packet => !protection.TryOpen(packet, 7, new byte[packet.Length], out _), threads: 1, iter: 500);
    }

    [Test]
    public void Disposed_Context_ThrowsInsteadOfUsingFreedMemory()
    {
        Assume.That(CryptoProvider.OpenSsl.Encryption, Is.Not.Empty);
        foreach (var algorithm in CryptoProvider.OpenSsl.Encryption)
        {
            var cipher = algorithm.Bind(new byte[algorithm.KeyMaterialLength(algorithm.KeyLengths[0])]);
            cipher.Dispose();
            cipher.Dispose();
            Assert.That(
                () => cipher.Encrypt(new byte[algorithm.NeedsRandomIv ? algorithm.IvLength : NonceIvLength], default, new byte[16], new byte[algorithm.IcvLength]),
                Throws.TypeOf<ObjectDisposedException>(), algorithm.Name);
        }
    }

    private static IEnumerable<TestCaseData> Combined() =>
        CryptoProvider.OpenSsl.Encryption.Where(algorithm => algorithm.IsAead).Select(algorithm => new TestCaseData(algorithm).SetArgDisplayNames(algorithm.Name));
}
