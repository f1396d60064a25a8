namespace Conformance.Scenarios;

/// <summary>Where a scenario is written.</summary>
/// <param name="File">Relative to the repository, with forward slashes.</param>
/// <param name="Line">From 1.</param>
public sealed record ScenarioPlace(string File, int Line)
{
    public override string ToString() => $"{File}:{Line}";

    /// <summary>The place that the compiler saw, without the folders of the machine that it ran on.</summary>
    internal static ScenarioPlace Of(string file, int line)
    {
        var path = file.Replace('\\', '/');
        var suites = path.LastIndexOf("/testsuites/", StringComparison.Ordinal);
        return new(suites >= 0 ? path[(suites + 1)..] : path[(path.LastIndexOf('/') + 1)..], line);
    }
}
