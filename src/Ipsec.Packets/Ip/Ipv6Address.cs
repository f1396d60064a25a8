using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Ipsec.Packets.Ip;

/// <summary>An IPv6 address as a value: comparing, hashing and copying it allocates nothing, as <see cref="IPAddress"/> would.</summary>
/// <param name="Value">The sixteen octets as one number, the first octet most significant.</param>
public readonly record struct Ipv6Address(UInt128 Value)
{
    /// <summary>Octets.</summary>
    public const int Size = 16;

    /// <summary>ff00::/8 (RFC 4291 section 2.7).</summary>
    public bool IsMulticast => (byte)(Value >> 120) == 0xff;

    /// <summary>Reads the first sixteen octets, in network order.</summary>
    public static Ipv6Address Read(ReadOnlySpan<byte> octets) => new(BinaryPrimitives.ReadUInt128BigEndian(octets));

    /// <summary>Writes sixteen octets, in network order.</summary>
    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    /// <summary>Reads colon notation.</summary>
    /// <exception cref="FormatException">The text is no IPv6 address.</exception>
    public static Ipv6Address Parse(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
            ? Read(address.GetAddressBytes())
            : throw new FormatException($"'{text}' is not an IPv6 address");

    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[Size];
        Write(octets);
        return new IPAddress(octets);
    }

    /// <summary>RFC 5952's notation.</summary>
    public override string ToString() => ToIPAddress().ToString();
}
