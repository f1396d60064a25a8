using Conformance.Results;

namespace Conformance.Evidence;

/// <summary>Writes one scenario's evidence below the folder of results.json: capture, Wireshark profile with keys, peer log and configuration.</summary>
public sealed class EvidenceFolder(string runFolder)
{
    /// <param name="attempt">From 1: what is repeated leaves the first attempt's evidence alone.</param>
    public EvidenceRecord Write(string scenario, string implementation, int attempt, Recorder recorder, string peerLog, string peerConfiguration, string replay)
    {
        var relative = Path.Combine("evidence", implementation, scenario, attempt == 1 ? "" : $"attempt-{attempt}");
        var folder = Path.Combine(runFolder, relative);
        Directory.CreateDirectory(folder);
        WriteCapture(Path.Combine(folder, "capture.pcapng"), scenario, implementation, recorder);
        WiresharkKeyFiles.Write(folder, recorder.IkeKeys, recorder.EspKeys);
        return new()
        {
            Capture = Path.Combine(relative, "capture.pcapng"),
            IkeKeys = Path.Combine(relative, WiresharkKeyFiles.IkeFileName),
            EspKeys = Path.Combine(relative, WiresharkKeyFiles.EspFileName),
            PeerLog = WriteText(relative, "peer.log", peerLog),
            PeerConfiguration = WriteText(relative, "peer.conf", peerConfiguration),
            Replay = replay,
        };
    }

    private static void WriteCapture(string path, string scenario, string implementation, Recorder recorder)
    {
        using var writer = new PcapngWriter(File.Create(path), new(Application: "IpsecConformance", Comment: $"{scenario} against {implementation}"));
        var interfaces = new Dictionary<string, int>();
        foreach (var frame in recorder.Frames)
        {
            if (!interfaces.TryGetValue(frame.Link, out var number))
                interfaces.Add(frame.Link, number = writer.AddInterface(frame.Link));
            writer.WritePacket(number, frame.Time, frame.Octets, frame.Direction);
        }
    }

    private string? WriteText(string relative, string name, string text)
    {
        if (text.Length == 0)
            return null;
        File.WriteAllText(Path.Combine(runFolder, relative, name), text);
        return Path.Combine(relative, name);
    }
}
