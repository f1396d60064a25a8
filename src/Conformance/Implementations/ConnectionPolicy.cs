using System.Collections.Immutable;

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
    public ImmutableArray<EspSuite> EspSuites { get; init; } = [EspSuite.Aes256Gcm];

    public IpsecMode Mode { get; init; } = IpsecMode.Tunnel;

    /// <summary>Pre-shared key, as text in the printable ASCII range (RFC 7296 section 2.15).</summary>
    public string PreSharedKey { get; init; } = "conformance-psk-0123456789abcdef";

    /// <summary>FQDN identities (ID_FQDN).</summary>
    public string LocalIdentity { get; init; } = "iut.example";
    public string RemoteIdentity { get; init; } = "tester.example";

    /// <summary>In tunnel mode, subnets as "10.1.0.0/24"; empty means the topology's inner /24. Ignored in transport mode.</summary>
    public ImmutableArray<string> LocalSubnets { get; init; } = [];
    public ImmutableArray<string> RemoteSubnets { get; init; } = [];

    /// <summary>Encapsulate in UDP even where no NAT was found.</summary>
    public bool ForceUdpEncapsulation { get; init; }

    /// <summary>The responder asks every initiator for a cookie.</summary>
    public bool AlwaysRequireCookie { get; init; }
}

public enum IpsecMode
{
    Tunnel,
    Transport,
    /// <summary>Bound end-to-end tunnel: a tunnel between fixed inner addresses, in transport mode's format (RFC 7402 appendix B).</summary>
    Beet,
}

/// <summary>IANA transform ids of one IKE proposal: types 1 (ENCR), 3 (INTEG, 0 with an AEAD), 2 (PRF), 4 (KE). Key length in bits.</summary>
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
    public static EspSuite Aes256Gcm { get; } = new(20, 256, 0, false);
    public static EspSuite Aes128Gcm { get; } = new(20, 128, 0, false);
    public static EspSuite Aes256GcmEsn { get; } = new(20, 256, 0, true);
    public static EspSuite Aes256CbcSha256 { get; } = new(12, 256, 12, false);
    public static EspSuite Aes256CbcSha384 { get; } = new(12, 256, 13, false);
    public static EspSuite Aes256CbcSha512 { get; } = new(12, 256, 14, false);
}
