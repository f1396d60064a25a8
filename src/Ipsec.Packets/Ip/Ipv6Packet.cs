using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Ipsec.Packets.Ip;

/// <summary>An extension header, owned. Its next-header octet is computed when the packet is written.</summary>
/// <param name="Type">See <see cref="IpProtocol"/>.</param>
/// <param name="Content">What follows the next-header octet, the length octet included: 7, 15, 23 … octets (AH: a multiple of 4, less one).</param>
public sealed record Ipv6ExtensionHeader(byte Type, Octets Content);

/// <summary>
/// A whole IPv6 packet, owned and immutable (RFC 8200 section 3; layout at <see cref="Ipv6View"/>). For every well-formed packet without link padding,
/// <c>Encode(TryParse(x)) == x</c>. Payload Length and the chain of next headers are computed on writing unless <see cref="ClaimedPayloadLength"/> lies.
/// </summary>
/// <param name="Protocol">Of the upper layer, after all extension headers.</param>
/// <param name="Payload">Of the upper layer.</param>
public sealed record Ipv6Packet(
    Ipv6Address Source, Ipv6Address Destination, byte Protocol, Octets Payload, ImmutableArray<Ipv6ExtensionHeader> Extensions)
{
    public byte TrafficClass { get; init; }

    /// <summary>20 bits.</summary>
    public uint FlowLabel { get; init; }

    public byte HopLimit { get; init; } = 64;

    /// <summary>Payload Length as written, for a tester that lies; null for the truth.</summary>
    public ushort? ClaimedPayloadLength { get; init; }

    /// <exception cref="InvalidOperationException">The packet is longer than IPv6 can say.</exception>
    public byte[] Encode()
    {
        var length = Extensions.Sum(extension => 1 + extension.Content.Length) + Payload.Length;
        if (length > ushort.MaxValue)
            throw new InvalidOperationException($"{length} octets do not fit into an IPv6 packet");
        var packet = new byte[Ipv6View.HeaderLength + length];
        BinaryPrimitives.WriteUInt32BigEndian(packet, 6u << 28 | (uint)TrafficClass << 20 | FlowLabel & 0xFFFFF);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), ClaimedPayloadLength ?? (ushort)length);
        packet[7] = HopLimit;
        Source.Write(packet.AsSpan(8));
        Destination.Write(packet.AsSpan(24));
        var next = 6;
        var position = Ipv6View.HeaderLength;
        foreach (var extension in Extensions)
        {
            packet[next] = extension.Type;
            next = position;
            extension.Content.Span.CopyTo(packet.AsSpan(position + 1));
            position += 1 + extension.Content.Length;
        }
        packet[next] = Protocol;
        Payload.Span.CopyTo(packet.AsSpan(position));
        return packet;
    }

    /// <summary>Reads a packet; what follows Payload Length is ignored.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out Ipv6Packet packet, out ParseError error)
    {
        packet = None;
        if (!Ipv6View.TryParse(octets, out var view, out error))
            return false;
        var extensions = ImmutableArray.CreateBuilder<Ipv6ExtensionHeader>();
        var chain = view.Extensions;
        while (chain.MoveNext())
            extensions.Add(new(chain.Current.Type, new(chain.Current.Octets[1..])));
        if (chain.Error is { } wrong)
        {
            error = wrong;
            return false;
        }
        packet = new(view.Source, view.Destination, chain.Protocol, new(chain.Rest), extensions.DrainToImmutable())
        {
            TrafficClass = view.TrafficClass,
            FlowLabel = view.FlowLabel,
            HopLimit = view.HopLimit,
        };
        return true;
    }

    private static readonly Ipv6Packet None = new(default, default, IpProtocol.NoNextHeader, Octets.Empty, []);
}
