using System.Runtime.InteropServices;

namespace Conformance.Cli;

/// <summary>Ctrl-C, SIGTERM, SIGHUP: the first one asks the command to clean up and end, the second ends the process at once.</summary>
internal sealed class Termination : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public Termination() =>
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Handle))];

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _signals) > 1)
        {
            // Progress bars hide the cursor.
            if (!Console.IsOutputRedirected)
                Console.Out.Write("\e[?25h");
            Environment.Exit(ExitCode.Cancelled);
        }
        context.Cancel = true;
        Console.Error.WriteLine("ipsec-conformance: stopping: removing what was started (once more stops at once; then `peers down` removes the rest)");
        _source.Cancel();
    }
}
