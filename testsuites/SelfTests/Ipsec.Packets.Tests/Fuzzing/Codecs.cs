using Ipsec.Packets.Ah;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ikev1;
using Ipsec.Packets.Ip;
using Ipsec.Packets.IpComp;
using Ipsec.Packets.Tcp;
using Ipsec.Packets.Udp;

namespace Ipsec.Packets.Tests.Fuzzing;

/// <summary>Puts any octets through every parser, and what parses through its writer.</summary>
internal static class Codecs
{
    /// <summary>Null, or what is wrong: octets that parse and come back as others, an error outside the octets.</summary>
    public static string? Fault(ReadOnlySpan<byte> octets)
    {
        if (IkeMessage.TryParse(octets, out var ike, out var error))
        {
            if (!octets.SequenceEqual(ike.Encode()))
                return "IKEv2 does not come back";
            _ = ike.Describe();
            _ = ike.Summary;
        }
        else if (Outside(error, octets))
            return $"IKEv2 {error}";
        if (IsakmpMessage.TryParse(octets, out var isakmp, out error))
        {
            if (!octets.SequenceEqual(isakmp.Encode()))
                return "IKEv1 does not come back";
            _ = isakmp.Summary;
        }
        else if (Outside(error, octets))
            return $"IKEv1 {error}";
        return Rest(octets);
    }

    private static string? Rest(ReadOnlySpan<byte> octets)
    {
        if (AhPacket.TryParse(octets, out var ah, out var error) ? !octets.SequenceEqual(ah.Encode()) : Outside(error, octets))
            return $"AH {error}";
        if (WespPacket.TryParse(octets, out var wesp, out error) ? !octets.SequenceEqual(wesp.Encode()) : Outside(error, octets))
            return $"WESP {error}";
        if (IpCompPacket.TryParse(octets, out var ipComp, out error) ? !octets.SequenceEqual(ipComp.Encode()) : Outside(error, octets))
            return $"IPComp {error}";
        if (Ipv6Packet.TryParse(octets, out var ipv6, out error))
        {
            var encoded = ipv6.Encode();
            if (!octets.StartsWith(encoded))
                return "IPv6 does not come back";
        }
        else if (Outside(error, octets))
            return $"IPv6 {error}";
        if (Ipv6View.TryParse(octets, out var view, out _))
        {
            new Ipv6Reassembler().Add(DateTimeOffset.UnixEpoch, view, out _);
            if (Options(view) is { } wrong)
                return wrong;
        }
        if (Ipv4View.TryParse(octets, out var ipv4, out error))
        {
            new Ipv4Reassembler().Add(DateTimeOffset.UnixEpoch, ipv4, out _);
            if (Options(ipv4) is { } wrong)
                return wrong;
        }
        else if (Outside(error, octets))
            return $"IPv4 {error}";
        if (EspView.TryParse(octets, out var esp, out error) ? esp.Body.Length != octets.Length - 8 : Outside(error, octets))
            return $"ESP {error}";
        if (UdpView.TryParse(octets, out var udp, out error))
            UdpEncapsulation.Classify(udp.Payload, out _);
        else if (Outside(error, octets))
            return $"UDP {error}";
        foreach (var isV6 in new[] { false, true })
            if (IcmpView.TryParse(octets, isV6, out var icmp, out error) ? icmp.Body.Length > octets.Length : Outside(error, octets))
                return $"ICMP {error}";
        if (TcpView.TryParse(octets, out var tcp, out error) ? tcp.Payload.Length + tcp.Options.Length > octets.Length : Outside(error, octets))
            return $"TCP {error}";
        return Stream(octets);
    }

    private static string? Options(Ipv4View packet)
    {
        var chain = packet.OptionChain;
        while (chain.MoveNext())
        {
            if (!chain.Current.TryReadRoute(out var route, out var error) && Outside(error, packet.Octets))
                return $"IPv4 route {error}";
            for (var index = 0; index < route.Count; index++)
                _ = (route[index], route.FinalDestination(packet.Destination));
            if (chain.Current.TryReadTimestamps(out var timestamps, out error))
                for (var index = 0; index < timestamps.Count; index++)
                    _ = (timestamps.Address(index), timestamps.Timestamp(index));
            else if (Outside(error, packet.Octets))
                return $"IPv4 timestamps {error}";
        }
        return chain.Error is { } wrong && Outside(wrong, packet.Octets) ? $"IPv4 options {wrong}" : null;
    }

    private static string? Options(Ipv6View packet)
    {
        var extensions = packet.Extensions;
        while (extensions.MoveNext())
        {
            var chain = extensions.Current.Options;
            while (chain.MoveNext())
            {
            }
            if (chain.Error is { } wrong && Outside(wrong, packet.Octets))
                return $"IPv6 options {wrong}";
            if (!Ipv6Route.TryParse(extensions.Current, out var route, out var error) && Outside(error, packet.Octets))
                return $"IPv6 route {error}";
            for (var index = 0; index < route.Count; index++)
                _ = (route[index], route.FinalDestination(packet.Destination));
        }
        return null;
    }

    private static string? Stream(ReadOnlySpan<byte> octets)
    {
        var reader = new TcpFrameReader(expectPrefix: octets.Length > 0 && octets[0] == 'I');
        reader.Append(octets);
        for (var frames = 0; reader.TryNext(out _, out _) is TcpFrameStatus.Frame or TcpFrameStatus.Prefix; frames++)
            if (frames > octets.Length / 2)
                return "more frames than octets";
        return null;
    }

    private static bool Outside(ParseError error, ReadOnlySpan<byte> octets) =>
        error.Offset < 0 || error.Offset > octets.Length || string.IsNullOrEmpty(error.Field) || string.IsNullOrEmpty(error.Reason);
}
