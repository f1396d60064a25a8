using System.Globalization;

namespace Conformance.Reports;

/// <summary>Times and counts as every report words them.</summary>
internal static class Wording
{
    /// <summary>Such as <c>2026-03-04 09:15:00 UTC</c>.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Such as <c>3 min 27 s</c>, <c>12.3 s</c>, <c>812 ms</c>.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 1 } => Invariant($"{duration.TotalMilliseconds:0} ms"),
        { TotalMinutes: < 1 } => Invariant($"{duration.TotalSeconds:0.0} s"),
        { TotalHours: < 1 } => Invariant($"{duration.Minutes} min {duration.Seconds} s"),
        _ => Invariant($"{(int)duration.TotalHours} h {duration.Minutes} min"),
    };

    /// <summary>Milliseconds since a scenario began, in seconds: <c>1.1841</c>.</summary>
    public static string StepTime(double milliseconds) => (milliseconds / 1000).ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>Such as <c>frame 3</c>, <c>frames 3, 4</c>; empty for none.</summary>
    public static string Frames(IReadOnlyList<int> frames) => frames.Count switch
    {
        0 => "",
        1 => Invariant($"frame {frames[0]}"),
        _ => "frames " + string.Join(", ", frames.Select(f => f.ToString(CultureInfo.InvariantCulture))),
    };

    public static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
