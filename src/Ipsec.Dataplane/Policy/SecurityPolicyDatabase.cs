using System.Collections.Immutable;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>
/// The SPD: an ordered list, first match wins; what nothing matches is discarded (RFC 4301 section 4.4.1). Behind it stand the caches SPD-S, SPD-O and
/// SPD-I, which a change of the list empties: a flow that was seen costs the same however long the list is.
/// </summary>
public sealed class SecurityPolicyDatabase
{
    private static readonly CachedPolicy DiscardTheRest = new(new("(no match)", PolicyAction.Discard, new([], [])));

    private readonly List<SecurityPolicy> _policies = [];
    private readonly Dictionary<string, SecurityPolicy> _byName = [];
    private readonly PolicyCache _secured = new(), _outbound = new(), _inbound = new();

    public IReadOnlyList<SecurityPolicy> Policies => _policies;

    /// <summary>Flows in the caches SPD-S, SPD-O, SPD-I.</summary>
    public (int Secured, int Outbound, int Inbound) Cached => (_secured.Count, _outbound.Count, _inbound.Count);

    /// <summary>Adds an entry after those that are there.</summary>
    public void Append(SecurityPolicy policy) => Insert(_policies.Count, policy);

    /// <summary>Puts an entry before the one that now has this position, counted from 0.</summary>
    public void Insert(int position, SecurityPolicy policy)
    {
        _policies.Insert(position, policy);
        _byName[policy.Name] = policy;
        ForgetFlows();
    }

    /// <summary>Takes out all entries of a name.</summary>
    public void Remove(string name)
    {
        _policies.RemoveAll(policy => policy.Name == name);
        _byName.Remove(name);
        ForgetFlows();
    }

    public void Clear()
    {
        _policies.Clear();
        _byName.Clear();
        ForgetFlows();
    }

    /// <summary>Whether any entry is <see cref="SecurityPolicy.Nested"/>.</summary>
    internal bool HasNested { get; private set; }

    /// <summary>The entry of a name; of several, the one added last.</summary>
    public SecurityPolicy? Find(string name) => _byName.GetValueOrDefault(name);

    public SecurityPolicy Lookup(in PacketSelectors packet, Direction direction) => LookupFlow(packet, direction).Policy;

    /// <summary>
    /// An entry for one peer from an entry that names it (RFC 4301 section 4.4.1.1): the remote address becomes the peer's, and the entry stands before its
    /// template. Null if no PROTECT entry has the name.
    /// </summary>
    public SecurityPolicy? Bind(string name, IpAddress address)
    {
        var position = _policies.FindIndex(policy => policy.Action == PolicyAction.Protect && policy.Names.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (position < 0)
            return null;
        var template = _policies[position];
        var bound = template with
        {
            Name = $"{template.Name} ({name})",
            Names = [],
            Traffic = template.Traffic with { Remote = [.. template.Traffic.Remote.Select(range => range with { First = address, Last = address }).Distinct()] },
        };
        Insert(position, bound);
        return bound;
    }

    internal CachedPolicy LookupFlow(in PacketSelectors packet, Direction direction)
    {
        var unsecured = direction == Direction.Outbound ? _outbound : _inbound;
        if (_secured.TryGet(packet, direction, out var known) || unsecured.TryGet(packet, direction, out known))
            return known;
        foreach (var policy in _policies)
        {
            if (!policy.Matches(packet, direction))
                continue;
            known = new(policy);
            (policy.Action == PolicyAction.Protect ? _secured : unsecured).Add(packet, direction, known);
            return known;
        }
        unsecured.Add(packet, direction, DiscardTheRest);
        return DiscardTheRest;
    }

    private void ForgetFlows()
    {
        HasNested = _policies.Exists(policy => policy.Nested);
        _secured.Clear();
        _outbound.Clear();
        _inbound.Clear();
    }
}
