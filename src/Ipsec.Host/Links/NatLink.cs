using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>One mapping of a NAT: how the private host's port is seen from outside.</summary>
/// <param name="Expiry">When it ends if the host stays silent; <see cref="DateTimeOffset.MaxValue"/> for a forwarded port.</param>
public sealed record NatMapping(ushort PrivatePort, ushort PublicPort, DateTimeOffset Expiry);

/// <summary>
/// A port-translating NAT in front of one host (RFC 3022; endpoint-independent mapping and filtering, RFC 4787). The host keeps its private
/// address; the segment sees the public one, at the same MAC address: ARP, UDP and ICMP echo are rewritten in both directions, checksums
/// adjusted (RFC 1624), fragments put together first. Other protocols are dropped, as NATs do with ESP and AH, unless
/// <see cref="PassesOtherProtocols"/>.
/// </summary>
public sealed class NatLink : LinkDecorator
{
    private const int MaximumMappings = 4096;

    private readonly Ipv4Address _private;
    private readonly Dictionary<ushort, NatMapping> _byPrivatePort = [];
    private readonly Dictionary<ushort, NatMapping> _byPublicPort = [];
    private readonly Ipv4Reassembler _reassembler = new();
    private ushort _nextPort;

    /// <param name="clock">The link's network.</param>
    /// <param name="privateAddress">The host's own address.</param>
    /// <param name="publicAddress">What the segment sees.</param>
    /// <param name="firstPort">Public ports are given from here on, one after the other.</param>
    public NatLink(ILink inner, INetwork clock, Ipv4Address privateAddress, Ipv4Address publicAddress, ushort firstPort = 40000)
        : base(inner, clock)
    {
        _private = privateAddress;
        PublicAddress = publicAddress;
        _nextPort = firstPort;
    }

    /// <summary>May be changed at any time, as when a provider gives a new one; mappings keep their ports.</summary>
    public Ipv4Address PublicAddress { get; set; }

    /// <summary>How long a mapping lives after the host's last packet. RFC 4787 asks for 2 minutes; many boxes have less.</summary>
    public TimeSpan MappingLifetime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether protocols without ports (ESP, AH) pass with only their address changed.</summary>
    public bool PassesOtherProtocols { get; set; }

    /// <summary>Packets that the NAT did not let through.</summary>
    public long Dropped { get; private set; }

    /// <summary>The mappings, without those that have expired.</summary>
    public IReadOnlyList<NatMapping> Mappings => [.. _byPrivatePort.Values.Where(mapping => mapping.Expiry > Clock.Now)];

    /// <summary>Lets packets to a public port in for good, so that the host can be the responder.</summary>
    public void Forward(ushort publicPort, ushort privatePort) => Add(new NatMapping(privatePort, publicPort, DateTimeOffset.MaxValue));

    /// <summary>Forgets all mappings, as a reboot of the box does: the host's next packet comes from a new public port.</summary>
    public void ForgetMappings()
    {
        _byPrivatePort.Clear();
        _byPublicPort.Clear();
    }

    /// <inheritdoc/>
    protected override void OnSend(ReadOnlySpan<byte> frame) => Translate(Clock.Now, frame, FrameDirection.Sent);

    /// <inheritdoc/>
    protected override void OnReceive(DateTimeOffset now, ReadOnlySpan<byte> frame) => Translate(now, frame, FrameDirection.Received);

    private void Translate(DateTimeOffset now, ReadOnlySpan<byte> frame, FrameDirection direction)
    {
        if (frame.Length < EthernetFrame.HeaderLength)
        {
            return;
        }

        switch (EthernetFrame.EtherType(frame))
        {
            case EthernetFrame.Arp:
                TranslateArp(now, frame, direction);
                break;
            case EthernetFrame.Ipv4:
                TranslateIpv4(now, frame, direction);
                break;
        }
    }

    private void TranslateArp(DateTimeOffset now, ReadOnlySpan<byte> frame, FrameDirection direction)
    {
        if (!ArpPacket.TryParse(frame[EthernetFrame.HeaderLength..], out var arp))
        {
            return;
        }

        var copy = frame.ToArray();
        if (direction == FrameDirection.Sent && arp.SenderAddress == _private)
        {
            PublicAddress.Write(copy.AsSpan(EthernetFrame.HeaderLength + ArpPacket.SenderAddressOffset));
            Inner.Send(copy);
        }
        else if (direction == FrameDirection.Received && arp.TargetAddress == PublicAddress)
        {
            _private.Write(copy.AsSpan(EthernetFrame.HeaderLength + ArpPacket.TargetAddressOffset));
            Deliver(now, copy);
        }
    }

