namespace Ipsec.Crypto.Tests;

/// <summary>The promise of the data path: after the first packets, none allocates.</summary>
[TestFixture]
internal sealed class OpenSslAllocationTests
{
    private const int Packets = 200;

    [TestCaseSource(nameof(Algorithms))]
    public void EspPacket_SealedOpenedAndRefused_AllocatesNothing(EncryptionAlgorithm encryption, IntegrityAlgorithm? integrity)
    {
        var algorithms = new EspAlgorithms(encryption, encryption.KeyLengths[^1], integrity, ExtendedSequenceNumbers: true);
        using var protection = new EspProtection(
            algorithms, new byte[algorithms.EncryptionKeyLength], new byte[algorithms.IntegrityKeyLength], RandomSource.System);
        byte[] payload = new byte[1400], packet = new byte[1600], plaintext = new byte[1600];
        Run();
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Run()
        {
            for (var number = 1UL; number <= Packets; number++)
            {
                var length = protection.Seal(1, number, payload, 4, packet);
                if (!protection.TryOpen(packet.AsSpan(0, length), number, plaintext, out _))
                    throw new InvalidOperationException("a packet of our own was refused");
                packet[length - 1] ^= 1;
                if (protection.TryOpen(packet.AsSpan(0, length), number, plaintext, out _))
                    throw new InvalidOperationException("a wrong tag was accepted");
            }
        }
    }

    private static IEnumerable<TestCaseData> Algorithms()
    {
        foreach (var encryption in CryptoProvider.OpenSsl.Encryption)
            if (encryption.IsAead)
                yield return new TestCaseData(encryption, null).SetArgDisplayNames(encryption.Name);
            else
                foreach (var integrity in CryptoProvider.OpenSsl.Integrity)
                    yield return new TestCaseData(encryption, integrity).SetArgDisplayNames(encryption.Name, integrity.Name);
    }
}
