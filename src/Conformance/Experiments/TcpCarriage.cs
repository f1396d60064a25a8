using Ipsec.Host;
using Ipsec.Host.Inner;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Tcp;

namespace Conformance.Experiments;

/// <summary>
/// Carries a gateway's ESP packets in one TCP connection, framed as RFC 9329 section 3 says. What the connection can't take yet waits in a queue as long as the
/// one of a Linux interface (1000 packets); when that is full, packets are lost.
/// </summary>
internal sealed class TcpCarriage : IProtectedCarriage
{
    private const int QueueLength = 1000;
    private const ushort Port = 4500;

    private readonly SecurityGateway _gateway;
    private readonly IpAddress _own;
    private readonly IpAddress _peer;
    private readonly TcpFrameReader _reader;
    private readonly Queue<byte[]> _waiting = new();
    private TcpConnection? _connection;
    private int _offset;

    private TcpCarriage(SecurityGateway gateway, IpAddress own, IpAddress peer, bool isResponder)
    {
        _gateway = gateway;
        _own = own;
        _peer = peer;
        _reader = new(expectPrefix: isResponder);
        gateway.Carriage = this;
    }

    /// <summary>Packets lost because too many were waiting.</summary>
    public long Overflowed { get; private set; }

    /// <summary>Segments that TCP sent again.</summary>
    public long Retransmissions => _connection?.Retransmissions ?? 0;

    public bool IsEstablished => _connection?.State == TcpState.Established;

    /// <summary>Opens the connection from one gateway to the other's port 4500.</summary>
    public static (TcpCarriage Initiator, TcpCarriage Responder) Connect(
        DateTimeOffset now, (SecurityGateway Gateway, Router Router, IpAddress Address) from, (SecurityGateway Gateway, Router Router, IpAddress Address) to)
    {
        var responder = new TcpCarriage(to.Gateway, to.Address, from.Address, isResponder: true);
        to.Router.Stack!.ListenTcp(Port, (time, connection) =>
        {
            responder._connection ??= connection;
            responder.Serve(time, connection);
        });
        var initiator = new TcpCarriage(from.Gateway, from.Address, to.Address, isResponder: false);
        initiator._waiting.Enqueue(TcpEncapsulation.StreamPrefix.ToArray());
        initiator._connection = from.Router.Stack!.ConnectTcp(now, to.Address, Port, initiator.Serve);
        return (initiator, responder);
    }

    /// <inheritdoc/>
    public void Send(DateTimeOffset now, ReadOnlySpan<byte> packet)
    {
        if (!IpView.TryParse(packet, out var view, out _) || _waiting.Count >= QueueLength)
        {
            Overflowed++;
            return;
        }
        _waiting.Enqueue(TcpEncapsulation.Frame(view.Transport));
        Fill(now);
    }

    private void Serve(DateTimeOffset now, TcpConnection connection)
    {
        var buffer = new byte[8192];
        while (connection.Read(now, buffer) is > 0 and var count)
            _reader.Append(buffer.AsSpan(0, count));
        while (_reader.TryNext(out var content, out _) is var status && status is TcpFrameStatus.Frame or TcpFrameStatus.Prefix)
            if (status == TcpFrameStatus.Frame)
                Receive(now, content);
        Fill(now);
    }

    private void Receive(DateTimeOffset now, byte[] esp)
    {
        var packet = new byte[IpHeader.LengthOf(_own.IsIpv6) + esp.Length];
        esp.CopyTo(packet, new IpHeader(_peer, _own, IpProtocol.Esp).Write(packet, esp.Length));
        _gateway.ReceiveCarried(now, packet);
    }

    private void Fill(DateTimeOffset now)
    {
        while (_connection is { SendSpace: > 0 } && _waiting.TryPeek(out var frame))
        {
            _offset += _connection.Send(now, frame.AsSpan(_offset));
            if (_offset < frame.Length)
                return;
            _offset = 0;
            _waiting.Dequeue();
        }
    }
}
