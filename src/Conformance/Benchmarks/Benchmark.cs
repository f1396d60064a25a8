namespace Conformance.Benchmarks;

/// <summary>Something to measure, beside the least that anyone could do for the same result.</summary>
/// <param name="Name">Such as esp/seal/ENCR_AES_GCM_16-128/1400.</param>
/// <param name="Octets">Of payload in one operation; null where there is none.</param>
/// <param name="Subject">This project's own.</param>
/// <param name="Reference">OpenSSL by direct calls; null where it has no such algorithm. Makes null where libcrypto is missing or was built without it.</param>
public sealed record Benchmark(string Name, int? Octets, Func<Workload> Subject, Func<Workload?>? Reference = null)
{
    /// <summary>The name without the octets: what runs the same code.</summary>
    internal string Kind => Octets is null ? Name : Name[..Name.LastIndexOf('/')];
}

/// <summary>An operation that can be repeated, with what it holds.</summary>
/// <param name="operation">Run on one thread. Must not depend on what is computed elsewhere between two calls.</param>
public sealed class Workload(Action operation, params IDisposable[] held) : IDisposable
{
    public void Run(long times)
    {
        for (var done = 0L; done < times; done++)
            operation();
    }

    public void Dispose()
    {
        foreach (var one in held)
            one.Dispose();
    }
}

/// <summary>What was measured. Medians of rounds.</summary>
/// <param name="Nanoseconds">Of one operation of the subject.</param>
/// <param name="Spread">Distance of the quartiles, as a part of the median.</param>
/// <param name="AllocatedOctets">Of one operation of the subject.</param>
/// <param name="ReferenceNanoseconds">Null without a reference, as are those that follow.</param>
/// <param name="Ratio">Median of the ratios within each round: what disturbs the machine disturbs both.</param>
public sealed record BenchmarkFigures(
    string Name, int? Octets, double Nanoseconds, double Spread, double AllocatedOctets,
    double? ReferenceNanoseconds, double? ReferenceSpread, double? Ratio);
