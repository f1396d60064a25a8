using System.Collections.Immutable;

namespace Conformance.Implementations;

/// <summary>PICS: what an implementation declares. A scenario names what it needs; what is not declared is <i>unsupported</i>.</summary>
public sealed record Capabilities(ImmutableHashSet<Capability> Supported)
{
    public static Capabilities All { get; } = new([.. Enum.GetValues<Capability>()]);

    public bool Has(Capability capability) => Supported.Contains(capability);

    public Capabilities Without(params ReadOnlySpan<Capability> missing)
    {
        var supported = Supported;
        foreach (var capability in missing)
            supported = supported.Remove(capability);
        return new(supported);
    }
}

/// <summary>Optional features that scenarios ask for. Names as the RFCs have them.</summary>
public enum Capability
{
    /// <summary>Can be told to initiate an IKE SA.</summary>
    Initiator,
    TunnelMode,
    TransportMode,
    ExtendedSequenceNumbers,
    /// <summary>RFC 7296 section 2.23, and ESP in UDP (RFC 3948).</summary>
    NatTraversal,
    /// <summary>Can be made to ask for a cookie from the first message on (RFC 7296 section 2.6).</summary>
    CookieOnDemand,
    AesGcm16,
    AesCbcHmacSha2,
    Curve25519,
    EcpGroups,
    ModpGroups,
}
