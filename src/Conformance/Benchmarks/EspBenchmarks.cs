using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Benchmarks;

/// <summary>ESP packets, sealed and opened: every algorithm that ESP may use, with HMAC-SHA-256 where it needs an integrity algorithm.</summary>
internal static class EspBenchmarks
{
    private static readonly int[] PayloadSizes = [64, 512, 1400, 9000];

    /// <summary>What a packet adds at most.</summary>
    private const int Room = 128;

    private const ulong SequenceNumber = 7;

    public static IEnumerable<Benchmark> All() => from algorithms in AllAlgorithms() from size in PayloadSizes from benchmark in Both(algorithms, size) select benchmark;

    public static IEnumerable<EspAlgorithms> AllAlgorithms() =>
        from encryption in Algorithms.AllEncryption
        where encryption.Facts.Protocols.HasFlag(SecurityProtocols.Esp)
        from keyBits in encryption.KeyLengths.Where(bits => bits != 192 || encryption.KeyLengths.Count == 1)
        select new EspAlgorithms(
            encryption, keyBits, encryption.IsAead ? null : Algorithms.Integrity(IntegrityId.HmacSha256_128), ExtendedSequenceNumbers: false);

    public static string NameOf(EspAlgorithms algorithms) =>
        algorithms.Encryption.HasVariableKeyLength ? $"{algorithms.Encryption.Name}-{algorithms.KeyBits}" : algorithms.Encryption.Name;

    private static Benchmark[] Both(EspAlgorithms algorithms, int size)
    {
        var name = NameOf(algorithms);
        return
        [
            new($"esp/seal/{name}/{size}", size, () => Sealing(algorithms, size), () => Raw(algorithms, size)?.Sealing),
            new($"esp/open/{name}/{size}", size, () => Opening(algorithms, size), () => Raw(algorithms, size)?.Opening),
        ];
    }

    private static Workload Sealing(EspAlgorithms algorithms, int size)
    {
        var protection = Protection(algorithms);
        byte[] payload = new byte[size], packet = new byte[size + Room];
        var number = 0UL;
        return new(() => protection.Seal(1, ++number, payload, 4, packet), protection);
    }

    private static Workload Opening(EspAlgorithms algorithms, int size)
    {
        var protection = Protection(algorithms);
        byte[] packet = new byte[size + Room], plaintext = new byte[size + Room];
        var length = protection.Seal(1, SequenceNumber, new byte[size], 4, packet);
        return new(
            () =>
            {
                if (!protection.TryOpen(packet.AsSpan(0, length), SequenceNumber, plaintext, out _))
                    throw new InvalidOperationException("a packet of our own was refused");
            },
            protection);
    }

    /// <summary>The cipher alone, on as many octets; null if OpenSSL hasn't got it.</summary>
    public static (Workload Sealing, Workload Opening)? Raw(EspAlgorithms algorithms, int size)
    {
        using var protection = Protection(algorithms);
        var raw = RawEsp.For(algorithms, size + protection.ShortestPadding(size) + EspTrailer.FixedSize);
        raw?.Seal();
        return raw is null ? null : (new(raw.Seal), new(raw.Open));
    }

    public static EspProtection Protection(EspAlgorithms algorithms)
    {
        var random = RandomSource.Seeded(1);
        return new(algorithms, random.Bytes(algorithms.EncryptionKeyLength), random.Bytes(algorithms.IntegrityKeyLength), RandomSource.System);
    }
}
