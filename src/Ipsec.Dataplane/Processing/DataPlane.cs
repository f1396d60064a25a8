using Ipsec.Crypto;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>Takes a packet that the data plane lets out. The octets are borrowed: they change with the next call of the data plane.</summary>
public delegate void PacketHandler(ReadOnlySpan<byte> packet);

/// <summary>
/// IPsec processing of one host or gateway (RFC 4301 section 5): packets in, packets out, no I/O, no clock. Allocates nothing per packet of a flow that it
/// knows, IPComp apart. Not thread-safe.
/// </summary>
/// <param name="audit">Called for each auditable event, as far as <see cref="AuditLog"/> lets it through.</param>
/// <param name="options">Null for the defaults.</param>
public sealed class DataPlane(Action<AuditEvent>? audit = null, DataPlaneOptions? options = null) : IPacketProcessing
{
    private readonly DataPlaneOptions _options = options ?? DataPlaneOptions.Default;
    private readonly OutboundProcessing _outbound = new();
    private readonly FragmentTracker _fragments = new();
    private readonly PacketBuffer?[] _outboundBuffers = new PacketBuffer?[DataPlaneOptions.MaximumDepth];
    private readonly byte[] _fragment = new byte[Ipv4Header.MaximumTotalLength];
    private PacketBuffer _opened = new(), _opening = new();
    private DummySchedule? _dummies;
    // Packets are not looked up for what nobody has told.
    private bool _hasLearntPaths;

    public SecurityPolicyDatabase Policies { get; } = new();

    public SecurityAssociationDatabase Associations { get; } = new();

    /// <summary>When <see cref="SendDummies"/> has something to do; null for never. Changes with the SAs.</summary>
    public DateTimeOffset? NextDummy => Dummies.Next;

    public AuditLog Audit { get; } = new(audit);

    /// <summary>Called the first time that an SA is found to have reached its soft or hard lifetime.</summary>
    public Action<SecurityAssociation, LifetimeState>? LifetimeReached { get; set; }

    /// <summary>Set when an outbound packet found its policy without SA: the policy whose connection should be set up.</summary>
    public SecurityPolicy? Wanted { get; private set; }

    /// <summary>Set when an outbound packet was <see cref="DiscardReason.TooBig"/>: what its sender should be told, in octets.</summary>
    public int NextHopMtu { get; private set; }

    /// <summary>A packet that leaves this host or is forwarded by it (RFC 4301 section 5.1).</summary>
    /// <param name="emit">Called with each packet to send: one, unless a policy fragments before it protects.</param>
    public Disposition Outbound(DateTimeOffset now, ReadOnlySpan<byte> packet, PacketHandler emit, out DiscardReason reason)
    {
        Wanted = null;
        NextHopMtu = 0;
        return Outbound(now, packet, emit, 0, out reason);
    }

    /// <summary>An IP packet that came in for this host, whole (fragments reassembled): opened if it is protected, otherwise held against the SPD.</summary>
    /// <param name="delivered">The packet inside, or the packet itself. Borrowed until the next call.</param>
    public Disposition Inbound(DateTimeOffset now, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        delivered = default;
        if (!IpView.TryParse(packet, out var view, out _))
        {
            reason = DiscardReason.Malformed;
            Audit.Count(reason);
            return Disposition.Discarded;
        }
        if (!IsProtocolOfIpsec(view.Protocol))
        {
            delivered = view.Octets;
            return InboundUnprotected(now, view, out reason);
        }
        return InboundProtected(now, view, view.TransportOffset, view.Protocol, out delivered, out reason);
    }

    /// <summary>A UDP datagram that is known to hold ESP (RFC 3948).</summary>
    public Disposition InboundEncapsulated(DateTimeOffset now, IpView packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason) =>
        InboundProtected(now, packet, packet.TransportOffset + UdpView.HeaderLength, IpProtocol.Esp, out delivered, out reason);

    /// <summary>A packet that came in without protection (RFC 4301 section 5.2, step 3b).</summary>
    public Disposition InboundUnprotected(DateTimeOffset now, IpView packet, out DiscardReason reason)
    {
        reason = _fragments.TryClassify(now, packet, out var selectors)
            ? Policies.Lookup(selectors, Direction.Inbound).Action switch
            {
                PolicyAction.Bypass => DiscardReason.None,
                PolicyAction.Protect => DiscardReason.UnprotectedTraffic,
                _ => DiscardReason.Policy,
            }
            : DiscardReason.TinyFragment;
        return reason == DiscardReason.None ? Disposition.Bypassed : Discard(now, packet, default, reason);
    }

