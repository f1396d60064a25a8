using Ipsec.Crypto;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>
/// IPsec processing of one host (RFC 4301 section 5): packets in, packets out, no I/O, no clock. Allocates nothing per packet. Not thread-safe.
/// </summary>
/// <param name="audit">Called for each auditable event.</param>
public sealed class DataPlane(Action<AuditEvent>? audit = null)
{
    // The longest IP packet: whatever an ESP packet decrypts to fits.
    private readonly byte[] _plaintext = new byte[Ipv4Header.MaximumTotalLength];
    private ushort _identification;

    public SecurityPolicyDatabase Policies { get; } = new();

    public SecurityAssociationDatabase Associations { get; } = new();

    /// <summary>Set when an outbound packet found its policy without SA: the policy whose connection should be set up.</summary>
    public SecurityPolicy? Wanted { get; private set; }

    /// <summary>A packet that leaves this host or is forwarded by it (RFC 4301 section 5.1).</summary>
    /// <param name="output">Where the packet to send is written; as long as the longest packet.</param>
    public Disposition Outbound(ReadOnlySpan<byte> packet, Span<byte> output, out int length, out DiscardReason reason)
    {
        length = 0;
        reason = DiscardReason.Malformed;
        Wanted = null;
        if (!Ipv4View.TryParse(packet, out var inner, out _))
            return Disposition.Discarded;
        var selectors = PacketSelectors.Of(inner);
        var policy = Policies.Lookup(selectors, Direction.Outbound);
        switch (policy.Action)
        {
            case PolicyAction.Bypass:
                reason = DiscardReason.None;
                inner.Octets.CopyTo(output);
                length = inner.TotalLength;
                return Disposition.Bypassed;
            case PolicyAction.Discard:
                reason = DiscardReason.Policy;
                return Disposition.Discarded;
        }
        if (Associations.FindOutbound(policy.Name, selectors) is not { } association)
        {
            reason = DiscardReason.NoSecurityAssociation;
            Wanted = policy;
            return Disposition.Discarded;
        }
        return Seal(association, inner, output, out length, out reason);
    }

    /// <summary>An ESP packet that came in for this host, whole (fragments reassembled).</summary>
    /// <param name="outer">The IP packet that it came in.</param>
    /// <param name="esp">The ESP packet within it; behind a UDP header where encapsulated.</param>
    /// <param name="output">Where the packet inside is written.</param>
    public Disposition Inbound(
        DateTimeOffset now, Ipv4View outer, ReadOnlySpan<byte> esp, Span<byte> output, out int length, out DiscardReason reason)
    {
        length = 0;
        if (!EspView.TryParse(esp, out var view, out _))
        {
            reason = DiscardReason.Malformed;
            return Disposition.Discarded;
        }
        reason = Open(outer, view, output, out length);
        if (reason is DiscardReason.None)
            return Disposition.Processed;
        if (reason is not DiscardReason.Dummy)
            audit?.Invoke(new(now, reason, view.Spi, outer.Source, outer.Destination, view.SequenceNumber));
        return Disposition.Discarded;
    }

    /// <summary>A packet that came in without protection (RFC 4301 section 5.2, step 3b).</summary>
    public Disposition InboundUnprotected(DateTimeOffset now, Ipv4View packet, out DiscardReason reason)
    {
        reason = Policies.Lookup(PacketSelectors.Of(packet), Direction.Inbound).Action switch
        {
            PolicyAction.Bypass => DiscardReason.None,
            PolicyAction.Protect => DiscardReason.UnprotectedTraffic,
            _ => DiscardReason.Policy,
        };
        if (reason == DiscardReason.None)
            return Disposition.Bypassed;
        audit?.Invoke(new(now, reason, 0, packet.Source, packet.Destination, 0));
        return Disposition.Discarded;
    }

