using System.Diagnostics;

namespace Conformance.Cli.Tests;

/// <summary>The built command as its users start it: a process.</summary>
internal sealed record CommandProcess(int ExitCode, string Output, string Error)
{
    public static async Task<CommandProcess> Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ipsec-conformance.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
            // No engine: these tests are not about containers.
            Environment = { ["DOCKER_HOST"] = "unix:///nonexistent/docker.sock" },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        // Against a command that hangs; slow machines take more than a minute for the longest.
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new(process.ExitCode, await output, await error);
    }

    /// <summary>A refusal as it has to be: the exit code, sentences on the error output, and neither a stack trace nor anything else.</summary>
    public void IsRefusal(int exitCode, string says)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ExitCode, Is.EqualTo(exitCode), Error);
            Assert.That(Output, Is.Empty);
            Assert.That(Error, Does.StartWith("ipsec-conformance: ").And.Contain(says));
            Assert.That(Error, Does.Not.Contain("   at "));
        }
    }
}
