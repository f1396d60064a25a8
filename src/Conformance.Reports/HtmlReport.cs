using Conformance.Coverage;
using Conformance.Defects;
using Conformance.Reports.Html;
using Conformance.Results;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Conformance.Reports;

/// <summary>
/// The report for people: <c>index.html</c> and a page for each scenario and implementation that was judged, without scripts, and with nothing from elsewhere. Its folder can be
/// copied as it is. A pure function of the results and the experiments' figures.
/// </summary>
public static class HtmlReport
{
    /// <summary>Writes all pages.</summary>
    /// <param name="results">The run.</param>
    /// <param name="folder">The folder of results.json, so that the links to the evidence hold; made if need be.</param>
    /// <returns>Path of the first page.</returns>
    /// <exception cref="ReportException">A page cannot be written.</exception>
    public static string Write(RunResults results, string folder)
    {
        foreach (var (path, html) in Render(results, RunExperiments.Read(folder), DefectReport.Read(folder)))
        {
            ReportFile.Write(Path.Combine(folder, path), html);
        }

        return Path.Combine(folder, ReportPaths.Index);
    }

    /// <summary>All pages, by path within the report's folder.</summary>
    /// <param name="results">The run.</param>
    /// <param name="experiments">The experiments that belong to it; null for none.</param>
    /// <param name="proofs">What the suites made of the defects; null where nobody asked.</param>
    public static IEnumerable<(string Path, string Html)> Render(RunResults results, RunExperiments? experiments = null, DefectProofs? proofs = null)
    {
        var index = new RunIndex(results);
        IReadOnlyList<RunExperiment> performed = [.. experiments?.All ?? []];
        using var services = Services();
        using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);

        yield return (ReportPaths.Index, Render<IndexPage>(renderer, new() { ["Run"] = index, ["Experiments"] = performed, ["Proofs"] = proofs }));
        yield return (ReportPaths.Coverage, Render<CoveragePage>(renderer, new() { ["Table"] = CoverageTable.Of(results), ["Run"] = results }));
        yield return (ReportPaths.Roadmap, Render<RoadmapPage>(renderer, new() { ["Documents"] = DocumentCoverage.Of(results), ["Run"] = results }));
        if (proofs is not null)
        {
            yield return (DefectReport.PageName, Render<DefectsPage>(renderer, new() { ["Proofs"] = proofs }));
        }

        foreach (var experiment in performed)
        {
            yield return (experiment.Path, experiment.Render());
        }

        foreach (var result in results.Results.Where(result => ReportPaths.PageOf(result) is not null))
        {
            yield return (ReportPaths.ScenarioPage(result), Render<ScenarioPage>(renderer, new() { ["Run"] = index, ["Result"] = result }));
        }
    }

    /// <summary>One page that stands alone.</summary>
    internal static string RenderPage<TPage>(Dictionary<string, object?> parameters)
        where TPage : IComponent
    {
        using var services = Services();
        using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        return Render<TPage>(renderer, parameters);
    }

    private static ServiceProvider Services() => new ServiceCollection().AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).BuildServiceProvider();

    private static string Render<TPage>(HtmlRenderer renderer, Dictionary<string, object?> parameters)
        where TPage : IComponent =>
        renderer.Dispatcher.InvokeAsync(async () =>
        {
            var page = await renderer.RenderComponentAsync<TPage>(ParameterView.FromDictionary(parameters));
            return "<!DOCTYPE html>\n" + page.ToHtmlString() + "\n";
        }).GetAwaiter().GetResult();
}
