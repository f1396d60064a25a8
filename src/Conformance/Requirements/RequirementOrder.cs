using System.Globalization;

namespace Conformance.Requirements;

/// <summary>The order of an RFC: sections by their numbers, appendices last, statements by their ordinals.</summary>
public sealed class RequirementOrder : IComparer<Requirement>
{
    public static RequirementOrder Instance { get; } = new();

    public int Compare(Requirement? left, Requirement? right)
    {
        if (left is null || right is null)
            return (left is null ? 0 : 1) - (right is null ? 0 : 1);
        var (ours, others) = (Parts(left), Parts(right));
        return ours.AsSpan().SequenceCompareTo(others) is not 0 and var order ? order : string.CompareOrdinal(left.Id, right.Id);
    }

    private static int[] Parts(Requirement requirement) =>
    [
        .. requirement.Section.Split('.').Select(Part),
        -1,
        Part(requirement.Id[(requirement.Id.LastIndexOf('-') + 1)..]),
    ];

    private static int Part(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 1000 + text[0];
}
