namespace Ipsec.Dataplane;

/// <summary>What an administrator can set for the whole data plane.</summary>
public sealed record DataPlaneOptions
{
    public static DataPlaneOptions Default { get; } = new();

    /// <summary>Policies nested in each other, and bundles opened within each other.</summary>
    public const int MaximumDepth = 8;

    /// <summary>Octets; RFC 4301 appendix D.4 suggests this for fragments whose ports nobody can check.</summary>
    public const int SmallestOpaqueFragmentOffset = 128;

    /// <summary>Whether an ICMP or ICMPv6 error type is acted upon although nobody vouches for it (RFC 4301 section 6.1.1).</summary>
    public Predicate<byte> AcceptsUnprotectedIcmp { get; init; } = static _ => true;

    /// <summary>An unprotected message can't bring the path MTU below these, octets (RFC 4301 section 6.1.1).</summary>
    public int SmallestPathMtuIpv4 { get; init; } = 576;

    public int SmallestPathMtuIpv6 { get; init; } = 1280;

    /// <summary>How long a learnt path MTU is believed (RFC 1191 section 6.3).</summary>
    public TimeSpan PathMtuLifetime { get; init; } = TimeSpan.FromMinutes(10);
}
