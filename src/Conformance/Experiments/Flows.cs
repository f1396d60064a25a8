using Ipsec.Host.Inner;
using Ipsec.Packets.Ip;

namespace Conformance.Experiments;

/// <summary>What became of one kind of traffic between two hosts.</summary>
/// <param name="Sent">Echo requests, datagrams; of TCP the octets.</param>
/// <param name="Returned">How much came back, unaltered.</param>
/// <param name="Altered">How much came back as something else.</param>
public sealed record FlowFigures(string Name, string Protocol, bool Ipv6, string From, string To, long Sent, long Returned, long Altered)
{
    /// <summary>Of TCP: the largest segment that the path turned out to take, in octets of data; 0 of others.</summary>
    public int SegmentSize { get; init; }
}

/// <summary>Traffic that goes from one host to another and comes back, its data a marker over and over, so that it can be looked for on the wires.</summary>
internal sealed class Flows(PrivateNetworks networks, byte[] marker)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>ICMP echo requests of growing size, one after the other.</summary>
    public FlowFigures Ping(string from, InnerStack stack, string to, IpAddress address, int count, Func<int, int> size)
    {
        var (returned, altered) = (0L, 0L);
        for (ushort number = 1; number <= count; number++)
        {
            var payload = Data(size(number));
            var before = stack.EchoReplies.Count;
            stack.Ping(networks.Network.Now, address, payload, 0x1CF1, number);
            if (!networks.Run(() => stack.EchoReplies.Count > before && stack.EchoReplies.Last().SequenceNumber == number, TimeSpan.FromSeconds(1)))
                continue;
            var same = stack.EchoReplies.Last().Payload.Span.SequenceEqual(payload);
            returned += same ? 1 : 0;
            altered += same ? 0 : 1;
        }
        return new("ping", "ICMP", address.IsIpv6, from, to, count, returned, altered);
    }

    /// <summary>Datagrams of many sizes to the echo port.</summary>
    public FlowFigures Udp(string from, InnerStack stack, string to, IpAddress address, int count, Func<int, int> size)
    {
        using var socket = stack.BindUdp();
        var (returned, altered) = (0L, 0L);
        for (var number = 1; number <= count; number++)
        {
            var payload = Data(size(number));
            socket.Send(networks.Network.Now, address, 7, payload);
            networks.Run(() => socket.Available > 0, TimeSpan.FromMilliseconds(500));
            // The path may have made two of it.
            var seen = false;
            while (socket.TryReceive(out var datagram))
            {
                var same = datagram.Payload.Span.SequenceEqual(payload);
                seen |= same;
                altered += same || number > 1 && datagram.Payload.Span.SequenceEqual(Data(size(number - 1))) ? 0 : 1;
            }
            returned += seen ? 1 : 0;
        }
        return new("datagrams", "UDP", address.IsIpv6, from, to, count, returned, altered);
    }

    /// <summary>A TCP connection to the echo port, there and back.</summary>
    public FlowFigures Tcp(string from, InnerStack stack, string to, IpAddress address, int octets)
    {
        var connection = stack.ConnectTcp(networks.Network.Now, address, 7);
        var data = Data(octets);
        var (sent, returned, altered) = (0, 0, 0);
        var buffer = new byte[8192];
        networks.Run(Step, Patience);
        connection.Close(networks.Network.Now);
        networks.Run(() => connection.State is TcpState.Closed or TcpState.TimeWait, TimeSpan.FromSeconds(30));
        return new("transfer", "TCP", address.IsIpv6, from, to, octets, returned, altered) { SegmentSize = connection.SegmentSize };

        bool Step()
        {
            sent += connection.Send(networks.Network.Now, data.AsSpan(sent));
            while (connection.Read(networks.Network.Now, buffer) is > 0 and var count)
            {
                if (returned + altered + count <= octets && data.AsSpan(returned + altered, count).SequenceEqual(buffer.AsSpan(0, count)))
                    returned += count;
                else
                    altered += count;
            }
            return returned + altered >= octets || connection.State == TcpState.Closed;
        }
    }

    private byte[] Data(int length)
    {
        var data = new byte[length];
        for (var i = 0; i < length; i++)
            data[i] = marker[i % marker.Length];
        return data;
    }
}
