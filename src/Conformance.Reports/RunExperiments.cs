using System.Text.Json;
using Conformance.Experiments;

namespace Conformance.Reports;

/// <summary>
/// The experiments that belong to a run: a folder each under <c>experiments</c> in the run's own, with the figures as JSON, from which the pages follow, and captures
/// and keys beside them.
/// </summary>
public sealed record RunExperiments(BundleFigures? Bundles = null, OneToOneFigures? OneToOne = null, VpnFigures? Vpn = null)
{
    public const string FolderName = "experiments";

    private const string BundlesName = "bundles", OneToOneName = "one-to-one", VpnName = "vpn";

    /// <summary>The way from an experiment's page back to the run's first page.</summary>
    private const string ToRun = "../../" + ReportPaths.Index;

    /// <summary>What a run's folder has of them.</summary>
    /// <exception cref="ReportException">Figures can't be read.</exception>
    public static RunExperiments Read(string runFolder) =>
        new(Figures<BundleFigures>(runFolder, BundlesName), Figures<OneToOneFigures>(runFolder, OneToOneName), Figures<VpnFigures>(runFolder, VpnName));

    /// <summary>Performs all of them and leaves figures, captures and keys in a run's folder. Takes seconds.</summary>
    /// <exception cref="OperationCanceledException">The user gave up: those that were done are there.</exception>
    /// <exception cref="ReportException">A file can't be written.</exception>
    public static void Perform(string runFolder, int seed, CancellationToken cancellation)
    {
        var bundles = new BundleExperiment { Seed = seed }.Run();
        ExperimentReport.WriteFigures(bundles.Figures, bundles.Files, Folder(runFolder, BundlesName));
        cancellation.ThrowIfCancellationRequested();
        var vpn = new VpnExperiment { Seed = seed }.Run();
        ExperimentReport.WriteFigures(vpn.Figures, vpn.Files, Folder(runFolder, VpnName));
        cancellation.ThrowIfCancellationRequested();
        var oneToOne = new OneToOneExperiment { Seed = seed }.Run((_, _) => cancellation.ThrowIfCancellationRequested());
        ExperimentReport.WriteFigures(oneToOne, [], Folder(runFolder, OneToOneName));
    }

    /// <summary>Those that were performed.</summary>
    public IEnumerable<RunExperiment> All
    {
        get
        {
            if (OneToOne is not null)
            {
                yield return new(
                    OneToOneName, "One to one", "A call and a transfer over a lossy path, through ESP and through a tunnel in TCP: ESP keeps one outer packet for one inner packet, and holds up none.",
                    [.. OneToOneExperiment.Broken(OneToOne)], () => ExperimentReport.Render(OneToOne, ToRun));
            }

            if (Vpn is not null)
            {
                yield return new(
                    VpnName, "VPN", "Two private networks joined by two gateways over a network that loses, repeats, reorders and listens.",
                    [.. VpnExperiment.Broken(Vpn)], () => ExperimentReport.Render(Vpn, ToRun));
            }

            if (Bundles is not null)
            {
                yield return new(
                    BundlesName, "Bundles", "One SA for all traffic through a gateway, another for a particular host, both on the same packets.",
                    [.. BundleExperiment.Broken(Bundles)], () => ExperimentReport.Render(Bundles, ToRun));
            }
        }
    }

    private static string Folder(string runFolder, string name) => Path.Combine(runFolder, FolderName, name);

    private static T? Figures<T>(string runFolder, string name)
        where T : class
    {
        var path = Path.Combine(Folder(runFolder, name), ExperimentReport.FiguresName);
        try
        {
            return File.Exists(path) ? FiguresFile.Read<T>(File.ReadAllText(path)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ReportException($"The figures {path} can't be read: {e.Message}", e);
        }
    }
}

/// <summary>One experiment of a run.</summary>
/// <param name="Name">Of its folder.</param>
/// <param name="Shows">What it is about, a sentence.</param>
/// <param name="Broken">What was not kept, a sentence each.</param>
/// <param name="Render">Makes its page, HTML.</param>
public sealed record RunExperiment(string Name, string Title, string Shows, IReadOnlyList<string> Broken, Func<string> Render)
{
    /// <summary>Of its page, within the run's folder.</summary>
    public string Path => $"{RunExperiments.FolderName}/{Name}/{ExperimentReport.PageName}";
}
