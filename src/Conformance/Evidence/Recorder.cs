using System.Collections.Immutable;
using Conformance.Results;
using Ipsec.Host.Links;

namespace Conformance.Evidence;

/// <summary>
/// Takes down what happens in one scenario: steps, findings, every frame on its link, keys. Not thread-safe: it lives on the loop of the scenario's network.
/// </summary>
public sealed class Recorder
{
    // A scenario that floods is cut off here: evidence stays bounded.
    private const int MaximumFrames = 200_000;

    private readonly INetwork _network;
    private readonly DateTimeOffset _start;
    private readonly List<StepRecord> _steps = [];
    private readonly List<FindingRecord> _findings = [];
    private readonly List<RecordedFrame> _frames = [];
    private readonly List<IkeSaKeyRecord> _ikeKeys = [];
    private readonly List<EspSaKeyRecord> _espKeys = [];

    public Recorder(INetwork network)
    {
        _network = network;
        _start = network.Now;
    }

    public IReadOnlyList<StepRecord> Steps => _steps;

    public IReadOnlyList<FindingRecord> Findings => _findings;

    public IReadOnlyList<RecordedFrame> Frames => _frames;

    public IReadOnlyList<IkeSaKeyRecord> IkeKeys => _ikeKeys;

    public IReadOnlyList<EspSaKeyRecord> EspKeys => _espKeys;

    /// <summary>Number (from 1) of the frame recorded last; 0 before the first.</summary>
    public int LastFrame => _frames.Count;

    /// <summary>Records all frames of a link from now on.</summary>
    public void Watch(ILink link) => link.Observed += (time, direction, frame) =>
    {
        if (_frames.Count < MaximumFrames)
            _frames.Add(new(link.Name, time, direction, frame.ToArray()));
    };

    /// <returns>The step's number, for <see cref="SetFrames"/>.</returns>
    public int Message(string from, string to, string summary, string detail, ImmutableArray<int> frames, DateTimeOffset? time = null)
    {
        _steps.Add(new(Since(time ?? _network.Now), StepKind.Message, from, to, summary, detail, true, frames));
        return _steps.Count - 1;
    }

    /// <summary>Says which frames a step is about, where they were sent only later.</summary>
    public void SetFrames(int step, ImmutableArray<int> frames) => _steps[step] = _steps[step] with { Frames = frames };

    public void Command(string summary) => _steps.Add(new(Since(_network.Now), StepKind.Command, "", "", summary, "", true, []));

    public void Note(string summary, string detail = "") => _steps.Add(new(Since(_network.Now), StepKind.Note, "", "", summary, detail, true, []));

    public void Check(string summary, string detail, bool ok) =>
        _steps.Add(new(Since(_network.Now), StepKind.Check, "", "", summary, detail, ok, LastFrame > 0 && !ok ? [LastFrame] : []));

    public void Finding(FindingRecord finding) => _findings.Add(finding);

    public void Keys(IkeSaKeyRecord keys) => _ikeKeys.Add(keys);

    public void Keys(EspSaKeyRecord keys) => _espKeys.Add(keys);

    private double Since(DateTimeOffset time) => Math.Round((time - _start).TotalMilliseconds, 3);
}

/// <summary>One frame as it crossed a link.</summary>
public sealed record RecordedFrame(string Link, DateTimeOffset Time, FrameDirection Direction, byte[] Octets);
