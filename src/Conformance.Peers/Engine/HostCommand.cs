using System.ComponentModel;
using System.Diagnostics;
using Conformance.Implementations;

namespace Conformance.Peers.Engine;

/// <summary>Short commands on this machine, such as <c>ip</c>.</summary>
internal static class HostCommand
{
    /// <summary>Runs it to its end. Returns its exit status and what it printed on both outputs.</summary>
    /// <exception cref="ImplementationFailedException">The program is missing.</exception>
    public static async Task<(int Status, string Output)> Run(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return (process.ExitCode, await output + await error);
        }
        catch (Win32Exception missing)
        {
            throw new ImplementationFailedException($"The program {program} can't be started ({missing.Message}): install it.", missing);
        }
    }
}
