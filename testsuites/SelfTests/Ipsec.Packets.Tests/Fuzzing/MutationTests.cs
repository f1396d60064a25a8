using System.Diagnostics;

namespace Ipsec.Packets.Tests.Fuzzing;

/// <summary>
/// Any octets at all: no exception, errors inside the octets, and what parses comes back. IPSEC_FUZZ_INPUTS says how many inputs (200,000 without it),
/// IPSEC_FUZZ_SEED where to begin; a failure prints both and the octets, which belong into <c>fixtures/fuzz</c> as a <c>.hex</c> file.
/// </summary>
public sealed class MutationTests
{
    private const int MaximumLength = 4096;

    private static readonly long Inputs = long.Parse(Environment.GetEnvironmentVariable("IPSEC_FUZZ_INPUTS") ?? "200000");
    private static readonly ulong Seed = ulong.Parse(Environment.GetEnvironmentVariable("IPSEC_FUZZ_SEED") ?? "1");

    [Test]
    public void Corpus_Unchanged_HasNoFault()
    {
        foreach (var (kind, octets) in Corpus.Samples())
            Assert.That(Codecs.Fault(octets), Is.Null, kind);
    }

    [Test]
    public void Parsers_MutatedMessages_NeverThrowAndComeBack()
    {
        var samples = Corpus.Samples().Select(sample => sample.Octets).ToArray();
        var mutator = new Mutator(Seed);
        var pool = (byte[][])samples.Clone();
        var before = GC.GetTotalAllocatedBytes();
        var watch = Stopwatch.StartNew();
        var slowest = TimeSpan.Zero;
        for (long input = 0; input < Inputs; input++)
        {
            var octets = mutator.Mutate(pool[input % pool.Length], samples[(input * 7 + 3) % samples.Length]);
            if (octets.Length > MaximumLength)
                octets = octets[..MaximumLength];
            var started = watch.Elapsed;
            Check(octets, input);
            var took = watch.Elapsed - started;
            if (took > slowest)
                slowest = took;
            // Mutants of mutants go deeper; every round begins afresh now and then.
            pool[input % pool.Length] = input / pool.Length % 16 == 15 ? samples[input % pool.Length] : octets;
        }
        var perInput = (GC.GetTotalAllocatedBytes() - before) / Math.Max(1, Inputs);
        TestContext.Out.WriteLine(
            $"seed {Seed}, {Inputs} inputs, {Inputs / watch.Elapsed.TotalSeconds:0} a second, slowest {slowest.TotalMilliseconds:0.0} ms, {perInput} octets allocated an input");
        Assert.That(perInput, Is.LessThan(100_000), "octets allocated for an input");
        Assert.That(slowest, Is.LessThan(TimeSpan.FromSeconds(2)), "for one input of at most 4096 octets");
    }

    [TestCaseSource(nameof(Regressions))]
    public void Parsers_InputThatOnceFailed_HasNoFault(string file) => Assert.That(Codecs.Fault(Convert.FromHexString(File.ReadAllText(file).Trim())), Is.Null);

    private static IEnumerable<TestCaseData> Regressions() =>
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "fuzz"), "*.hex").Order(StringComparer.Ordinal)
            .Select(file => new TestCaseData(file).SetArgDisplayNames(Path.GetFileName(file)));

    private static void Check(byte[] octets, long input)
    {
        string? fault;
        try
        {
            fault = Codecs.Fault(octets);
        }
        catch (Exception error)
        {
            fault = error.ToString();
        }
        if (fault is not null)
            Assert.Fail($"seed {Seed}, input {input}: {fault}\n{Convert.ToHexStringLower(octets)}");
    }
}
