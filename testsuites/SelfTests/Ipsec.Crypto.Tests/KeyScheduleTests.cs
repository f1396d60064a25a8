using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto.Tests;

/// <summary>The schedules that no one published vectors of, against the RFCs' formulas written out with .NET's HMAC.</summary>
[TestFixture]
internal sealed class KeyScheduleTests
{
    private static readonly byte[] Ni = RandomSource.Seeded(1).Bytes(32), Nr = RandomSource.Seeded(2).Bytes(24), Shared = RandomSource.Seeded(3).Bytes(32);
    private static readonly byte[] SkD = RandomSource.Seeded(4).Bytes(32), Sk1 = RandomSource.Seeded(5).Bytes(32), Sk2 = RandomSource.Seeded(6).Bytes(32);
    private static readonly PrfAlgorithm Prf = Algorithms.Prf(PrfId.HmacSha256)!;
    private static readonly IkeAlgorithms Suite = new(
        Algorithms.Encryption(EncryptionId.AesGcm16)!, 256, null, Prf, Algorithms.KeyExchange(KeyExchangeId.Curve25519)!);

    [Test]
    public void PostQuantumPresharedKey_mixesThreeKeys_keepsTheOthers()
    {
        using var keys = IkeKeys.Derive(Suite, Shared, Ni, Nr, 1, 2);
        byte[] ppk = [1, 2, 3];
        using var mixed = keys.WithPostQuantumPresharedKey(Prf, ppk);
        Assert.Multiple(() =>
        {
            Assert.That(mixed.SkD, Is.EqualTo(Hmac(ppk, [.. keys.SkD, 1])));
            Assert.That(mixed.SkPi, Is.EqualTo(Hmac(ppk, [.. keys.SkPi, 1])));
            Assert.That(mixed.SkPr, Is.EqualTo(Hmac(ppk, [.. keys.SkPr, 1])));
            Assert.That(mixed.SkEi, Is.EqualTo(keys.SkEi));
        });
    }

    [Test]
    public void AdditionalExchange_intermediate_startsFromPreviousSkD()
    {
        using var keys = IkeKeys.DeriveAfterIntermediate(Suite, SkD, Sk1, Ni, Nr, 1, 2);
        var seed = Hmac(SkD, [.. Sk1, .. Ni, .. Nr]);
        Assert.That(keys.SkD, Is.EqualTo(Hmac(seed, [.. Ni, .. Nr, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1])));
    }

    [Test]
    public void AdditionalExchanges_rekeyAndChild_secretsFollowNonces()
    {
        Assert.That(IkeKeys.RekeyedSeed(Prf, SkD, Shared, Ni, Nr, Sk1, Sk2), Is.EqualTo(Hmac(SkD, [.. Shared, .. Ni, .. Nr, .. Sk1, .. Sk2])));
        Assert.That(
            ChildKeys.KeyingMaterial(Prf, SkD, 32, Shared, Ni, Nr, Sk1, Sk2), Is.EqualTo(Hmac(SkD, [.. Shared, .. Ni, .. Nr, .. Sk1, .. Sk2, 1])));
    }

    [Test]
    public void AesPrf_seedOfIkeSa_takesEightOctetsOfEachNonce()
    {
        var xcbc = Algorithms.Prf(PrfId.Aes128Xcbc)!;
        Assert.That(IkeKeys.InitialSeed(xcbc, Shared, Ni, Nr), Is.EqualTo(xcbc.Compute([.. Ni[..8], .. Nr[..8]], Shared)));
    }

    [Test]
    public void Ikev1_publicKeyEncryption_seedIsOverCookies()
    {
        using var keys = Ikev1Keys.WithPublicKeyEncryption(Prf, HashAlgorithmName.SHA256, Shared, Ni, Nr, 1, 2);
        byte[] cookies = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2];
        Assert.That(keys.SkeyId, Is.EqualTo(Hmac(SHA256.HashData([.. Ni, .. Nr]), cookies)));
        Assert.That(keys.SkeyIdD, Is.EqualTo(Hmac(keys.SkeyId, [.. Shared, .. cookies, 0])));
    }

    [Test]
    public void Ikev1_longKeys_areChained()
    {
        using var keys = Ikev1Keys.WithSignatures(Prf, Shared, Ni, Nr, 1, 2);
        var k1 = Hmac(keys.SkeyIdE, [0]);
        Assert.That(keys.EncryptionKey(48), Is.EqualTo((byte[])[.. k1, .. Hmac(keys.SkeyIdE, k1)[..16]]));
        Assert.That(keys.EncryptionKey(24), Is.EqualTo(keys.SkeyIdE[..24]));
        byte[] tail = [.. Shared, 3, 0, 0, 0x12, 0x34, .. Ni, .. Nr];
        var first = Hmac(keys.SkeyIdD, tail);
        Assert.That(
            keys.QuickModeKeyingMaterial(40, Shared, 3, 0x1234, Ni, Nr),
            Is.EqualTo((byte[])[.. first, .. Hmac(keys.SkeyIdD, [.. first, .. tail])[..8]]));
    }

    private static byte[] Hmac(byte[] key, byte[] data) => HMACSHA256.HashData(key, data);
}
