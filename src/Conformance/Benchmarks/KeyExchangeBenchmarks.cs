using Ipsec.Crypto;

namespace Conformance.Benchmarks;

/// <summary>
/// Key exchange: making a private value with its public value, and the shared secret from a peer's, checks included; for a KEM, encapsulation as well.
/// </summary>
internal static class KeyExchangeBenchmarks
{
    public static IEnumerable<Benchmark> All() => Algorithms.AllKeyExchange.SelectMany(Of);

    private static IEnumerable<Benchmark> Of(KeyExchangeMethod method)
    {
        var random = RandomSource.Seeded(1);
        yield return new($"ke/generate/{method.Name}", null, () => new(() => method.Generate(random).Dispose()), () => RawKeyExchange.Generating(method.Id));
        if (method.IsKem)
            yield return new($"ke/encapsulate/{method.Name}", null, () => Responding(method, random));
        yield return new($"ke/agree/{method.Name}", null, () => Agreeing(method, random), () => RawKeyExchange.Agreeing(method.Id, PeerValue(method, random)));
    }

    private static Workload Responding(KeyExchangeMethod method, RandomSource random)
    {
        var value = PeerValue(method, random);
        return new(() => method.TryRespond(value, random, out _, out _, out _));
    }

    private static Workload Agreeing(KeyExchangeMethod method, RandomSource random)
    {
        var own = method.Generate(random);
        if (!method.TryRespond(own.PublicValue, random, out var response, out _, out var reason))
            throw new InvalidOperationException($"a value of our own was refused: {reason}");
        return new(
            () =>
            {
                if (!own.TryAgree(response, out _, out _))
                    throw new InvalidOperationException("a value of our own was refused");
            },
            own);
    }

    private static byte[] PeerValue(KeyExchangeMethod method, RandomSource random)
    {
        using var peer = method.Generate(random);
        return peer.PublicValue;
    }
}
