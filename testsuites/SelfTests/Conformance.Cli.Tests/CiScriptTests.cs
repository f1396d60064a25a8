using System.Diagnostics;
using System.Runtime.Versioning;

namespace Conformance.Cli.Tests;

/// <summary><c>.ci/run</c> beside a <c>conformance</c> that only leaves result files: its last line counts them.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
[Parallelizable(ParallelScope.All)]
internal sealed class CiScriptTests
{
    private const string Trx = "<Counters total=\"10\" executed=\"9\" passed=\"8\" failed=\"1\" error=\"0\" timeout=\"0\" aborted=\"0\" notExecuted=\"0\" />";
    private const string Junit = "<testsuites name=\"a run\" tests=\"30\" failures=\"2\" errors=\"1\" skipped=\"4\" time=\"1.0\">\n  <testsuite name=\"x\" tests=\"30\" failures=\"2\" />\n</testsuites>";

    [TestCase(0, 0, "<Counters total=\"3\" passed=\"3\" failed=\"0\" />", "<testsuites tests=\"5\" failures=\"0\" errors=\"0\" skipped=\"1\">", 0, "7 passed, 0 failed, 1 skipped")]
    [TestCase(1, 1, Trx, Junit, 1, "31 passed, 4 failed, 5 skipped", TestName = "FailedTestsAndVerdicts_AreCounted")]
    [TestCase(0, 4, Trx, "", 1, "8 passed, 2 failed, 1 skipped", TestName = "RunWithoutReport_IsAFailure")]
    [TestCase(0, 130, Trx, "<testsuites tests=\"5\" failures=\"0\" errors=\"0\" skipped=\"0\">", 1, "13 passed, 2 failed, 1 skipped", TestName = "RunThatWasCutShort_IsAFailure")]
    public async Task ResultFiles_AreCountedInTheLastLine(int testStatus, int runStatus, string trx, string junit, int status, string lastLine)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File(".ci"));
        File.Copy(Script(), folder.File(".ci/run"));
        await File.WriteAllTextAsync(folder.File("trx"), trx);
        await File.WriteAllTextAsync(folder.File("junit"), junit);
        await File.WriteAllTextAsync(folder.File("conformance"), $"""
            case $1 in
              test) mkdir -p TestResults/ci && cp trx TestResults/ci/tests.trx; exit {testStatus} ;;
              run) mkdir -p reports/runs/ci && [ ! -s junit ] || cp junit reports/runs/ci/junit.xml; exit {runStatus} ;;
            esac
            """);
        File.SetUnixFileMode(folder.File("conformance"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        using var process = Process.Start(new ProcessStartInfo("bash", [folder.File(".ci/run")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.That(output.TrimEnd().Split('\n')[^1], Is.EqualTo(lastLine), await error);
        Assert.That(process.ExitCode, Is.EqualTo(status));
    }

    private static string Script()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, ".ci", "run") is var script && File.Exists(script))
                return script;
        }
        throw new FileNotFoundException("No .ci/run above the tests.");
    }
}
