using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>Protocol numbers of what an SA does to a packet.</summary>
public enum IpsecProtocol : byte
{
    Esp = IpProtocol.Esp,
    Ah = IpProtocol.Ah,
    /// <summary>An IPComp association (RFC 3173 section 4): its CPI stands where an SPI does.</summary>
    IpComp = IpProtocol.IpComp,
}

public enum IpsecMode
{
    Tunnel,
    Transport,
    /// <summary>Bound end-to-end tunnel: transport mode's format, with a fixed pair of inner addresses that are not sent (draft-nikander-esp-beet-mode-09).</summary>
    Beet,
}

/// <summary>Ports of ESP in UDP (RFC 3948), in the direction of the SA.</summary>
public readonly record struct UdpPorts(ushort Source, ushort Destination);

/// <summary>A pair of addresses in the direction of the SA.</summary>
public readonly record struct AddressPair(IpAddress Source, IpAddress Destination);

/// <summary>What one SA is told, apart from keys (RFC 4301 section 4.4.2.1). Addresses and ports in its own direction.</summary>
/// <param name="Spi">In its packets; of IPComp the CPI, 16 bits.</param>
/// <param name="Source">Of the outer header; in transport mode the host's own.</param>
public sealed record SecurityAssociationParameters(IpsecProtocol Protocol, uint Spi, IpsecMode Mode, IpAddress Source, IpAddress Destination)
{
    public bool ExtendedSequenceNumbers { get; init; }

    /// <summary>Of an outbound SA: the number of its first packet, 1 but for an SA that is taken over from elsewhere.</summary>
    public ulong FirstSequenceNumber { get; init; } = 1;

    /// <summary>Null for ESP directly above IP.</summary>
    public UdpPorts? Encapsulation { get; init; }

    /// <summary>The inner addresses of BEET mode.</summary>
    public AddressPair? Inner { get; init; }

    /// <summary>
    /// Transport mode behind NAT: the addresses that the sender had and meant (NAT-OA, RFC 3948 section 3.1.2), from which received TCP and UDP checksums are mended.
    /// </summary>
    public AddressPair? Original { get; init; }

    public OuterHeaderRules OuterHeader { get; init; } = OuterHeaderRules.Default;

    /// <summary>Traffic flow confidentiality (RFC 4303 section 2.7): tunnelled packets shorter than this many octets are padded to it; 0 pads nothing.</summary>
    public int TrafficFlowPadding { get; init; }

    /// <summary>Both ends agreed on fragments but the first, although the SA is for particular ports (RFC 4301 section 7.3).</summary>
    public bool NonFirstFragmentsAlso { get; init; }

    /// <summary>Of an outbound ESP SA: dummy packets between those that carry something (RFC 4303 section 2.6); null for none.</summary>
    public DummyTraffic? Dummies { get; init; }

    /// <summary>Fragments a tunnelled IPv4 packet whose DF is clear before protecting it, so that no protected packet needs fragments (RFC 4301 section 8).</summary>
    public bool FragmentBefore { get; init; }

    public SecurityAssociationLifetime Lifetime { get; init; } = SecurityAssociationLifetime.Unlimited;
}

/// <summary>Dummy packets of one SA, which hide when there is traffic (RFC 4303 section 2.6): one each interval, with random octets for a payload.</summary>
/// <param name="SmallestSize">Octets of payload; the size is drawn anew for each packet.</param>
/// <param name="LargestSize">At least <paramref name="SmallestSize"/>.</param>
public sealed record DummyTraffic(TimeSpan Interval, int SmallestSize, int LargestSize);

public enum DontFragmentRule
{
    Copy,
    Set,
    Clear,
}

/// <summary>How a tunnel's entry makes the outer header and its exit mends the inner one (RFC 4301 section 5.1.2, RFC 6040).</summary>
public sealed record OuterHeaderRules
{
    public static OuterHeaderRules Default { get; } = new();

    /// <summary>IPv4 outer header only (RFC 4301 section 8.1); with IPv6 inside, "copy" sets nothing.</summary>
    public DontFragmentRule DontFragment { get; init; }

    /// <summary>DSCP of the outer header for each of the inner's 64; null copies.</summary>
    public IReadOnlyList<byte>? DscpMap { get; init; }

    /// <summary>True for RFC 6040's normal mode; false sends Not-ECT (its compatibility mode, RFC 3168's limited one).</summary>
    public bool CopyEcn { get; init; } = true;

    /// <summary>At the exit, the inner header takes the outer's DSCP: RFC 4301 section 5.1.2.1 leaves that to the administrator.</summary>
    public bool DecapsulateDscp { get; init; }

    public byte HopLimit { get; init; } = 64;

    /// <summary>Maps DSCP codepoints; those not named keep theirs.</summary>
    public static IReadOnlyList<byte> MapDscp(params ReadOnlySpan<(byte Inner, byte Outer)> changes)
    {
        var map = new byte[64];
        for (byte codepoint = 0; codepoint < map.Length; codepoint++)
            map[codepoint] = codepoint;
        foreach (var (inner, outer) in changes)
            map[inner] = outer;
        return map;
    }
}

/// <summary>When an SA should be replaced (soft) and when it must not be used any more (hard) (RFC 4301 section 4.4.2.1). Null: no limit.</summary>
/// <param name="HardOctets">Of payload that was protected.</param>
public sealed record SecurityAssociationLifetime(
    long? SoftOctets = null, long? HardOctets = null, long? SoftPackets = null, long? HardPackets = null, TimeSpan? Soft = null, TimeSpan? Hard = null)
{
    public static SecurityAssociationLifetime Unlimited { get; } = new();
}
