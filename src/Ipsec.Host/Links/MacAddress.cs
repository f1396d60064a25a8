using System.Net.NetworkInformation;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>A MAC address as a value: six octets in the lower 48 bits, the first octet most significant.</summary>
internal readonly record struct MacAddress(ulong Value)
{
    public static readonly MacAddress Broadcast = new(0xFFFF_FFFF_FFFF);

    /// <summary>Broadcast or multicast: the group bit of the first octet.</summary>
    public bool IsGroup => (Value >> 40 & 1) != 0;

    /// <summary>fe80::/64 with the modified EUI-64 of this address (RFC 4291 section 2.5.6 and appendix A).</summary>
    public Ipv6Address LinkLocalAddress => new(
        ((UInt128)0xFE80_0000_0000_0000 << 64) | ((Value >> 24 ^ 0x02_0000) << 40) | 0xFF_FE00_0000 | (Value & 0xFF_FFFF));

    public static MacAddress Read(ReadOnlySpan<byte> octets)
    {
        ulong value = 0;
        for (var i = 0; i < 6; i++)
        {
            value = (value << 8) | octets[i];
        }

        return new MacAddress(value);
    }

    /// <exception cref="ArgumentException">The address has not six octets, or is a group address, which no node can own.</exception>
    public static MacAddress OfNode(PhysicalAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var octets = address.GetAddressBytes();
        return octets.Length == 6 && (octets[0] & 1) == 0
            ? Read(octets)
            : throw new ArgumentException($"'{address}' is not the MAC address of a single node", nameof(address));
    }

    public void Write(Span<byte> destination)
    {
        for (var i = 0; i < 6; i++)
        {
            destination[i] = (byte)(Value >> (40 - (8 * i)));
        }
    }

    public override string ToString()
    {
        Span<byte> octets = stackalloc byte[6];
        Write(octets);
        return Convert.ToHexStringLower(octets[..1]) + string.Concat(octets[1..].ToArray().Select(octet => $":{octet:x2}"));
    }
}
