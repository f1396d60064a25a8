namespace Ipsec.Crypto.Tests;

/// <summary>libcrypto is a convenience: without it, every algorithm comes from elsewhere.</summary>
[TestFixture]
internal sealed class OpenSslFallbackTests
{
    [Test]
    public void Library_Missing_SaysSo() => Assert.That(LibCrypto.TryLoad("libcrypto.so.of.no.system"), Is.False);

    [Test]
    public void Library_WithoutTheFunctions_SaysSo() => Assert.That(LibCrypto.TryLoad("libc.so.6"), Is.False);

    [Test]
    public void Provider_LibraryMissing_IsEmpty()
    {
        var provider = OpenSslAlgorithms.Provider(isAvailable: false);
        Assert.That(provider.Encryption.Count + provider.Integrity.Count + provider.Prf.Count + provider.KeyExchange.Count, Is.Zero);
    }

    [Test]
    public void Registry_LibraryMissing_HasEveryAlgorithmFromElsewhere()
    {
        var without = CryptoProvider.Order(OpenSslAlgorithms.Provider(isAvailable: false));
        Assert.That(without.SelectMany(provider => provider.Encryption).Select(algorithm => algorithm.Id), Is.SupersetOf(Algorithms.AllEncryption.Select(algorithm => algorithm.Id)));
        Assert.That(without.SelectMany(provider => provider.Integrity).Select(algorithm => algorithm.Id), Is.SupersetOf(Algorithms.AllIntegrity.Select(algorithm => algorithm.Id)));
        Assert.That(without.SelectMany(provider => provider.Prf).Select(algorithm => algorithm.Id), Is.SupersetOf(Algorithms.AllPrf.Select(algorithm => algorithm.Id)));
        Assert.That(without.SelectMany(provider => provider.KeyExchange).Select(method => method.Id), Is.SupersetOf(Algorithms.AllKeyExchange.Select(method => method.Id)));
    }

    [Test]
    public void EspPacket_SealedWithLibrary_OpensWithoutIt()
    {
        foreach (var encryption in CryptoProvider.OpenSsl.Encryption.Where(algorithm => algorithm.IsAead))
        {
            var other = CryptoProvider.Order(OpenSslAlgorithms.Provider(isAvailable: false)).SelectMany(provider => provider.Encryption)
                .First(algorithm => algorithm.Id == encryption.Id);
            using var sealing = Protection(encryption);
            using var opening = Protection(other);
            byte[] packet = new byte[100], plaintext = new byte[100];
            var length = sealing.Seal(1, 2, [1, 2, 3], 4, packet);
            Assert.That(opening.TryOpen(packet.AsSpan(0, length), 2, plaintext, out _), Is.True, encryption.Name);
            Assert.That(plaintext[..3], Is.EqualTo(new byte[] { 1, 2, 3 }));
        }
    }

    private static EspProtection Protection(EncryptionAlgorithm encryption)
    {
        var algorithms = new EspAlgorithms(encryption, encryption.KeyLengths[0], null, ExtendedSequenceNumbers: false);
        return new(algorithms, new byte[algorithms.EncryptionKeyLength], default, RandomSource.Seeded(1));
    }
}
