using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Implementations;

/// <summary>
/// One IKE connection with one child SA, in neutral terms, seen from the implementation: <i>Local</i> is the implementation, <i>Remote</i> the tester.
/// A driver renders it in its own configuration language. Addresses and subnets come from its <see cref="Topology"/>.
/// </summary>
public sealed record ConnectionPolicy
{
    /// <summary>Name of the connection in the rendered configuration; letters and digits.</summary>
    public string Name { get; init; } = "standard";

    /// <summary>Offered or accepted for the IKE SA, best first.</summary>
    public ImmutableArray<IkeSuite> IkeSuites { get; init; } = [IkeSuite.Aes256GcmSha256Curve25519];

    /// <summary>Offered or accepted for the child SA, best first.</summary>
    public ImmutableArray<EspSuite> EspSuites { get; init; } = Unsaid;

    private static ImmutableArray<EspSuite> Unsaid { get; } = [EspSuite.Aes256Gcm];

    /// <summary>The same policy; where nobody said which ESP suites or which family, with those that are an implementation's.</summary>
    public ConnectionPolicy For(IImplementation implementation) => this with
    {
        EspSuites = EspSuites.Equals(Unsaid) ? [implementation.StandardEspSuite] : EspSuites,
        OuterIpv6 = OuterIpv6 ?? implementation.IsMetOverIpv6,
    };

    public IpsecMode Mode { get; init; } = IpsecMode.Tunnel;

    /// <summary>
    /// IKE and the SAs are between the IPv6 addresses of the <see cref="Topology"/>, or, if false, between those of IPv4; null leaves it to how an implementation is met.
    /// True with <see cref="Capability.Ipv6"/>.
    /// </summary>
    public bool? OuterIpv6 { get; init; }

    /// <summary>What tunnels carry is IPv6. With <see cref="Capability.Ipv6"/>.</summary>
    public bool InnerIpv6 { get; init; }

    /// <summary>Pre-shared key, as text in the printable ASCII range (RFC 7296 section 2.15).</summary>
    public string PreSharedKey { get; init; } = "conformance-psk-0123456789abcdef";

    /// <summary>Octets of any kind, given to the implementation in hex, in place of <see cref="PreSharedKey"/>; empty for that.</summary>
    public Octets PreSharedOctets { get; init; } = Octets.Empty;

    /// <summary>The pre-shared key itself.</summary>
    public Octets SharedKey => PreSharedOctets.IsEmpty ? Encoding.ASCII.GetBytes(PreSharedKey) : PreSharedOctets;

    /// <summary>Of any kind; a string is a domain name (ID_FQDN).</summary>
    public PolicyIdentity LocalIdentity { get; init; } = "iut.example";
    public PolicyIdentity RemoteIdentity { get; init; } = "tester.example";

    /// <summary>Who may be the peer, in order, the first that fits decides; empty for <see cref="RemoteIdentity"/> alone. All have the same credential.</summary>
    public ImmutableArray<AuthorizedPeer> AuthorizedPeers { get; init; } = [];

    /// <summary>Policy entries that are found by the peer's identity. With <see cref="AuthorizedPeers"/>.</summary>
    public ImmutableArray<NamedTraffic> NamedTraffic { get; init; } = [];

    /// <summary>In tunnel mode, subnets as "10.1.0.0/24"; empty means the /24 (IPv6: the /64) around the topology's inner addresses. Ignored in transport mode.</summary>
    public ImmutableArray<string> LocalSubnets { get; init; } = [];
    public ImmutableArray<string> RemoteSubnets { get; init; } = [];

    /// <summary>SAs for particular ports may carry fragments but the first, if the tester wants that too (RFC 4301 section 7.3). With <see cref="Capability.NonFirstFragments"/>.</summary>
    public bool NonFirstFragments { get; init; }

    /// <summary>IPComp with DEFLATE inside of child SAs is offered, and accepted (RFC 7296 section 2.22). With <see cref="Capability.NegotiatedIpComp"/>.</summary>
    public bool Compression { get; init; }

    /// <summary>
    /// TFC padding (RFC 4303 section 2.7): what goes into a child SA of tunnel mode is padded to this many octets where the tester takes that; 0 for none. With
    /// <see cref="Capability.NegotiatedFlowPadding"/>.
    /// </summary>
    public int FlowPadding { get; init; }

    /// <summary>Dummy packets (RFC 4303 section 2.6) go into each child SA, one each interval; null for none. With <see cref="Capability.NegotiatedDummies"/>.</summary>
    public TimeSpan? DummyInterval { get; init; }

    /// <summary>The tester is told that it must not send TFC padding (RFC 7296 section 1.3.1). With <see cref="Capability.FlowPaddingRefusal"/>.</summary>
    public bool RefusesFlowPadding { get; init; }

