using System.Buffers.Binary;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>
/// The small network stack behind a host's addresses, of both families: ICMP and ICMPv6 echo and errors (RFC 792, RFC 1122, RFC 4443), path MTU discovery
/// (RFC 1191, RFC 8201), UDP (RFC 768), TCP (RFC 9293), and the echo service on port 7 (RFC 862). Sans-IO: packets come in by <see cref="Receive"/> and go out
/// through the constructor's callback; time is an argument. No octets make it throw; everything that a sender can fill is bounded. Not thread-safe, and the
/// callback must not call back into the stack.
/// </summary>
public sealed class InnerStack
{
    private const int MaximumRecords = 1024;
    private const int IcmpHeaderLength = 8;
    private const int EchoPort = 7;
    private const byte EchoReplyType = 0, EchoRequestType = 8, Icmpv6EchoRequestType = 128, Icmpv6EchoReplyType = 129;

    private readonly InnerStackOptions _options;
    private readonly IpPacketHandler _output;
    private readonly List<IpAddress> _addresses = [];
    private readonly List<IpAddress> _preferred = [];
    private readonly Dictionary<ushort, UdpSocket> _udp = [];
    private readonly TcpLayer _tcp;
    private readonly Reassembler _reassembler = new();
    private readonly PathMtuCache _paths = new();
    private readonly IcmpErrorPacket _errors = new();
    private readonly byte[] _packet = new byte[Ipv6View.HeaderLength + ushort.MaxValue];
    private readonly byte[] _fragment;
    private readonly Queue<EchoReply> _echoReplies = new();
    private readonly Queue<IcmpError> _icmpErrors = new();
    private ushort _identification;
    private uint _ipv6Identification;
    private ushort _nextUdpPort;