    /// <summary>
    /// An ICMP error that came in without protection about a packet that this host protected: learns the path MTU from it, if the administrator accepts such
    /// messages (RFC 4301 sections 6.1.1 and 8.2). False if it says nothing about any SA here.
    /// </summary>
    public bool LearnPathMtu(DateTimeOffset now, IpView packet)
    {
        if (!IcmpErrors.TryReadQuoted(packet, out var icmp, out var quoted, out var transport) || icmp.Mtu is not { } mtu || !_options.AcceptsUnprotectedIcmp(icmp.Type))
            return false;
        if (quoted.Protocol == IpProtocol.Udp && transport.Length > UdpView.HeaderLength)
        {
            transport = transport[UdpView.HeaderLength..];
            quoted = quoted with { Protocol = IpProtocol.Esp };
        }
        var spiOffset = quoted.Protocol == IpProtocol.Ah ? 4 : 0;
        if (!IsProtocolOfIpsec(quoted.Protocol) || transport.Length < spiOffset + 4)
            return false;
        var spi = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(transport[spiOffset..]);
        if (Associations.FindOutbound((IpsecProtocol)quoted.Protocol, spi, quoted.Destination) is not { } bundle
            || bundle.Outermost.Parameters.Source != quoted.Source)
            return false;
        var smallest = quoted.Source.IsIpv6 ? _options.SmallestPathMtuIpv6 : _options.SmallestPathMtuIpv4;
        var learnt = (int)Math.Clamp(mtu, (uint)smallest, Ipv4Header.MaximumTotalLength);
        if (PathMtuOf(now, bundle) is { } known && known <= learnt)
            return true;
        _hasLearntPaths = true;
        bundle.PathMtu = learnt;
        bundle.PathMtuExpires = now + _options.PathMtuLifetime;
        return true;
    }

    /// <summary>What is known of the path of the SA in whose name a protected packet travels, octets; null for nothing.</summary>
    public int? PathMtuOf(DateTimeOffset now, IpView packet)
    {
        var (protocol, offset) = packet.Protocol switch
        {
            IpProtocol.Udp => (IpsecProtocol.Esp, UdpView.HeaderLength),
            IpProtocol.Ah => (IpsecProtocol.Ah, 4),
            _ => (IpsecProtocol.Esp, 0),
        };
        return _hasLearntPaths && packet.Transport.Length >= offset + 4
            && Associations.FindOutbound(protocol, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(packet.Transport[offset..]), packet.Destination) is { } bundle
            ? PathMtuOf(now, bundle)
            : null;
    }

