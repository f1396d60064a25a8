namespace Ipsec.Dataplane;

/// <summary>The SPD: an ordered list, first match wins; what nothing matches is discarded (RFC 4301 section 4.4.1).</summary>
public sealed class SecurityPolicyDatabase
{
    private readonly List<SecurityPolicy> _policies = [];

    public IReadOnlyList<SecurityPolicy> Policies => _policies;

    /// <summary>Adds an entry after those that are there.</summary>
    public void Append(SecurityPolicy policy) => _policies.Add(policy);

    public void Clear() => _policies.Clear();

    public SecurityPolicy Lookup(in PacketSelectors packet, Direction direction)
    {
        foreach (var policy in _policies)
            if (policy.Traffic.Contains(packet, direction))
                return policy;
        return DiscardTheRest;
    }

    private static readonly SecurityPolicy DiscardTheRest =
        new("(no match)", PolicyAction.Discard, new([TrafficRange.Any], [TrafficRange.Any]));
}
