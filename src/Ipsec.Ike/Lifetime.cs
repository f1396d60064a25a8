namespace Ipsec.Ike;

/// <summary>When an SA is to be replaced (soft) and when it must not be used any more (hard); null for never (RFC 7296 section 2.8).</summary>
internal readonly record struct Lifetime(DateTimeOffset? Soft, DateTimeOffset? Hard)
{
    public DateTimeOffset? Next => Soft ?? Hard;

    /// <summary>Starts now; the soft limit comes earlier by a random part of the jitter, so that two ends with the same policy seldom rekey at once.</summary>
    public static Lifetime Start(DateTimeOffset now, TimeSpan? soft, TimeSpan? hard, IkeContext context) => new(
        soft is { } span ? now + span * (1 - context.Options.LifetimeJitter * context.NextFraction()) : null, now + hard);

    /// <summary>The soft limit has been acted upon.</summary>
    public Lifetime WithoutSoft => new(null, Hard);
}
