using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>A UDP datagram that came in.</summary>
public sealed record UdpDatagram(
    DateTimeOffset Time, IpAddress Source, ushort SourcePort, IpAddress Destination, ReadOnlyMemory<byte> Payload);

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

    /// <summary>
    /// Whether IPv4 datagrams that fit the path MTU, as far as it is known, say Don't Fragment, so that a narrower hop is heard of (RFC 1191). Larger ones go out
    /// in fragments all the same.
    /// </summary>
    public bool DontFragment { get; set; }

    /// <summary>Sends a datagram from the stack's address of the destination's family, in fragments if it is over the path MTU.</summary>
    /// <exception cref="ArgumentException">The payload is over 65507 octets.</exception>
    /// <exception cref="InvalidOperationException">The stack has no address of that family.</exception>
    public void Send(DateTimeOffset now, IpAddress destination, ushort port, ReadOnlySpan<byte> payload) =>
        _stack.SendUdp(now, _stack.SourceFor(destination), Port, destination, port, payload, DontFragment);

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
