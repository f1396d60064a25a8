namespace Conformance.Cli.Tests;

/// <summary>Whatever is wrong with the command line: a sentence and the right exit code.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class BadInputTests
{
    [TestCase("did you mean --seed?", "run", "--sede", "1")]
    [TestCase("did you mean run?", "rum")]
    [TestCase("Required command", new string[0])]
    [TestCase("no peer 'strongswam' among: in-house, strongswan, libreswan, openiked, linux-kernel. Did you mean strongswan?", "run", "--peer", "strongswam")]
    [TestCase("no suite 'Ikev9' among:", "run", "--suite", "Ikev9")]
    [TestCase("no requirements of '1'", "run", "--rfc", "1")]
    [TestCase("no level 'OUGHT' among:", "run", "--level", "OUGHT")]
    [TestCase("--seed takes a whole number from 0 to 18446744073709551615, not '-1'", "run", "--seed", "-1")]
    [TestCase("--seed takes a whole number", "run", "--seed", "1e3")]
    [TestCase("--instances takes a whole number from 1 to 16, not '0'", "run", "--instances", "0")]
    [TestCase("--shard takes a part of a whole, such as 2/4, not '3/2'", "run", "--shard", "3/2")]
    [TestCase("exclude each other", "run", "--no-live", "--peer", "libreswan")]
    [TestCase("the id 'IKEV2-RETRANSMIT-01'. Did you mean IKEV2-RETRANSMIT-001", "explain", "IKEV2-RETRANSMIT-01")]
    [TestCase("no file nowhere", "report", "nowhere")]
    [TestCase("There is no peer 'in-house' among: strongswan, libreswan", "peers", "up", "in-house")]
    [TestCase("SHELL", "completion")]
    public async Task WrongCommandLine_IsUsageError(string says, params string[] arguments) =>
        (await CommandProcess.Run(arguments)).IsRefusal(ExitCode.Usage, says);

    [TestCase("No scenario has the id 'NO-SUCH-*'", "run", "--scenario", "NO-SUCH-*")]
    [TestCase("No scenario has the id 'NO-SUCH-*'", "run", "--scenario", "*", "--scenario", "NO-SUCH-*")]
    [TestCase("Nothing is selected", "run", "--scenario", "ESP-*", "--suite", "Ikev2")]
    [TestCase("Nothing is selected: shard 9/9 of 1", "run", "--peer", "in-house", "--scenario", "IKEV2-RETRANSMIT-001", "--shard", "9/9")]
    [TestCase("No scenario has the id", "list", "--scenario", "NO-SUCH-*")]
    public async Task NothingSelected_HasItsOwnExitCode(string says, params string[] arguments) =>
        (await CommandProcess.Run(arguments)).IsRefusal(ExitCode.NothingSelected, says);

    [Test]
    public async Task NamedPeerWithoutEngine_CouldNotRun() =>
        (await CommandProcess.Run("run", "--peer", "strongswan")).IsRefusal(ExitCode.CouldNotRun, "strongswan can't be run: ");

    [Test]
    public async Task ResultsFolderThatCannotBe_CouldNotRun() =>
        (await CommandProcess.Run("run", "--peer", "in-house", "--results", "/dev/null/results")).IsRefusal(ExitCode.CouldNotRun, "The results folder /dev/null/results can't be made");

    [Test]
    public async Task BrokenResults_AreNamedWithLine()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "results.json");
        await File.WriteAllTextAsync(path, "{\n \"schemaVersion\": oops }");
        (await CommandProcess.Run("report", path)).IsRefusal(ExitCode.CouldNotRun, "results.json, line 2: not a results.json of this harness");
    }

    [Test]
    public async Task SeveralResultsWithoutOutput_IsUsageError()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "results.json");
        await File.WriteAllTextAsync(path, "{}");
        (await CommandProcess.Run("report", path, path)).IsRefusal(ExitCode.Usage, "need --output DIR");
    }
}
