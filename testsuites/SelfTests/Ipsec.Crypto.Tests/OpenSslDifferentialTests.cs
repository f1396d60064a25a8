using CsCheck;

namespace Ipsec.Crypto.Tests;

/// <summary>Every algorithm of libcrypto against the same one of each other provider, on random inputs of packet size.</summary>
[TestFixture]
internal sealed class OpenSslDifferentialTests
{
    private static readonly Gen<byte[]> Message = Gen.OneOf(Gen.Byte.Array[0, 100], Gen.Byte.Array[1200, 1600]);

    [OneTimeSetUp]
    public void NeedLibCrypto() => Assume.That(LibCrypto.IsAvailable);

    [TestCaseSource(nameof(EncryptionPairs))]
    public void Encryption_ManyPacketsUnderOneKey_SameOutputAndEachOpensTheOther(EncryptionAlgorithm fast, EncryptionAlgorithm other)
    {
        var ivLength = fast.HasImplicitIv ? EncryptionAlgorithm.ImplicitIvLength : fast.IvLength;
        Gen.Select(Gen.Int[0, fast.KeyLengths.Count - 1].Select(index => fast.KeyLengths[index]), Gen.ULong, Message.Array[1, 4], Gen.Byte.Array[0, 20]).Sample((keyBits, seed, messages, associated) =>
        {
            var random = RandomSource.Seeded(seed);
            var key = random.Bytes(fast.KeyMaterialLength(keyBits));
            using var first = fast.Bind(key);
            using var second = other.Bind(key);
            return messages.All(message =>
            {
                var iv = random.Bytes(ivLength);
                byte[] plaintext = message[..(message.Length / fast.BlockLength * fast.BlockLength)];
                byte[] left = [.. plaintext], right = [.. plaintext], leftIcv = new byte[fast.IcvLength], rightIcv = new byte[fast.IcvLength];
                first.Encrypt(iv, associated, left, leftIcv);
                second.Encrypt(iv, associated, right, rightIcv);
                return left.SequenceEqual(right) && leftIcv.SequenceEqual(rightIcv)
                    && first.TryDecrypt(iv, associated, right, rightIcv) && second.TryDecrypt(iv, associated, left, leftIcv)
                    && left.SequenceEqual(plaintext) && right.SequenceEqual(plaintext);
            });
        }, iter: 50);
    }

    [TestCaseSource(nameof(IntegrityPairs))]
    public void Integrity_ManyPacketsUnderOneKey_SameIcv(IntegrityAlgorithm fast, IntegrityAlgorithm other) =>
        Gen.Select(Gen.ULong, Message.Array[1, 4]).Sample((seed, messages) =>
        {
            var random = RandomSource.Seeded(seed);
            var key = random.Bytes(fast.KeyLength);
            using var first = fast.Bind(key);
            using var second = other.Bind(key);
            var icv = new byte[fast.IcvLength];
            return messages.All(message =>
            {
                var iv = random.Bytes(fast.IvLength);
                first.Start(iv);
                second.Start(iv);
                first.Append(message.AsSpan(..(message.Length / 3)));
                first.Append(message.AsSpan((message.Length / 3)..));
                first.Finish(icv);
                second.Append(message);
                return second.FinishAndVerify(icv);
            });
        }, iter: 50);

    [TestCaseSource(nameof(PrfPairs))]
    public void Prf_KeyOfAnyLength_SameStream(PrfAlgorithm fast, PrfAlgorithm other) =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 100]).Sample(
            (key, seed) => fast.Expand(key, seed, 150).SequenceEqual(other.Expand(key, seed, 150)), iter: 50);

    [TestCaseSource(nameof(KeyExchangePairs))]
    public void KeyExchange_SidesOfTwoProviders_Agree(KeyExchangeMethod fast, KeyExchangeMethod other) =>
        Gen.ULong.Sample(seed =>
        {
            using var initiator = fast.Generate(RandomSource.Seeded(seed));
            using var twin = other.Generate(RandomSource.Seeded(seed));
            return other.TryRespond(initiator.PublicValue, RandomSource.Seeded(seed + 1), out var response, out var secret, out _)
                && initiator.TryAgree(response, out var same, out _)
                && secret.SequenceEqual(same) && twin.PublicValue.SequenceEqual(initiator.PublicValue);
        }, iter: fast.PublicValueLength > 256 ? 1 : 4);

    [Test]
    public void ModularPower_RandomNumbers_SameAsBouncyCastle()
    {
        var prime = ModpGroup.All[0].Prime.Span.ToArray();
        Gen.Select(Gen.Byte.Array[0, 96], Gen.Byte.Array[0, 96]).Sample((value, exponent) =>
            OpenSslModularPower.Raise(value, exponent, prime).AsSpan().TrimStart((byte)0)
                .SequenceEqual(ModularPowers.Managed(value, exponent, prime).AsSpan().TrimStart((byte)0)), iter: 50);
    }

    private static IEnumerable<TestCaseData> EncryptionPairs() => Pairs(provider => provider.Encryption, algorithm => algorithm.Name);

    private static IEnumerable<TestCaseData> IntegrityPairs() => Pairs(provider => provider.Integrity, algorithm => algorithm.Name);

    private static IEnumerable<TestCaseData> PrfPairs() => Pairs(provider => provider.Prf, algorithm => algorithm.Name);

    private static IEnumerable<TestCaseData> KeyExchangePairs() => Pairs(provider => provider.KeyExchange, method => method.Name);

    private static IEnumerable<TestCaseData> Pairs<T>(Func<CryptoProvider, IEnumerable<T>> list, Func<T, string> name) =>
        from fast in list(CryptoProvider.OpenSsl)
        from provider in new[] { CryptoProvider.Platform, CryptoProvider.BouncyCastle, CryptoProvider.PlatformSecondChoice }
        from other in list(provider)
        where name(other) == name(fast)
        select new TestCaseData(fast, other).SetArgDisplayNames(name(fast), provider.Name);
}
