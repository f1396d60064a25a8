using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Ipsec.Packets.Ip;

/// <summary>An IPv4 address as a value: comparing, hashing and copying it allocates nothing, as <see cref="IPAddress"/> would.</summary>
/// <param name="Value">The four octets as one number, the first octet most significant.</param>
public readonly record struct Ipv4Address(uint Value)
{
    public static readonly Ipv4Address Broadcast = new(uint.MaxValue);

    /// <summary>224.0.0.0/4 (RFC 5771).</summary>
    public bool IsMulticast => Value >> 28 == 0xE;

    /// <summary>Reads the first four octets, in network order.</summary>
    public static Ipv4Address Read(ReadOnlySpan<byte> octets) => new(BinaryPrimitives.ReadUInt32BigEndian(octets));

    /// <summary>Writes four octets, in network order.</summary>
    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt32BigEndian(destination, Value);

    /// <summary>Reads dotted decimal.</summary>
    /// <exception cref="FormatException">The text is no IPv4 address.</exception>
    public static Ipv4Address Parse(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork
            ? address
            : throw new FormatException($"'{text}' is not an IPv4 address");

    /// <summary>Whether both addresses share their first <paramref name="prefixLength"/> bits (0 to 32).</summary>
    public bool SharesPrefix(Ipv4Address other, int prefixLength) =>
        prefixLength == 0 || (Value ^ other.Value) >> (32 - prefixLength) == 0;

    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[4];
        Write(octets);
        return new IPAddress(octets);
    }

    /// <exception cref="ArgumentException">The address is not IPv4.</exception>
    public static implicit operator Ipv4Address(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> octets = stackalloc byte[4];
        return address.AddressFamily == AddressFamily.InterNetwork && address.TryWriteBytes(octets, out _)
            ? Read(octets)
            : throw new ArgumentException($"{address} is not an IPv4 address", nameof(address));
    }

    public override string ToString() => $"{Value >> 24}.{(Value >> 16) & 0xFF}.{(Value >> 8) & 0xFF}.{Value & 0xFF}";
}
