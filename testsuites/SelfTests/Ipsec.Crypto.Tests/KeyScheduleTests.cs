using System.Net;
using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto.Tests;

/// <summary>The key schedules, against the RFCs' formulas written out with .NET's HMAC, and against what others published or sent.</summary>
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

    /// <summary>NIST CAVS 17.3, IKE v2, [g^ir length = 256, SHA-1], count 0; its DKM is as long as the keys of AES-CBC with HMAC-SHA-1.</summary>
    [Test]
    public void NistCase_keysAreCutFromTheStreamInOrder()
    {
        byte[] ni = Convert.FromHexString("32b50d5f4a3763f3"), nr = Convert.FromHexString("9206a04b26564cb1");
        var dkm =
            "a14293677cc80ff8f9cc0eee30d895da9d8f405666e30ef0dfcb63c634a46002a2a63080e514a062768b76606f9fa5e992204fc5a670bde3f10d6b027113936a5c55b648"
            + "a194ae587b0088d52204b702c979fa280870d2ed41efa9c549fd11198af1670b143d384bd275c5f594cf266b05ebadca855e4249520a441a81157435a7a56cc4";
        var childWithExchange =
            "bb43244c1860ad65ee1e211ffe8bb3661750c8f89cb9f547df7f4fa61d37301628190e38c66232eab4b3ab14c400a5197dd3730ed4820a8a10394d51e1c0400052f63ebd36b0e7ef";
        var sha1 = Algorithms.Prf(PrfId.HmacSha1)!;
        var cbc = Algorithms.Encryption(EncryptionId.AesCbc)!;
        var integrity = Algorithms.Integrity(IntegrityId.HmacSha1_96)!;
        using var keys = IkeKeys.Derive(
            new(cbc, 128, integrity, sha1, Algorithms.KeyExchange(KeyExchangeId.Curve25519)!),
            Convert.FromHexString("4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52"), ni, nr, 0x34c9e7c188868785, 0x3ff77d760d2b2199);
        byte[][] all = [keys.SkD, keys.SkAi, keys.SkAr, keys.SkEi, keys.SkEr, keys.SkPi, keys.SkPr];
        Assert.That(all.Select(key => key.Length), Is.EqualTo(new[] { 20, 20, 20, 16, 16, 20, 20 }));
        Assert.That(Convert.ToHexStringLower(all.SelectMany(key => key).ToArray()), Is.EqualTo(dkm));

        using var child = ChildKeys.Derive(
            new(cbc, 128, integrity, false), sha1, keys.SkD, Convert.FromHexString("863f3c9d06efd39d2b907b97f8699e5dd5251ef64a2a176f36ee40c87d4f9330"), ni, nr);
        byte[][] four = [child.InitiatorEncryption, child.InitiatorIntegrity, child.ResponderEncryption, child.ResponderIntegrity];
        Assert.That(four.Select(key => key.Length), Is.EqualTo(new[] { 16, 20, 16, 20 }));
        Assert.That(Convert.ToHexStringLower(four.SelectMany(key => key).ToArray()), Is.EqualTo(childWithExchange));

        keys.Dispose();
        child.Dispose();
        Assert.That(all.Concat(four).SelectMany(key => key), Is.All.Zero, "disposing zeroes");
    }

    [Test]
    public void Ikev1_disposing_zeroes()
    {
        var keys = Ikev1Keys.WithSignatures(Prf, Shared, Ni, Nr, 1, 2);
        byte[][] all = [keys.SkeyId, keys.SkeyIdD, keys.SkeyIdA, keys.SkeyIdE];
        keys.Dispose();
        Assert.That(all.SelectMany(key => key), Is.All.Zero);
    }

    /// <summary>RFC 2409 appendix B: a key as long as SKEYID_e is SKEYID_e; one octet longer, it is the chain.</summary>
    [Test]
    public void Ikev1_keyAsLongAsSkeyIdE_isSkeyIdE()
    {
        using var keys = Ikev1Keys.WithSignatures(Prf, Shared, Ni, Nr, 1, 2);
        Assert.That(keys.EncryptionKey(32), Is.EqualTo(keys.SkeyIdE));
        var k1 = Hmac(keys.SkeyIdE, [0]);
        Assert.That(keys.EncryptionKey(33), Is.EqualTo((byte[])[.. k1, Hmac(keys.SkeyIdE, k1)[0]]));
        Assert.That(keys.QuickModeKeyingMaterial(64, [], 3, 1, Ni, Nr)[..32], Is.EqualTo(Hmac(keys.SkeyIdD, [3, 0, 0, 0, 1, .. Ni, .. Nr])));
    }

    /// <summary>RFC 7296 section 2.15.</summary>
    [Test]
    public void SharedKeyAuthentication_isOverMessageNonceAndIdentity()
    {
        byte[] key = [1, 2, 3], message = RandomSource.Seeded(7).Bytes(200), identity = [2, 0, 0, 0, 97];
        Assert.That(
            SharedKeyAuthentication.Compute(Prf, key, message, Nr, Sk1, identity),
            Is.EqualTo(Hmac(Hmac(key, "Key Pad for IKEv2"u8.ToArray()), [.. message, .. Nr, .. Hmac(Sk1, identity)])));
    }

    /// <summary>What strongSwan sent of itself and of us: <c>fixtures/captures/strongswan/ESP-CBC-003</c>, IKE_SA_INIT response.</summary>
    [TestCase("172.31.179.2", "b2bfbba3f0b4bcc8c7f33f617ea44d5937d8cb0c")]
    [TestCase("172.31.179.10", "6e7d5f10d50327114040d7df2f171fd5cd6aabd5")]
    public void NatDetection_isWhatStrongSwanSends(string address, string hash) =>
        Assert.That(
            Convert.ToHexStringLower(NatDetection.Hash(0xABBC9CAF4E2CA88D, 0x844186801871C2CE, new(IPAddress.Parse(address), 500))), Is.EqualTo(hash));

    /// <summary>RFC 7296 section 2.23: an IPv6 address goes in whole, 16 octets.</summary>
    [Test]
    public void NatDetection_ofIpv6_isOverSpisAddressAndPort()
    {
        var address = IPAddress.Parse("2001:db8::1");
        Assert.That(
            NatDetection.Hash(1, 2, new(address, 0x1194)),
            Is.EqualTo(SHA1.HashData([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, .. address.GetAddressBytes(), 0x11, 0x94])));
    }

    private static byte[] Hmac(byte[] key, byte[] data) => HMACSHA256.HashData(key, data);
}
