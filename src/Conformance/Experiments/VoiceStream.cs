using System.Buffers.Binary;
using Ipsec.Host.Inner;

namespace Conformance.Experiments;

/// <summary>A telephone call in one direction: RTP (RFC 3550 section 5.1) with a packet of G.711 every 20 ms (RFC 3551), in UDP from alice to bob.</summary>
internal static class VoiceStream
{
    public const int PayloadLength = 160;
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private const int HeaderLength = 12;
    private const ushort Port = 5004;

    // What is under way after the last packet gets as long to arrive.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static VoiceFigures Run(LossyTunnel tunnel, TimeSpan length)
    {
        using var speaker = tunnel.Alice.Stack.BindUdp(Port);
        using var listener = tunnel.Bob.Stack.BindUdp(Port);
        var sent = new DateTimeOffset[(int)(length / Interval)];
        var delays = new double?[sent.Length];
        DateTimeOffset? lastArrival = null;
        var silence = TimeSpan.Zero;
        for (var number = 0; number < sent.Length; number++)
        {
            sent[number] = tunnel.Network.Now;
            speaker.Send(sent[number], tunnel.Bob.Stack.Address, Port, Packet(number));
            tunnel.Run(Listen, Interval);
        }
        tunnel.Run(() => Listen() || delays.All(delay => delay is not null), Patience);
        return new(Figures(tunnel), [.. delays], silence.TotalMilliseconds);

        bool Listen()
        {
            while (listener.TryReceive(out var datagram))
            {
                if (Number(datagram, sent.Length) is not { } number || delays[number] is not null)
                    continue;
                delays[number] = (datagram.Time - sent[number]).TotalMilliseconds;
                if (lastArrival is { } last && datagram.Time - last > silence)
                    silence = datagram.Time - last;
                lastArrival = datagram.Time;
            }
            return false;
        }
    }

    public static TunnelFigures Figures(LossyTunnel tunnel) => new(
        tunnel.Inner.Sent, tunnel.Path.Sent, tunnel.Path.Lost, tunnel.Inner.Lost, tunnel.Retransmissions);

    // Version 2, payload type 0 (PCMU), sequence number, timestamp in samples, source.
    private static byte[] Packet(int number)
    {
        var packet = new byte[HeaderLength + PayloadLength];
        packet[0] = 0x80;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)number);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)(number * PayloadLength));
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), 0x1357_9BDF);
        return packet;
    }

    private static int? Number(UdpDatagram datagram, int count)
    {
        var packet = datagram.Payload.Span;
        if (packet.Length != HeaderLength + PayloadLength || packet[0] != 0x80)
            return null;
        var number = (int)(BinaryPrimitives.ReadUInt32BigEndian(packet[4..]) / PayloadLength);
        return number < count && (ushort)number == BinaryPrimitives.ReadUInt16BigEndian(packet[2..]) ? number : null;
    }
}
