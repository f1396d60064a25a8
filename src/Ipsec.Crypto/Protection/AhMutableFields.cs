using Ipsec.Packets.Ip;

namespace Ipsec.Crypto;

/// <summary>
/// The headers before an AH as its ICV covers them (RFC 4302 section 3.3.3.1, appendix A): mutable fields zeroed, predictable ones as the receiver will see
/// them. Works in place on a copy, in bounded time.
/// </summary>
internal static class AhMutableFields
{
    private const byte EndOfOptions = 0, NoOperation = 1;
    private const byte MayChangeEnRoute = 0x20;

    /// <param name="headers">All octets before the AH, the packet's length field as it is sent. Changed.</param>
    /// <returns>False if something in them can't be classified: the packet must not be sent or accepted.</returns>
    public static bool TryNormalize(Span<byte> headers) => headers[0] >> 4 == 6 ? TryNormalizeV6(headers) : TryNormalizeV4(headers);

    private static bool TryNormalizeV4(Span<byte> header)
    {
        if (header.Length < Ipv4View.MinimumHeaderLength)
            return false;
        header[1] = 0;
        // Flags and Fragment Offset, Time to Live, Header Checksum.
        header[6..9].Clear();
        header[10..12].Clear();
        var options = header[Ipv4View.MinimumHeaderLength..];
        Span<byte> destination = header.Slice(16, 4);
        while (!options.IsEmpty && options[0] != EndOfOptions)
        {
            if (options[0] == NoOperation)
            {
                options = options[1..];
                continue;
            }
            if (options.Length < 2 || options[1] < 2 || options[1] > options.Length)
                return false;
            var option = options[..options[1]];
            options = options[option.Length..];
            // Loose and strict source routes: the last address listed is the final destination, unless the route is done (pointer beyond it).
            if (option[0] is 131 or 137 && option.Length >= 7 && option[2] <= option.Length - 3)
                option[^4..].CopyTo(destination);
            if (!IsImmutable(option[0]))
                option.Clear();
        }
        return true;
    }

    /// <summary>Appendix A1, by the whole type octet: security, extended security, commercial security, router alert, sender directed delivery.</summary>
    private static bool IsImmutable(byte type) => type is 130 or 133 or 134 or 148 or 149;

    private static bool TryNormalizeV6(Span<byte> headers)
    {
        if (headers.Length < Ipv6View.HeaderLength)
            return false;
        // Traffic class, flow label, hop limit.
        headers[0] = 0x60;
        headers[1..4].Clear();
        headers[7] = 0;
        var type = headers[6];
        var rest = headers[Ipv6View.HeaderLength..];
        while (!rest.IsEmpty)
        {
            var length = rest.Length < 8 ? int.MaxValue : (rest[1] + 1) * 8;
            if (length > rest.Length)
                return false;
            var extension = rest[..length];
            var known = type switch
            {
                IpProtocol.Ipv6HopByHop or IpProtocol.Ipv6DestinationOptions => TryZeroChangingOptions(extension[2..]),
                IpProtocol.Ipv6Routing => TryFinishRoute(headers, extension),
                _ => false,
            };
            if (!known)
                return false;
            type = extension[0];
            rest = rest[length..];
        }
        return type == IpProtocol.Ah;
    }

    private static bool TryZeroChangingOptions(Span<byte> options)
    {
        const byte pad1 = 0;
        while (!options.IsEmpty)
        {
            if (options[0] == pad1)
            {
                options = options[1..];
                continue;
            }
            if (options.Length < 2 || options[1] > options.Length - 2)
                return false;
            if ((options[0] & MayChangeEnRoute) != 0)
                options.Slice(2, options[1]).Clear();
            options = options[(2 + options[1])..];
        }
        return true;
    }

    /// <summary>
    /// A routing header as the last node sees it: no segments left, the last address in the destination field, each visited one in the place of the next.
    /// Type 0 (RFC 2460 section 4.4) and type 2 (RFC 6275 section 6.4), which has one address.
    /// </summary>
    private static bool TryFinishRoute(Span<byte> headers, Span<byte> routing)
    {
        const int address = Ipv6Address.Size, firstAddress = 8;
        int left = routing[3];
        if (left == 0)
            return true;
        var count = (routing.Length - firstAddress) / address;
        if (routing[2] is not (0 or 2) || left > count)
            return false;
        var destination = headers.Slice(24, address);
        Span<byte> visited = stackalloc byte[address];
        for (; left > 0; left--)
        {
            var next = routing.Slice(firstAddress + (count - left) * address, address);
            destination.CopyTo(visited);
            next.CopyTo(destination);
            visited.CopyTo(next);
        }
        routing[3] = 0;
        return true;
    }
}
