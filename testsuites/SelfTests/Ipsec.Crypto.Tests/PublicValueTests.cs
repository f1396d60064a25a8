using System.Numerics;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto.Tests;

/// <summary>What RFC 6989, RFC 8031 and FIPS 203 want refused.</summary>
[TestFixture]
internal sealed class PublicValueTests
{
    [TestCaseSource(nameof(Groups))]
    public void Modp_valueOutOfRange_isRefused(ModpGroup group)
    {
        var prime = new BigInteger(group.Prime.Span, isUnsigned: true, isBigEndian: true);
        foreach (var value in new[] { BigInteger.Zero, BigInteger.One, prime - 1, prime, prime + 1 })
            AssertRefused(group.Facts.Id, Padded(value, group.Prime.Length));
    }

    [TestCase(KeyExchangeId.Modp1024_160)]
    [TestCase(KeyExchangeId.Modp2048_224)]
    [TestCase(KeyExchangeId.Modp2048_256)]
    public void Modp_valueOutsideSubgroup_isRefused(KeyExchangeId id) =>
        AssertRefused(id, Padded(2, Algorithms.KeyExchange(id)!.PublicValueLength), "subgroup");

    [TestCaseSource(nameof(Methods))]
    public void AnyMethod_wrongLength_isRefused(KeyExchangeMethod method)
    {
        foreach (var length in new[] { 0, 1, method.PublicValueLength - 1, method.PublicValueLength + 1 })
        {
            Assert.That(method.TryRespond(new byte[length], RandomSource.Seeded(1), out _, out _, out var reason), Is.False);
            Assert.That(reason, Does.Contain("octets"));
        }
    }

    [TestCaseSource(nameof(Methods))]
    public void AnyMethod_zeros_areRefusedOrReduced(KeyExchangeMethod method)
    {
        // For ML-KEM zeros are a well-formed encapsulation key; everywhere else they are the worst value there is.
        var accepted = method.TryRespond(new byte[method.PublicValueLength], RandomSource.Seeded(1), out _, out _, out _);
        Assert.That(accepted, Is.EqualTo(method.IsKem));
    }

    [TestCaseSource(nameof(Methods))]
    public void AnyMethod_randomOctets_neverThrow(KeyExchangeMethod method)
    {
        var random = RandomSource.Seeded(7);
        using var own = method.Generate(random);
        for (var round = 0; round < 3; round++)
        {
            Assert.DoesNotThrow(() => method.TryRespond(random.Bytes(method.PublicValueLength), random, out _, out _, out _));
            Assert.DoesNotThrow(() => own.TryAgree(random.Bytes(method.Facts.ResponseLength), out _, out _));
        }
    }

    [TestCase(KeyExchangeId.MlKem512)]
    [TestCase(KeyExchangeId.MlKem768)]
    [TestCase(KeyExchangeId.MlKem1024)]
    public void MlKem_coefficientNotReduced_isRefused(KeyExchangeId id)
    {
        var method = Algorithms.KeyExchange(id)!;
        using var own = method.Generate(RandomSource.Seeded(1));
        var key = own.PublicValue;
        // 3329 in twelve bits, as the first coefficient.
        key[0] = 0x01;
        key[1] = (byte)(key[1] & 0xf0 | 0x0d);
        AssertRefused(id, key, "3329");
    }

    [TestCaseSource(nameof(Methods))]
    public void AnyMethod_bothSides_shareTheSecret(KeyExchangeMethod method)
    {
        using var own = method.Generate(RandomSource.Seeded(3));
        Assert.That(own.PublicValue, Has.Length.EqualTo(method.PublicValueLength));
        Assert.That(method.TryRespond(own.PublicValue, RandomSource.Seeded(4), out var response, out var secret, out _), Is.True);
        Assert.That(response, Has.Length.EqualTo(method.Facts.ResponseLength));
        Assert.That(own.TryAgree(response!, out var same, out _), Is.True);
        Assert.That(same, Is.EqualTo(secret));
    }

    private static IEnumerable<TestCaseData> Groups() => ModpGroup.All.Select(group => new TestCaseData(group).SetArgDisplayNames(group.Facts.Name));

    private static IEnumerable<TestCaseData> Methods() => Algorithms.AllKeyExchange.Select(method => new TestCaseData(method).SetArgDisplayNames(method.Name));

    private static void AssertRefused(KeyExchangeId id, byte[] value, string? why = null)
    {
        Assert.That(Algorithms.KeyExchange(id)!.TryRespond(value, RandomSource.Seeded(1), out _, out _, out var reason), Is.False);
        if (why is not null)
            Assert.That(reason, Does.Contain(why));
    }

    private static byte[] Padded(BigInteger value, int length)
    {
        var octets = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[length - octets.Length], .. octets];
    }
}
