using Conformance.Evidence;
using Conformance.Results;

namespace Conformance.Reports;

/// <summary>How to open a scenario's capture with its key files, from the folder of results.json.</summary>
/// <param name="Wireshark">Command for a POSIX shell.</param>
/// <param name="Tshark">Command for a POSIX shell.</param>
/// <param name="KeyFolder">The folder with the key files, null where there is none.</param>
internal sealed record WiresharkCommand(string Wireshark, string Tshark, string? KeyFolder)
{
    /// <summary>Null where there is no capture.</summary>
    public static WiresharkCommand? For(EvidenceRecord evidence)
    {
        if (evidence.Capture is not { } capture)
        {
            return null;
        }

        var keyFile = evidence.IkeKeys ?? evidence.EspKeys;
        if (keyFile is null)
        {
            return new($"wireshark -r {Quoted(capture)}", $"tshark -V -r {Quoted(capture)}", KeyFolder: null);
        }

        var folder = Path.GetDirectoryName(keyFile) is { Length: > 0 } parent ? parent : ".";
        var options = string.Concat(WiresharkKeyFiles.Preferences.Select(preference => $" -o {preference}"));
        return new(
            $"WIRESHARK_CONFIG_DIR={Quoted(folder)} wireshark{options} -r {Quoted(capture)}",
            $"WIRESHARK_CONFIG_DIR={Quoted(folder)} tshark{options} -V -r {Quoted(capture)}",
            folder);
    }

    private static string Quoted(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || "-_./".Contains(c, StringComparison.Ordinal)) ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