    /// <summary>Sends the dummy packets that are due (RFC 4303 section 2.6). One that its SA can't send any more is not sent.</summary>
    public void SendDummies(DateTimeOffset now, RandomSource random, PacketHandler emit)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach (var (bundle, position) in Dummies.TakeDue(now))
        {
            var parameters = bundle.Associations[position].Parameters;
            var dummies = parameters.Dummies!;
            // No shorter than what carries something, or its length would give it away.
            var size = Math.Max(dummies.SmallestSize + (int)(random.NextUInt32() % (uint)(dummies.LargestSize - dummies.SmallestSize + 1)), parameters.TrafficFlowPadding);
            var buffer = _outboundBuffers[0] ??= new();
            buffer.Reset();
            buffer.SetLength(size);
            random.Fill(buffer.Packet);
            if (_outbound.ProtectDummy(now, bundle, position, buffer, LifetimeReached) == DiscardReason.None)
                Emit(now, Policies.Find(bundle.Policy)?.Nested == true, buffer, emit, 0);
        }
    }

    private DummySchedule Dummies => _dummies ??= new(Associations);

    private Disposition Outbound(DateTimeOffset now, ReadOnlySpan<byte> packet, PacketHandler emit, int depth, out DiscardReason reason)
    {
        reason = DiscardReason.Malformed;
        if (!IpView.TryParse(packet, out var view, out _))
        {
            Audit.Count(reason);
            return Disposition.Discarded;
        }
        if (!_fragments.TryClassify(now, view, out var selectors))
            return Discard(now, view, default, reason = DiscardReason.TinyFragment);
        var flow = Policies.LookupFlow(selectors, Direction.Outbound);
        var bundle = flow.Policy.Action == PolicyAction.Protect ? BundleOf(flow, selectors) : null;
        if (bundle is null && flow.Policy.Action != PolicyAction.Bypass && TryFindForQuoted(view, out var errorFlow, out var errorBundle))
            (flow, bundle) = (errorFlow, errorBundle);
        if (flow.Policy.Action == PolicyAction.Bypass)
        {
            reason = DiscardReason.None;
            emit(view.Octets);
            return Disposition.Bypassed;
        }
        if (bundle is null)
        {
            reason = flow.Policy.Action == PolicyAction.Protect ? DiscardReason.NoSecurityAssociation : DiscardReason.Policy;
            if (reason == DiscardReason.NoSecurityAssociation)
                Wanted = flow.Policy;
            return Discard(now, view, default, reason);
        }
        reason = IsForbiddenFragment(view, flow.Policy, bundle, selectors, Direction.Outbound)
            ? DiscardReason.SelectorMismatch
            : Protect(now, view, flow.Policy, bundle, emit, depth);
        return reason == DiscardReason.None ? Disposition.Processed : Discard(now, view, Header(bundle), reason);
    }

    private DiscardReason Protect(DateTimeOffset now, IpView packet, SecurityPolicy policy, OutboundBundle bundle, PacketHandler emit, int depth)
    {
        if (depth == DataPlaneOptions.MaximumDepth)
            return DiscardReason.TooDeep;
        if (PathMtuOf(now, bundle) is { } pathMtu && OutboundProcessing.LargestInner(bundle, pathMtu, packet.IsIpv6) is var largest && packet.Octets.Length > largest)
        {
            var parameters = bundle.Associations[0].Parameters;
            // RFC 4303 section 3.3.4: transport mode is for whole packets, so that its host fragments what comes of it, and not what goes in.
            var mayNotFragment = packet.IsIpv6 ? parameters.Mode == IpsecMode.Tunnel && packet.Octets.Length > Ipv6MinimumMtu : packet.DontFragment && parameters.OuterHeader.DontFragment != DontFragmentRule.Clear;
            if (mayNotFragment)
            {
                NextHopMtu = SmallestTold(largest, packet.IsIpv6);
                return DiscardReason.TooBig;
            }
            if (parameters.FragmentBefore && parameters.Mode == IpsecMode.Tunnel && !packet.IsIpv6 && largest >= 68 && Ipv4View.TryParse(packet.Octets, out var whole, out _))
            {
                var fragmenter = new Ipv4Fragmenter(whole, largest);
                while (fragmenter.TryNext(_fragment, out var length))
                    if (ProtectOne(now, _fragment.AsSpan(0, length), policy, bundle, emit, depth) is not DiscardReason.None and var wrong)
                        return wrong;
                return DiscardReason.None;
            }
        }
        return ProtectOne(now, packet.Octets, policy, bundle, emit, depth);
    }

    private DiscardReason ProtectOne(DateTimeOffset now, ReadOnlySpan<byte> packet, SecurityPolicy policy, OutboundBundle bundle, PacketHandler emit, int depth)
    {
        var buffer = _outboundBuffers[depth] ??= new();
        buffer.Load(packet);
        var reason = _outbound.Protect(now, bundle, buffer, LifetimeReached);
        if (reason != DiscardReason.None)
            return reason;
        reason = Emit(now, policy.Nested, buffer, emit, depth);
        // What the outer SAs leave room for has to hold these SAs too.
        if (reason == DiscardReason.TooBig)
            NextHopMtu = SmallestTold(OutboundProcessing.LargestInner(bundle, NextHopMtu, packet[0] >> 4 == 6), packet[0] >> 4 == 6);
        return reason;
    }

    private DiscardReason Emit(DateTimeOffset now, bool isNested, PacketBuffer buffer, PacketHandler emit, int depth)
    {
        var reason = DiscardReason.None;
        if (isNested)
            Outbound(now, buffer.Packet, emit, depth + 1, out reason);
        else
            emit(buffer.Packet);
        return reason;
    }

    // RFC 8200 section 5: no IPv6 sender is told less than 1280.
    private static int SmallestTold(int mtu, bool isIpv6) => Math.Max(mtu, isIpv6 ? Ipv6MinimumMtu : 68);

    private Disposition InboundProtected(
        DateTimeOffset now, IpView packet, int offset, byte protocol, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        delivered = default;
        InboundBundle? bundle = null;
        var position = 0;
        var current = packet;
        // What the packet that holds the current bundle's outermost header came in: nothing, or another policy's SAs.
        string? around = null;
        for (var depth = 0; depth < 2 * DataPlaneOptions.MaximumDepth; depth++)
        {
            if (current.IsFragment)
                return Discard(now, current, default, reason = DiscardReason.FragmentOfProtectedPacket);
            if (!InboundProcessing.TryReadHeader(current.Octets, protocol, offset, out var header))
                return Discard(now, current, default, reason = DiscardReason.Malformed);
            var association = Associations.FindInbound(header.Protocol, header.Spi);
            if (association is null)
                return Discard(now, current, header, reason = DiscardReason.UnknownSpi);
            if (bundle is null)
            {
                bundle = association.Bundle;
                position = bundle.Associations.Length - 1;
                if (Policies.HasNested && Policies.Find(bundle.Policy) is { Nested: true } && !CameAsPolicySays(now, current, around))
                    return Discard(now, current, header, reason = DiscardReason.BundleMismatch);
            }
            if (association.Bundle != bundle || association.Position != position)
                return Discard(now, current, header, reason = DiscardReason.BundleMismatch);
            var state = association.Lifetime(now);
            if (state != LifetimeState.Fresh && association.IsNews(state))
                LifetimeReached?.Invoke(association, state);
            reason = state == LifetimeState.Hard
                ? DiscardReason.LifetimeExpired
                : InboundProcessing.Open(association, current, current.TransportOffset, offset, header, _opening);
            if (reason != DiscardReason.None)
                return Discard(now, current, header, reason);
            current = TakeOpened();
            // IPComp leaves out its header where compression would not have helped (RFC 3173 section 2.2).
            while (--position >= 0 && bundle.Associations[position] is { Compression: not null } skipped && current.Protocol != IpProtocol.IpComp)
            {
                reason = InboundProcessing.PassUncompressed(skipped, current, _opening);
                if (reason != DiscardReason.None)
                    return Discard(now, current, header, reason);
                current = TakeOpened();
            }
            (offset, protocol) = (current.TransportOffset, current.Protocol);
            if (position >= 0)
            {
                if ((byte)bundle.Associations[position].Parameters.Protocol != protocol)
                    return Discard(now, current, header, reason = DiscardReason.BundleMismatch);
                continue;
            }
            reason = CheckSelectors(now, current, bundle);
            if (reason != DiscardReason.None)
                return Discard(now, current, header, reason);
            if (!IsForAnotherSecurityAssociation(current))
            {
                delivered = current.Octets;
                return Disposition.Processed;
            }
            around = bundle.Policy;
            bundle = null;
        }
        return Discard(now, packet, default, reason = DiscardReason.TooDeep);
    }

    private IpView TakeOpened()
    {
        (_opened, _opening) = (_opening, _opened);
        IpView.TryParse(_opened.Packet, out var view, out _);
        return view;
    }

    /// <summary>RFC 4301 section 5.2, step 4: what came out of an SA must be what the SA is for, and what the SPD would send back into it.</summary>
    private DiscardReason CheckSelectors(DateTimeOffset now, IpView packet, InboundBundle bundle)
    {
        if (!_fragments.TryClassify(now, packet, out var selectors))
            return DiscardReason.TinyFragment;
        var policy = Policies.LookupFlow(selectors, Direction.Inbound).Policy;
        if (bundle.Traffic.Contains(selectors, Direction.Inbound) && policy.Name == bundle.Policy)
        {
            if (IsForbiddenFragment(packet, policy, bundle, selectors, Direction.Inbound))
                return DiscardReason.SelectorMismatch;
            return IsTooNearToItsPorts(packet, bundle) ? DiscardReason.TinyFragment : DiscardReason.None;
        }
        // RFC 4301 section 7.2: what came on an SA for OPAQUE ports is held against its own entry, whatever the first fragment showed.
        if (packet.FragmentOffset != 0 && bundle.Traffic.IsForOpaquePorts)
        {
            var portless = PacketSelectors.Of(packet);
            if (bundle.Traffic.Contains(portless, Direction.Inbound) && Policies.LookupFlow(portless, Direction.Inbound).Policy.Name == bundle.Policy)
                return IsTooNearToItsPorts(packet, bundle) ? DiscardReason.TinyFragment : DiscardReason.None;
        }
        // RFC 4301 section 6.2: an ICMP error that doesn't match itself may do so by the packet that it is about.
        return IcmpErrors.TryReadQuoted(packet, out _, out var quoted, out _)
            && bundle.Traffic.Contains(quoted, Direction.Outbound)
            && Policies.LookupFlow(quoted, Direction.Outbound).Policy is { CarriesIcmpErrors: true } quotedPolicy && quotedPolicy.Name == bundle.Policy
            ? DiscardReason.None
            : DiscardReason.SelectorMismatch;
    }

    private bool CameAsPolicySays(DateTimeOffset now, IpView packet, string? around)
    {
        if (!_fragments.TryClassify(now, packet, out var selectors))
            return false;
        var policy = Policies.LookupFlow(selectors, Direction.Inbound).Policy;
        return policy.Action switch
        {
            PolicyAction.Protect => policy.Name == around,
            PolicyAction.Bypass => around is null,
            _ => false,
        };
    }

    private bool IsForAnotherSecurityAssociation(IpView packet) =>
        IsProtocolOfIpsec(packet.Protocol)
        && InboundProcessing.TryReadHeader(packet.Octets, packet.Protocol, packet.TransportOffset, out var header)
        && Associations.FindInbound(header.Protocol, header.Spi) is { } association && association.Parameters.Destination == packet.Destination;

    /// <summary>RFC 4301 section 6.2: an ICMP error that no policy carries goes over the SA that carries the answers to the packet that it quotes.</summary>
    private bool TryFindForQuoted(IpView packet, out CachedPolicy flow, out OutboundBundle? bundle)
    {
        flow = null!;
        bundle = null;
        if (!IcmpErrors.TryReadQuoted(packet, out _, out var quoted, out _))
            return false;
        var answer = quoted.Reversed;
        flow = Policies.LookupFlow(answer, Direction.Outbound);
        if (flow.Policy is not { Action: PolicyAction.Protect, CarriesIcmpErrors: true })
            return false;
        bundle = BundleOf(flow, answer);
        return bundle is not null;
    }

    private OutboundBundle? BundleOf(CachedPolicy flow, in PacketSelectors selectors)
    {
        if (flow.Bundle is not null && flow.AssociationsVersion == Associations.Version)
            return flow.Bundle;
        flow.Bundle = Associations.FindOutbound(flow.Policy.Name, selectors);
        flow.AssociationsVersion = Associations.Version;
        return flow.Bundle;
    }

    /// <summary>RFC 4301 section 7.3: on SAs for particular ports, fragments that don't show theirs travel only if that was negotiated.</summary>
    private static bool IsForbiddenFragment<T>(IpView packet, SecurityPolicy policy, Bundle<T> bundle, in PacketSelectors selectors, Direction direction)
        where T : SecurityAssociation =>
        packet.FragmentOffset != 0 && !policy.NonFirstFragmentsAlso && !bundle.Associations[0].Parameters.NonFirstFragmentsAlso
        && !bundle.Traffic.Contains(selectors with { SourcePort = null, DestinationPort = null }, direction);

    /// <summary>RFC 4301 section 7.2 and appendix D.4: an IPv4 fragment on an SA for OPAQUE ports must not reach back over the ports of its first fragment.</summary>
    private static bool IsTooNearToItsPorts(IpView packet, InboundBundle bundle) =>
        !packet.IsIpv6 && packet.FragmentOffset is > 0 and < DataPlaneOptions.SmallestOpaqueFragmentOffset && bundle.Traffic.IsForOpaquePorts;

    private static int? PathMtuOf(DateTimeOffset now, OutboundBundle bundle)
    {
        if (bundle.PathMtu is not null && now >= bundle.PathMtuExpires)
            bundle.PathMtu = null;
        return bundle.PathMtu;
    }

    private static ProtectedHeader Header(OutboundBundle bundle)
    {
        var association = bundle.Outermost;
        return new(association.Parameters.Protocol, association.Parameters.Spi, (uint)association.SequenceNumber);
    }

    private Disposition Discard(DateTimeOffset now, IpView packet, in ProtectedHeader header, DiscardReason reason)
    {
        // A dummy is meant to be discarded, and a packet that waits for its SA or must be shorter is no event of security.
        if (reason is DiscardReason.Dummy or DiscardReason.NoSecurityAssociation or DiscardReason.TooBig)
            Audit.Count(reason);
        else
            Audit.Record(new(now, reason, (byte)header.Protocol, header.Spi, packet.Source, packet.Destination, header.SequenceNumber, packet.FlowLabel));
        return Disposition.Discarded;
    }

    private static bool IsProtocolOfIpsec(byte protocol) => protocol is IpProtocol.Esp or IpProtocol.Ah or IpProtocol.IpComp;

    private const int Ipv6MinimumMtu = 1280;
}