    private Disposition Seal(OutboundSecurityAssociation association, Ipv4View inner, Span<byte> output, out int length, out DiscardReason reason)
    {
        length = 0;
        var parameters = association.Parameters;
        var tunnel = parameters.Mode == IpsecMode.Tunnel;
        if (!tunnel && inner.IsFragment)
        {
            reason = DiscardReason.FragmentInTransportMode;
            return Disposition.Discarded;
        }
        if (!association.TryNextSequenceNumber(out var sequenceNumber))
        {
            reason = DiscardReason.SequenceNumberOverflow;
            return Disposition.Discarded;
        }
        var options = tunnel ? default : inner.Options;
        var payload = tunnel ? inner.Octets : inner.Payload;
        var nextHeader = tunnel ? IpProtocol.IpInIp : inner.Protocol;
        var headers = Ipv4View.MinimumHeaderLength + options.Length + (parameters.Encapsulation is null ? 0 : UdpView.HeaderLength);
        var espLength = association.Protection.Seal(parameters.Spi, sequenceNumber, payload, nextHeader, output[headers..]);
        var protocol = IpProtocol.Esp;
        if (parameters.Encapsulation is { } ports)
        {
            // RFC 3948 section 2.1: checksum zero. The datagram's payload stands in its place already.
            protocol = IpProtocol.Udp;
            espLength = new UdpHeader(ports.Source, ports.Destination)
                .WriteDatagramWithoutChecksum(output[(headers - UdpView.HeaderLength)..], output.Slice(headers, espLength));
        }
        var header = Ipv4Header.From(inner) with { Protocol = protocol };
        if (tunnel)
        {
            // RFC 4301 section 5.1.2.1: DSCP and ECN are copied (RFC 6040 normal mode), DF copied, the TTL is this host's own.
            header = new Ipv4Header(parameters.Source, parameters.Destination, protocol)
            {
                TrafficClass = inner.TrafficClass,
                DontFragment = inner.DontFragment,
                Identification = ++_identification,
            };
        }
        length = header.Write(output, espLength, options) + espLength;
        reason = DiscardReason.None;
        return Disposition.Processed;
    }

    private DiscardReason Open(Ipv4View outer, EspView esp, Span<byte> output, out int length)
    {
        length = 0;
        if (Associations.FindInbound(esp.Spi) is not { } association)
            return DiscardReason.UnknownSpi;
        if (!association.Window.MayBeNew(esp.SequenceNumber, out var sequenceNumber))
            return DiscardReason.Replay;
        if (!association.Protection.TryOpen(esp.Packet, sequenceNumber, _plaintext, out var plaintextLength))
            return DiscardReason.IntegrityCheckFailed;
        if (!association.Window.Accept(sequenceNumber))
            return DiscardReason.Replay;
        association.Packets++;
        var plaintext = _plaintext.AsSpan(0, plaintextLength);
        if (!EspTrailer.TryParse(plaintext, out var payloadLength, out var nextHeader))
            return DiscardReason.BadPadding;
        if (nextHeader == IpProtocol.NoNextHeader)
            return DiscardReason.Dummy;
        var payload = plaintext[..payloadLength];
        return association.Parameters.Mode == IpsecMode.Tunnel
            ? OpenTunnel(association, outer, payload, nextHeader, output, out length)
            : OpenTransport(association, outer, payload, nextHeader, output, out length);
    }

    private static DiscardReason OpenTunnel(
        InboundSecurityAssociation association, Ipv4View outer, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> output, out int length)
    {
        length = 0;
        if (nextHeader != IpProtocol.IpInIp)
            return DiscardReason.SelectorMismatch;
        if (!Ipv4View.TryParse(payload, out var inner, out _))
            return DiscardReason.Malformed;
        if (!association.Parameters.Traffic.Contains(PacketSelectors.Of(inner), Direction.Inbound))
            return DiscardReason.SelectorMismatch;
        if (!Congestion.TryCombine(outer.Ecn, inner.Ecn, out var ecn))
            return DiscardReason.CongestionOfNonEct;
        inner.Octets.CopyTo(output);
        length = inner.TotalLength;
        if (ecn != inner.Ecn)
            (Ipv4Header.From(inner) with { TrafficClass = (byte)(inner.Dscp << 2 | ecn) }).Write(output, inner.Payload.Length, inner.Options);
        return DiscardReason.None;
    }

    private static DiscardReason OpenTransport(
        InboundSecurityAssociation association, Ipv4View outer, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> output, out int length)
    {
        length = (Ipv4Header.From(outer) with { Protocol = nextHeader }).WritePacket(output, payload, outer.Options);
        Ipv4View.TryParse(output[..length], out var packet, out _);
        if (association.Parameters.Traffic.Contains(PacketSelectors.Of(packet), Direction.Inbound))
            return DiscardReason.None;
        length = 0;
        return DiscardReason.SelectorMismatch;
    }
}
