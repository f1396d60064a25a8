using System.ComponentModel;
using System.Diagnostics;

namespace Ipsec.Host.Links;

/// <summary>Runs iproute2's <c>ip</c>. Failures become sentences for the person at the keyboard.</summary>
internal static class IpCommand
{
    /// <summary>Runs <c>ip</c> with these arguments, which no shell sees.</summary>
    /// <exception cref="NetworkFailedException">There is no <c>ip</c>, or it refused.</exception>
    public static void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEnd().Trim();
            output.Wait();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new NetworkFailedException($"'ip {string.Join(' ', arguments)}' failed: {error}.{Advice(error)}");
            }
        }
        catch (Win32Exception missing)
        {
            throw new NetworkFailedException("the command 'ip' could not be run: install iproute2", missing);
        }
    }

    private static string Advice(string error) => error.Contains("not permitted", StringComparison.Ordinal)
        ? " Run as root, or with the capability CAP_NET_ADMIN."
        : "";
}
