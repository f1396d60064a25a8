using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>A UDP datagram that came in.</summary>
public sealed record UdpDatagram(
    DateTimeOffset Time, Ipv4Address Source, ushort SourcePort, Ipv4Address Destination, ReadOnlyMemory<byte> Payload);

/// <summary>A bound UDP port (RFC 768). Datagrams wait in a bounded queue; when it is full, new ones are lost.</summary>
public sealed class UdpSocket : IDisposable
{
    private const int QueueLength = 1024;

    private readonly InnerStack _stack;
    private readonly Queue<UdpDatagram> _received = new();

    internal UdpSocket(InnerStack stack, ushort port)
    {
        _stack = stack;
        Port = port;
    }

    public ushort Port { get; }

    /// <summary>Datagrams that wait.</summary>
    public int Available => _received.Count;

    /// <summary>Datagrams lost because too many were waiting.</summary>
    public long Lost { get; private set; }

    /// <summary>Sends a datagram from the stack's first address, in fragments if it is over the MTU.</summary>
    /// <exception cref="ArgumentException">The payload is over 65507 octets.</exception>
    public void Send(DateTimeOffset now, Ipv4Address destination, ushort port, ReadOnlySpan<byte> payload) =>
        _stack.SendUdp(now, _stack.Address, Port, destination, port, payload);

    /// <summary>Takes the datagram that has waited longest.</summary>
    public bool TryReceive([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out UdpDatagram? datagram) => _received.TryDequeue(out datagram);

    /// <summary>Unbinds the port.</summary>
    public void Dispose() => _stack.Unbind(this);

    internal void Enqueue(UdpDatagram datagram)
    {
        if (_received.Count < QueueLength)
        {
            _received.Enqueue(datagram);
        }
        else
        {
            Lost++;
        }
    }
}
