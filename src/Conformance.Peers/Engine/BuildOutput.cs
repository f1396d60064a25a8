using Docker.DotNet.Models;

namespace Conformance.Peers.Engine;

/// <summary>Listens to a build, import or pull: keeps its last lines and its error.</summary>
internal sealed class BuildOutput(Action<JSONMessage>? heard = null) : IProgress<JSONMessage>
{
    private const int KeptLines = 15;

    private readonly Queue<string> _lines = new();

    /// <summary>What went wrong, in the engine's words, or null.</summary>
    public string? Error { get; private set; }

    public string Tail
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    public void Report(JSONMessage message)
    {
        heard?.Invoke(message);
        Error ??= message.Error?.Message ?? message.ErrorMessage;
        var text = (message.Stream ?? message.Status ?? "").TrimEnd();
        if (text.Length == 0)
            return;
        lock (_lines)
        {
            _lines.Enqueue(text);
            if (_lines.Count > KeptLines)
                _lines.Dequeue();
        }
    }
}
