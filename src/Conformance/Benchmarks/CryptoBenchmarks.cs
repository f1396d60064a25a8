using System.Collections.Immutable;

namespace Conformance.Benchmarks;

/// <summary>What <c>bench crypto</c> measures.</summary>
public static class CryptoBenchmarks
{
    public static ImmutableArray<Benchmark> All { get; } = [.. EspBenchmarks.All(), .. MacBenchmarks.All(), .. KeyExchangeBenchmarks.All(), .. SignatureBenchmarks.All()];

    /// <summary>What the references are of, such as "OpenSSL 3.0.19 27 Jan 2026"; null if it is missing.</summary>
    public static string? Reference => RawOpenSsl.Version;
}
