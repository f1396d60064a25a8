using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>
/// An ICMP or ICMPv6 error that came in (RFC 792, RFC 4443): type (1 octet), code (1), checksum (2), type-specific (4), then the start of the packet that it
/// is about.
/// </summary>
/// <param name="From">Who sent it.</param>
/// <param name="Type">As on the wire, in the numbers of its family; <see cref="Kind"/> says the same for both.</param>
/// <param name="NextHopMtu">Octets; 0 where not given.</param>
/// <param name="QuotedSourcePort">0 if the packet has no ports.</param>
/// <param name="QuotedSequenceNumber">Of TCP; null if it is not quoted.</param>
public sealed record IcmpError(
    DateTimeOffset Time,
    IpAddress From,
    byte Type,
    byte Code,
    int NextHopMtu,
    byte QuotedProtocol,
    IpAddress QuotedSource,
    IpAddress QuotedDestination,
    ushort QuotedSourcePort,
    ushort QuotedDestinationPort,
    uint? QuotedSequenceNumber)
{
    // (type, code) of each kind, first in ICMP, then in ICMPv6.
    private static readonly Dictionary<IcmpErrorKind, ((byte Type, byte Code) Ipv4, (byte Type, byte Code) Ipv6)> Numbers = new()
    {
        [IcmpErrorKind.NoRoute] = ((3, 0), (1, 0)),
        [IcmpErrorKind.AddressUnreachable] = ((3, 1), (1, 3)),
        [IcmpErrorKind.AdministrativelyProhibited] = ((3, 13), (1, 1)),
        [IcmpErrorKind.ProtocolUnreachable] = ((3, 2), (4, 1)),
        [IcmpErrorKind.PortUnreachable] = ((3, 3), (1, 4)),
        [IcmpErrorKind.PacketTooBig] = ((3, 4), (2, 0)),
        [IcmpErrorKind.HopLimitExceeded] = ((11, 0), (3, 0)),
    };

    public IcmpErrorKind Kind
    {
        get
        {
            foreach (var (kind, numbers) in Numbers)
            {
                if ((Type, Code) == (From.IsIpv6 ? numbers.Ipv6 : numbers.Ipv4))
                {
                    return kind;
                }
            }

            return IcmpErrorKind.Other;
        }
    }

    /// <summary>Type and code of a kind that has them.</summary>
    internal static (byte Type, byte Code) NumbersOf(IcmpErrorKind kind, bool ipv6) => ipv6 ? Numbers[kind].Ipv6 : Numbers[kind].Ipv4;

    /// <summary>Reads an error whose checksum was found right; false for messages that are no errors, or quote too little.</summary>
    internal static bool TryParse(DateTimeOffset now, IpAddress from, ReadOnlySpan<byte> message, out IcmpError? error)
    {
        error = null;
        if (!IcmpView.TryParse(message, from.IsIpv6, out var icmp, out _) || !icmp.IsError
            || !TryReadQuoted(icmp.Body, from.IsIpv6, out var quoted, out var transport))
        {
            return false;
        }

        var hasPorts = quoted.Protocol is IpProtocol.Tcp or IpProtocol.Udp && transport.Length >= 4;
        error = new IcmpError(
            now,
            from,
            icmp.Type,
            icmp.Code,
            (int)Math.Min(icmp.Mtu ?? 0, ushort.MaxValue),
            quoted.Protocol,
            quoted.Source,
            quoted.Destination,
            hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(transport) : (ushort)0,
            hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(transport[2..]) : (ushort)0,
            quoted.Protocol == IpProtocol.Tcp && transport.Length >= 8 ? BinaryPrimitives.ReadUInt32BigEndian(transport[4..]) : null);
        return true;
    }

    // The quotation ends early, so the packet's own views would refuse it.
    private static bool TryReadQuoted(
        ReadOnlySpan<byte> quoted, bool ipv6, out (byte Protocol, IpAddress Source, IpAddress Destination) packet, out ReadOnlySpan<byte> transport)
    {
        packet = default;
        transport = default;
        if (ipv6)
        {
            if (quoted.Length < Ipv6View.HeaderLength || quoted[0] >> 4 != 6)
            {
                return false;
            }

            var chain = new Ipv6ExtensionChain(quoted[6], quoted[Ipv6View.HeaderLength..]);
            var isLaterFragment = false;
            while (chain.MoveNext())
            {
                isLaterFragment |= chain.Current.Type == IpProtocol.Ipv6Fragment && chain.Current.FragmentOffset != 0;
            }

            packet = (chain.Protocol, Ipv6Address.Read(quoted[8..]), Ipv6Address.Read(quoted[24..]));
            transport = chain.Error is null && !isLaterFragment ? chain.Rest : default;
            return true;
        }

        if (quoted.Length < Ipv4View.MinimumHeaderLength)
        {
            return false;
        }

        var headerLength = (quoted[0] & 0x0F) * 4;
        if (quoted[0] >> 4 != 4 || headerLength < Ipv4View.MinimumHeaderLength || headerLength > quoted.Length)
        {
            return false;
        }

        packet = (quoted[9], Ipv4Address.Read(quoted[12..]), Ipv4Address.Read(quoted[16..]));
        transport = (BinaryPrimitives.ReadUInt16BigEndian(quoted[6..]) & 0x1FFF) == 0 ? quoted[headerLength..] : default;
        return true;
    }
}
