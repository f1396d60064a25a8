using System.Net;
using Conformance.Decoding;
using Conformance.Evidence;
using Conformance.Rules;

namespace Conformance.Cli;

/// <summary>Puts captures to rules, and adds up.</summary>
/// <param name="senders">Whose packets are judged; empty for everyone's.</param>
/// <param name="keys">For all captures; null for what lies beside each.</param>
internal sealed class CaptureCheck(IReadOnlyList<Rule> rules, HashSet<IPAddress> senders, DecryptionKeys? keys)
{
    private const int KeptBreaks = 100;

    private readonly RuleTotal[] _totals = [.. rules.Select(rule => new RuleTotal(rule))];

    public IReadOnlyList<RuleTotal> Totals => _totals;

    public List<string> Files { get; } = [];

    public List<(string Path, CaptureProblem Problem)> Problems { get; } = [];

    public bool IsBroken => _totals.Any(total => total.Broken > 0);

    public void Add(string path)
    {
        Files.Add(path);
        var run = new RuleRun(rules, keys ?? Keys(Beside(path)));
        using var stream = File.OpenRead(path);
        var reader = CaptureFile.Open(stream);
        while (reader.Next() is { } frame)
            run.Add(frame, senders.Count == 0 ? null : senders.Contains);
        if (reader.Problem is { } problem)
            Problems.Add((path, problem));
        foreach (var (total, result) in _totals.Zip(run.Results))
        {
            total.Held += result.Held;
            total.Broken += result.Broken;
            total.Breaks.AddRange(result.Breaks.Take(KeptBreaks - total.Breaks.Count).Select(found => (path, found)));
        }
    }

    public static DecryptionKeys Keys(IEnumerable<string> paths)
    {
        try
        {
            return DecryptionKeys.Load(paths);
        }
        catch (KeyFileException error)
        {
            throw CommandFailure.Usage($"A key file is wrong: {error.Message}.");
        }
    }

    private static IEnumerable<string> Beside(string path) =>
        new[] { WiresharkKeyFiles.IkeFileName, WiresharkKeyFiles.EspFileName }
            .Select(name => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, name)).Where(File.Exists);
}

/// <summary>How a rule fared in all captures.</summary>
internal sealed class RuleTotal(Rule rule)
{
    public Rule Rule => rule;

    public long Held { get; set; }

    public long Broken { get; set; }

    /// <summary>The first ones.</summary>
    public List<(string Path, RuleBreak Break)> Breaks { get; } = [];

    public bool IsExercised => Held > 0 || Broken > 0;
}
