namespace Ipsec.Host;

/// <summary>Deadlines of parts that make one of the whole; null is never.</summary>
internal static class Deadlines
{
    public static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other : other is null || one < other ? one : other;
}
