using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>
/// A neighbour solicitation or advertisement on Ethernet (RFC 4861 sections 4.3 and 4.4), in ICMPv6:
/// <code>
/// |  Type 135/136 |    Code 0     |          Checksum             |
/// |R|S|O|    Reserved (solicitation: all of it reserved)          |
/// |                  Target Address (16 octets)                   |
/// |  Type 1 or 2  |   Length 1    |   MAC address (6 octets)      |
/// </code>
/// </summary>
/// <param name="Mac">From the link-layer address option (source of a solicitation, target of an advertisement); null without one.</param>
internal readonly record struct NeighbourMessage(
    bool IsAdvertisement, Ipv6Address Source, Ipv6Address Destination, Ipv6Address Target, MacAddress? Mac, bool Solicited, bool Override)
{
    /// <summary>Octets of a packet that <see cref="Write"/> makes.</summary>
    public const int PacketLength = Ipv6View.HeaderLength + FixedLength + OptionLength;

    /// <summary>Every message has it: none came through a router.</summary>
    public const byte HopLimit = 255;

    public static readonly Ipv6Address AllNodes = Ipv6Address.Parse("ff02::1");

    private const byte SolicitationType = 135, AdvertisementType = 136;
    private const byte SourceOption = 1, TargetOption = 2;
    private const int FixedLength = 24;
    private const int OptionLength = 8;

    private static readonly Ipv6Address SolicitedNodePrefix = Ipv6Address.Parse("ff02::1:ff00:0");

    /// <summary>Where an address is asked for (RFC 4291 section 2.7.1).</summary>
    public static Ipv6Address SolicitedNode(Ipv6Address address) => new(SolicitedNodePrefix.Value | (address.Value & 0xFF_FFFF));

    /// <summary>33:33 and the last four octets (RFC 2464 section 7).</summary>
    public static MacAddress MulticastMac(Ipv6Address group) => new(0x3333_0000_0000 | (ulong)(group.Value & uint.MaxValue));

    /// <summary>Whether a packet has one of the two types, and must be judged by <see cref="TryParse"/>.</summary>
    public static bool IsNeighbourDiscovery(Ipv6View packet) =>
        packet.NextHeader == IpProtocol.Icmpv6 && !packet.Payload.IsEmpty && packet.Payload[0] is SolicitationType or AdvertisementType;

    /// <summary>Reads a message that passes the checks of RFC 4861 sections 7.1.1 and 7.1.2; all others are to be ignored.</summary>
    public static bool TryParse(Ipv6View packet, out NeighbourMessage message)
    {
        message = default;
        var octets = packet.Payload;
        if (!IsNeighbourDiscovery(packet) || octets.Length < FixedLength || packet.HopLimit != HopLimit || octets[1] != 0
            || !IcmpView.TryParse(octets, isV6: true, out var icmp, out _) || !icmp.HasValidChecksumV6(packet.Source, packet.Destination))
        {
            return false;
        }

        var isAdvertisement = icmp.Type == AdvertisementType;
        var target = Ipv6Address.Read(octets[8..]);
        if (target.IsMulticast || packet.Source.IsMulticast
            || !TryReadOptions(octets[FixedLength..], isAdvertisement ? TargetOption : SourceOption, out var mac))
        {
            return false;
        }

        var solicited = isAdvertisement && (octets[4] & 0x40) != 0;
        var isUnspecified = packet.Source.Value == 0;
        if (isAdvertisement ? solicited && packet.Destination.IsMulticast
            : isUnspecified && (mac is not null || packet.Destination != SolicitedNode(packet.Destination)))
        {
            return false;
        }

        message = new(isAdvertisement, packet.Source, packet.Destination, target, mac, solicited, isAdvertisement && (octets[4] & 0x20) != 0);
        return true;
    }

    /// <summary>Writes the message in its IPv6 packet: <see cref="PacketLength"/> octets. It must have a MAC address.</summary>
    /// <param name="isRouter">The R flag of an advertisement.</param>
    public void Write(Span<byte> destination, bool isRouter)
    {
        var octets = destination[Ipv6View.HeaderLength..PacketLength];
        octets.Clear();
        octets[0] = IsAdvertisement ? AdvertisementType : SolicitationType;
        octets[4] = (byte)((IsAdvertisement && isRouter ? 0x80 : 0) | (Solicited ? 0x40 : 0) | (Override ? 0x20 : 0));
        Target.Write(octets[8..]);
        octets[FixedLength] = IsAdvertisement ? TargetOption : SourceOption;
        octets[FixedLength + 1] = OptionLength / 8;
        Mac!.Value.Write(octets[(FixedLength + 2)..]);
        var sum = InternetChecksum.AddPseudoHeader(0, Source, Destination, IpProtocol.Icmpv6, octets.Length);
        BinaryPrimitives.WriteUInt16BigEndian(octets[2..], InternetChecksum.Finish(InternetChecksum.Add(sum, octets)));
        new IpHeader(Source, Destination, IpProtocol.Icmpv6) { HopLimit = HopLimit }.Write(destination, octets.Length);
    }

    private static bool TryReadOptions(ReadOnlySpan<byte> options, byte wanted, out MacAddress? mac)
    {
        mac = null;
        while (!options.IsEmpty)
        {
            if (options.Length < 2 || options[1] == 0 || options[1] * 8 > options.Length)
            {
                return false;
            }

            if (options[0] == wanted && options[1] == 1)
            {
                mac = MacAddress.Read(options[2..]);
            }

            options = options[(options[1] * 8)..];
        }

        return mac is not { IsGroup: true };
    }
}
