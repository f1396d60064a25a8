using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Ipsec.Dataplane;

/// <summary>A part of an SPD entry that overlaps no other part of any entry.</summary>
public readonly record struct DecorrelatedEntry(SecurityPolicy Policy, SelectorBox Packets);

/// <summary>
/// Turns the ordered SPD into one whose entries don't overlap (RFC 4301 appendix B), so that order no longer matters: at most one entry matches any packet,
/// and it belongs to the policy that the ordered list finds.
/// </summary>
public static class Decorrelation
{
    /// <param name="maximumEntries">Decorrelation can multiply entries: more than this are refused.</param>
    public static bool TryDecorrelate(
        IEnumerable<SecurityPolicy> policies, Direction direction, int maximumEntries, [NotNullWhen(true)] out ImmutableArray<DecorrelatedEntry>? entries)
    {
        entries = null;
        var result = new List<DecorrelatedEntry>();
        var remaining = new List<SelectorBox>();
        var pieces = new List<SelectorBox>();
        foreach (var policy in policies)
        {
            if (policy.Only is { } only && only != direction)
                continue;
            foreach (var local in policy.Traffic.Local)
            {
                foreach (var remote in policy.Traffic.Remote)
                {
                    if (SelectorBox.Of(local, remote) is not { } whole)
                        continue;
                    remaining.Clear();
                    remaining.Add(whole);
                    foreach (var (_, taken) in result)
                    {
                        if (!whole.Overlaps(taken))
                            continue;
                        pieces.Clear();
                        foreach (var box in remaining)
                        {
                            if (box.Overlaps(taken))
                                box.Subtract(taken, pieces);
                            else
                                pieces.Add(box);
                        }
                        (remaining, pieces) = (pieces, remaining);
                        if (remaining.Count + result.Count > maximumEntries)
                            return false;
                    }
                    if (remaining.Count + result.Count > maximumEntries)
                        return false;
                    foreach (var box in remaining)
                        result.Add(new(policy, box));
                }
            }
        }
        entries = [.. result];
        return true;
    }
}
