using System.Text.Json;

namespace Conformance.Cli.Tests;

/// <summary>What <c>bench</c> says; never how fast anything is.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class BenchTests
{
    [Test]
    public async Task Crypto_FilteredAsJson_HasFiguresOfThoseAlone()
    {
        var bench = await CommandProcess.Run("bench", "crypto", "--filter", "esp/*/ENCR_AES_GCM_16-256/1400", "--filter", "ke/agree/ML-KEM-768", "--json");
        Assert.That(bench.ExitCode, Is.EqualTo(ExitCode.AsExpected), bench.Error);
        var figures = JsonDocument.Parse(bench.Output).RootElement.GetProperty("figures").EnumerateArray().ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                figures.Select(one => one.GetProperty("name").GetString()),
                Is.EqualTo(new[] { "esp/seal/ENCR_AES_GCM_16-256/1400", "esp/open/ENCR_AES_GCM_16-256/1400", "ke/agree/ML-KEM-768" }));
            Assert.That(figures.Select(one => one.GetProperty("nanoseconds").GetDouble()), Is.All.Positive);
            Assert.That(figures[0].GetProperty("octets").GetInt32(), Is.EqualTo(1400));
            Assert.That(figures[2].GetProperty("ratio").ValueKind, Is.EqualTo(JsonValueKind.Null));
        }
    }

    [TestCase("There is no peer 'strongswan' among: linux-kernel.", "strongswan")]
    [TestCase("--live and --filter exclude each other", "linux-kernel", "--filter", "*")]
    public async Task DataplaneLive_WrongCommandLine_IsRefused(string said, params string[] arguments) =>
        (await CommandProcess.Run(["bench", "dataplane", "--live", .. arguments])).IsRefusal(ExitCode.Usage, said);

    [Test]
    public async Task DataplaneLive_WithoutEngine_IsRefused() =>
        (await CommandProcess.Run("bench", "dataplane", "--live", "linux-kernel")).IsRefusal(ExitCode.CouldNotRun, "No container engine");

    [Test]
    public async Task Crypto_FilterMatchesNothing_SaysSo() =>
        (await CommandProcess.Run("bench", "crypto", "--filter", "esp/seal/ROT13/*")).IsRefusal(ExitCode.NothingSelected, "ROT13");
}
