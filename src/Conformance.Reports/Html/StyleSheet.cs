namespace Conformance.Reports.Html;

/// <summary>The style sheet, which every page carries inline.</summary>
internal static class StyleSheet
{
    public static string Text { get; } = Load("report.css");

    /// <summary>What pages of experiments have besides.</summary>
    public static string OfExperiments { get; } = Load("experiment.css");

    private static string Load(string name)
    {
        using var reader = new StreamReader(typeof(StyleSheet).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
