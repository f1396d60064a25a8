using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>The connections and listening ports of a stack (RFC 9293, 3.10.7). Their number is bounded.</summary>
internal sealed class TcpLayer(InnerStack stack, Random random)
{
    private const int MaximumConnections = 1024;
    private const int FirstEphemeralPort = 49152;

    private readonly Dictionary<TcpEndpoints, TcpConnection> _connections = [];
    private readonly Dictionary<ushort, TcpListener> _listeners = [];
    private int _nextPort = FirstEphemeralPort + random.Next(8192);

    public int MaximumSegmentSize => stack.Mtu - Ipv4View.MinimumHeaderLength - TcpSegment.MinimumHeaderLength;

    public DateTimeOffset? NextDeadline
    {
        get
        {
            DateTimeOffset? earliest = null;
            foreach (var connection in _connections.Values)
            {
                if (connection.Deadline is { } deadline && (earliest is null || deadline < earliest))
                {
                    earliest = deadline;
                }
            }

            return earliest;
        }
    }

    public TcpListener Listen(ushort port, TcpService? service)
    {
        var listener = new TcpListener(port, service);
        if (!_listeners.TryAdd(port, listener))
        {
            throw new InvalidOperationException($"TCP port {port} is listened on already");
        }

        return listener;
    }

    public void StopListening(TcpListener listener) => _listeners.Remove(listener.Port);

    public TcpConnection Connect(DateTimeOffset now, Ipv4Address source, Ipv4Address destination, ushort port)
    {
        MakeRoom();
        if (_connections.Count >= MaximumConnections)
        {
            throw new InvalidOperationException($"there are {MaximumConnections} connections already");
        }

        TcpEndpoints endpoints;
        do
        {
            endpoints = new TcpEndpoints(source, (ushort)_nextPort, destination, port);
            _nextPort = _nextPort == 65535 ? FirstEphemeralPort : _nextPort + 1;
        }
        while (_connections.ContainsKey(endpoints));

        var connection = new TcpConnection(this, endpoints, InitialSequenceNumber(), service: null);
        _connections.Add(endpoints, connection);
        connection.Open(now);
        return connection;
    }

    public void Receive(DateTimeOffset now, Ipv4View packet)
    {
        if (!TcpSegment.TryParse(packet.Payload, out var segment)
            || !TcpSegment.HasValidChecksum(packet.Payload, packet.Source, packet.Destination))
        {
            return;
        }

        var endpoints = new TcpEndpoints(packet.Destination, segment.DestinationPort, packet.Source, segment.SourcePort);
        if (_connections.TryGetValue(endpoints, out var connection))
        {
            connection.Receive(now, segment);
            connection.Service?.Invoke(now, connection);
        }
        else
        {
            ReceiveUnconnected(now, endpoints, segment);
        }
    }

    /// <summary>ICMP speaks of a segment that was sent from here.</summary>
    public void TakeError(DateTimeOffset now, IcmpError error)
    {
        if (error.QuotedProtocol != IpProtocol.Tcp || error.Type != IcmpError.DestinationUnreachable)
        {
            return;
        }

        var endpoints = new TcpEndpoints(error.QuotedSource, error.QuotedSourcePort, error.QuotedDestination, error.QuotedDestinationPort);
        if (!_connections.TryGetValue(endpoints, out var connection))
        {
            return;
        }

        if (error.Code == IcmpError.FragmentationNeeded)
        {
            connection.PathMtuIs(now, error.NextHopMtu);
        }
        else if (error.Code is IcmpError.ProtocolUnreachable or IcmpError.PortUnreachable)
        {
            connection.Unreachable();
        }
    }

    public void Advance(DateTimeOffset now)
    {
        foreach (var connection in _connections.Values.ToArray())
        {
            if (connection.Deadline <= now)
            {
                connection.Advance(now);
                connection.Service?.Invoke(now, connection);
            }
        }
    }

    public void Forget(TcpConnection connection) => _connections.Remove(connection.Endpoints);

    /// <summary>Sends one segment with data out of a send buffer.</summary>
    public void Send(
        DateTimeOffset now,
        TcpEndpoints endpoints,
        uint sequenceNumber,
        uint acknowledgmentNumber,
        TcpFlags flags,
        int window,
        int? maximumSegmentSize,
        SendBuffer? data,
        int dataOffset,
        int dataLength)
    {
        var headerLength = TcpSegment.WrittenHeaderLength(maximumSegmentSize);
        var octets = stack.PayloadSpace[..(headerLength + dataLength)];
        data?.CopyTo(dataOffset, octets[headerLength..]);
        TcpSegment.Write(
            octets,
            endpoints.LocalAddress,
            endpoints.LocalPort,
            endpoints.RemoteAddress,
            endpoints.RemotePort,
            sequenceNumber,
            acknowledgmentNumber,
            flags,
            window,
            maximumSegmentSize);
        stack.SendPayload(now, endpoints.LocalAddress, endpoints.RemoteAddress, IpProtocol.Tcp, octets.Length, dontFragment: true);
    }

    /// <summary>Answers a segment that belongs nowhere (RFC 9293, 3.5.2).</summary>
    public void SendReset(DateTimeOffset now, TcpEndpoints endpoints, TcpSegment segment)
    {
        if (segment.Has(TcpFlags.Ack))
        {
            Send(now, endpoints, segment.AcknowledgmentNumber, 0, TcpFlags.Rst, 0, null, null, 0, 0);
        }
        else
        {
            var acknowledgment = segment.SequenceNumber + (uint)segment.SequenceLength;
            Send(now, endpoints, 0, acknowledgment, TcpFlags.Rst | TcpFlags.Ack, 0, null, null, 0, 0);
        }
    }

    private void ReceiveUnconnected(DateTimeOffset now, TcpEndpoints endpoints, TcpSegment segment)
    {
        if (segment.Has(TcpFlags.Rst))
        {
            return;
        }

        if (segment.Has(TcpFlags.Ack) || !_listeners.TryGetValue(endpoints.LocalPort, out var listener))
        {
            SendReset(now, endpoints, segment);
            return;
        }

        MakeRoom();
        if (!segment.Has(TcpFlags.Syn) || listener.IsFull || _connections.Count >= MaximumConnections)
        {
            return;
        }

        var connection = new TcpConnection(this, endpoints, InitialSequenceNumber(), listener.Service) { Listener = listener };
        _connections.Add(endpoints, connection);
        connection.OpenPassively(now, segment);
    }

    // A full table gives up what is over already.
    private void MakeRoom()
    {
        if (_connections.Count < MaximumConnections)
        {
            return;
        }

        foreach (var (endpoints, connection) in _connections)
        {
            if (connection.State == TcpState.TimeWait)
            {
                _connections.Remove(endpoints);
            }
        }
    }

    private uint InitialSequenceNumber() => (uint)random.NextInt64(1L << 32);
}
