using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// An IPv4 header that can only be valid (RFC 791, 3.1; layout at <see cref="Ipv4View"/>). Lengths and checksum are computed on writing.
/// </summary>
/// <param name="Protocol">See <see cref="IpProtocol"/>.</param>
public readonly record struct Ipv4Header(Ipv4Address Source, Ipv4Address Destination, byte Protocol)
{
    /// <summary>Largest Total Length, in octets.</summary>
    public const int MaximumTotalLength = 65535;

    /// <summary>DSCP (upper 6 bits) and ECN (lower 2 bits).</summary>
    public byte TrafficClass { get; init; }

    public ushort Identification { get; init; }

    public bool DontFragment { get; init; }

    public bool MoreFragments { get; init; }

    /// <summary>Octets, a multiple of 8, at most 65528.</summary>
    public int FragmentOffset { get; init; }

    public byte TimeToLive { get; init; } = 64;

    /// <summary>The fields of a parsed packet; its options are not part of this value: pass <see cref="Ipv4View.Options"/> on to <see cref="Write"/>.</summary>
    public static Ipv4Header From(Ipv4View view) => new(view.Source, view.Destination, view.Protocol)
    {
        TrafficClass = view.TrafficClass,
        Identification = view.Identification,
        DontFragment = view.DontFragment,
        MoreFragments = view.MoreFragments,
        FragmentOffset = view.FragmentOffset,
        TimeToLive = view.TimeToLive,
    };

    /// <summary>Writes the header for a payload of <paramref name="payloadLength"/> octets, which the caller puts behind it.</summary>
    /// <param name="options">0 to 40 octets, padded to a multiple of 4.</param>
    /// <returns>The header's length in octets.</returns>
    /// <exception cref="ArgumentException">A length or the fragment offset cannot be expressed, or the destination is too short.</exception>
    public int Write(Span<byte> destination, int payloadLength, ReadOnlySpan<byte> options = default)
    {
        if (options.Length > 40 || options.Length % 4 != 0)
        {
            throw new ArgumentException($"options must have 0 to 40 octets, a multiple of 4, not {options.Length}", nameof(options));
        }

        if (FragmentOffset is < 0 or > 65528 || FragmentOffset % 8 != 0)
        {
            throw new ArgumentException($"a fragment offset must be a multiple of 8 from 0 to 65528, not {FragmentOffset}");
        }

        var headerLength = Ipv4View.MinimumHeaderLength + options.Length;
        if (payloadLength < 0 || headerLength + payloadLength > MaximumTotalLength)
        {
            throw new ArgumentException($"{payloadLength} octets of payload do not fit into an IPv4 packet", nameof(payloadLength));
        }

        if (destination.Length < headerLength)
        {
            throw new ArgumentException($"{headerLength} octets needed, {destination.Length} given", nameof(destination));
        }

        destination[0] = (byte)(0x40 | (headerLength / 4));
        destination[1] = TrafficClass;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)(headerLength + payloadLength));
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], Identification);
        var flags = (DontFragment ? 0x4000 : 0) | (MoreFragments ? 0x2000 : 0);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], (ushort)(flags | (FragmentOffset / 8)));
        destination[8] = TimeToLive;
        destination[9] = Protocol;
        destination[10] = 0;
        destination[11] = 0;
        Source.Write(destination[12..]);
        Destination.Write(destination[16..]);
        options.CopyTo(destination[Ipv4View.MinimumHeaderLength..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], InternetChecksum.Compute(destination[..headerLength]));
        return headerLength;
    }

    /// <summary>Writes header and payload. They may overlap only if the payload already stands where it belongs.</summary>
    /// <returns>The packet's length in octets.</returns>
    /// <exception cref="ArgumentException">As <see cref="Write"/>.</exception>
    public int WritePacket(Span<byte> destination, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> options = default)
    {
        var headerLength = Write(destination, payload.Length, options);
        payload.CopyTo(destination[headerLength..]);
        return headerLength + payload.Length;
    }
}
