using System.Globalization;

namespace Conformance.Peers.Engine;

/// <summary>One process of one boot: its id alone comes round again, with its start time it doesn't.</summary>
/// <param name="Id">Process id.</param>
/// <param name="Started">Start time in clock ticks since boot (field 22 of <c>/proc/ID/stat</c>).</param>
/// <param name="Boot">The kernel's boot id.</param>
internal sealed record ProcessIdentity(int Id, long Started, string Boot)
{
    public static ProcessIdentity Current { get; } = new(Environment.ProcessId, StartOf(Environment.ProcessId) ?? 0, CurrentBoot());

    public static ProcessIdentity? Parse(string text)
    {
        var parts = text.Split('.', 3);
        return parts.Length == 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var started)
            ? new(id, started, parts[2])
            : null;
    }

    public bool IsAlive => Boot == Current.Boot && StartOf(Id) == Started;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id}.{Started}.{Boot}");

    private static string CurrentBoot() =>
        File.Exists("/proc/sys/kernel/random/boot_id") ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "";

    private static long? StartOf(int id)
    {
        try
        {
            // The name in parentheses may hold anything; after it comes field 3.
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[22 - 3], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
