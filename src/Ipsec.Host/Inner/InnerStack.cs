using System.Buffers.Binary;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>
/// The small network stack behind a host's addresses: ICMP echo and errors (RFC 792, RFC 1122), UDP (RFC 768), TCP (RFC 9293), and the echo
/// service on port 7 (RFC 862). Sans-IO: IPv4 packets come in by <see cref="Receive"/> and go out through the constructor's callback; time is
/// an argument. No octets make it throw; everything that a sender can fill is bounded. Not thread-safe, and the callback must not call back
/// into the stack.
/// </summary>
public sealed class InnerStack
{
    private const int MaximumRecords = 1024;
    private const int IcmpHeaderLength = 8;
    private const int EchoPort = 7;
    private const byte EchoReplyType = 0, EchoRequestType = 8;

    private readonly InnerStackOptions _options;
    private readonly Ipv4PacketHandler _output;
    private readonly HashSet<Ipv4Address> _addresses = [];
    private readonly Dictionary<ushort, UdpSocket> _udp = [];
    private readonly TcpLayer _tcp;
    private readonly Ipv4Reassembler _reassembler = new();
    private readonly byte[] _packet = new byte[Ipv4Header.MaximumTotalLength];
    private readonly byte[] _fragment;
    private readonly Queue<EchoReply> _echoReplies = new();
    private readonly Queue<IcmpError> _icmpErrors = new();
    private ushort _identification;
    private ushort _nextUdpPort;

