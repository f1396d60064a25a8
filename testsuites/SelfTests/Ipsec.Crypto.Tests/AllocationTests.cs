using Ipsec.Packets.Ike;

namespace Ipsec.Crypto.Tests;

/// <summary>The promise of the data path: after the first packets, none allocates, whatever ESP or AH algorithm protects it.</summary>
[TestFixture]
internal sealed class AllocationTests
{
    private const int Packets = 200;

    /// <summary>libcrypto hasn't got Camellia in CCM, and BouncyCastle makes its modes anew for each packet.</summary>
    private static readonly EncryptionId[] Allocating = [EncryptionId.CamelliaCcm8, EncryptionId.CamelliaCcm12, EncryptionId.CamelliaCcm16];

    [OneTimeSetUp]
    public void NeedLibCrypto() => Assume.That(LibCrypto.IsAvailable);

    [TestCaseSource(nameof(EspPairs))]
    public void EspPacket_SealedOpenedAndRefused_AllocatesNothing(EncryptionAlgorithm encryption, IntegrityAlgorithm? integrity)
    {
        var algorithms = new EspAlgorithms(encryption, encryption.KeyLengths[^1], integrity, ExtendedSequenceNumbers: true);
        var random = RandomSource.Seeded(1);
        using var protection = new EspProtection(
            algorithms, random.Bytes(algorithms.EncryptionKeyLength), random.Bytes(algorithms.IntegrityKeyLength), RandomSource.System);
        byte[] payload = new byte[1400], packet = new byte[1600], plaintext = new byte[1600];
        var allocated = Allocated(() =>
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
        });
        Assert.That(allocated, Allocating.Contains(encryption.Id) ? Is.Positive : Is.Zero);
    }

    [TestCaseSource(nameof(AhAlgorithms))]
    public void AhIcv_ComputedAndVerified_AllocatesNothing(IntegrityAlgorithm algorithm)
    {
        using var integrity = algorithm.Bind(RandomSource.Seeded(1).Bytes(algorithm.KeyLength));
        byte[] packet = new byte[1400], icv = new byte[algorithm.IcvLength], iv = new byte[algorithm.IvLength];
        var allocated = Allocated(() =>
        {
            for (var number = 1; number <= Packets; number++)
            {
                Append(number);
                integrity.Finish(icv);
                Append(number);
                if (!integrity.FinishAndVerify(icv))
                    throw new InvalidOperationException("an ICV of our own was refused");
            }
        });
        Assert.That(allocated, Is.Zero);

        void Append(int number)
        {
            if (iv.Length > 0)
                iv[^1] = (byte)number;
            integrity.Start(iv);
            integrity.Append(packet.AsSpan(0, 20));
            integrity.Append(packet.AsSpan(20));
        }
    }

    private static long Allocated(Action run)
    {
        run();
        run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        run();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static IEnumerable<TestCaseData> EspPairs() =>
        from encryption in Algorithms.AllEncryption
        where encryption.Facts.Protocols.HasFlag(SecurityProtocols.Esp)
        from integrity in encryption.IsAead ? Enumerable.Repeat<IntegrityAlgorithm?>(null, 1) : Algorithms.AllIntegrity.Where(algorithm => algorithm.Facts.Protocols.HasFlag(SecurityProtocols.Esp))
        select new TestCaseData(encryption, integrity).SetArgDisplayNames(encryption.Name, integrity?.Name ?? "alone");

    private static IEnumerable<TestCaseData> AhAlgorithms() =>
        Algorithms.AllIntegrity.Where(algorithm => algorithm.Facts.Protocols.HasFlag(SecurityProtocols.Ah))
            .Select(algorithm => new TestCaseData(algorithm).SetArgDisplayNames(algorithm.Name));
}
