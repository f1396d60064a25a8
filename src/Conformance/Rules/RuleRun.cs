using System.Collections.Immutable;
using System.Net;
using Conformance.Decoding;

namespace Conformance.Rules;

/// <summary>One break of a rule.</summary>
/// <param name="Frame">From 1, as Wireshark counts.</param>
/// <param name="Expected">What was allowed.</param>
/// <param name="Found">What was there.</param>
public sealed record RuleBreak(int Frame, string Expected, string Found);

/// <summary>How a rule fared in a capture. Neither held nor broken: never exercised.</summary>
/// <param name="Breaks">The first <see cref="RuleRun.KeptBreaks"/> of the breaks.</param>
public sealed record RuleResult(Rule Rule, int Held, int Broken, ImmutableArray<RuleBreak> Breaks)
{
    public bool IsExercised => Held > 0 || Broken > 0;
}

/// <summary>
/// Puts the frames of one capture to rules, one after the other. Any octets at all are fine: nothing is thrown, and what is kept from frame to frame is
/// bounded. A frame that the capture cut short is not judged. Not thread-safe.
/// </summary>
/// <param name="keys">What to decrypt with; null for nothing.</param>
public sealed class RuleRun(IReadOnlyCollection<Rule> rules, DecryptionKeys? keys = null)
{
    /// <summary>So many breaks of a rule are kept; all are counted.</summary>
    public const int KeptBreaks = 10;

    private readonly CaptureDecoder _decoder = new(keys);
    private readonly CaptureHistory _history = new();
    private readonly Tally[] _tallies = [.. rules.Select(rule => new Tally(rule))];

    /// <summary>In the order of the rules.</summary>
    public ImmutableArray<RuleResult> Results => [.. _tallies.Select(tally => tally.Result())];

    /// <param name="judged">Whose packets are judged, by the outermost source address; null for everyone's. What the others send counts as context.</param>
    public void Add(CaptureFrame frame, Func<IPAddress, bool>? judged = null)
    {
        if (frame.OriginalLength > frame.Octets.Length)
            return;
        foreach (var sighting in _decoder.Decode(frame).Sightings)
        {
            _history.Learn(sighting);
            if (judged?.Invoke(sighting.Sender) ?? true)
                foreach (var tally in _tallies)
                    tally.Add(sighting);
        }
    }

    private sealed class Tally(Rule rule)
    {
        private readonly List<RuleBreak> _breaks = [];
        private int _held;
        private int _broken;

        public void Add(Sighting sighting)
        {
            var judgement = rule.Judge(sighting);
            if (!judgement.IsExercised)
                return;
            if (judgement.Found is not { } found)
                _held++;
            else if (++_broken <= KeptBreaks)
                _breaks.Add(new(sighting.Frame, judgement.Expected, found));
        }

        public RuleResult Result() => new(rule, _held, _broken, [.. _breaks]);
    }
}
