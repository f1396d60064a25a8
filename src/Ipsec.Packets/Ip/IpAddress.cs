using System.Net;

namespace Ipsec.Packets.Ip;

/// <summary>An address of either family as a value: comparing, hashing and copying it allocates nothing. Families compare as different, IPv4 first.</summary>
public readonly record struct IpAddress : IComparable<IpAddress>
{
    private IpAddress(UInt128 value, bool isIpv6)
    {
        Value = value;
        IsIpv6 = isIpv6;
    }

    /// <summary>The 4 or 16 octets as one number, the first octet most significant.</summary>
    public UInt128 Value { get; }

    public bool IsIpv6 { get; }

    /// <summary>Octets: 4 or 16.</summary>
    public int Size => IsIpv6 ? Ipv6Address.Size : 4;

    /// <summary>Bits: 32 or 128.</summary>
    public int Bits => Size * 8;

    public bool IsMulticast => IsIpv6 ? V6.IsMulticast : V4.IsMulticast;

    /// <summary>Meaningful only for IPv4.</summary>
    public Ipv4Address V4 => new((uint)Value);

    /// <summary>Meaningful only for IPv6.</summary>
    public Ipv6Address V6 => new(Value);

    /// <summary>The lowest and the highest address of a family.</summary>
    public static IpAddress Lowest(bool ipv6) => new(0, ipv6);

    public static IpAddress Highest(bool ipv6) => new(ipv6 ? UInt128.MaxValue : uint.MaxValue, ipv6);

    /// <summary>The address before or after, in the same family; the caller knows that there is one.</summary>
    public IpAddress Offset(int by) => new(by < 0 ? Value - (UInt128)(-by) : Value + (UInt128)by, IsIpv6);

    /// <summary>The first and the last address that share the first <paramref name="prefixLength"/> bits with this one.</summary>
    public (IpAddress First, IpAddress Last) Prefix(int prefixLength)
    {
        var host = prefixLength == 0 ? Highest(IsIpv6).Value : ((UInt128)1 << (Bits - prefixLength)) - 1;
        return (new(Value & ~host, IsIpv6), new(Value | host, IsIpv6));
    }

    /// <summary>Whether both are of one family and share their first <paramref name="prefixLength"/> bits.</summary>
    public bool SharesPrefix(IpAddress other, int prefixLength) =>
        IsIpv6 == other.IsIpv6 && (prefixLength == 0 || (Value ^ other.Value) >> (Bits - prefixLength) == 0);

    /// <summary>Reads 4 or 16 octets, in network order.</summary>
    public static IpAddress Read(ReadOnlySpan<byte> octets) => octets.Length == Ipv6Address.Size ? Ipv6Address.Read(octets) : Ipv4Address.Read(octets);

    /// <summary>Writes <see cref="Size"/> octets, in network order.</summary>
    public void Write(Span<byte> destination)
    {
        if (IsIpv6)
            V6.Write(destination);
        else
            V4.Write(destination);
    }

    /// <summary>Reads dotted decimal or colon notation.</summary>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static IpAddress Parse(string text) => IPAddress.Parse(text);

    public IPAddress ToIPAddress() => IsIpv6 ? V6.ToIPAddress() : V4.ToIPAddress();

    public static implicit operator IpAddress(Ipv4Address address) => new(address.Value, false);

    public static implicit operator IpAddress(Ipv6Address address) => new(address.Value, true);

    public static implicit operator IpAddress(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> octets = stackalloc byte[Ipv6Address.Size];
        address.TryWriteBytes(octets, out var size);
        return Read(octets[..size]);
    }

    public int CompareTo(IpAddress other) => IsIpv6 == other.IsIpv6 ? Value.CompareTo(other.Value) : IsIpv6.CompareTo(other.IsIpv6);

    public static bool operator <(IpAddress left, IpAddress right) => left.CompareTo(right) < 0;

    public static bool operator >(IpAddress left, IpAddress right) => left.CompareTo(right) > 0;

    public static bool operator <=(IpAddress left, IpAddress right) => left.CompareTo(right) <= 0;

    public static bool operator >=(IpAddress left, IpAddress right) => left.CompareTo(right) >= 0;

    /// <summary>Dotted decimal, or RFC 5952's notation.</summary>
    public override string ToString() => IsIpv6 ? V6.ToString() : V4.ToString();
}
