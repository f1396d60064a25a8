using Ipsec.Packets.Ip;

namespace Ipsec.Crypto;

/// <summary>
/// The headers before an AH as its ICV covers them (RFC 4302 section 3.3.3.1, appendix A): mutable fields zeroed, predictable ones as the receiver will see
/// them. Works in place on a copy, in bounded time.
/// </summary>
internal static class AhMutableFields
{
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
        var options = new Ipv4OptionChain(header[Ipv4View.MinimumHeaderLength..]);
        while (options.MoveNext())
        {
            var option = options.Current;
            if (option.Type is Ipv4OptionType.LooseSourceRoute or Ipv4OptionType.StrictSourceRoute)
            {
                if (!option.TryReadRoute(out var route, out _))
                    return false;
                route.FinalDestination(Ipv4Address.Read(header[16..])).Write(header[16..]);
            }
            if (option.IsMutable)
                header.Slice(option.Offset, option.Octets.Length).Clear();
        }
        return options.Error is null;
    }

    private static bool TryNormalizeV6(Span<byte> headers)
    {
        if (headers.Length < Ipv6View.HeaderLength)
            return false;
        // Traffic class, flow label, hop limit.
        headers[0] = 0x60;
        headers[1..4].Clear();
        headers[7] = 0;
        var extensions = new Ipv6ExtensionChain(headers[6], headers[Ipv6View.HeaderLength..], Ipv6View.HeaderLength);
        while (extensions.Protocol != IpProtocol.Ah && extensions.MoveNext())
        {
            var extension = extensions.Current;
            var known = extension.Type switch
            {
                IpProtocol.Ipv6HopByHop or IpProtocol.Ipv6DestinationOptions => TryZeroChangingOptions(headers, extension),
                IpProtocol.Ipv6Routing => TryFinishRoute(headers, extension),
                _ => false,
            };
            if (!known)
                return false;
        }
        return extensions.Protocol == IpProtocol.Ah && extensions.Rest.IsEmpty;
    }

    private static bool TryZeroChangingOptions(Span<byte> headers, Ipv6Extension extension)
    {
        var options = new Ipv6OptionChain(extension.Octets[2..], extension.Offset + 2);
        while (options.MoveNext())
            if (options.Current.MayChange)
                headers.Slice(options.Current.Offset + 2, options.Current.Data.Length).Clear();
        return options.Error is null;
    }

    /// <summary>
    /// A routing header as the last node sees it: no segments left, the last address in the destination field, each visited one in the place of the next
    /// (RFC 2460 section 4.4, RFC 6275 section 6.4).
    /// </summary>
    private static bool TryFinishRoute(Span<byte> headers, Ipv6Extension extension)
    {
        if (extension.Octets[3] == 0)
            return true;
        if (!Ipv6Route.TryParse(extension, out var route, out _))
            return false;
        var destination = Ipv6Address.Read(headers[24..]);
        for (var index = route.Count - route.SegmentsLeft; index < route.Count; index++)
        {
            var next = route[index];
            destination.Write(headers[(extension.Offset + Ipv6Route.Start + index * Ipv6Address.Size)..]);
            destination = next;
        }
        destination.Write(headers[24..]);
        headers[extension.Offset + 3] = 0;
        return true;
    }
}
