using System.Text.Json;

namespace Conformance.Cli.Tests;

/// <summary>What the command says about requirements, and how it compares them with RFCs.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class RequirementsCommandTests
{
    [Test]
    public async Task Filters_Together_LeaveWhatSatisfiesThemAll()
    {
        var command = await CommandProcess.Run("requirements", "--rfc", "4303", "--level", "must-not", "--observed", "wire", "--json");
        Assert.That(command.ExitCode, Is.EqualTo(ExitCode.AsExpected), command.Error);
        var document = JsonDocument.Parse(command.Output).RootElement;
        var requirements = document.GetProperty("requirements").EnumerateArray().ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(requirements.Select(requirement => requirement.GetProperty("id").GetString()), Is.Not.Empty.And.All.StartWith("RFC4303-"));
            Assert.That(requirements.Select(requirement => requirement.GetProperty("level").GetString()), Is.All.EqualTo("MUST NOT"));
            Assert.That(requirements.Select(requirement => requirement.GetProperty("observed").GetString()), Is.All.EqualTo("wire"));
            Assert.That(document.GetProperty("rfcs")[0].GetProperty("all").GetInt32(), Is.EqualTo(requirements.Length));
        }
    }

    [TestCase("--observed", "seen", "Nothing is observed 'seen'")]
    [TestCase("--level", "CAN", "There is no level 'CAN'")]
    [TestCase("--rfc", "1", "There are no requirements of '1'")]
    [TestCase("--verify", "no-such-folder", "There is no folder")]
    public async Task UnknownWord_IsRefused(string option, string word, string message)
    {
        var command = await CommandProcess.Run("requirements", option, word);
        Assert.That(command.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(command.Error, Does.Contain(message));
    }

    [Test]
    public async Task Verify_WithAnotherText_SaysWhatDiffersAndFails()
    {
        var folder = Directory.CreateTempSubdirectory("requirements");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "rfc7427.txt"), "1. Bells\n\n   A bell MUST ring.\n");
            var command = await CommandProcess.Run("requirements", "--rfc", "7427", "--verify", folder.FullName);
            Assert.That(command.ExitCode, Is.EqualTo(ExitCode.UnexpectedVerdicts), command.Error);
            Assert.That(command.Output, Does.Contain("RFC7427-1-1 (MUST) is missing").And.Contain("RFC7427-4-1 is no normative sentence of the RFC"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
