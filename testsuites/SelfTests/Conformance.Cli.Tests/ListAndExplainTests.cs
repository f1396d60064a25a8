using System.Text.Json;

namespace Conformance.Cli.Tests;

/// <summary>What the command says about scenarios and requirements.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ListAndExplainTests
{
    [Test]
    public async Task ListAsJson_HasRequirements()
    {
        var list = await CommandProcess.Run("list", "--scenario", "IKEV2-RETRANSMIT-001", "--json");
        Assert.That(list.ExitCode, Is.EqualTo(ExitCode.AsExpected), list.Error);
        var only = JsonDocument.Parse(list.Output).RootElement.EnumerateArray().Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(only.GetProperty("id").GetString(), Is.EqualTo("IKEV2-RETRANSMIT-001"));
            Assert.That(only.GetProperty("suite").GetString(), Is.EqualTo("Ikev2"));
            Assert.That(only.GetProperty("requirements").GetArrayLength(), Is.GreaterThan(0));
        }
    }

    [Test]
    public async Task RequirementId_IsExplainedWithItsScenarios()
    {
        var scenario = await CommandProcess.Run("explain", "ikev2-retransmit-001");
        var requirement = scenario.Output.Split(' ', '\n').First(word => word.StartsWith("RFC", StringComparison.Ordinal));
        var explained = await CommandProcess.Run("explain", requirement);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(explained.ExitCode, Is.EqualTo(ExitCode.AsExpected), explained.Error);
            Assert.That(explained.Output, Does.StartWith(requirement).And.Contain("IKEV2-RETRANSMIT-001"));
        }
    }

    [Test]
    public async Task Rule_IsExplainedWithItsRequirements_AndTheyWithIt()
    {
        var rule = await CommandProcess.Run("explain", "rule-ike-notify-004");
        var requirement = await CommandProcess.Run("explain", "RFC7296-2.6-3");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rule.ExitCode, Is.EqualTo(ExitCode.AsExpected), rule.Error);
            Assert.That(rule.Output, Does.StartWith("RULE-IKE-NOTIFY-004: ").And.Contain("RFC7296-2.6-3"));
            Assert.That(requirement.Output, Does.Contain("RULE-IKE-NOTIFY-004"));
        }
    }

    [TestCase("run"), TestCase("list"), TestCase("explain"), TestCase("peers"), TestCase("peers", "up"), TestCase("peers", "down"), TestCase("peers", "status")]
    [TestCase("peers", "logs"), TestCase("report"), TestCase("completion"), TestCase("requirements")]
    public async Task Help_DescribesEveryOptionAndArgument(params string[] command)
    {
        var help = await CommandProcess.Run([.. command, "--help"]);
        Assert.That(help.ExitCode, Is.EqualTo(ExitCode.AsExpected), help.Error);
        var rows = help.Output.Split('\n').Where(line => line.StartsWith("  -", StringComparison.Ordinal) || line.StartsWith("  <", StringComparison.Ordinal));
        Assert.That(rows, Is.Not.Empty.And.All.Match("^  \\S.*  +[A-Z\\w].*"));
    }
}