    /// <param name="address">The first own address.</param>
    /// <param name="output">Gets each packet to send; the octets are borrowed.</param>
    public InnerStack(IpAddress address, IpPacketHandler output, InnerStackOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        _options = options ?? InnerStackOptions.Default;
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Mtu, 68);
        _output = output;
        Address = address;
        _addresses.Add(address);
        var random = new Random(_options.Seed);
        _identification = (ushort)random.Next(65536);
        _nextUdpPort = (ushort)(49152 + random.Next(8192));
        _fragment = new byte[Math.Max(_options.Mtu, Ipv6Fragmenter.MinimumMtu)];
        _tcp = new TcpLayer(this, random);
        if (_options.ServesEcho)
        {
            _tcp.Listen(EchoPort, ServeEcho);
        }
    }

    /// <summary>The first own address.</summary>
    public IpAddress Address { get; }

    /// <summary>Octets.</summary>
    public int Mtu => _options.Mtu;

    /// <summary>The latest echo replies (at most 1024), oldest first.</summary>
    public IReadOnlyCollection<EchoReply> EchoReplies => _echoReplies;

    /// <summary>The latest ICMP errors that came in (at most 1024), oldest first.</summary>
    public IReadOnlyCollection<IcmpError> IcmpErrors => _icmpErrors;

    /// <summary>When <see cref="Advance"/> wants to be called, null for never. Any other call can change it.</summary>
    public DateTimeOffset? NextDeadline => _tcp.NextDeadline;

    /// <summary>Behind the room for a header of either family.</summary>
    internal Span<byte> PayloadSpace => _packet.AsSpan(Ipv6View.HeaderLength);

    /// <summary>All of its own, of both families.</summary>
    public IEnumerable<IpAddress> Addresses => _addresses;

    public void AddAddress(IpAddress address)
    {
        if (!_addresses.Contains(address))
        {
            _addresses.Add(address);
        }
    }

    /// <summary>Adds an address that a gateway has assigned: packets are sent from it rather than from any other of its family.</summary>
    public void AddPreferredAddress(IpAddress address)
    {
        AddAddress(address);
        _preferred.Add(address);
    }

    /// <summary>Takes back what <see cref="AddPreferredAddress"/> did.</summary>
    public void RemovePreferredAddress(IpAddress address)
    {
        if (_preferred.Remove(address) && address != Address)
        {
            _addresses.Remove(address);
        }
    }

    /// <summary>The own address from which packets to a destination are sent.</summary>
    /// <exception cref="InvalidOperationException">There is none of its family.</exception>
    public IpAddress SourceFor(IpAddress destination) =>
        SourceAddress.For(_preferred, destination) ?? SourceAddress.For(_addresses, destination) ?? throw new InvalidOperationException($"the host has no address to reach {destination} from");

    /// <summary>Largest packet that goes to a destination in one piece, in octets, as far as it is known.</summary>
    public int PathMtu(DateTimeOffset now, IpAddress destination) => _paths.Of(now, destination, Mtu);

    /// <summary>Takes one packet. Those for other addresses, and malformed ones, are ignored.</summary>
    public void Receive(DateTimeOffset now, ReadOnlySpan<byte> ipPacket)
    {
        if (!IpView.TryParse(ipPacket, out var packet, out _) || !_addresses.Contains(packet.Destination) || !packet.HasValidHeaderChecksum())
        {
            return;
        }

        if (!packet.IsFragment)
        {
            ReceiveWhole(now, packet);
        }
        else if (_reassembler.Add(now, packet.Octets, out var whole) == ReassemblyOutcome.Complete && IpView.TryParse(whole.Span, out packet, out _))
        {
            ReceiveWhole(now, packet);
        }
    }

    /// <summary>Runs the timers that are due.</summary>
    public void Advance(DateTimeOffset now) => _tcp.Advance(now);

    /// <summary>Sends an ICMP echo request; the answer appears in <see cref="EchoReplies"/>.</summary>
    /// <param name="payload">At most 65507 octets; over the MTU, it goes out in fragments.</param>
    /// <exception cref="ArgumentException">The payload is too long.</exception>
    /// <exception cref="InvalidOperationException">The stack has no address of the destination's family.</exception>
    public void Ping(DateTimeOffset now, IpAddress destination, ReadOnlySpan<byte> payload, ushort identifier, ushort sequenceNumber)
    {
        if (payload.Length > UdpHeader.MaximumPayloadLength)
        {
            throw new ArgumentException($"{payload.Length} octets do not fit into an echo request", nameof(payload));
        }

        SendEcho(now, SourceFor(destination), destination, isReply: false, identifier, sequenceNumber, payload);
    }

    /// <summary>Binds a UDP port; 0 takes a free one from 49152 on.</summary>
    /// <exception cref="InvalidOperationException">The port is bound already.</exception>
    public UdpSocket BindUdp(ushort port = 0)
    {
        while (port == 0)
        {
            _nextUdpPort = (ushort)(_nextUdpPort == 65535 ? 49152 : _nextUdpPort + 1);
            port = _udp.ContainsKey(_nextUdpPort) ? (ushort)0 : _nextUdpPort;
        }

        var socket = new UdpSocket(this, port);
        return _udp.TryAdd(port, socket) ? socket : throw new InvalidOperationException($"UDP port {port} is bound already");
    }

    /// <summary>Listens on a TCP port. With a service, connections are served by it, else they wait to be accepted.</summary>
    /// <exception cref="InvalidOperationException">The port is listened on already.</exception>
    public TcpListener ListenTcp(ushort port, TcpService? service = null) => _tcp.Listen(port, service);

    /// <summary>Ends listening; connections stay.</summary>
    public void StopListening(TcpListener listener) => _tcp.StopListening(listener);

    /// <summary>Opens a TCP connection from the address for the destination. <see cref="TcpConnection.State"/> tells what becomes of it.</summary>
    /// <param name="service">Serves the connection; null for a caller that looks after it.</param>
    /// <exception cref="InvalidOperationException">The stack has no address of the destination's family, or too many connections.</exception>
    public TcpConnection ConnectTcp(DateTimeOffset now, IpAddress destination, ushort port, TcpService? service = null) =>
        _tcp.Connect(now, SourceFor(destination), destination, port, service);

    /// <summary>The echo service: sends back what it reads, and closes when the peer has closed.</summary>
    public static void ServeEcho(DateTimeOffset now, TcpConnection connection)
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (connection.Available > 0 && connection.SendSpace > 0)
        {
            var count = connection.Read(now, buffer[..Math.Min(buffer.Length, connection.SendSpace)]);
            connection.Send(now, buffer[..count]);
        }

        if (connection.RemoteClosed && connection.Available == 0)
        {
            connection.Close(now);
        }
    }

    internal void Unbind(UdpSocket socket)
    {
        if (_udp.GetValueOrDefault(socket.Port) == socket)
        {
            _udp.Remove(socket.Port);
        }
    }

    internal void SendUdp(
        DateTimeOffset now,
        IpAddress source,
        ushort sourcePort,
        IpAddress destination,
        ushort destinationPort,
        ReadOnlySpan<byte> payload,
        bool dontFragment = false)
    {
        var length = new UdpHeader(sourcePort, destinationPort).WriteDatagram(PayloadSpace, source, destination, payload);
        SendPayload(now, source, destination, IpProtocol.Udp, length, dontFragment);
    }

    /// <summary>Sends what stands at the start of <see cref="PayloadSpace"/>.</summary>
    /// <param name="dontFragment">For IPv4, whose packets say so if they fit the path MTU.</param>
    internal void SendPayload(
        DateTimeOffset now, IpAddress source, IpAddress destination, byte protocol, int length, bool dontFragment = false, byte trafficClass = 0)
    {
        var pathMtu = PathMtu(now, destination);
        var packet = WriteHeader(source, destination, protocol, length, dontFragment, trafficClass, pathMtu);
        if (packet.Length <= pathMtu || !_options.Fragments)
        {
            _output(now, packet);
            return;
        }

        var fragmenter = new IpFragmenter(packet, pathMtu, ++_ipv6Identification);
        while (fragmenter.TryNext(_fragment, out var fragmentLength))
        {
            _output(now, _fragment.AsSpan(0, fragmentLength));
        }
    }

    private ReadOnlySpan<byte> WriteHeader(
        IpAddress source, IpAddress destination, byte protocol, int length, bool dontFragment, byte trafficClass, int pathMtu)
    {
        var total = IpHeader.LengthOf(source.IsIpv6) + length;
        var start = Ipv6View.HeaderLength + length - total;
        new IpHeader(source, destination, protocol) { Identification = _identification++, DontFragment = dontFragment && total <= pathMtu, TrafficClass = trafficClass }
            .Write(_packet.AsSpan(start), length);
        return _packet.AsSpan(start, total);
    }

    private void ReceiveWhole(DateTimeOffset now, IpView packet)
    {
        switch (packet.Protocol)
        {
            case IpProtocol.Icmp when !packet.IsIpv6:
            case IpProtocol.Icmpv6 when packet.IsIpv6:
                ReceiveIcmp(now, packet);
                break;
            case IpProtocol.Udp:
                ReceiveUdp(now, packet);
                break;
            case IpProtocol.Tcp when IcmpErrorPacket.IsUnicast(packet.Source):
                _tcp.Receive(now, packet);
                break;
            case IpProtocol.Tcp or IpProtocol.NoNextHeader:
                break;
            default:
                SendUnreachable(now, packet, IcmpErrorKind.ProtocolUnreachable);
                break;
        }
    }

    private void ReceiveIcmp(DateTimeOffset now, IpView packet)
    {
        if (!IcmpView.TryParse(packet.Transport, packet.IsIpv6, out var message, out _)
            || !(packet.IsIpv6 ? message.HasValidChecksumV6(packet.Source.V6, packet.Destination.V6) : message.HasValidChecksum))
        {
            return;
        }

        if (message.Type == (packet.IsIpv6 ? Icmpv6EchoRequestType : EchoRequestType) && message.Code == 0)
        {
            if (_options.AnswersPing && IcmpErrorPacket.IsUnicast(packet.Source))
            {
                // With the request's traffic class (RFC 1349 section 5.1).
                SendEcho(
                    now, packet.Destination, packet.Source, isReply: true, message.Identifier, message.SequenceNumber, message.Octets[IcmpHeaderLength..],
                    packet.TrafficClass);
            }
        }
        else if (message.Type == (packet.IsIpv6 ? Icmpv6EchoReplyType : EchoReplyType))
        {
            Record(
                _echoReplies,
                new EchoReply(now, packet.Source, message.Identifier, message.SequenceNumber, message.Octets[IcmpHeaderLength..].ToArray()));
        }
        else if (IcmpError.TryParse(now, packet.Source, message.Octets, out var error))
        {
            Record(_icmpErrors, error!);
            TakeError(now, error!);
        }
    }

    // What ICMP says is believed only of packets that were sent from here, as far as the stack can tell (RFC 5927; RFC 8201 section 4).
    private void TakeError(DateTimeOffset now, IcmpError error)
    {
        if (!_addresses.Contains(error.QuotedSource))
        {
            return;
        }

        if (error.Kind is IcmpErrorKind.PortUnreachable or IcmpErrorKind.ProtocolUnreachable && error.QuotedProtocol == IpProtocol.Tcp)
        {
            _tcp.TakeUnreachable(error);
        }
        else if (error.Kind == IcmpErrorKind.PacketTooBig && WasSentHere(error))
        {
            _paths.Learn(now, error.QuotedDestination, error.NextHopMtu);
            _tcp.PathMtuChanged(now, error.QuotedDestination);
        }
    }

    private bool WasSentHere(IcmpError error) => error.QuotedProtocol switch
    {
        IpProtocol.Tcp => _tcp.IsUnderWay(error),
        IpProtocol.Udp => _udp.ContainsKey(error.QuotedSourcePort) || (_options.ServesEcho && error.QuotedSourcePort == EchoPort),
        IpProtocol.Icmp => !error.QuotedSource.IsIpv6,
        IpProtocol.Icmpv6 => error.QuotedSource.IsIpv6,
        _ => false,
    };

    private void ReceiveUdp(DateTimeOffset now, IpView packet)
    {
        if (!UdpView.TryParse(packet.Transport, out var udp, out _) || !udp.HasValidChecksum(packet.Source, packet.Destination))
        {
            return;
        }

        if (_udp.TryGetValue(udp.DestinationPort, out var socket))
        {
            socket.Enqueue(new UdpDatagram(now, packet.Source, udp.SourcePort, packet.Destination, udp.Payload.ToArray()));
        }
        else if (_options.ServesEcho && udp.DestinationPort == EchoPort)
        {
            // Not between two echo services: they would never end (RFC 862 between hosts that both serve).
            if (udp.SourcePort != EchoPort && IcmpErrorPacket.IsUnicast(packet.Source))
            {
                SendUdp(now, packet.Destination, EchoPort, packet.Source, udp.SourcePort, udp.Payload);
            }
        }
        else
        {
            SendUnreachable(now, packet, IcmpErrorKind.PortUnreachable);
        }
    }

    private void SendEcho(
        DateTimeOffset now,
        IpAddress source,
        IpAddress destination,
        bool isReply,
        ushort identifier,
        ushort sequenceNumber,
        ReadOnlySpan<byte> payload,
        byte trafficClass = 0)
    {
        var message = PayloadSpace[..(IcmpHeaderLength + payload.Length)];
        payload.CopyTo(message[IcmpHeaderLength..]);
        message[0] = (source.IsIpv6, isReply) switch
        {
            (true, true) => Icmpv6EchoReplyType,
            (true, false) => Icmpv6EchoRequestType,
            (false, true) => EchoReplyType,
            (false, false) => EchoRequestType,
        };
        message[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], identifier);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], sequenceNumber);
        IcmpErrorPacket.WriteChecksum(message, source, destination);
        SendPayload(now, source, destination, source.IsIpv6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp, message.Length, trafficClass: trafficClass);
    }

    private void SendUnreachable(DateTimeOffset now, IpView packet, IcmpErrorKind kind)
    {
        if (_options.SendsUnreachable && _errors.About(now, packet, packet.Destination, kind) is { } answer)
        {
            _output(now, answer);
        }
    }

    private static void Record<T>(Queue<T> records, T record)
    {
        if (records.Count >= MaximumRecords)
        {
            records.Dequeue();
        }

        records.Enqueue(record);
    }
}
