using System.Diagnostics.CodeAnalysis;
using Ipsec.Packets.Ip;

namespace Conformance.Decoding;

/// <summary>
/// What AH's ICV covers (RFC 4302 section 3.3.3): the whole packet, as its receiver will see it, with zeros for the ICV and for what may change on the way.
/// Written from the RFC and for the decoder alone, so that a mistake of the stack doesn't repeat itself here.
/// </summary>
internal static class AhCoverage
{
    /// <param name="packet">From the IP header to the end of the packet; no fragment.</param>
    /// <param name="ahOffset">Where AH begins.</param>
    /// <param name="icvOffset">Octets of AH before the ICV: 12, and the IV of an algorithm that has one.</param>
    /// <param name="icvLength">Octets of ICV without padding.</param>
    /// <param name="reason">Why it can't be told.</param>
    public static bool TryMake(
        ReadOnlySpan<byte> packet, int ahOffset, int icvOffset, int icvLength, [NotNullWhen(true)] out byte[]? covered, out string reason)
    {
        covered = packet.ToArray();
        reason = packet[0] >> 4 == 4 ? ClearIpv4(covered) : ClearIpv6(covered, ahOffset);
        covered.AsSpan(ahOffset + icvOffset, icvLength).Clear();
        if (reason.Length == 0)
            return true;
        covered = null;
        return false;
    }

    /// <summary>Section 3.3.3.1.1: DSCP and ECN, flags and fragment offset, TTL, checksum, and the mutable options with all their octets.</summary>
    private static string ClearIpv4(Span<byte> packet)
    {
        if (!Ipv4View.TryParse(packet, out var view, out var error))
            return error.ToString();
        var destination = view.Destination;
        var chain = view.OptionChain;
        while (chain.MoveNext())
        {
            var option = chain.Current;
            if (option.Type is Ipv4OptionType.LooseSourceRoute or Ipv4OptionType.StrictSourceRoute && option.TryReadRoute(out var route, out _))
                destination = route.FinalDestination(destination);
            if (option.IsMutable)
                packet.Slice(option.Offset, option.Octets.Length).Clear();
        }
        packet[1] = 0;
        packet[6..9].Clear();
        packet[10..12].Clear();
        destination.Write(packet[16..]);
        return chain.Error is { } wrong ? $"the IPv4 options are malformed: {wrong}" : "";
    }

    /// <summary>Section 3.3.3.1.2: traffic class, flow label, hop limit, the data of options that may change; routing headers as they will arrive.</summary>
    private static string ClearIpv6(Span<byte> packet, int ahOffset)
    {
        if (!Ipv6View.TryParse(packet, out var view, out var error))
            return error.ToString();
        packet[0] = 0x60;
        packet[1..4].Clear();
        packet[7] = 0;
        var chain = view.Extensions;
        while (chain.MoveNext() && chain.Current.Offset < ahOffset)
        {
            var extension = chain.Current;
            var options = extension.Options;
            while (options.MoveNext())
                if (options.Current.MayChange)
                    packet.Slice(options.Current.Offset + 2, options.Current.Data.Length).Clear();
            if (options.Error is { } wrong)
                return $"the IPv6 options are malformed: {wrong}";
            if (extension.Type != IpProtocol.Ipv6Routing)
                continue;
            if (Ipv6Route.TryParse(extension, out _, out _))
                Arrive(packet, extension.Offset);
            else if (extension.SegmentsLeft > 0)
                return $"a routing header of type {extension.RoutingType} has segments left";
        }
        return "";
    }

    /// <summary>Walks a routing header to its end (RFC 2460 section 4.4): each hop swaps the destination with the next address.</summary>
    private static void Arrive(Span<byte> packet, int offset)
    {
        var addresses = packet[(offset + 8)..];
        var count = packet[offset + 1] / 2;
        Span<byte> kept = stackalloc byte[16];
        for (; packet[offset + 3] > 0; packet[offset + 3]--)
        {
            var next = addresses.Slice(16 * (count - packet[offset + 3]), 16);
            next.CopyTo(kept);
            packet[24..40].CopyTo(next);
            kept.CopyTo(packet[24..]);
        }
    }
}
