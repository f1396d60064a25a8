using System.Buffers.Binary;
using Conformance.Implementations;
using Ipsec.Host.Links;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Testing;

/// <summary>Scripts without IKE: both ends are keyed by hand.</summary>
public sealed partial class Tester
{
    private const int EthernetHeaderLength = 14;

    private readonly List<ManualSession> _keyed = [];
    private readonly Reassembler _inside = new();

    /// <summary>Keys the implementation and the tester by hand. What the implementation can't express, or refuses, ends the scenario as unsupported.</summary>
    public async Task<ManualSession> Key(ManualSetup setup)
    {
        var configuration = setup.Configuration(_topology, _random);
        await _context.Install(configuration).ConfigureAwait(false);
        var session = new ManualSession(configuration, setup, _topology, _random, _context.Recorder);
        _keyed.Add(session);
        return session;
    }

    /// <summary>As <see cref="Key"/>, and knows that traffic passes: an echo went and came. If it does not, the scenario is inconclusive.</summary>
    public async Task<ManualSession> KeyWorking(ManualSetup setup)
    {
        var session = await Key(setup).ConfigureAwait(false);
        // What compresses well, where there is compression: whether packets without it are accepted is a question of its own.
        var data = session.ToImplementation.Any(association => association.Parameters.Protocol == IpsecProtocol.IpComp) ? new byte[400] : _random.Bytes(56);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var echo = NewEcho(session.Own, session.Peer, out var packet, data);
            SendPacket(session.Seal(packet), $"{Numbers(session)}: ICMP echo request {echo}, {data.Length} octets");
            if (await EchoReply(session, echo, ResponseTime).ConfigureAwait(false) is not null)
                return session;
        }
        _context.Inconclusive("preamble: no echo reply through the SAs that were keyed by hand");
        return session;
    }

    /// <summary>The child SAs of AH that IKE made, used as if they had been keyed by hand.</summary>
    public ManualSession Use(EspSession child)
    {
        if (child.Ah is not var (own, peer))
            throw new InvalidOperationException("the child SA has no keys, or is none of AH");
        var policy = child.Session.Policy;
        var setup = new ManualSetup
        {
            Layers = [new(IpsecProtocol.Ah, policy.Mode)], OuterIpv6 = policy.OuterIpv6 == true, InnerIpv6 = policy.InnerIpv6,
        };
        var (remote, local) = setup.Inside(_topology);
        var session = new ManualSession(
            new() { Policies = [Protecting(TrafficDirection.Inbound, own), Protecting(TrafficDirection.Outbound, peer)] }, setup, _topology, _random, _context.Recorder);
        _keyed.Add(session);
        return session;

        ManualPolicy Protecting(TrafficDirection direction, ManualSecurityAssociation association) =>
            new(direction, TrafficSelector.Range(local, local), TrafficSelector.Range(remote, remote), ManualAction.Protect) { Associations = [association] };
    }

    /// <summary>Sends a packet as it is to the implementation; over the MTU in fragments, if it may be.</summary>
    public void SendPacket(byte[] packet, string summary)
    {
        var time = _network.Now;
        _sentFrames.Record(() => _node.SendPacket(time, packet), time, summary, "");
    }

    /// <summary>An ICMP echo request through the SAs; the reply, null if none comes.</summary>
    /// <param name="size">Octets of echo data.</param>
    /// <param name="options">For the outermost SA.</param>
    public async Task<ReceivedProtected?> Ping(ManualSession session, int size = 56, SealOptions? options = null)
    {
        var echo = NewEcho(session, out var packet, size);
        SendPacket(session.Seal(packet, options), $"{Numbers(session)}: ICMP echo request {echo}, {size} octets");
        return await EchoReply(session, echo, ResponseTime).ConfigureAwait(false);
    }

    /// <summary>A new echo request between the session's inside addresses; returns its sequence number.</summary>
    public ushort NewEcho(ManualSession session, out byte[] packet, int size = 56) => NewEcho(session.Own, session.Peer, out packet, size);

    /// <summary>A new echo request of either family; returns its sequence number.</summary>
    public ushort NewEcho(IpAddress source, IpAddress destination, out byte[] packet, int size = 56) => NewEcho(source, destination, out packet, _random.Bytes(size));

    private ushort NewEcho(IpAddress source, IpAddress destination, out byte[] packet, byte[] data)
    {
        var number = ++_echoSequence;
        byte[] message = [(byte)(source.IsIpv6 ? 128 : 8), 0, 0, 0, 0x1c, 0xf0, (byte)(number >> 8), (byte)number, .. data];
        packet = IcmpPacket(source, destination, message);
        return number;
    }

    /// <summary>A UDP datagram of either family, with its checksum.</summary>
    public static byte[] UdpPacket(IpAddress source, IpAddress destination, ushort sourcePort, ushort destinationPort, byte[] data)
    {
        byte[] datagram =
        [
            (byte)(sourcePort >> 8), (byte)sourcePort, (byte)(destinationPort >> 8), (byte)destinationPort,
            (byte)((8 + data.Length) >> 8), (byte)(8 + data.Length), 0, 0, .. data,
        ];
        var packet = IpPacket(source, destination, IpProtocol.Udp, datagram);
        ScriptedAssociation.WriteUdpChecksum(packet);
        return packet;
    }

    /// <summary>The ICMP error of either family that says of a packet that it was too big for the next link (RFC 792 and 1191, RFC 4443).</summary>
    /// <param name="mtu">Octets.</param>
    public static byte[] TooBigPacket(IpAddress source, IpAddress destination, byte[] about, int mtu)
    {
        const int mostQuoted = 500;
        var ipv6 = source.IsIpv6;
        byte[] message = [(byte)(ipv6 ? 2 : 3), (byte)(ipv6 ? 0 : 4), 0, 0, 0, 0, (byte)(mtu >> 8), (byte)mtu, .. about.AsSpan(0, Math.Min(about.Length, mostQuoted))];
        return IcmpPacket(source, destination, message);
    }

    /// <summary>An ICMP or ICMPv6 message between addresses of its family.</summary>
    /// <param name="message">Its checksum, zero so far, is filled in.</param>
    public static byte[] IcmpPacket(IpAddress source, IpAddress destination, byte[] message)
    {
        var protocol = source.IsIpv6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp;
        var sum = source.IsIpv6 ? InternetChecksum.AddPseudoHeader(0, source, destination, protocol, message.Length) : 0;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), InternetChecksum.Finish(InternetChecksum.Add(sum, message)));
        return IpPacket(source, destination, protocol, message);
    }

    /// <summary>Octets of the largest IP packet, fragments as they came, in the frames that came in after one of the capture.</summary>
    /// <param name="frame">Its number.</param>
    public int LargestReceived(int frame) => _context.Recorder.Frames.Skip(frame)
        .Where(candidate => candidate.Direction == FrameDirection.Received).Select(candidate => candidate.Octets.Length - EthernetHeaderLength).DefaultIfEmpty().Max();

    /// <summary>A packet of either family without options.</summary>
    public static byte[] IpPacket(IpAddress source, IpAddress destination, byte protocol, ReadOnlySpan<byte> payload, byte trafficClass = 0, bool dontFragment = false, byte hopLimit = 64)
    {
        var packet = new byte[IpHeader.LengthOf(source.IsIpv6) + payload.Length];
        var header = new IpHeader(source, destination, protocol) { TrafficClass = trafficClass, DontFragment = dontFragment, HopLimit = hopLimit }.Write(packet, payload.Length);
        payload.CopyTo(packet.AsSpan(header));
        return packet;
    }

    /// <summary>Waits for the reply to an echo request, under all SAs of the session.</summary>
    public Task<ReceivedProtected?> EchoReply(ManualSession session, ushort echo, TimeSpan window) =>
        Receive<ReceivedProtected>(received => received.Session == session && IsReply(received.Inner, echo), window);

    /// <summary>The same under all SAs of one of several sessions.</summary>
    public Task<ReceivedProtected?> AnyKeyedEchoReply(IReadOnlyCollection<ManualSession> sessions, ushort echo, TimeSpan window) =>
        Receive<ReceivedProtected>(received => sessions.Contains(received.Session) && IsReply(received.Inner, echo), window);

    /// <summary>Waits for a packet under all SAs of the session whose inside fits.</summary>
    public Task<ReceivedProtected?> ReceiveInside(ManualSession session, Func<byte[], bool> match) =>
        Receive<ReceivedProtected>(received => received.Session == session && received.Inner is not null && match(received.Inner), ResponseTime);

    private static string Numbers(ManualSession session) => string.Join(
        " over ", session.ToImplementation.Reverse().Select(association => $"{association.Parameters.Protocol} {association.Parameters.Spi:x8} sequence {association.SequenceNumber}"));

    private bool TakeProtected(DateTimeOffset time, ReadOnlySpan<byte> packet)
    {
        var octets = packet.ToArray();
        foreach (var session in _keyed)
        {
            var layers = session.Open(octets);
            if (layers.IsEmpty)
                continue;
            var inner = session.IsWhole(layers) ? Whole(time, layers[^1].Packet) : null;
            var headers = string.Join(" over ", layers.Select(layer => $"{layer.By.Parameters.Protocol} {layer.By.Parameters.Spi:x8} sequence {layer.SequenceNumber}"));
            var summary = $"{headers}: {(inner is null ? "the next SA can't be opened" : PacketSummary.Of(inner))}";
            _context.Recorder.Message("iut", "tester", summary, "", [_context.Recorder.LastFrame], time);
            _inbox.Enqueue(new ReceivedProtected(time, _context.Recorder.LastFrame, octets, session, layers, inner, summary));
            return true;
        }
        return false;
    }

    /// <summary>A tunnel may carry fragments: with the last one comes the packet that they make, before that each as it is.</summary>
    private byte[] Whole(DateTimeOffset time, byte[] packet) =>
        IpView.TryParse(packet, out var view, out _) && view.IsFragment && _inside.Add(time, packet, out var whole) == ReassemblyOutcome.Complete ? whole.ToArray() : packet;
}
