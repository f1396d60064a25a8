using Ipsec.Packets.Ip;

namespace Conformance.Testing;

/// <summary>One line for an IPv4 packet.</summary>
internal static class PacketSummary
{
    public static string Of(ReadOnlySpan<byte> packet)
    {
        if (!Ipv4View.TryParse(packet, out var view, out _))
            return $"{packet.Length} octets that are no IPv4 packet";
        var content = view.Protocol switch
        {
            IpProtocol.Icmp when IcmpEcho.Parse(view.Payload) is { } echo => $"ICMP echo {(echo.IsReply ? "reply" : "request")} {echo.SequenceNumber}",
            IpProtocol.Icmp when view.Payload.Length >= 2 => $"ICMP type {view.Payload[0]} code {view.Payload[1]}",
            IpProtocol.Udp when UdpView.TryParse(view.Payload, out var udp, out _) => $"UDP {udp.SourcePort} > {udp.DestinationPort}",
            _ => $"protocol {view.Protocol}",
        };
        return $"{content}, {view.Source} > {view.Destination}, {view.TotalLength} octets";
    }
}
