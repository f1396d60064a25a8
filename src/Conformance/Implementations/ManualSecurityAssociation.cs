using System.Globalization;
using System.Net;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Implementations;

/// <summary>What an SA's packets carry (RFC 4303, RFC 4302, RFC 3173).</summary>
public enum IpsecProtocol
{
    Esp,
    Ah,
    /// <summary>An IPComp association, which RFC 3173 section 4 keys like an SA. Always DEFLATE (RFC 2394).</summary>
    IpComp,
}

/// <summary>The DF bit of a tunnel's outer IPv4 header (RFC 4301 section 8.1).</summary>
public enum DontFragment
{
    Copy,
    Set,
    Clear,
}

/// <summary>Ports of ESP in UDP (RFC 3948), in the direction of the SA.</summary>
public sealed record UdpEncapsulationPorts(ushort Source, ushort Destination)
{
    public static UdpEncapsulationPorts Standard { get; } = new(4500, 4500);
}

/// <summary>When an SA should be replaced (soft) and when it is not used any more (hard) (RFC 4301 section 4.4.2.1). Null: no limit.</summary>
/// <param name="HardTime">Whole seconds, as those who key by hand take no less.</param>
public sealed record ManualLifetime(
    long? SoftOctets = null, long? HardOctets = null, long? SoftPackets = null, long? HardPackets = null, TimeSpan? SoftTime = null, TimeSpan? HardTime = null)
{
    public static ManualLifetime Unlimited { get; } = new();
}

/// <summary>One dummy packet each interval, of a random size: the controls that RFC 4303 section 2.6 has in mind.</summary>
/// <param name="SmallestSize">Octets of payload.</param>
public sealed record ManualDummies(TimeSpan Interval, int SmallestSize, int LargestSize);

/// <summary>
/// One SA keyed by hand (RFC 4301 section 4.5.1), in one direction, from <see cref="Source"/> to <see cref="Destination"/>. The same record tells both ends
/// what they need.
/// </summary>
public sealed record ManualSecurityAssociation
{
    public required IpsecProtocol Protocol { get; init; }

    /// <summary>At least 256; for IPComp the CPI, 256 to 61439 (RFC 3173 section 3.3).</summary>
    public required uint Spi { get; init; }

    public required IpsecMode Mode { get; init; }

    /// <summary>Outer addresses, both of one family; in transport mode the packet's own.</summary>
    public required IPAddress Source { get; init; }
    public required IPAddress Destination { get; init; }

    /// <summary>The addresses that a BEET SA gives back to its packets, of either family; null in other modes.</summary>
    public IPAddress? InnerSource { get; init; }
    public IPAddress? InnerDestination { get; init; }

    /// <summary>Transform type 1; 0 for AH and IPComp.</summary>
    public EncryptionId Encryption { get; init; }

    /// <summary>Bits of the cipher's key, without salt; 0 without a cipher.</summary>
    public int KeyLength { get; init; }

    /// <summary>Key, with the salt at its end as in RFC 4106 section 8.1.</summary>
    public Octets EncryptionKey { get; init; }

    /// <summary>Transform type 3; <see cref="IntegrityId.None"/> with a combined-mode cipher and for IPComp.</summary>
    public IntegrityId Integrity { get; init; }

    public Octets IntegrityKey { get; init; }

    public bool ExtendedSequenceNumbers { get; init; }

    /// <summary>Of its first packet (RFC 4303 section 3.3.3): 1, but for an SA that is taken over in the middle.</summary>
    public uint FirstSequenceNumber { get; init; } = 1;

    public ManualLifetime Lifetime { get; init; } = ManualLifetime.Unlimited;

    /// <summary>Packets; 0 for no anti-replay service.</summary>
    public int ReplayWindow { get; init; } = 64;

    /// <summary>Null for ESP directly above IP.</summary>
    public UdpEncapsulationPorts? Encapsulation { get; init; }

    /// <summary>TFC padding (RFC 4303 section 2.7): payloads are padded to this many octets; 0 for none.</summary>
    public int TrafficFlowPadding { get; init; }

    /// <summary>Dummy packets that its sender is to send (RFC 4303 section 2.6); null for none.</summary>
    public ManualDummies? Dummies { get; init; }

    public DontFragment DontFragment { get; init; } = DontFragment.Copy;

    /// <summary>Whether a tunnel's outer header gets the inner one's DSCP (RFC 4301 section 5.1.2); 0 otherwise.</summary>
    public bool CopyDscp { get; init; } = true;

    /// <summary>Whether the inner header gets the outer one's DSCP when the tunnel ends (RFC 2983 section 3).</summary>
    public bool RestoreDscp { get; init; }

    /// <summary>Whether congestion marks cross the tunnel's ends (RFC 6040).</summary>
    public bool Ecn { get; init; } = true;

    /// <summary>Secrets included: they are test secrets.</summary>
    public override string ToString()
    {
        List<string> parts =
        [
            $"{Protocol} {Source} > {Destination} {(Protocol == IpsecProtocol.IpComp ? "CPI" : "SPI")} {Spi.ToString("x8", CultureInfo.InvariantCulture)}, {Mode}",
        ];
        if (Mode == IpsecMode.Beet)
            parts.Add($"inner {InnerSource} > {InnerDestination}");
        if (Protocol == IpsecProtocol.Esp)
            parts.Add($"{Encryption} {KeyLength} bits {EncryptionKey}");
        if (Integrity != IntegrityId.None)
            parts.Add($"{Integrity} {IntegrityKey}");
        if (ExtendedSequenceNumbers)
            parts.Add("ESN");
        if (Protocol != IpsecProtocol.IpComp)
            parts.Add($"window {ReplayWindow}");
        if (FirstSequenceNumber != 1)
            parts.Add($"numbers from {FirstSequenceNumber}");
        if (Lifetime != ManualLifetime.Unlimited)
            parts.Add($"{Lifetime}");
        if (Encapsulation is { } ports)
            parts.Add($"UDP {ports.Source} > {ports.Destination}");
        if (TrafficFlowPadding > 0)
            parts.Add($"padded to {TrafficFlowPadding}");
        if (Dummies is { } dummies)
            parts.Add($"dummies of {dummies.SmallestSize} to {dummies.LargestSize} octets each {dummies.Interval.TotalSeconds} s");
        if (Mode == IpsecMode.Tunnel)
            parts.Add($"DF {DontFragment}, DSCP {(CopyDscp ? "copied" : "0")}{(RestoreDscp ? ", restored" : "")}{(Ecn ? "" : ", no ECN")}");
        return string.Join(", ", parts);
    }
}
