using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane.Tests;

/// <summary>One SA of a bundle, as both ends are told of it.</summary>
public sealed record Layer(IpsecProtocol Protocol = IpsecProtocol.Esp, IpsecMode Mode = IpsecMode.Tunnel)
{
    public bool Esn { get; init; }

    public UdpPorts? Encapsulation { get; init; }

    public bool OuterIpv6 { get; init; }

    public Func<SecurityAssociationParameters, SecurityAssociationParameters> Adjust { get; init; } = parameters => parameters;
}

/// <summary>Two data planes with one policy between two hosts (or their networks), whose bundle is the same at both ends: what the left one sends the right one gets.</summary>
public sealed class Ends
{
    public static readonly IpAddress Left = IpAddress.Parse("192.0.2.1"), Right = IpAddress.Parse("192.0.2.2");
    public static readonly IpAddress Left6 = IpAddress.Parse("2001:db8::1"), Right6 = IpAddress.Parse("2001:db8::2");
    public static readonly IpAddress LeftInner = IpAddress.Parse("10.1.0.1"), RightInner = IpAddress.Parse("10.2.0.1");
    public static readonly IpAddress LeftInner6 = IpAddress.Parse("2001:db8:1::1"), RightInner6 = IpAddress.Parse("2001:db8:2::1");

    private readonly bool _innerIpv6;
    private readonly bool _transport;

    public Ends(ImmutableArray<Layer> layers, bool innerIpv6 = false, TrafficRange? local = null, TrafficRange? remote = null, SecurityPolicy? policy = null, DataPlaneOptions? options = null)
    {
        _innerIpv6 = innerIpv6;
        _transport = layers.All(layer => layer.Mode == IpsecMode.Transport);
        var here = local ?? TrafficRange.Host(LeftInside);
        var there = remote ?? TrafficRange.Host(RightInside);
        RightPlane = new(Audit.Add, options);
        LeftPlane = new(Audit.Add, options);
        policy ??= new("c", PolicyAction.Protect, null!);
        LeftPlane.Policies.Append(policy with { Traffic = new([here], [there]) });
        RightPlane.Policies.Append(policy with { Traffic = new([there], [here]) });
        LeftPlane.Associations.AddOutbound("c", new([here], [there]), [.. layers.Select((layer, index) => new OutboundSecurityAssociation(Parameters(layer, index), Protection(layer)))]);
        RightPlane.Associations.AddInbound("c", new([there], [here]), [.. layers.Select((layer, index) =>
            new InboundSecurityAssociation(Parameters(layer, index), Protection(layer), layer.Protocol == IpsecProtocol.IpComp ? null : new AntiReplayWindow(layer.Esn)))]);
    }

    public DataPlane LeftPlane { get; }

    public DataPlane RightPlane { get; }

    public List<AuditEvent> Audit { get; } = [];

    public IpAddress LeftInside => _transport ? _innerIpv6 ? Left6 : Left : _innerIpv6 ? LeftInner6 : LeftInner;

    public IpAddress RightInside => _transport ? _innerIpv6 ? Right6 : Right : _innerIpv6 ? RightInner6 : RightInner;

    public byte[] Echo(int size = 56) => Echo(LeftInside, RightInside, size);

    public static byte[] Echo(IpAddress source, IpAddress destination, int size = 56) => source.IsIpv6
        ? Packet(source, destination, IpProtocol.Icmpv6, [128, 0, 0, 0, 0, 1, 0, 1, .. Enumerable.Range(0, size).Select(index => (byte)index)])
        : new IcmpEcho(false, 1, 1, Enumerable.Range(0, size).Select(index => (byte)index).ToArray()).EncodePacket(source.V4, destination.V4);

    public static byte[] Udp(IpAddress source, IpAddress destination, ushort from, ushort to, int size = 20) =>
        Packet(source, destination, IpProtocol.Udp, [(byte)(from >> 8), (byte)from, (byte)(to >> 8), (byte)to, 0, (byte)(8 + size), 0, 0, .. new byte[size]]);

    public static byte[] Packet(IpAddress source, IpAddress destination, byte protocol, byte[] payload, byte trafficClass = 0, bool dontFragment = false)
    {
        var packet = new byte[IpHeader.LengthOf(source.IsIpv6) + payload.Length];
        var header = new IpHeader(source, destination, protocol) { TrafficClass = trafficClass, DontFragment = dontFragment }.Write(packet, payload.Length);
        payload.CopyTo(packet, header);
        return packet;
    }

    /// <summary>What the left end makes of a packet.</summary>
    public List<byte[]> Send(byte[] packet, out DiscardReason reason, DateTimeOffset now = default)
    {
        var sent = new List<byte[]>();
        LeftPlane.Outbound(now, packet, octets => sent.Add(octets.ToArray()), out reason);
        return sent;
    }

    public byte[] Send(byte[] packet)
    {
        var sent = Send(packet, out var reason);
        Assert.That(reason, Is.EqualTo(DiscardReason.None));
        return sent.Single();
    }

    public DiscardReason Receive(byte[] packet, out byte[] delivered, DateTimeOffset now = default)
    {
        delivered = [];
        Disposition disposition;
        DiscardReason reason;
        ReadOnlySpan<byte> octets;
        if (IpView.TryParse(packet, out var view, out _) && view.Protocol == IpProtocol.Udp)
            disposition = RightPlane.InboundEncapsulated(now, view, out octets, out reason);
        else
            disposition = RightPlane.Inbound(now, packet, out octets, out reason);
        if (disposition != Disposition.Discarded)
            delivered = octets.ToArray();
        return reason;
    }

    public static IDisposable Protection(Layer layer) => layer.Protocol switch
    {
        IpsecProtocol.Esp => new EspProtection(new(Algorithms.Encryption(EncryptionId.AesGcm16)!, 128, null, layer.Esn), new byte[20], [], RandomSource.Seeded(1)),
        IpsecProtocol.Ah => new AhProtection(Algorithms.Integrity(IntegrityId.HmacSha256_128)!, new byte[32], layer.Esn),
        _ => new DeflateCompression(),
    };

    private SecurityAssociationParameters Parameters(Layer layer, int index)
    {
        var ipv6 = layer.Mode == IpsecMode.Transport && _transport ? _innerIpv6 : layer.OuterIpv6;
        return layer.Adjust(new(layer.Protocol, layer.Protocol == IpsecProtocol.IpComp ? 2u : 0x1001u + (uint)index, layer.Mode, ipv6 ? Left6 : Left, ipv6 ? Right6 : Right)
        {
            ExtendedSequenceNumbers = layer.Esn,
            Encapsulation = layer.Encapsulation,
            Inner = layer.Mode == IpsecMode.Beet ? new(LeftInside, RightInside) : null,
        });
    }
}