    private void TranslateIpv4(DateTimeOffset now, ReadOnlySpan<byte> frame, FrameDirection direction)
    {
        if (!Ipv4View.TryParse(frame[EthernetFrame.HeaderLength..], out var packet, out _)
            || (direction == FrameDirection.Sent ? packet.Source != _private : packet.Destination != PublicAddress))
        {
            Dropped++;
            return;
        }

        byte[] whole;
        switch (_reassembler.Add(now, packet, out var reassembled))
        {
            case ReassemblyOutcome.NotAFragment:
                whole = packet.Octets.ToArray();
                break;
            case ReassemblyOutcome.Complete:
                whole = reassembled.ToArray();
                break;
            case ReassemblyOutcome.Incomplete or ReassemblyOutcome.Duplicate:
                return;
            default:
                Dropped++;
                return;
        }

        if (!TryRewrite(now, whole, direction))
        {
            Dropped++;
            return;
        }

        PassOn(now, frame[..EthernetFrame.HeaderLength], whole, direction);
    }

    private bool TryRewrite(DateTimeOffset now, byte[] octets, FrameDirection direction)
    {
        Ipv4View.TryParse(octets, out var packet, out _);
        var sent = direction == FrameDirection.Sent;
        var (from, to) = sent ? (_private, PublicAddress) : (PublicAddress, _private);
        var payload = octets.AsSpan(packet.HeaderLength);
        switch (packet.Protocol)
        {
            case IpProtocol.Udp when UdpView.TryParse(payload, out var udp, out _):
                if (!TryMapPort(now, sent ? udp.SourcePort : udp.DestinationPort, sent, out var port))
                {
                    return false;
                }

                RewriteUdp(payload, sent, from, to, port);
                break;
            case IpProtocol.Icmp when payload.Length >= 8 && payload[0] is 0 or 8:
                break;
            default:
                if (packet.Protocol is IpProtocol.Udp or IpProtocol.Icmp || !PassesOtherProtocols)
                {
                    return false;
                }

                break;
        }

        Span<byte> before = stackalloc byte[4], after = stackalloc byte[4];
        from.Write(before);
        to.Write(after);
        to.Write(octets.AsSpan(sent ? 12 : 16));
        var checksum = InternetChecksum.Adjust(packet.HeaderChecksum, before, after);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(10), checksum);
        return true;
    }

    // RFC 1624: the checksum is adjusted, not computed anew, so that one which was wrong stays wrong.
    private static void RewriteUdp(Span<byte> datagram, bool sent, Ipv4Address from, Ipv4Address to, ushort port)
    {
        var portField = datagram.Slice(sent ? 0 : 2, 2);
        Span<byte> before = stackalloc byte[6], after = stackalloc byte[6];
        from.Write(before);
        portField.CopyTo(before[4..]);
        to.Write(after);
        BinaryPrimitives.WriteUInt16BigEndian(after[4..], port);
        after[4..].CopyTo(portField);
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(datagram[6..]);
        if (checksum != 0)
        {
            var adjusted = InternetChecksum.Adjust(checksum, before, after);
            BinaryPrimitives.WriteUInt16BigEndian(datagram[6..], adjusted == 0 ? (ushort)0xFFFF : adjusted);
        }
    }

    private bool TryMapPort(DateTimeOffset now, ushort port, bool sent, out ushort mapped)
    {
        mapped = 0;
        var mapping = (sent ? _byPrivatePort : _byPublicPort).GetValueOrDefault(port);
        if (mapping is not null && mapping.Expiry <= now)
        {
            _byPrivatePort.Remove(mapping.PrivatePort);
            _byPublicPort.Remove(mapping.PublicPort);
            mapping = null;
        }

        if (!sent)
        {
            mapped = mapping?.PrivatePort ?? 0;
            return mapping is not null;
        }

        if (mapping is null)
        {
            if (_byPublicPort.Count >= MaximumMappings)
            {
                return false;
            }

            mapping = new NatMapping(port, FreePort(), now + MappingLifetime);
            Add(mapping);
        }
        else if (mapping.Expiry != DateTimeOffset.MaxValue)
        {
            Add(mapping with { Expiry = now + MappingLifetime });
        }

        mapped = mapping.PublicPort;
        return true;
    }

    private ushort FreePort()
    {
        while (_nextPort < 1024 || _byPublicPort.ContainsKey(_nextPort))
        {
            _nextPort++;
        }

        return _nextPort++;
    }

    private void Add(NatMapping mapping)
    {
        _byPrivatePort[mapping.PrivatePort] = mapping;
        _byPublicPort[mapping.PublicPort] = mapping;
    }

    private void PassOn(DateTimeOffset now, ReadOnlySpan<byte> header, ReadOnlySpan<byte> octets, FrameDirection direction)
    {
        Ipv4View.TryParse(octets, out var packet, out _);
        var frame = new byte[EthernetFrame.HeaderLength + Mtu];
        header.CopyTo(frame);
        var fragmenter = new Ipv4Fragmenter(packet, Mtu);
        while (fragmenter.TryNext(frame.AsSpan(EthernetFrame.HeaderLength), out var length))
        {
            var part = frame.AsSpan(0, EthernetFrame.HeaderLength + length);
            if (direction == FrameDirection.Sent)
            {
                Inner.Send(part);
            }
            else
            {
                Deliver(now, part);
            }
        }
    }
}
