using CsCheck;

namespace Ipsec.Crypto.Tests;

/// <summary>Every algorithm that two providers have, run through both on random inputs.</summary>
[TestFixture]
internal sealed class DifferentialTests
{
    private static readonly Gen<byte[]> Message = Gen.Byte.Array[0, 300];

    [TestCaseSource(nameof(EncryptionPairs))]
    public void Encryption_sameInput_sameOutputAndEachOpensTheOther(EncryptionAlgorithm one, EncryptionAlgorithm other)
    {
        var iv = one.HasImplicitIv ? EncryptionAlgorithm.ImplicitIvLength : one.IvLength;
        var inputs = Gen.Select(Gen.Int[0, one.KeyLengths.Count - 1].Select(index => one.KeyLengths[index]), Gen.ULong, Message, Gen.Byte.Array[0, 20]);
        inputs.Sample((keyBits, seed, message, associated) =>
        {
            var random = RandomSource.Seeded(seed);
            var key = random.Bytes(one.KeyMaterialLength(keyBits));
            var nonce = random.Bytes(iv);
            byte[] plaintext = message[..(message.Length / one.BlockLength * one.BlockLength)];
            byte[] left = [.. plaintext], right = [.. plaintext], leftIcv = new byte[one.IcvLength], rightIcv = new byte[one.IcvLength];
            using var first = one.Bind(key);
            using var second = other.Bind(key);
            first.Encrypt(nonce, associated, left, leftIcv);
            second.Encrypt(nonce, associated, right, rightIcv);
            return left.SequenceEqual(right) && leftIcv.SequenceEqual(rightIcv)
                && first.TryDecrypt(nonce, associated, right, rightIcv) && second.TryDecrypt(nonce, associated, left, leftIcv)
                && left.SequenceEqual(plaintext) && right.SequenceEqual(plaintext);
        }, iter: 60);
    }

    [TestCaseSource(nameof(EncryptionPairs))]
    public void Encryption_icvAltered_bothRefuseAndZero(EncryptionAlgorithm one, EncryptionAlgorithm other)
    {
        Assume.That(one.IsAead);
        var key = RandomSource.Seeded(1).Bytes(one.KeyMaterialLength(one.KeyLengths[0]));
        var iv = new byte[8];
        foreach (var algorithm in new[] { one, other })
        {
            using var cipher = algorithm.Bind(key);
            byte[] data = [1, 2, 3, 4], icv = new byte[one.IcvLength];
            cipher.Encrypt(iv, [9], data, icv);
            icv[^1] ^= 1;
            Assert.That(cipher.TryDecrypt(iv, [9], data, icv), Is.False);
            Assert.That(data, Is.All.Zero);
        }
    }

    [TestCaseSource(nameof(IntegrityPairs))]
    public void Integrity_sameInput_sameIcv(IntegrityAlgorithm one, IntegrityAlgorithm other) =>
        Gen.Select(Gen.ULong, Message).Sample((seed, message) =>
        {
            var random = RandomSource.Seeded(seed);
            var key = random.Bytes(one.KeyLength);
            var iv = random.Bytes(one.IvLength);
            using var first = one.Bind(key);
            using var second = other.Bind(key);
            var icv = new byte[one.IcvLength];
            first.Start(iv);
            second.Start(iv);
            first.Append(message);
            first.Finish(icv);
            second.Append(message.AsSpan(..(message.Length / 2)));
            second.Append(message.AsSpan((message.Length / 2)..));
            return second.FinishAndVerify(icv);
        }, iter: 60);

    [TestCaseSource(nameof(PrfPairs))]
    public void Prf_sameInput_sameStream(PrfAlgorithm one, PrfAlgorithm other) =>
        Gen.Select(Gen.Byte.Array[0, 200], Message).Sample(
            (key, seed) => one.Expand(key, seed, 100).SequenceEqual(other.Expand(key, seed, 100)), iter: 40);

    [TestCaseSource(nameof(KeyExchangePairs))]
    public void KeyExchange_sidesOfDifferentProviders_agree(KeyExchangeMethod one, KeyExchangeMethod other) =>
        Gen.ULong.Sample(seed =>
        {
            using var initiator = one.Generate(RandomSource.Seeded(seed));
            Assert.That(other.TryRespond(initiator.PublicValue, RandomSource.Seeded(seed + 1), out var response, out var secret, out _), Is.True);
            Assert.That(initiator.TryAgree(response!, out var same, out _), Is.True);
            using var twin = other.Generate(RandomSource.Seeded(seed));
            return secret!.SequenceEqual(same!) && twin.PublicValue.SequenceEqual(initiator.PublicValue);
        }, iter: one.PublicValueLength > 300 ? 1 : 5);

    private static IEnumerable<TestCaseData> EncryptionPairs() => Pairs(provider => provider.Encryption, algorithm => algorithm.Name);

    private static IEnumerable<TestCaseData> IntegrityPairs() => Pairs(provider => provider.Integrity, algorithm => algorithm.Name);

    private static IEnumerable<TestCaseData> PrfPairs() => Pairs(provider => provider.Prf, algorithm => algorithm.Name);

    private static IEnumerable<TestCaseData> KeyExchangePairs() => Pairs(provider => provider.KeyExchange, method => method.Name);

    /// <summary>The preferred implementation with each of the others.</summary>
    private static IEnumerable<TestCaseData> Pairs<T>(Func<CryptoProvider, IEnumerable<T>> list, Func<T, string> name) =>
        CryptoProvider.InOrderOfPreference.SelectMany(provider => list(provider).Select(algorithm => (Provider: provider.Name, Algorithm: algorithm)))
            .GroupBy(entry => name(entry.Algorithm))
            .SelectMany(group => group.Skip(1).Select(
                other => new TestCaseData(group.First().Algorithm, other.Algorithm).SetArgDisplayNames(group.Key, group.First().Provider, other.Provider)));
}
