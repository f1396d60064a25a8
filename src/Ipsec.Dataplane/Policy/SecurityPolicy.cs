namespace Ipsec.Dataplane;

/// <summary>What the SPD says of a packet (RFC 4301 section 4.4.1).</summary>
public enum PolicyAction
{
    Discard,
    Bypass,
    Protect,
}

/// <summary>An SPD entry. Its name links PROTECT entries to the connection that makes their SAs.</summary>
public sealed record SecurityPolicy(string Name, PolicyAction Action, TrafficPair Traffic);