    /// <param name="address">The first own address, from which packets are sent.</param>
    /// <param name="output">Gets each packet to send; the octets are borrowed.</param>
    public InnerStack(Ipv4Address address, Ipv4PacketHandler output, InnerStackOptions? options = null)
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
        _fragment = new byte[_options.Mtu];
        _tcp = new TcpLayer(this, random);
        if (_options.ServesEcho)
        {
            _tcp.Listen(EchoPort, ServeEcho);
        }
    }

    /// <summary>The first own address.</summary>
    public Ipv4Address Address { get; }

    /// <summary>Octets.</summary>
    public int Mtu => _options.Mtu;

    /// <summary>The latest echo replies (at most 1024), oldest first.</summary>
    public IReadOnlyCollection<EchoReply> EchoReplies => _echoReplies;

    /// <summary>The latest ICMP errors that came in (at most 1024), oldest first.</summary>
    public IReadOnlyCollection<IcmpError> IcmpErrors => _icmpErrors;

    /// <summary>When <see cref="Advance"/> wants to be called, null for never. Any other call can change it.</summary>
    public DateTimeOffset? NextDeadline => _tcp.NextDeadline;

    internal Span<byte> PayloadSpace => _packet.AsSpan(Ipv4View.MinimumHeaderLength);

    public void AddAddress(Ipv4Address address) => _addresses.Add(address);

    /// <summary>Takes one IPv4 packet. Those for other addresses, and malformed ones, are ignored.</summary>
    public void Receive(DateTimeOffset now, ReadOnlySpan<byte> ipPacket)
    {
        if (!Ipv4View.TryParse(ipPacket, out var packet, out _) || !_addresses.Contains(packet.Destination) || !packet.HasValidChecksum)
        {
            return;
        }

        if (!packet.IsFragment)
        {
            ReceiveWhole(now, packet);
        }
        else if (_reassembler.Add(now, packet, out var whole) == ReassemblyOutcome.Complete && Ipv4View.TryParse(whole.Span, out packet, out _))
        {
            ReceiveWhole(now, packet);
        }
    }

    /// <summary>Runs the timers that are due.</summary>
    public void Advance(DateTimeOffset now) => _tcp.Advance(now);

    /// <summary>Sends an ICMP echo request; the answer appears in <see cref="EchoReplies"/>.</summary>
    /// <param name="payload">At most 65507 octets; over the MTU, it goes out in fragments.</param>
    /// <exception cref="ArgumentException">The payload is too long.</exception>
    public void Ping(DateTimeOffset now, Ipv4Address destination, ReadOnlySpan<byte> payload, ushort identifier, ushort sequenceNumber)
    {
        if (payload.Length > UdpHeader.MaximumPayloadLength)
        {
            throw new ArgumentException($"{payload.Length} octets do not fit into an echo request", nameof(payload));
        }

        SendEcho(now, Address, destination, EchoRequestType, identifier, sequenceNumber, payload);
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

    /// <summary>Opens a TCP connection from the first own address. <see cref="TcpConnection.State"/> tells what becomes of it.</summary>
    public TcpConnection ConnectTcp(DateTimeOffset now, Ipv4Address destination, ushort port) => _tcp.Connect(now, Address, destination, port);

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
        DateTimeOffset now, Ipv4Address source, ushort sourcePort, Ipv4Address destination, ushort destinationPort, ReadOnlySpan<byte> payload)
    {
        var length = new UdpHeader(sourcePort, destinationPort).WriteDatagram(PayloadSpace, source, destination, payload);
        SendPayload(now, source, destination, IpProtocol.Udp, length);
    }

    /// <summary>Sends what stands at the start of <see cref="PayloadSpace"/>.</summary>
    internal void SendPayload(
        DateTimeOffset now, Ipv4Address source, Ipv4Address destination, byte protocol, int length, bool dontFragment = false)
    {
        var header = new Ipv4Header(source, destination, protocol) { Identification = _identification++, DontFragment = dontFragment };
        var total = header.Write(_packet, length) + length;
        if (total <= Mtu || !Ipv4View.TryParse(_packet.AsSpan(0, total), out var packet, out _))
        {
            _output(now, _packet.AsSpan(0, total));
            return;
        }

        if (!_options.Fragments)
        {
            _output(now, packet.Octets);
            return;
        }

        var fragmenter = new Ipv4Fragmenter(packet, Mtu);
        while (fragmenter.TryNext(_fragment, out var fragmentLength))
        {
            _output(now, _fragment.AsSpan(0, fragmentLength));
        }
    }

    private void ReceiveWhole(DateTimeOffset now, Ipv4View packet)
    {
        switch (packet.Protocol)
        {
            case IpProtocol.Icmp:
                ReceiveIcmp(now, packet);
                break;
            case IpProtocol.Udp:
                ReceiveUdp(now, packet);
                break;
            case IpProtocol.Tcp when IsUnicast(packet.Source):
                _tcp.Receive(now, packet);
                break;
            case IpProtocol.Tcp:
                break;
            default:
                SendUnreachable(now, packet, IcmpError.ProtocolUnreachable);
                break;
        }
    }

    private void ReceiveIcmp(DateTimeOffset now, Ipv4View packet)
    {
        var message = packet.Payload;
        if (message.Length < IcmpHeaderLength || InternetChecksum.Compute(message) != 0)
        {
            return;
        }

        var identifier = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        var sequenceNumber = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        if (message[0] == EchoRequestType && message[1] == 0)
        {
            if (_options.AnswersPing && IsUnicast(packet.Source))
            {
                SendEcho(now, packet.Destination, packet.Source, EchoReplyType, identifier, sequenceNumber, message[IcmpHeaderLength..]);
            }
        }
        else if (message[0] == EchoReplyType)
        {
            Record(_echoReplies, new EchoReply(now, packet.Source, identifier, sequenceNumber, message[IcmpHeaderLength..].ToArray()));
        }
        else if (IcmpError.TryParse(now, packet.Source, message, out var error))
        {
            Record(_icmpErrors, error!);
            _tcp.TakeError(now, error!);
        }
    }

    private void ReceiveUdp(DateTimeOffset now, Ipv4View packet)
    {
        if (!UdpView.TryParse(packet.Payload, out var udp, out _) || !udp.HasValidChecksum(packet.Source, packet.Destination))
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
            if (udp.SourcePort != EchoPort && IsUnicast(packet.Source))
            {
                SendUdp(now, packet.Destination, EchoPort, packet.Source, udp.SourcePort, udp.Payload);
            }
        }
        else
        {
            SendUnreachable(now, packet, IcmpError.PortUnreachable);
        }
    }

    private void SendEcho(
        DateTimeOffset now,
        Ipv4Address source,
        Ipv4Address destination,
        byte type,
        ushort identifier,
        ushort sequenceNumber,
        ReadOnlySpan<byte> payload)
    {
        var message = PayloadSpace[..(IcmpHeaderLength + payload.Length)];
        payload.CopyTo(message[IcmpHeaderLength..]);
        WriteIcmpHeader(message, type, 0, identifier, sequenceNumber);
        SendPayload(now, source, destination, IpProtocol.Icmp, message.Length);
    }

    // RFC 1122, 3.2.2.1. As much is quoted as fits into 576 octets (RFC 1812, 4.3.2.3).
    private void SendUnreachable(DateTimeOffset now, Ipv4View packet, byte code)
    {
        if (!_options.SendsUnreachable || !IsUnicast(packet.Source))
        {
            return;
        }

        var quoted = packet.Octets[..Math.Min(packet.TotalLength, 576 - Ipv4View.MinimumHeaderLength - IcmpHeaderLength)];
        var message = PayloadSpace[..(IcmpHeaderLength + quoted.Length)];
        quoted.CopyTo(message[IcmpHeaderLength..]);
        WriteIcmpHeader(message, IcmpError.DestinationUnreachable, code, 0, 0);
        SendPayload(now, packet.Destination, packet.Source, IpProtocol.Icmp, message.Length);
    }

    private static void WriteIcmpHeader(Span<byte> message, byte type, byte code, ushort first, ushort second)
    {
        message[0] = type;
        message[1] = code;
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], first);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], second);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Compute(message));
    }

    private static bool IsUnicast(Ipv4Address address) => address.Value != 0 && address != Ipv4Address.Broadcast && !address.IsMulticast;

    private static void Record<T>(Queue<T> records, T record)
    {
        if (records.Count >= MaximumRecords)
        {
            records.Dequeue();
        }

        records.Enqueue(record);
    }
}