    /// <summary>Each child SA is for one pair of addresses (RFC 7296 section 2.9). With <see cref="Capability.SinglePairs"/>.</summary>
    public bool SinglePairs { get; init; }

    /// <summary>A packet that wants SAs has them asked for (RFC 7296 section 2.9). With <see cref="Capability.InitiatesOnTraffic"/>.</summary>
    public bool InitiatesOnTraffic { get; init; }

    /// <summary>Child SAs are not checked for replays (RFC 4303 section 3.4.3). With <see cref="Capability.NoReplayCheck"/>.</summary>
    public bool AcceptsReplays { get; init; }

    /// <summary>Child SAs are AH, by the integrity algorithms of <see cref="EspSuites"/>. With <see cref="Capability.NegotiatedAh"/>.</summary>
    public bool UsesAh { get; init; }

    /// <summary>Encapsulate in UDP even where no NAT was found.</summary>
    public bool ForceUdpEncapsulation { get; init; }

    /// <summary>The responder asks every initiator for a cookie.</summary>
    public bool AlwaysRequireCookie { get; init; }

    /// <summary>Ends prove themselves by certificate; null for the pre-shared key. With <see cref="Capability.CertificateAuthentication"/>.</summary>
    public CertificatePolicy? Certificates { get; init; }

    /// <summary>Which ends have <see cref="Certificates"/>; the other has the pre-shared key. With <see cref="Capability.MixedAuthentication"/> where it is not both.</summary>
    public PolicyEnds CertifiedEnds { get; init; } = PolicyEnds.Both;

    /// <summary>Whether an end is to prove itself by certificate.</summary>
    public bool IsCertified(PolicyEnds end) => Certificates is not null && CertifiedEnds.HasFlag(end);

    /// <summary>The initiator proves itself by EAP, the responder by its certificate; null without EAP. With <see cref="Capability.Eap"/> and <see cref="Certificates"/>.</summary>
    public EapPolicy? Eap { get; init; }

    /// <summary>Ends that prove nothing, and call themselves <see cref="PolicyIdentity.Nobody"/> (RFC 7619). With <see cref="Capability.NullAuthentication"/>.</summary>
    public PolicyEnds Anonymous { get; init; }

    /// <summary>Requests that it takes at once. Above 1 with <see cref="Capability.WindowAboveOne"/>.</summary>
    public int WindowSize { get; init; } = 1;

    /// <summary>Octets of an IKE message above which it is fragmented, where the peer takes fragments; null leaves that to the implementation.</summary>
    public int? FragmentSize { get; init; }

    /// <summary>Sizes below <see cref="FragmentSize"/>, falling, that a request which is not answered is tried with. With <see cref="Capability.FragmentProbing"/>.</summary>
    public ImmutableArray<int> FragmentProbes { get; init; } = [];

    /// <summary>Ages at which SAs are rekeyed and end, and silence after which the peer is asked; null for never. With <see cref="Capability.Timers"/>.</summary>
    public PolicyTimers? Timers { get; init; }

    /// <summary>Whether the tester gets its inner address from the implementation, out of the tester's subnet. With <see cref="Capability.AddressAssignment"/>.</summary>
    public AddressAssignment Assignment { get; init; }

    /// <summary>The implementation asks for its inner address when it initiates, and takes any. With <see cref="Capability.AddressRequest"/>.</summary>
    public bool AsksForAddress { get; init; }
}

/// <summary>Configuration payloads as the responder has them (RFC 7296 section 2.19).</summary>
public enum AddressAssignment
{
    None,
    /// <summary>Who asks gets an address.</summary>
    OnRequest,
    /// <summary>Who does not ask gets no child SA.</summary>
    Required,
}

/// <summary>Certificates, all DER, and private keys as PrivateKeyInfo.</summary>
/// <param name="Authority">What both ends trust.</param>
/// <param name="Local">The implementation's.</param>
/// <param name="Remote">The tester's.</param>
public sealed record CertificatePolicy(Octets Authority, CertifiedKey Local, CertifiedKey Remote)
{
    /// <summary>Whether an RSA key signs by RSASSA-PSS, as RFC 8247 section 3.2 wants it, rather than by RSASSA-PKCS1-v1_5, where the peer takes both.</summary>
    public bool PrefersPss { get; init; } = true;

    /// <summary>CRLs, DER, that the implementation is given. With <see cref="Capability.RevocationLists"/>.</summary>
    public ImmutableArray<Octets> RevocationLists { get; init; } = [];

    /// <summary>It takes no certificate, but the authority's, without a current list of who has issued it. With <see cref="Capability.RevocationLists"/>.</summary>
    public bool RequiresRevocationLists { get; init; }

    /// <summary>CRLs that a stack in the tester's place is given.</summary>
    public ImmutableArray<Octets> RemoteRevocationLists { get; init; } = [];

