using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>
/// An ICMP error that came in (RFC 792): type (1 octet), code (1), checksum (2), type-specific (4; next-hop MTU in its last two for
/// fragmentation needed, RFC 1191), then the header and at least 8 octets of the packet that it is about.
/// </summary>
/// <param name="From">Who sent it.</param>
/// <param name="NextHopMtu">Octets; 0 where not given.</param>
/// <param name="QuotedSourcePort">0 if the packet has no ports.</param>
public sealed record IcmpError(
    DateTimeOffset Time,
    Ipv4Address From,
    byte Type,
    byte Code,
    int NextHopMtu,
    byte QuotedProtocol,
    Ipv4Address QuotedSource,
    Ipv4Address QuotedDestination,
    ushort QuotedSourcePort,
    ushort QuotedDestinationPort)
{
    public const byte DestinationUnreachable = 3;
    public const byte TimeExceeded = 11;
    public const byte ParameterProblem = 12;
    public const byte ProtocolUnreachable = 2;
    public const byte PortUnreachable = 3;
    public const byte FragmentationNeeded = 4;

    private const int HeaderLength = 8;

    internal static bool TryParse(DateTimeOffset now, Ipv4Address from, ReadOnlySpan<byte> message, out IcmpError? error)
    {
        error = null;
        if (message.Length < HeaderLength + Ipv4View.MinimumHeaderLength
            || message[0] is not (DestinationUnreachable or TimeExceeded or ParameterProblem))
        {
            return false;
        }

        // The quotation ends early, so Ipv4View would refuse it.
        var quoted = message[HeaderLength..];
        var quotedHeaderLength = (quoted[0] & 0x0F) * 4;
        if (quoted[0] >> 4 != 4 || quotedHeaderLength < Ipv4View.MinimumHeaderLength || quotedHeaderLength > quoted.Length)
        {
            return false;
        }

        var transport = quoted[quotedHeaderLength..];
        var hasPorts = quoted[9] is IpProtocol.Tcp or IpProtocol.Udp && transport.Length >= 4
            && (BinaryPrimitives.ReadUInt16BigEndian(quoted[6..]) & 0x1FFF) == 0;
        error = new IcmpError(
            now,
            from,
            message[0],
            message[1],
            message[0] == DestinationUnreachable && message[1] == FragmentationNeeded ? BinaryPrimitives.ReadUInt16BigEndian(message[6..]) : 0,
            quoted[9],
            Ipv4Address.Read(quoted[12..]),
            Ipv4Address.Read(quoted[16..]),
            hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(transport) : (ushort)0,
            hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(transport[2..]) : (ushort)0);
        return true;
    }
}
