using Ipsec.Crypto;

namespace Conformance.Benchmarks;

/// <summary>Integrity algorithms over a packet's octets.</summary>
internal static class MacBenchmarks
{
    private static readonly int[] Sizes = [64, 512, 1400, 9000];

    public static IEnumerable<Benchmark> All() =>
        from algorithm in Algorithms.AllIntegrity
        from size in Sizes
        select new Benchmark($"mac/{algorithm.Name}/{size}", size, () => Computing(algorithm, size), () => Raw(algorithm, size));

    private static Workload Computing(IntegrityAlgorithm algorithm, int size)
    {
        var integrity = algorithm.Bind(RandomSource.Seeded(1).Bytes(algorithm.KeyLength));
        byte[] data = new byte[size], icv = new byte[algorithm.IcvLength], iv = new byte[algorithm.IvLength];
        return new(
            () =>
            {
                if (iv.Length > 0)
                    integrity.Start(iv);
                integrity.Append(data);
                integrity.Finish(icv);
            },
            integrity);
    }

    /// <summary>The MAC alone, on as many octets; null if OpenSSL hasn't got it.</summary>
    public static Workload? Raw(IntegrityAlgorithm algorithm, int size)
    {
        var data = new byte[size];
        return RawMac.For(algorithm.Id, algorithm.KeyLength) is { } mac ? new(() => mac.Compute(ref data[0], size)) : null;
    }
}
