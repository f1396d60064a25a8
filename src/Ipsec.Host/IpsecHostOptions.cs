using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Ike;

namespace Ipsec.Host;

/// <summary>What a host is made with. The factories are the seams at which a harness can make it err on purpose.</summary>
public sealed record IpsecHostOptions
{
    public required RandomSource Random { get; init; }

    public IkeOptions Ike { get; init; } = new();

    /// <summary>The PAD; null where each connection says who its peer is.</summary>
    public PeerAuthorizationDatabase? Peers { get; init; }

    /// <summary>
    /// Octets and packets after which each SA of a child is rekeyed and after which it is not used any more (RFC 4301 section 4.4.2.1). Chance shortens the
    /// soft limits by <see cref="IkeOptions.LifetimeJitter"/>. Limits in time are IKE's: <see cref="IkeOptions.ChildSoftLifetime"/>.
    /// </summary>
    public SecurityAssociationLifetime ChildLifetime { get; init; } = SecurityAssociationLifetime.Unlimited;

    /// <summary>TFC padding of ESP tunnels that IKE makes, where the peer takes it: shorter packets are padded to this many octets (RFC 4303 section 2.7); 0 for none.</summary>
    public int ChildFlowPadding { get; init; }

    /// <summary>Dummy packets of ESP SAs that IKE makes (RFC 4303 section 2.6); null for none. A peer takes them whether or not it takes padding.</summary>
    public DummyTraffic? ChildDummies { get; init; }

    /// <summary>Packets of the anti-replay windows of SAs that IKE makes; 0 for no check: extended sequence numbers are not negotiated then (RFC 4303 section 3.3.3).</summary>
    public int ChildReplayWindow { get; init; } = Ipsec.Dataplane.AntiReplayWindow.DefaultSize;

    /// <summary>Whether a packet that its policy has no SA for has one asked for; else only a command does.</summary>
    public bool InitiatesOnTraffic { get; init; }

    public DataPlaneOptions DataPlane { get; init; } = DataPlaneOptions.Default;

    /// <summary>Null for the real codec.</summary>
    public IIkeMessageCodec? IkeCodec { get; init; }

    /// <summary>Makes the anti-replay window of an inbound SA, of so many packets.</summary>
    public Func<SecurityAssociationParameters, int, IAntiReplayWindow> AntiReplayWindow { get; init; } =
        (parameters, size) => new AntiReplayWindow(parameters.ExtendedSequenceNumbers, size);

    /// <summary>Makes the protection of an ESP SA.</summary>
    public Func<EspAlgorithms, byte[], byte[], RandomSource, IEspProtection> EspProtection { get; init; } =
        (algorithms, encryptionKey, integrityKey, random) => new EspProtection(algorithms, encryptionKey, integrityKey, random);

    /// <summary>Makes the protection of an AH SA: algorithm, key, whether it has extended sequence numbers.</summary>
    public Func<IntegrityAlgorithm, byte[], bool, IAhProtection> AhProtection { get; init; } =
        (algorithm, key, extended) => new AhProtection(algorithm, key, extended);

    /// <summary>Makes the compression of an IPComp association.</summary>
    public Func<ICompression> Compression { get; init; } = () => new DeflateCompression();

    /// <summary>Called with each SPD entry before it is installed.</summary>
    public Func<SecurityPolicy, SecurityPolicy> Policy { get; init; } = policy => policy;

    /// <summary>What packets are given to in place of the data plane, which it is made from.</summary>
    public Func<DataPlane, IPacketProcessing> Processing { get; init; } = dataplane => dataplane;

    /// <summary>Sees every IP packet between the host and its link; null for nobody.</summary>
    public IPacketFilter? PacketFilter { get; init; }

    /// <summary>
    /// Whether the inner stack splits what would be too large for a tunnel. Not where a BEET SA comes after, which takes whole datagrams as transport mode does.
    /// </summary>
    public bool FragmentsInside { get; init; } = true;

    /// <summary>Called with the keys of every IKE and ESP SA, for a key log that was asked for. The keys are borrowed.</summary>
    public IKeyLog? KeyLog { get; init; }

    /// <summary>ESP in UDP: after so long without anything sent to the peer, a keepalive goes out (RFC 3948 section 4 suggests 20 seconds).</summary>
    public TimeSpan NatKeepaliveInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>What is at a URL that a peer has sent for a certificate, where this host has it itself; null for what is asked for over HTTP.</summary>
    public Func<string, byte[]?> KnownCertificate { get; init; } = _ => null;

    /// <summary>Events kept for <see cref="IpsecHost.Events"/>; older ones are dropped.</summary>
    public int EventsKept { get; init; } = 1000;
}

/// <summary>Takes keys for a log that the run was asked for.</summary>
public interface IKeyLog
{
    void IkeSa(ulong initiatorSpi, ulong responderSpi, IkeAlgorithms algorithms, IkeKeys keys);

    /// <param name="child">Its inbound SA has the keys of the other end's sending direction.</param>
    void ChildSa(ChildSa child, ChildKeys keys);
}
