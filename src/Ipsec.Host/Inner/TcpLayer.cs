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

    /// <summary>Octets of data in a segment that the first link takes: what the peer is told.</summary>
    public int MaximumSegmentSize(IpAddress peer) => Math.Max(stack.Mtu, peer.IsIpv6 ? Ipv6Fragmenter.MinimumMtu : 0) - Headers(peer);

    /// <summary>Octets of data in a segment that the path takes, as far as it is known.</summary>
    public int PathSegmentSize(DateTimeOffset now, IpAddress peer) => stack.PathMtu(now, peer) - Headers(peer);

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

    public TcpConnection Connect(DateTimeOffset now, IpAddress source, IpAddress destination, ushort port, TcpService? service)
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

        var connection = new TcpConnection(this, endpoints, InitialSequenceNumber(), service);
        _connections.Add(endpoints, connection);
        connection.Open(now);
        return connection;
    }

    public void Receive(DateTimeOffset now, IpView packet)
    {
        if (!TcpSegment.TryParse(packet.Transport, out var segment)
            || !TcpSegment.HasValidChecksum(packet.Transport, packet.Source, packet.Destination))
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

    /// <summary>Whether ICMP speaks of a segment that is under way, and so can be no stranger's guess.</summary>
    public bool IsUnderWay(IcmpError error) =>
        Find(error) is { } connection && error.QuotedSequenceNumber is { } sequenceNumber && connection.IsUnderWay(sequenceNumber);

    /// <summary>ICMP says that there is nobody for a segment that was sent from here.</summary>
    public void TakeUnreachable(IcmpError error) => Find(error)?.Unreachable();

    /// <summary>A path got narrower.</summary>
    public void PathMtuChanged(DateTimeOffset now, IpAddress destination)
    {
        foreach (var connection in _connections.Values)
        {
            if (connection.RemoteAddress == destination)
            {
                connection.PathMtuChanged(now);
            }
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

    private TcpConnection? Find(IcmpError error) =>
        _connections.GetValueOrDefault(new(error.QuotedSource, error.QuotedSourcePort, error.QuotedDestination, error.QuotedDestinationPort));

    private static int Headers(IpAddress peer) => IpHeader.LengthOf(peer.IsIpv6) + TcpSegment.MinimumHeaderLength;

    private uint InitialSequenceNumber() => (uint)random.NextInt64(1L << 32);
}
