using System.Security.Cryptography;

namespace Ipsec.Crypto.Tests;

[TestFixture]
internal sealed class SignatureTests
{
    private static readonly byte[] Message = [1, 2, 3];
    private static readonly RSA Rsa = RSA.Create(2048);
    private static readonly ECDsa P256 = ECDsa.Create(ECCurve.NamedCurves.nistP256), P384 = ECDsa.Create(ECCurve.NamedCurves.nistP384), P521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);

    [TestCaseSource(nameof(OfRsaAndEcdsa))]
    public void Sign_thenVerify_everyProviderAccepts(SignatureAlgorithm algorithm)
    {
        var key = Key(algorithm);
        Assert.That(algorithm.TrySign(key.ExportPkcs8PrivateKey(), Message, RandomSource.Seeded(1), out var signature), Is.True);
        foreach (var verifier in algorithm.Verifiers)
        {
            Assert.That(verifier.Verify(key.ExportSubjectPublicKeyInfo(), Message, signature!), Is.True, verifier.Name);
            Assert.That(verifier.Verify(key.ExportSubjectPublicKeyInfo(), [1, 2], signature!), Is.False, verifier.Name);
        }
    }

    [TestCaseSource(nameof(All))]
    public void Verify_anyOctets_neverThrows(SignatureAlgorithm algorithm)
    {
        var random = RandomSource.Seeded(9);
        foreach (var verifier in algorithm.Verifiers)
        {
            foreach (var key in new[] { [], random.Bytes(40), Rsa.ExportSubjectPublicKeyInfo(), P256.ExportSubjectPublicKeyInfo(), P384.ExportSubjectPublicKeyInfo()[..^3] })
                Assert.That(verifier.Verify(key, Message, random.Bytes(64)), Is.False);
        }
        Assert.That(algorithm.TrySign(random.Bytes(50), Message, random, out _), Is.False);
    }

    [Test]
    public void DigitalSignatureData_writtenThenRead_isTheSame()
    {
        var ed25519 = SignatureAlgorithm.All.Single(algorithm => algorithm.Name == "Ed25519");
        var data = DigitalSignatureData.Write(ed25519.Identifier.Span, [1, 2, 3]);
        Assert.That(DigitalSignatureData.TryParse(data, out var algorithm, out var signature), Is.True);
        Assert.That(algorithm, Is.SameAs(ed25519));
        Assert.That(signature.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void DigitalSignatureData_anyOctets_neverThrows()
    {
        var random = RandomSource.Seeded(5);
        for (var round = 0; round < 2000; round++)
        {
            var pss = SignatureAlgorithm.All.First(algorithm => algorithm.Name.StartsWith("RSASSA-PSS", StringComparison.Ordinal)).Identifier.ToArray();
            pss[random.NextUInt32() % pss.Length] ^= (byte)random.NextUInt32();
            Assert.DoesNotThrow(() => DigitalSignatureData.TryParse(DigitalSignatureData.Write(pss, [1]), out _, out _));
        }
    }

    private static IEnumerable<SignatureAlgorithm> All() => SignatureAlgorithm.All;

    private static IEnumerable<SignatureAlgorithm> OfRsaAndEcdsa() => All().Where(algorithm => !algorithm.Name.StartsWith("Ed", StringComparison.Ordinal));

    private static AsymmetricAlgorithm Key(SignatureAlgorithm algorithm) => algorithm.Name switch
    {
        var name when name.StartsWith("RSA", StringComparison.Ordinal) => Rsa,
        var name when name.Contains("P384", StringComparison.Ordinal) => P384,
        var name when name.Contains("P521", StringComparison.Ordinal) => P521,
        _ => P256,
    };
}