    /// <summary>Where its certificates stand, and whether it looks up the tester's; null: they are always sent whole. With <see cref="Capability.HashAndUrl"/>.</summary>
    public HashAndUrlPolicy? HashAndUrl { get; init; }
}

/// <param name="Chain">Its own certificate first, then those of intermediate authorities.</param>
public sealed record CertifiedKey(ImmutableArray<Octets> Chain, Octets PrivateKey);

/// <summary>Certificates over HTTP (RFC 7296 section 3.6): where each stands, both ends' are found by hash.</summary>
/// <param name="Base">URL, up to where the SHA-1 hash of the certificate follows, 40 hexadecimal digits in small letters.</param>
public sealed record HashAndUrlPolicy(string Base)
{
    /// <summary>The implementation points to one bundle of all its certificates, named by its own hash. With <see cref="Capability.CertificateBundles"/>.</summary>
    public bool IsBundle { get; init; }

    /// <summary>Whether the implementation takes URLs, and says so.</summary>
    public bool IsAccepted { get; init; } = true;

    public string UrlOf(Octets content) => $"{Base}{Convert.ToHexStringLower(SHA1.HashData(content.Span))}";
}

/// <summary>EAP in IKE_AUTH (RFC 7296 section 2.16). The user's name is the initiator's identity as text.</summary>
/// <param name="Method">MD5-Challenge or MS-CHAPv2.</param>
/// <param name="IsImplementation">Whether it is the implementation that proves itself so, as the initiator; otherwise the tester does.</param>
public sealed record EapPolicy(EapMethod Method, bool IsImplementation)
{
    /// <summary>Letters, digits, hyphens.</summary>
    public string Password { get; init; } = "conformance-password";
}

[Flags]
public enum PolicyEnds
{
    None = 0,
    Implementation = 1,
    Tester = 2,
    Both = Implementation | Tester,
}

/// <summary>Null for never.</summary>
public sealed record PolicyTimers
{
    public TimeSpan? ChildRekeying { get; init; }
    public TimeSpan? ChildEnd { get; init; }
    public TimeSpan? IkeRekeying { get; init; }
    public TimeSpan? IkeEnd { get; init; }
    public TimeSpan? Liveness { get; init; }

    /// <summary>Age of an authentication after which the initiator is to prove itself anew, which the responder tells it (RFC 4478). With <see cref="Capability.Reauthentication"/>.</summary>
    public TimeSpan? Reauthentication { get; init; }
}

public enum IpsecMode
{
    Tunnel,
    Transport,
    /// <summary>Bound end-to-end tunnel: a tunnel between fixed inner addresses, in transport mode's format (RFC 7402 appendix B).</summary>
    Beet,
}

/// <summary>IANA transform ids of one IKE proposal: types 1 (ENCR), 3 (INTEG, 0 with an AEAD), 2 (PRF), 4 (KE). Key length in bits, 0 for a cipher with one length.</summary>
public sealed record IkeSuite(ushort Encryption, int KeyLength, ushort Integrity, ushort Prf, ushort KeyExchange)
{
    public static IkeSuite Aes256GcmSha256Curve25519 { get; } = new(20, 256, 0, 5, 31);
    public static IkeSuite Aes128GcmSha256Ecp256 { get; } = new(20, 128, 0, 5, 19);
    public static IkeSuite Aes256CbcSha256Modp2048 { get; } = new(12, 256, 12, 5, 14);
    public static IkeSuite Aes256CbcSha384Ecp384 { get; } = new(12, 256, 13, 6, 20);
    public static IkeSuite Aes256CbcSha512Modp3072 { get; } = new(12, 256, 14, 7, 15);
}

/// <summary>IANA transform ids of one ESP proposal: types 1 (ENCR), 3 (INTEG, 0 with an AEAD), 5 (ESN: 0 or 1). Key length in bits.</summary>
public sealed record EspSuite(ushort Encryption, int KeyLength, ushort Integrity, bool ExtendedSequenceNumbers)
{
    /// <summary>Type 4 (KE) of what CREATE_CHILD_SA makes; 0 for none.</summary>
    public ushort KeyExchange { get; init; }

    public static EspSuite Aes256Gcm { get; } = new(20, 256, 0, false);
    public static EspSuite Aes128Gcm { get; } = new(20, 128, 0, false);
    public static EspSuite Aes256GcmEsn { get; } = new(20, 256, 0, true);
    public static EspSuite Aes256CbcSha1 { get; } = new(12, 256, 2, false);
    public static EspSuite Aes256CbcSha256 { get; } = new(12, 256, 12, false);
    public static EspSuite Aes256CbcSha384 { get; } = new(12, 256, 13, false);
    public static EspSuite Aes256CbcSha512 { get; } = new(12, 256, 14, false);
}
