using System.Collections.Immutable;
using Conformance.Results;

namespace Conformance.Reports.Html;

/// <summary>
/// Where everything of a ladder diagram goes: lanes side by side, one row a step, time running down. Units are those of the SVG's view box. Ladders
/// beyond <see cref="LongLadder"/> steps show their beginning, their end and what surrounds each broken check; the step list has all.
/// </summary>
internal sealed class LadderLayout
{
    public const int LongLadder = 400;
    public const double Width = 1000;
    public const double LineHeight = 15;
    public const double HeaderHeight = 38;

    private const int Edge = 150;
    private const int Around = 5;
    private const double FirstLane = 150;
    private const double LastLane = 880;
    private const double CharacterWidth = 6.3;
    private const int LinesAtMost = 4;

    private static readonly string[] LaneOrder = ["tester", "iut", "stack"];

    public LadderLayout(ImmutableArray<StepRecord> steps)
    {
        Lanes = PlaceLanes(steps);
        var rows = new List<LadderRow>();
        var top = HeaderHeight;
        var skipped = 0;
        foreach (var (index, step) in steps.Index())
        {
            if (!IsShown(steps, index))
            {
                skipped++;
                continue;
            }

            top = AddGap(rows, top, ref skipped);
            var row = Place(step, index + 1, top);
            rows.Add(row);
            top = row.Bottom;
        }

        Rows = rows;
        Height = top + HeaderHeight;
    }

    public IReadOnlyList<LadderLane> Lanes { get; }

    public IReadOnlyList<LadderRow> Rows { get; }

    public double Height { get; }

    private static IReadOnlyList<LadderLane> PlaceLanes(ImmutableArray<StepRecord> steps)
    {
        var seen = steps.Where(s => s.Kind == StepKind.Message).SelectMany(s => new[] { s.From, s.To }).Where(name => name.Length > 0).Distinct().ToList();
        string[] names = [.. LaneOrder.Where(seen.Contains), .. seen.Except(LaneOrder)];
        var distance = names.Length > 1 ? (LastLane - FirstLane) / (names.Length - 1) : 0;
        return [.. names.Select((name, i) => new LadderLane(name, FirstLane + (i * distance)))];
    }

    private static bool IsShown(ImmutableArray<StepRecord> steps, int index) =>
        steps.Length <= LongLadder || index < Edge || index >= steps.Length - Edge
        || Enumerable.Range(index - Around, (2 * Around) + 1).Any(near => near >= 0 && near < steps.Length && !steps[near].Ok);

    private static double AddGap(List<LadderRow> rows, double top, ref int skipped)
    {
        if (skipped == 0)
        {
            return top;
        }

        var gap = new LadderRow(null, 0, top, top + (2 * LineHeight), FirstLane, LastLane, [Wording.Invariant($"… {skipped} more steps, in the list below …")]);
        rows.Add(gap);
        skipped = 0;
        return gap.Bottom;
    }

    private LadderRow Place(StepRecord step, int number, double top)
    {
        var (start, end) = step.Kind == StepKind.Message ? (LaneAt(step.From), LaneAt(step.To)) : (FirstLane, LastLane);
        var room = Math.Max(Math.Abs(end - start) - 24, 200);
        var lines = Wrap(step.Summary, (int)(room / CharacterWidth));
        return new(step, number, top, top + (lines.Count * LineHeight) + 17, start, end, lines);
    }

    private double LaneAt(string name) => Lanes.FirstOrDefault(lane => lane.Name == name)?.X ?? FirstLane;

    private static List<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        var rest = text.Trim();
        while (rest.Length > width && lines.Count < LinesAtMost - 1)
        {
            var cut = rest.LastIndexOf(' ', width);
            cut = cut > 0 ? cut : width;
            lines.Add(rest[..cut]);
            rest = rest[cut..].TrimStart();
        }

        lines.Add(rest.Length > width ? rest[..(width - 1)] + "…" : rest);
        return lines;
    }
}

/// <param name="X">Middle of the lane.</param>
internal sealed record LadderLane(string Name, double X);

/// <param name="Step">Null for a gap.</param>
/// <param name="Number">The step's number, from 1.</param>
/// <param name="Start">X of the sender's lane, or the left edge of a text over all lanes.</param>
/// <param name="End">X of the receiver's lane, or the right edge.</param>
internal sealed record LadderRow(StepRecord? Step, int Number, double Top, double Bottom, double Start, double End, IReadOnlyList<string> Lines)
{
    public double Middle => (Start + End) / 2;

    public bool Kind(StepKind kind) => Step?.Kind == kind;

    /// <summary>Y of a message's arrow.</summary>
    public double Arrow => Bottom - 6;
}
