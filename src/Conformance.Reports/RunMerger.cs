using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Conformance.Results;

namespace Conformance.Reports;

/// <summary>Makes one run of several: the shards of a plan, or runs against different implementations.</summary>
public static class RunMerger
{
    /// <summary>
    /// Merges. Times become the range of all, machines, commands and versions the list of the different ones; the id and the seed are those of the run that began first
    /// (each result's replay command has its own seed).
    /// </summary>
    /// <exception cref="ReportException">A scenario was run twice against one implementation, or two runs describe one scenario or implementation differently.</exception>
    public static RunResults Merge(IReadOnlyList<RunResults> runs)
    {
        if (runs.Count == 0)
        {
            throw new ReportException("There is nothing to merge.");
        }

        RefuseDuplicates(runs);
        var first = runs.MinBy(run => run.Started)!;
        return first with
        {
            Finished = runs.Max(run => run.Finished),
            Incomplete = runs.Any(run => run.Incomplete),
            HarnessVersion = Different(runs, run => run.HarnessVersion),
            Command = Different(runs, run => run.Command),
            Machine = Different(runs, run => run.Machine),
            Implementations = Union(runs, run => run.Implementations, i => i.Name, "implementation"),
            Scenarios = Union(runs, run => run.Scenarios, s => s.Id, "scenario"),
            Results = [.. runs.SelectMany(run => run.Results)],
            Rules = Union(runs, run => run.Rules, rule => rule.Id, "rule"),
            LeftOut = [.. runs.SelectMany(run => run.LeftOut).Distinct()],
        };
    }

    /// <summary>
    /// Merges the results.json files of several runs into that of a folder. Evidence is copied to <c>shards/N/</c> in it, so that the folder stands alone.
    /// </summary>
    /// <param name="paths">The files, in the order that numbers their evidence.</param>
    /// <param name="folder">Made if need be.</param>
    /// <exception cref="ResultsFileException">A file cannot be read or written.</exception>
    /// <exception cref="ReportException">The runs do not fit together, or evidence cannot be copied.</exception>
    public static RunResults MergeFiles(IReadOnlyList<string> paths, string folder)
    {
        var shards = paths.Select((path, i) => (
            Source: Path.GetDirectoryName(Path.GetFullPath(path))!,
            Prefix: string.Create(CultureInfo.InvariantCulture, $"shards/{i + 1}/"),
            Run: ResultsFile.Read(path))).ToList();
        var merged = Merge([.. shards.Select(shard => WithPrefix(shard.Run, shard.Prefix))]);

        foreach (var (source, prefix, run) in shards)
        {
            CopyEvidence(run, source, Path.Combine(folder, prefix));
        }

        CopyExperiments(shards.Select(shard => shard.Source), folder);

        Directory.CreateDirectory(folder);
        ResultsFile.Write(merged, Path.Combine(folder, ResultsFile.FileName));
        return merged;
    }

    /// <summary>Those of the first run that has any: the others' would only have been another seed's.</summary>
    private static void CopyExperiments(IEnumerable<string> sources, string target)
    {
        if (sources.Select(source => Path.Combine(source, RunExperiments.FolderName)).FirstOrDefault(Directory.Exists) is not { } experiments)
        {
            return;
        }

        try
        {
            foreach (var file in Directory.EnumerateFiles(experiments, "*", SearchOption.AllDirectories))
            {
                var to = Path.Combine(target, RunExperiments.FolderName, Path.GetRelativePath(experiments, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(file, to, overwrite: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReportException($"Cannot copy the experiments {experiments}: {e.Message}", e);
        }
    }

    private static void RefuseDuplicates(IReadOnlyList<RunResults> runs)
    {
        var seen = new HashSet<(string, string)>();
        foreach (var result in runs.SelectMany(run => run.Results))
        {
            if (!seen.Add((result.Scenario, result.Implementation)))
            {
                throw new ReportException($"Cannot merge: {result.Scenario} against {result.Implementation} has more than one result.");
            }
        }
    }

    private static ImmutableArray<T> Union<T>(IReadOnlyList<RunResults> runs, Func<RunResults, ImmutableArray<T>> items, Func<T, string> key, string kind)
    {
        var union = ImmutableArray.CreateBuilder<T>();
        var texts = new Dictionary<string, string>();
        foreach (var item in runs.SelectMany(run => items(run)))
        {
            var text = JsonSerializer.Serialize(item);
            if (texts.TryAdd(key(item), text))
            {
                union.Add(item);
            }
            else if (texts[key(item)] != text)
            {
                throw new ReportException($"Cannot merge: the runs describe the {kind} {key(item)} differently.");
            }
        }

        return union.ToImmutable();
    }

    private static string Different(IReadOnlyList<RunResults> runs, Func<RunResults, string> text) => string.Join("; ", runs.Select(text).Distinct());

    private static RunResults WithPrefix(RunResults run, string prefix) => run with
    {
        Results = [.. run.Results.Select(result => result with
        {
            Evidence = WithPrefix(result.Evidence, prefix),
            OtherAttempts = [.. result.OtherAttempts.Select(attempt => attempt with { Evidence = WithPrefix(attempt.Evidence, prefix) })],
        })],
    };

    private static EvidenceRecord WithPrefix(EvidenceRecord evidence, string prefix)
    {
        string? Prefixed(string? path) => path is null ? null : prefix + path;
        return evidence with
        {
            Capture = Prefixed(evidence.Capture),
            IkeKeys = Prefixed(evidence.IkeKeys),
            EspKeys = Prefixed(evidence.EspKeys),
            PeerLog = Prefixed(evidence.PeerLog),
            PeerConfiguration = Prefixed(evidence.PeerConfiguration),
        };
    }

    /// <summary>Copies what the results refer to; a file that is gone is no reason to lose the merge.</summary>
    private static void CopyEvidence(RunResults run, string source, string target)
    {
        foreach (var file in run.Results.SelectMany(result => result.OtherAttempts.Select(attempt => attempt.Evidence).Append(result.Evidence)).SelectMany(evidence => evidence.Files).Select(f => f.Path).Distinct().Where(ReportPaths.IsWithinFolder))
        {
            var (from, to) = (Path.Combine(source, file), Path.Combine(target, file));
            if (!File.Exists(from))
            {
                continue;
            }

            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(from, to, overwrite: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ReportException($"Cannot copy the evidence {from} to {to}: {e.Message}", e);
            }
        }
    }
}
