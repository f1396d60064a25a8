using System.Collections.Immutable;

namespace Conformance.Implementations;

/// <summary>PICS: what an implementation declares. A scenario names what it needs; what is not declared is <i>unsupported</i>.</summary>
public sealed record Capabilities(ImmutableHashSet<Capability> Supported)
{
    public static Capabilities All { get; } = new([.. Enum.GetValues<Capability>()]);

    /// <summary>What a daemon has that is only told what a <see cref="ConnectionPolicy"/> can say.</summary>
    public static Capabilities OfIkeDaemon { get; } = All.Without(
        Capability.ManualKeying, Capability.Beet, Capability.Ah, Capability.IpComp, Capability.Bundles, Capability.XfrmCounters,
        Capability.CertificateAuthentication, Capability.MixedAuthentication, Capability.Eap, Capability.NullAuthentication, Capability.WindowAboveOne, Capability.MandatoryAlgorithms, Capability.Timers, Capability.Reauthentication,
        Capability.SkipsTime, Capability.InitialContact, Capability.OrderCreateChild, Capability.OrderCheckLiveness, Capability.AddressAssignment, Capability.AddressRequest,
        Capability.NonFirstFragments, Capability.FragmentProbing, Capability.NegotiatedIpComp, Capability.NegotiatedFlowPadding, Capability.NegotiatedDummies,
        Capability.FlowPaddingRefusal, Capability.SinglePairs, Capability.InitiatesOnTraffic, Capability.NoReplayCheck, Capability.NegotiatedAh,
        Capability.CertificateChains, Capability.RevocationLists, Capability.RevocationListsFromPeers, Capability.HashAndUrl, Capability.LookupHash, Capability.CertificateBundles);

    public bool Has(Capability capability) => Supported.Contains(capability);

    public Capabilities With(params ReadOnlySpan<Capability> more) => new(Supported.Union(more.ToArray()));

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
    /// <summary>Has SAs by IKEv2 (RFC 7296).</summary>
    IkeV2,
    /// <summary>Takes SAs and policies by hand (RFC 4301 section 4.5.1).</summary>
    ManualKeying,
    /// <summary>Can be told to initiate an IKE SA.</summary>
    Initiator,
    TunnelMode,
    TransportMode,
    Beet,
    /// <summary>RFC 4302.</summary>
    Ah,
    /// <summary>RFC 3173, with DEFLATE (RFC 2394).</summary>
    IpComp,
    /// <summary>Several SAs on the same packet (RFC 4301 section 4.4.1).</summary>
    Bundles,
    /// <summary>Outer and inner addresses of either family.</summary>
    Ipv6,
    /// <summary>Counts what it discards, by name of the reason (see <see cref="IImplementation.Counters"/>).</summary>
    XfrmCounters,
    ExtendedSequenceNumbers,
    /// <summary>RFC 7296 section 2.23, and ESP in UDP (RFC 3948).</summary>
    NatTraversal,
    /// <summary>As the responder, takes the selectors of a transport mode peer behind a NAT for what it sees itself (RFC 7296 section 2.23.1, which demands nothing of it).</summary>
    TransportThroughNat,
    /// <summary>Can be made to ask for a cookie from the first message on (RFC 7296 section 2.6).</summary>
    CookieOnDemand,
    /// <summary>Each of <see cref="SaOrder"/>.</summary>
    OrderRekeyChild,
    OrderRekeyIke,
    OrderDeleteChild,
    OrderCreateChild,
    OrderCheckLiveness,
    /// <summary>Proves itself and its peer by certificates (RFC 7296 section 2.15, RFC 7427).</summary>
    CertificateAuthentication,
    /// <summary>One end can have a certificate and the other a shared key (RFC 7296 section 2.15).</summary>
    MixedAuthentication,
    /// <summary>Can be given certificates of intermediate authorities beside its own.</summary>
    CertificateChains,
    /// <summary>Can be given CRLs, and told to demand them (RFC 4945 section 5.2).</summary>
    RevocationLists,
    /// <summary>Heeds CRLs that its peer sends, beside its own (RFC 4945 section 3.2.3 would rather that nobody sent any).</summary>
    RevocationListsFromPeers,
    /// <summary>Sends and takes URLs of certificates, and looks them up over HTTP (RFC 7296 section 3.6).</summary>
    HashAndUrl,
    /// <summary>Refuses what it looked up if the hash that was sent is another's (RFC 7296 section 3.6 says what the hash is, and demands no comparison).</summary>
    LookupHash,
    /// <summary>Can be told to send the URL of a bundle of certificates.</summary>
    CertificateBundles,
    /// <summary>As initiator proves itself by EAP, as responder has its peer do so: MD5-Challenge and MS-CHAPv2 (RFC 7296 section 2.16).</summary>
    Eap,
    /// <summary>RFC 7619.</summary>
    NullAuthentication,
    /// <summary>RFC 7383.</summary>
    IkeFragmentation,
    /// <summary>Can be told to find out which size of fragments of its IKE requests gets through (RFC 7383 section 2.5.2).</summary>
    FragmentProbing,
    /// <summary>Can be told to agree on fragments but the first on SAs for particular ports (RFC 4301 section 7.3).</summary>
    NonFirstFragments,
    /// <summary>Can be told to offer and accept IPComp with DEFLATE (RFC 7296 section 2.22).</summary>
    NegotiatedIpComp,
    /// <summary>Can be told to pad what goes into a child SA, where the peer takes that (RFC 4303 section 2.7).</summary>
    NegotiatedFlowPadding,
    /// <summary>Can be told to send dummy packets on child SAs (RFC 4303 section 2.6).</summary>
    NegotiatedDummies,
    /// <summary>Can be told to take no TFC padding (RFC 7296 section 1.3.1).</summary>
    FlowPaddingRefusal,
    /// <summary>Can be told to want a child SA of its own for each pair of addresses (RFC 7296 section 2.9).</summary>
    SinglePairs,
    /// <summary>Can be told to ask for SAs when a packet wants them (<see cref="ConnectionPolicy.InitiatesOnTraffic"/>), and to send that packet.</summary>
    InitiatesOnTraffic,
    /// <summary>Can be told not to check child SAs for replays (RFC 4303 section 3.4.3).</summary>
    NoReplayCheck,
    /// <summary>Can be told to make child SAs of AH by IKE.</summary>
    NegotiatedAh,
    /// <summary>Takes several requests at once and says so (RFC 7296 section 2.3).</summary>
    WindowAboveOne,
    /// <summary>Can be told to use the algorithms that RFC 8247 and RFC 8221 want of all, beyond those with a name here.</summary>
    MandatoryAlgorithms,
    /// <summary>Can be told that one IKE SA with each identity is enough (RFC 7296 section 2.4).</summary>
    InitialContact,
    /// <summary>Can be told when SAs end, and when it is to ask a silent peer whether it lives.</summary>
    Timers,
    /// <summary>As a responder says how long an authentication counts, if it is told so; as an initiator proves itself anew when its peer says so (RFC 4478).</summary>
    Reauthentication,
    /// <summary>Lives on a clock that jumps: waiting for minutes costs nothing.</summary>
    SkipsTime,
    /// <summary>Gives a peer that asks an inner address (RFC 7296 section 2.19).</summary>
    AddressAssignment,
    /// <summary>Asks its peer for an inner address.</summary>
    AddressRequest,
    AesGcm16,
    AesCbcHmacSha2,
    Curve25519,
    EcpGroups,
    ModpGroups,
}
