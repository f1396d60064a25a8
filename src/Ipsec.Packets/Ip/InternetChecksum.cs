using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>The ones' complement checksum of IPv4, ICMP, UDP and TCP (RFC 1071). Allocates nothing.</summary>
public static class InternetChecksum
{
    /// <summary>
    /// The checksum field's value over <paramref name="octets"/>, whose own checksum field must be zero.
    /// Over octets with the field filled in, 0 means that the checksum is right.
    /// </summary>
    public static ushort Compute(ReadOnlySpan<byte> octets) => Finish(Add(0, octets));

    /// <summary>Adds octets to a running sum. Every part but the last must have an even length; an odd tail counts as padded with zero.</summary>
    public static ulong Add(ulong sum, ReadOnlySpan<byte> octets)
    {
        while (octets.Length >= 4)
        {
            sum += BinaryPrimitives.ReadUInt32BigEndian(octets);
            octets = octets[4..];
        }

        if (octets.Length >= 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(octets);
            octets = octets[2..];
        }

        return octets.Length == 1 ? sum + ((ulong)octets[0] << 8) : sum;
    }

    /// <summary>Adds the IPv4 pseudo-header of UDP (RFC 768) and TCP (RFC 9293, 3.1). The length is that of header and data, in octets.</summary>
    public static ulong AddPseudoHeader(ulong sum, Ipv4Address source, Ipv4Address destination, byte protocol, int length) =>
        sum + source.Value + destination.Value + protocol + (uint)length;

    /// <summary>Adds the IPv6 pseudo-header (RFC 8200 section 8.1). The length is that of the upper layer's header and data, in octets.</summary>
    public static ulong AddPseudoHeader(ulong sum, Ipv6Address source, Ipv6Address destination, byte protocol, int length)
    {
        Span<byte> addresses = stackalloc byte[2 * Ipv6Address.Size];
        source.Write(addresses);
        destination.Write(addresses[Ipv6Address.Size..]);
        return Add(sum, addresses) + protocol + (uint)length;
    }

    /// <summary>Adds the pseudo-header of the addresses' family.</summary>
    public static ulong AddPseudoHeader(ulong sum, IpAddress source, IpAddress destination, byte protocol, int length) => source.IsIpv6
        ? AddPseudoHeader(sum, source.V6, destination.V6, protocol, length)
        : AddPseudoHeader(sum, source.V4, destination.V4, protocol, length);

    /// <summary>
    /// A checksum after some octets that it covers have changed (RFC 1624, equation 3). Both spans have the same even length and stand at an
    /// even offset. A checksum that was wrong stays as wrong as it was.
    /// </summary>
    public static ushort Adjust(ushort checksum, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        var removed = Finish(Add(0, before));
        return Finish(Add((ulong)(ushort)~checksum + removed, after));
    }

    /// <summary>Folds a running sum to 16 bits and complements it.</summary>
    public static ushort Finish(ulong sum)
    {
        while (sum >> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
