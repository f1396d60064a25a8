using System.Collections.Immutable;
using System.Net;
using Conformance.Decoding;
using Conformance.Evidence;
using Conformance.Implementations;
using Conformance.Results;
using Ipsec.Host.Links;

namespace Conformance.Rules;

/// <summary>
/// All rules over what one scenario recorded. Judged is only what came from the implementation's own addresses: the tester sends wrong packets on purpose, and
/// what a NAT changed is not the implementation's.
/// </summary>
internal static class ScenarioRules
{
    private const int Ethernet = 1;

    public static ImmutableArray<RuleResult> Judge(Recorder recorder, Topology topology)
    {
        var run = new RuleRun(RuleCatalogue.All, DecryptionKeys.Of(recorder.IkeKeys, recorder.EspKeys));
        for (var index = 0; index < recorder.Frames.Count; index++)
        {
            var frame = recorder.Frames[index];
            var isReceived = frame.Direction == FrameDirection.Received;
            run.Add(
                new(index + 1, frame.Time, Ethernet, frame.Octets, (uint)frame.Octets.Length),
                sender => isReceived && IsImplementation(topology, sender));
        }
        return [.. run.Results.Where(result => result.IsExercised)];
    }

    /// <summary>What a break means for the scenario: a finding for each rule, told as its first requirement.</summary>
    public static IEnumerable<FindingRecord> Findings(ImmutableArray<RuleResult> results) =>
        from result in results
        where result.Broken > 0
        let first = result.Breaks[0]
        select new FindingRecord(
            result.Rule.Covers[0], result.Rule.Verdict, $"{result.Rule.Title} ({result.Rule.Id}): {first.Expected}",
            $"frame {first.Frame}: {first.Found}{(result.Broken > 1 ? $", and {result.Broken - 1} more" : "")}", [])
        {
            Rule = result.Rule.Id,
        };

    private static bool IsImplementation(Topology topology, IPAddress sender) => sender.Equals(topology.Iut) || sender.Equals(topology.Ipv6?.Iut);
}
