using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane.Tests;

/// <summary>Sequence numbers, lifetimes, fragments, path MTU and nested policies on the way out (RFC 4301 sections 4.4.2.1, 7 and 8, RFC 4303 section 3.3).</summary>
public sealed class OutboundTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [TestCase(false, (ulong)uint.MaxValue)]
    [TestCase(true, ulong.MaxValue - 1)]
    public void SequenceNumber_AtItsEnd_IsNotReused(bool esn, ulong last)
    {
        var ends = new Ends([new() { Esn = esn, Adjust = parameters => parameters with { FirstSequenceNumber = last } }]);
        Assert.That(ends.Send(ends.Echo(), out _), Has.Count.EqualTo(1));
        Assert.That(ends.Send(ends.Echo(), out var reason), Is.Empty);
        Assert.That(reason, Is.EqualTo(DiscardReason.SequenceNumberOverflow));
        Assert.That(ends.Audit.Single() is { Reason: DiscardReason.SequenceNumberOverflow, Spi: 0x1001 });
    }

    [Test]
    public void Lifetime_EachLimit_IsReportedOnceAndThenEnforcedBothWays()
    {
        foreach (var lifetime in new[]
        {
            new SecurityAssociationLifetime(SoftPackets: 3, HardPackets: 5),
            new SecurityAssociationLifetime(SoftOctets: 3 * 84, HardOctets: 5 * 84),
            new SecurityAssociationLifetime(Soft: TimeSpan.FromSeconds(3), Hard: TimeSpan.FromSeconds(5)),
        })
        {
            var ends = new Ends([new() { Adjust = parameters => parameters with { Lifetime = lifetime } }]);
            var reached = new List<(LifetimeState, int)>();
            var round = 0;
            ends.LeftPlane.LifetimeReached = (_, state) => reached.Add((state, round));
            var sent = new List<byte[]>();
            for (; round < 8; round++)
                sent.AddRange(ends.Send(ends.Echo(), out _, Start.AddSeconds(round)));
            Assert.That(sent, Has.Count.EqualTo(5), $"{lifetime}");
            Assert.That(reached, Is.EqualTo(new[] { (LifetimeState.Soft, 3), (LifetimeState.Hard, 5) }), $"{lifetime}");

            var more = new Ends([new()]);
            var received = Enumerable.Range(0, 8).Select(index => ends.Receive(more.Send(more.Echo()), out _, Start.AddSeconds(index))).ToList();
            Assert.That(received.Count(reason => reason == DiscardReason.None), Is.EqualTo(5), $"{lifetime}");
            Assert.That(received[5..], Is.All.EqualTo(DiscardReason.LifetimeExpired), $"{lifetime}");
        }
    }

    [Test]
    public void Dummies_OfEachModeAndUnderAh_AreDueEachIntervalAndDiscardedAsSuch(
        [Values] IpsecMode mode, [Values] bool isUnderAh, [Values(0, 600)] int flowPadding)
    {
        var layer = new Layer(Mode: mode)
        {
            Adjust = parameters => parameters with { Dummies = new(TimeSpan.FromSeconds(2), 10, 20), TrafficFlowPadding = flowPadding },
        };
        var ends = new Ends(isUnderAh ? [layer, new(IpsecProtocol.Ah, IpsecMode.Transport)] : [layer]);
        var random = Crypto.RandomSource.Seeded(1);
        var sent = new List<byte[]>();
        for (var now = Start; now < Start.AddSeconds(7); now += TimeSpan.FromSeconds(1))
            ends.LeftPlane.SendDummies(now, random, octets => sent.Add(octets.ToArray()));
        Assert.That(sent, Has.Count.EqualTo(3), "seconds 2, 4 and 6");
        Assert.That(ends.LeftPlane.NextDummy, Is.EqualTo(Start.AddSeconds(8)));
        Assert.That(sent, Has.All.Property("Length").GreaterThan(Math.Max(10, flowPadding)));
        Assert.That(sent.Select(packet => ends.Receive(packet, out _)), Is.All.EqualTo(DiscardReason.Dummy));
        Assert.That(ends.RightPlane.Audit.Discarded(DiscardReason.Dummy), Is.EqualTo(3));
        Assert.That(ends.Receive(ends.Send(ends.Echo()), out _), Is.EqualTo(DiscardReason.None));
    }

    [Test]
    public void Dummies_OfAnSaThatIsGoneOrSpent_AreNotSent([Values] bool isGone)
    {
        var ends = new Ends([new()
        {
            Adjust = parameters => parameters with { Dummies = new(TimeSpan.FromSeconds(2), 10, 20), Lifetime = new(HardPackets: 1) },
        }]);
        var sent = 0;
        for (var now = Start; now < Start.AddSeconds(7); now += TimeSpan.FromSeconds(1))
        {
            if (isGone && sent == 1)
                ends.LeftPlane.Associations.Clear();
            ends.LeftPlane.SendDummies(now, Crypto.RandomSource.Seeded(1), _ => sent++);
        }
        Assert.That(sent, Is.EqualTo(1));
        Assert.That(ends.LeftPlane.NextDummy, isGone ? Is.Null : Is.Not.Null);
    }

    [Test]
    public void TransportMode_Fragment_IsRefused([Values] bool ah)
    {
        var ends = new Ends([new(ah ? IpsecProtocol.Ah : IpsecProtocol.Esp, IpsecMode.Transport)]);
        var packet = ends.Echo(100);
        packet[6] = 0x20;
        ends.Send(packet, out var reason);
        Assert.That(reason, Is.EqualTo(DiscardReason.FragmentInTransportMode));
    }

    [Test]
    public void LaterFragment_OnAnSaForOnePort_NeedsItsFirstAndThePeersConsent([Values] bool consent)
    {
        var local = TrafficRange.Host(Ends.LeftInner) with { Protocol = IpProtocol.Udp };
        var remote = TrafficRange.Host(Ends.RightInner) with { Protocol = IpProtocol.Udp, FirstPort = 53, LastPort = 53 };
        var ends = new Ends([new()], local: local, remote: remote, policy: new("c", PolicyAction.Protect, null!) { NonFirstFragmentsAlso = consent });
        var whole = Ends.Udp(Ends.LeftInner, Ends.RightInner, 1000, 53, size: 1000);
        var fragments = Fragments(whole, 300);

        Assert.That(ends.Send(fragments[1], out var before), Is.Empty, "its first fragment was not seen");
        Assert.That(before, Is.EqualTo(DiscardReason.Policy));
        var first = ends.Send(fragments[0]);
        var second = ends.Send(fragments[1], out var reason);
        Assert.That(reason, Is.EqualTo(consent ? DiscardReason.None : DiscardReason.SelectorMismatch));
        Assert.That(ends.Receive(first, out _), Is.EqualTo(DiscardReason.None));
        if (consent)
            Assert.That(ends.Receive(second.Single(), out _), Is.EqualTo(DiscardReason.None));
        Assert.That(ends.Send(Fragments(Ends.Udp(Ends.LeftInner, Ends.RightInner, 1000, 54, size: 1000), 300)[1], out _), Has.Count.EqualTo(consent ? 1 : 0),
            "the same identification: taken for the same datagram");
    }

    [Test]
    public void LaterFragment_InClear_IsHeldToThePolicyOfItsFirst()
    {
        // RFC 4301 section 7.4: port 53 is for SAs only, all else may pass in clear. A fragment must not slip through as "all else".
        var plane = new DataPlane();
        plane.Policies.Append(new("dns", PolicyAction.Protect, new([TrafficRange.Any with { Protocol = IpProtocol.Udp, FirstPort = 53, LastPort = 53 }], [TrafficRange.Any])));
        plane.Policies.Append(new("rest", PolicyAction.Bypass, new([TrafficRange.Any], [TrafficRange.Any])));
        foreach (var (port, expected) in new[] { ((ushort)53, DiscardReason.UnprotectedTraffic), ((ushort)54, DiscardReason.None) })
        {
            foreach (var fragment in Fragments(Ends.Udp(Ends.LeftInner, Ends.RightInner, 1000, port, size: 1000), 300, identification: port))
            {
                plane.Inbound(default, fragment, out _, out var reason);
                Assert.That(reason, Is.EqualTo(expected));
            }
        }
        var tiny = Ends.Packet(Ends.LeftInner, Ends.RightInner, IpProtocol.Udp, []);
        tiny[6] = 0x20;
        plane.Inbound(default, tiny, out _, out var tinyReason);
        Assert.That(tinyReason, Is.EqualTo(DiscardReason.TinyFragment));
    }

    [Test]
    public void OpaqueSa_FragmentThatReachesOverThePorts_IsDiscarded()
    {
        var local = TrafficRange.Host(Ends.LeftInner) with { FirstPort = ushort.MaxValue, LastPort = 0 };
        var remote = TrafficRange.Host(Ends.RightInner) with { FirstPort = ushort.MaxValue, LastPort = 0 };
        var ends = new Ends([new()], local: local, remote: remote);
        foreach (var (offset, expected) in new[] { (8, DiscardReason.TinyFragment), (120, DiscardReason.TinyFragment), (128, DiscardReason.None) })
        {
            var packet = new byte[60];
            new Ipv4Header(Ends.LeftInner.V4, Ends.RightInner.V4, IpProtocol.Udp) { FragmentOffset = offset, Identification = (ushort)offset }.Write(packet, 40);
            Assert.That(ends.Receive(ends.Send(packet), out _), Is.EqualTo(expected), $"offset {offset}");
        }
        ends.Send(Ends.Udp(Ends.LeftInner, Ends.RightInner, 1, 2), out var reason);
        Assert.That(reason, Is.EqualTo(DiscardReason.Policy), "whole packets show their ports");
    }

    [TestCase(false, true)]
    [TestCase(true, true)]
    [TestCase(false, false)]
    public void PathMtu_LearntFromARouter_IsTold_OrFragmentedFor(bool innerIpv6, bool dontFragment)
    {
        var ends = new Ends([new() { OuterIpv6 = innerIpv6, Adjust = parameters => parameters with { FragmentBefore = true } }], innerIpv6);
        var sent = ends.Send(ends.Echo(1400));
        var mtu = 1400;
        Assert.That(ends.LeftPlane.LearnPathMtu(Start, View(TooBig(sent, mtu))), Is.True);

        var packet = Ends.Packet(ends.LeftInside, ends.RightInside, 253, new byte[1400], dontFragment: dontFragment);
        var emitted = ends.Send(packet, out var reason, Start);
        if (innerIpv6 || dontFragment)
        {
            Assert.That(reason, Is.EqualTo(DiscardReason.TooBig));
            Assert.That(ends.Audit, Is.Empty, "no event of security");
            var told = ends.LeftPlane.NextHopMtu;
            var fits = ends.Send(Ends.Packet(ends.LeftInside, ends.RightInside, 253, new byte[told - IpHeader.LengthOf(innerIpv6)], dontFragment: dontFragment), out reason, Start);
            Assert.That(reason, Is.EqualTo(DiscardReason.None));
            Assert.That(fits.Single(), Has.Length.InRange(mtu - 4, mtu), "the largest that fits");
        }
        else
        {
            Assert.That(emitted, Has.Count.EqualTo(2));
            Assert.That(emitted.Select(part => part.Length), Is.All.LessThanOrEqualTo(mtu));
            Assert.That(emitted.Select(part => ends.Receive(part, out _)), Is.All.EqualTo(DiscardReason.None));
        }
        Assert.That(ends.Send(packet, out _, Start.AddMinutes(11)), Has.Count.EqualTo(1), "forgotten after ten minutes, so that a wider path is found");
    }

    [Test]
    public void PathMtu_MessagesThatProveNothing_AreIgnored()
    {
        var ends = new Ends([new()]);
        var sent = ends.Send(ends.Echo(1400));
        var wrongSpi = sent.ToArray();
        wrongSpi[20] ^= 1;
        Assert.That(ends.LeftPlane.LearnPathMtu(Start, View(TooBig(wrongSpi, 700))), Is.False, "no SA of ours");
        var wrongSource = sent.ToArray();
        wrongSource[15] ^= 1;
        Assert.That(ends.LeftPlane.LearnPathMtu(Start, View(TooBig(wrongSource, 700))), Is.False, "not sent by us");
        Assert.That(ends.LeftPlane.LearnPathMtu(Start, View(ends.Echo())), Is.False, "no error");
        Assert.That(ends.LeftPlane.LearnPathMtu(Start, View(TooBig(sent, 60))), Is.True);
        Assert.That(ends.LeftPlane.Associations.OutboundBundles.Single().PathMtu, Is.EqualTo(576), "not below what the administrator allows");
        var strict = new Ends([new()], options: new() { AcceptsUnprotectedIcmp = type => type != 3 });
        Assert.That(strict.LeftPlane.LearnPathMtu(Start, View(TooBig(strict.Send(strict.Echo(1400)), 700))), Is.False, "the administrator accepts no such message");
    }

    [Test]
    public void Nested_AllTrafficThroughAGatewayAndOneHostInside_NeedsBothSas()
    {
        IpAddress gateway = IpAddress.Parse("198.51.100.1"), host = Ends.RightInner;
        var all = new TrafficPair([TrafficRange.Host(Ends.Left)], [TrafficRange.Any]);
        var one = new TrafficPair([TrafficRange.Host(Ends.Left)], [TrafficRange.Host(host) with { Protocol = IpProtocol.Icmp }]);
        var plane = new DataPlane();
        plane.Policies.Append(new("tunnel itself", PolicyAction.Bypass, new([TrafficRange.Host(Ends.Left)], [TrafficRange.Host(gateway)])));
        plane.Policies.Append(new("host", PolicyAction.Protect, one) { Nested = true });
        plane.Policies.Append(new("all", PolicyAction.Protect, all));
        SecurityAssociationParameters toHost = new(IpsecProtocol.Esp, 0x2001, IpsecMode.Transport, Ends.Left, host), toGateway = new(IpsecProtocol.Esp, 0x2002, IpsecMode.Tunnel, Ends.Left, gateway);
        plane.Associations.AddOutbound("host", one, new OutboundSecurityAssociation(toHost, Ends.Protection(new())));
        plane.Associations.AddOutbound("all", all, new OutboundSecurityAssociation(toGateway, Ends.Protection(new())));
        SecurityAssociationParameters fromHost = toHost with { Source = host, Destination = Ends.Left }, fromGateway = toGateway with { Source = gateway, Destination = Ends.Left };
        plane.Associations.AddInbound("host", one, new InboundSecurityAssociation(fromHost, Ends.Protection(new()), null));
        plane.Associations.AddInbound("all", all, new InboundSecurityAssociation(fromGateway, Ends.Protection(new()), null));

        var sent = new List<byte[]>();
        plane.Outbound(default, Ends.Echo(Ends.Left, host), packet => sent.Add(packet.ToArray()), out var reason);
        Assert.That(reason, Is.EqualTo(DiscardReason.None));
        Assert.That(View(sent.Single()).Destination, Is.EqualTo(gateway));
        var peer = new DataPlane();
        peer.Policies.Append(new("all", PolicyAction.Protect, new(all.Remote, all.Local)));
        peer.Associations.AddInbound("all", new(all.Remote, all.Local), new InboundSecurityAssociation(toGateway, Ends.Protection(new()), null));
        peer.Inbound(default, sent.Single(), out var opened, out _);
        Assert.That((View(opened.ToArray()).Destination, View(opened.ToArray()).Protocol), Is.EqualTo((host, IpProtocol.Esp)), "the gateway sees the other SA, not the traffic");

        // What comes back: the host's packet inside the gateway's tunnel.
        var inner = Ends.Echo(host, Ends.Left);
        var single = Seal(fromHost, inner);
        plane.Inbound(default, Seal(fromGateway, single), out var delivered, out reason);
        Assert.That(reason, Is.EqualTo(DiscardReason.None));
        Assert.That(delivered.ToArray(), Is.EqualTo(inner));
        plane.Inbound(default, single, out _, out reason);
        Assert.That(reason, Is.EqualTo(DiscardReason.BundleMismatch), "without the tunnel");
        plane.Inbound(default, Seal(fromGateway, inner), out _, out reason);
        Assert.That(reason, Is.EqualTo(DiscardReason.SelectorMismatch), "without the host's own SA");
    }

    [Test]
    public void Nested_TooBigForThePath_TellsAnMtuThatHoldsBothSas()
    {
        IpAddress gateway = IpAddress.Parse("198.51.100.1"), host = Ends.RightInner;
        var all = new TrafficPair([TrafficRange.Host(Ends.Left)], [TrafficRange.Any]);
        var one = new TrafficPair([TrafficRange.Host(Ends.Left)], [TrafficRange.Host(host) with { Protocol = IpProtocol.Udp }]);
        var plane = new DataPlane();
        plane.Policies.Append(new("host", PolicyAction.Protect, one) { Nested = true });
        plane.Policies.Append(new("all", PolicyAction.Protect, all));
        plane.Associations.AddOutbound("host", one, new OutboundSecurityAssociation(new(IpsecProtocol.Esp, 0x2001, IpsecMode.Transport, Ends.Left, host), Ends.Protection(new())));
        plane.Associations.AddOutbound("all", all, new OutboundSecurityAssociation(new(IpsecProtocol.Esp, 0x2002, IpsecMode.Tunnel, Ends.Left, gateway), Ends.Protection(new())));
        var sent = new List<byte[]>();
        plane.Outbound(Start, Datagram(1000), packet => sent.Add(packet.ToArray()), out _);
        Assert.That(plane.LearnPathMtu(Start, View(TooBig(sent.Single(), 900))), Is.True);

        plane.Outbound(Start, Datagram(1000), _ => { }, out var reason);
        Assert.That(reason, Is.EqualTo(DiscardReason.TooBig));
        sent.Clear();
        plane.Outbound(Start, Datagram(plane.NextHopMtu - 28), packet => sent.Add(packet.ToArray()), out reason);
        Assert.That(reason, Is.EqualTo(DiscardReason.None), "what it was told fits");
        Assert.That(sent.Single(), Has.Length.InRange(896, 900));

        byte[] Datagram(int size) => Ends.Packet(Ends.Left, host, IpProtocol.Udp, [0, 9, 0, 9, (byte)(size + 8 >> 8), (byte)(size + 8), 0, 0, .. new byte[size]], dontFragment: true);
    }

    [Test]
    public void PolicyThatNestsInItself_Ends()
    {
        var ends = new Ends([new()], local: TrafficRange.Any, remote: TrafficRange.Any, policy: new("c", PolicyAction.Protect, null!) { Nested = true });
        ends.Send(ends.Echo(), out var reason);
        Assert.That(reason, Is.EqualTo(DiscardReason.TooDeep));
    }

    private static byte[] Seal(SecurityAssociationParameters parameters, byte[] packet)
    {
        var plane = new DataPlane();
        plane.Policies.Append(new("p", PolicyAction.Protect, new([TrafficRange.Any], [TrafficRange.Any])));
        plane.Associations.AddOutbound("p", new([TrafficRange.Any], [TrafficRange.Any]), new OutboundSecurityAssociation(parameters, Ends.Protection(new())));
        byte[] result = [];
        plane.Outbound(default, packet, octets => result = octets.ToArray(), out _);
        return result;
    }

    private static List<byte[]> Fragments(byte[] packet, int mtu, ushort identification = 77)
    {
        Ipv4View.TryParse(packet, out var view, out _);
        (Ipv4Header.From(view) with { Identification = identification }).Write(packet, view.Payload.Length);
        Ipv4View.TryParse(packet, out view, out _);
        var fragmenter = new Ipv4Fragmenter(view, mtu);
        var fragments = new List<byte[]>();
        var buffer = new byte[mtu];
        while (fragmenter.TryNext(buffer, out var length))
            fragments.Add(buffer[..length]);
        return fragments;
    }

    private static byte[] TooBig(byte[] about, int mtu)
    {
        IpView.TryParse(about, out var view, out _);
        byte[] quoted = about[..(IpHeader.LengthOf(view.IsIpv6) + 8)];
        return view.IsIpv6
            ? Ends.Packet(IpAddress.Parse("2001:db8:ffff::1"), view.Source, IpProtocol.Icmpv6, [2, 0, 0, 0, 0, 0, (byte)(mtu >> 8), (byte)mtu, .. quoted])
            : Ends.Packet(IpAddress.Parse("198.51.100.9"), view.Source, IpProtocol.Icmp, [3, 4, 0, 0, 0, 0, (byte)(mtu >> 8), (byte)mtu, .. quoted]);
    }

    private static IpView View(byte[] packet)
    {
        Assert.That(IpView.TryParse(packet, out var view, out _));
        return view;
    }
}
