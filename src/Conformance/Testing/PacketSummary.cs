using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Conformance.Testing;

/// <summary>One line for an IP packet.</summary>
internal static class PacketSummary
{
    public static string Of(ReadOnlySpan<byte> packet)
    {
        if (!IpView.TryParse(packet, out var view, out _))
            return $"{packet.Length} octets that are no IP packet";
        var transport = view.Transport;
        var content = view.Protocol switch
        {
            _ when view.FragmentOffset != 0 => $"protocol {view.Protocol}, fragment at {view.FragmentOffset}",
            IpProtocol.Icmp or IpProtocol.Icmpv6 when TryReadEcho(packet, out var isReply, out var number, out _) => $"ICMP echo {(isReply ? "reply" : "request")} {number}",
            IpProtocol.Icmp or IpProtocol.Icmpv6 when transport.Length >= 2 => $"ICMP type {transport[0]} code {transport[1]}",
            IpProtocol.Udp when UdpView.TryParse(transport, out var udp, out _) => $"UDP {udp.SourcePort} > {udp.DestinationPort}",
            _ => $"{IpProtocol.Name(view.Protocol)}",
        };
        return $"{content}, {view.Source} > {view.Destination}, {view.Octets.Length} octets";
    }

    /// <summary>Whether a packet is an ICMP or ICMPv6 echo.</summary>
    /// <param name="data">What follows identifier and sequence number.</param>
    public static bool TryReadEcho(ReadOnlySpan<byte> packet, out bool isReply, out ushort sequenceNumber, out ReadOnlySpan<byte> data)
    {
        isReply = false;
        sequenceNumber = 0;
        data = default;
        if (!IpView.TryParse(packet, out var view, out _) || view.IsFragment || view.Transport.Length < IcmpView.HeaderLength)
            return false;
        var (request, reply) = view.Protocol switch
        {
            IpProtocol.Icmp => (8, 0),
            IpProtocol.Icmpv6 => (128, 129),
            _ => (-1, -1),
        };
        int type = view.Transport[0];
        if (type != request && type != reply)
            return false;
        isReply = type == reply;
        sequenceNumber = BinaryPrimitives.ReadUInt16BigEndian(view.Transport[6..]);
        data = view.Transport[IcmpView.HeaderLength..];
        return true;
    }
}
