using System.Text.Json;

namespace Conformance.Cli.Tests;

[Parallelizable(ParallelScope.All)]
internal sealed class ProveCommandTests
{
    [Test]
    public async Task SomeDefects_AreCaughtAndLeaveAPage()
    {
        using var folder = new TemporaryFolder();
        var proof = await CommandProcess.Run("prove", "--defect", "reserved-*-sent", "--results", folder.Path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(proof.ExitCode, Is.EqualTo(ExitCode.AsExpected), proof.Output + proof.Error);
            Assert.That(proof.Output, Does.Match("(?m)^caught +reserved-flags-sent +RFC7296-3.1-9 +IKEV2-").And.Contain("2 defects, 2 caught, 0 not"));
            Assert.That(Path.Combine(folder.Path, "prove.json"), Does.Exist);
            Assert.That(await File.ReadAllTextAsync(Path.Combine(folder.Path, "prove.html")), Does.Contain("2 of 2 defects are caught").And.Not.Match("https?://|<link|<script"));
        }
    }

    [Test]
    public async Task Json_IsThatOfTheFile()
    {
        using var folder = new TemporaryFolder();
        var proof = await CommandProcess.Run("prove", "--defect", "reserved-flags-sent", "--all", "--json", "--results", folder.Path);
        Assert.That(proof.Output, Is.EqualTo(await File.ReadAllTextAsync(Path.Combine(folder.Path, "prove.json"))), proof.Error);
        var root = JsonDocument.Parse(proof.Output).RootElement;
        Assert.That(root.GetProperty("scenarios").GetInt32(), Is.GreaterThan(root.GetProperty("proofs")[0].GetProperty("caughtBy").GetArrayLength()));
    }

    [Test]
    public async Task UnknownDefect_IsNothingSelected() =>
        (await CommandProcess.Run("prove", "--defect", "reserved-flags-send")).IsRefusal(ExitCode.NothingSelected, "No defect has the name 'reserved-flags-send'. Did you mean reserved-flags-sent or reserved-bits-sent?");
}
