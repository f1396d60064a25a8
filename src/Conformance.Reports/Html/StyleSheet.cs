namespace Conformance.Reports.Html;

/// <summary>The style sheet, which every page carries inline.</summary>
internal static class StyleSheet
{
    public static string Text { get; } = Load();

    private static string Load()
    {
        using var reader = new StreamReader(typeof(StyleSheet).Assembly.GetManifestResourceStream("report.css")!);
        return reader.ReadToEnd();
    }
}
