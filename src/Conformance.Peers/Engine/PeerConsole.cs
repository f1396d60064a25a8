using System.Globalization;
using System.Text;

namespace Conformance.Peers.Engine;

/// <summary>
/// Runs shell scripts inside a peer, in whichever kernel it lives, through the container's control folder (see docker/README.md). One at a
/// time.
/// </summary>
/// <param name="firstNumber">Commands count up from here; two consoles on one folder must not meet.</param>
internal sealed class PeerConsole(string controlFolder, int firstNumber = 0)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(4);

    private int _number = firstNumber;

    public bool IsReady => File.Exists(Path.Combine(controlFolder, "ready"));

    /// <summary>Forgets that the peer was ever ready: it is about to start anew.</summary>
    public void Reset() => File.Delete(Path.Combine(controlFolder, "ready"));

    /// <summary>Null if the script did not end in time (it may still run, or the peer is gone).</summary>
    public async Task<ConsoleAnswer?> Run(string script, TimeSpan patience, CancellationToken cancellation)
    {
        var number = (++_number).ToString(CultureInfo.InvariantCulture);
        var queue = Path.Combine(controlFolder, "q");
        var command = Path.Combine(queue, number + ".cmd");
        var output = Path.Combine(queue, number + ".out");
        var status = Path.Combine(queue, number + ".rc");
        await File.WriteAllTextAsync(command, script + "\n", cancellation);
        Ring(number);

        var deadline = TimeProvider.System.GetTimestamp() + (long)(patience.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (!File.Exists(status))
        {
            if (TimeProvider.System.GetTimestamp() > deadline)
                return null;
            await Task.Delay(Poll, cancellation);
        }
        var answer = new ConsoleAnswer(
            int.Parse(await File.ReadAllTextAsync(status, cancellation), CultureInfo.InvariantCulture), await File.ReadAllTextAsync(output, cancellation));
        foreach (var file in new[] { command, output, status })
            File.Delete(file);
        return answer;
    }

    /// <summary>Writes a new configuration folder and returns its name inside the peer.</summary>
    public async Task<string> WriteConfiguration(IReadOnlyDictionary<string, string> files, CancellationToken cancellation)
    {
        var number = (++_number).ToString(CultureInfo.InvariantCulture);
        var folder = Directory.CreateDirectory(Path.Combine(controlFolder, "conf", number)).FullName;
        foreach (var (name, text) in files)
            await File.WriteAllTextAsync(Path.Combine(folder, name), text, cancellation);
        return $"/ctl/conf/{number}";
    }

    /// <summary>What the daemon has logged; empty if nothing.</summary>
    public async Task<string> ReadLog(CancellationToken cancellation)
    {
        var path = Path.Combine(controlFolder, "log", "daemon.log");
        if (!File.Exists(path))
            return "";
        await using var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(log, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellation);
    }

    /// <summary>Opened for both directions, because opening a FIFO only for writing would wait for a peer that may be gone.</summary>
    private void Ring(string number)
    {
        using var bell = new FileStream(Path.Combine(controlFolder, "bell"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        bell.Write(Encoding.ASCII.GetBytes(number + "\n"));
    }
}

/// <param name="Status">Exit status of the script.</param>
/// <param name="Output">What it printed, on both outputs.</param>
internal sealed record ConsoleAnswer(int Status, string Output);
