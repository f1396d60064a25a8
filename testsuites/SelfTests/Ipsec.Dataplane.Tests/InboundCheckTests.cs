using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane.Tests;

/// <summary>Each check on the way in (RFC 4301 section 5.2, RFC 4302 and 4303 section 3.4): what it discards, under which reason, and what it lets through. Every test fails without its check.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class InboundCheckTests
{
    private readonly Ends _ends = new([new()]);

    [Test]
    public void ReplayWrongIcvAndUnknownSpi_AreDiscardedWithTheirReasonsAndAudited()
    {
        var sent = _ends.Send(_ends.Echo());
        sent[^1] ^= 1;
        Assert.That(_ends.Receive(sent, out _), Is.EqualTo(DiscardReason.IntegrityCheckFailed));
        sent[^1] ^= 1;
        Assert.That(_ends.Receive(sent, out _), Is.EqualTo(DiscardReason.None), "a forged twin must not use the number up");
        Assert.That(_ends.Receive(sent, out _), Is.EqualTo(DiscardReason.Replay));
        BinaryPrimitives.WriteUInt32BigEndian(sent.AsSpan(20), 0x12345678);
        Assert.That(_ends.Receive(sent, out _), Is.EqualTo(DiscardReason.UnknownSpi));
        Assert.That(_ends.Audit.Select(audit => audit.Reason), Is.EqualTo(new[] { DiscardReason.IntegrityCheckFailed, DiscardReason.Replay, DiscardReason.UnknownSpi }));
        Assert.That(_ends.Audit[0], Is.EqualTo(new AuditEvent(default, DiscardReason.IntegrityCheckFailed, IpProtocol.Esp, 0x1001, Ends.Left, Ends.Right, 1, 0)));
        Assert.That(_ends.Audit[2].Spi, Is.EqualTo(0x12345678u));
    }

    [Test]
    public void ForgedNumberFarAhead_DoesNotMoveTheWindow()
    {
        var honest = _ends.Send(_ends.Echo());
        var forged = honest.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(forged.AsSpan(24), 1_000_000);
        Assert.That(_ends.Receive(forged, out _), Is.EqualTo(DiscardReason.IntegrityCheckFailed));
        Assert.That(_ends.Receive(honest, out _), Is.EqualTo(DiscardReason.None));
    }

    [Test]
    public void InnerPacketOutsideTheSelectors_IsDiscarded()
    {
        var ends = new Ends([new()], local: TrafficRange.Any, remote: TrafficRange.Any);
        ends.RightPlane.Associations.Clear();
        ends.RightPlane.Associations.AddInbound(
            "c", new([TrafficRange.Host(Ends.RightInner)], [TrafficRange.Host(Ends.LeftInner)]),
            new InboundSecurityAssociation(new(IpsecProtocol.Esp, 0x1001, IpsecMode.Tunnel, Ends.Left, Ends.Right), Ends.Protection(new()), new AntiReplayWindow(false)));
        Assert.That(ends.Receive(ends.Send(Ends.Echo(Ends.Left, Ends.RightInner)), out _), Is.EqualTo(DiscardReason.SelectorMismatch));
        Assert.That(ends.Receive(ends.Send(Ends.Echo(Ends.LeftInner, Ends.Left)), out _), Is.EqualTo(DiscardReason.SelectorMismatch));
        Assert.That(ends.Receive(ends.Send(Ends.Echo(Ends.LeftInner, Ends.RightInner)), out _), Is.EqualTo(DiscardReason.None));
    }

    [Test]
    public void InnerPacketThatThePolicyGivesToAnotherEntry_IsDiscarded()
    {
        // The SA's own selectors would let it pass; the SPD says that such packets come under another policy.
        _ends.RightPlane.Policies.Insert(0, new("other", PolicyAction.Protect, new([TrafficRange.Any with { Protocol = IpProtocol.Icmp }], [TrafficRange.Any with { Protocol = IpProtocol.Icmp }])));
        Assert.That(_ends.Receive(_ends.Send(_ends.Echo()), out _), Is.EqualTo(DiscardReason.SelectorMismatch));
        Assert.That(_ends.Receive(_ends.Send(Ends.Udp(Ends.LeftInner, Ends.RightInner, 1, 2)), out _), Is.EqualTo(DiscardReason.None));
    }

    [Test]
    public void FragmentOfAProtectedPacket_IsDiscarded()
    {
        var sent = _ends.Send(_ends.Echo());
        sent[6] |= 0x20;
        Assert.That(_ends.Receive(sent, out _), Is.EqualTo(DiscardReason.FragmentOfProtectedPacket));
        Assert.That(_ends.Audit.Single().Reason, Is.EqualTo(DiscardReason.FragmentOfProtectedPacket));
    }

    [Test]
    public void Bundle_OneOfTwoMissing_IsDiscarded()
    {
        var both = new Ends([new(IpsecProtocol.Esp, IpsecMode.Transport), new(IpsecProtocol.Ah, IpsecMode.Transport)]);
        var onlyEsp = new Ends([new(IpsecProtocol.Esp, IpsecMode.Transport)]);
        var onlyAh = new Ends([new(IpsecProtocol.Ah, IpsecMode.Transport) { Adjust = parameters => parameters with { Spi = 0x1002 } }]);
        Assert.That(both.Receive(onlyEsp.Send(onlyEsp.Echo()), out _), Is.EqualTo(DiscardReason.BundleMismatch), "without AH");
        Assert.That(both.Receive(onlyAh.Send(onlyAh.Echo()), out _), Is.EqualTo(DiscardReason.BundleMismatch), "without ESP");
        // The AH packet was authentic: its number is used.
        both.Send(both.Echo());
        Assert.That(both.Receive(both.Send(both.Echo()), out _), Is.EqualTo(DiscardReason.None));
    }

    [Test]
    public void Bundle_WrongOrder_IsDiscarded()
    {
        var right = new Ends([new(IpsecProtocol.Esp, IpsecMode.Transport), new(IpsecProtocol.Ah, IpsecMode.Transport)]);
        var wrong = new Ends([
            new(IpsecProtocol.Ah, IpsecMode.Transport) { Adjust = parameters => parameters with { Spi = 0x1002 } },
            new(IpsecProtocol.Esp, IpsecMode.Transport) { Adjust = parameters => parameters with { Spi = 0x1001 } }]);
        Assert.That(right.Receive(wrong.Send(wrong.Echo()), out _), Is.EqualTo(DiscardReason.BundleMismatch));
    }

    [Test]
    public void TunnelSa_TransportPacketOnIt_IsDiscarded()
    {
        var transport = new Ends([new(IpsecProtocol.Esp, IpsecMode.Transport)]);
        Assert.That(_ends.Receive(transport.Send(transport.Echo()), out _), Is.EqualTo(DiscardReason.SelectorMismatch));
    }

    [Test]
    public void Dummy_IsDiscardedWithoutAudit()
    {
        using var protection = (Crypto.IEspProtection)Ends.Protection(new());
        var packet = new byte[200];
        var length = protection.Seal(0x1001, 1, new byte[40], IpProtocol.NoNextHeader, packet.AsSpan(20));
        new IpHeader(Ends.Left, Ends.Right, IpProtocol.Esp).Write(packet, length);
        Assert.That(_ends.Receive(packet[..(20 + length)], out _), Is.EqualTo(DiscardReason.Dummy));
        Assert.That(_ends.Audit, Is.Empty);
    }

    [Test]
    public void TrafficFlowPadding_HidesTheLength_AndComesOff()
    {
        var ends = new Ends([new() { Adjust = parameters => parameters with { TrafficFlowPadding = 1000 } }]);
        var lengths = new HashSet<int>();
        for (var size = 0; size < 900; size += 100)
        {
            var packet = ends.Echo(size);
            var sent = ends.Send(packet);
            lengths.Add(sent.Length);
            Assert.That(ends.Receive(sent, out var delivered), Is.EqualTo(DiscardReason.None));
            Assert.That(delivered, Is.EqualTo(packet));
        }
        Assert.That(lengths, Has.Count.EqualTo(1));
    }

    [TestCase(0, 3, DiscardReason.CongestionOfNonEct, 0)]
    [TestCase(0, 1, DiscardReason.None, 0)]
    [TestCase(2, 3, DiscardReason.None, 3)]
    [TestCase(1, 3, DiscardReason.None, 3)]
    [TestCase(2, 1, DiscardReason.None, 1)]
    [TestCase(3, 0, DiscardReason.None, 3)]
    [TestCase(3, 2, DiscardReason.None, 3)]
    [TestCase(2, 0, DiscardReason.None, 2)]
    public void Ecn_EachPair_CombinesAsFigure4OfRfc6040(byte inner, byte outer, DiscardReason expected, int result)
    {
        foreach (var ipv6 in new[] { false, true })
        {
            var ends = new Ends([new() { OuterIpv6 = ipv6 }], innerIpv6: ipv6);
            var sent = ends.Send(Ends.Packet(ends.LeftInside, ends.RightInside, 253, new byte[20], trafficClass: (byte)(0xB8 | inner)));
            IpView.TryParse(sent, out var view, out _);
            Assert.That(view.TrafficClass, Is.EqualTo(0xB8 | inner), "the entry copies both");
            IpHeader.SetTrafficClass(sent, (byte)(0xB8 | outer));
            Assert.That(ends.Receive(sent, out var delivered), Is.EqualTo(expected));
            if (expected != DiscardReason.None)
                continue;
            IpView.TryParse(delivered, out var opened, out _);
            Assert.That(opened.Ecn, Is.EqualTo(result));
            Assert.That(opened.TrafficClass & 0xFC, Is.EqualTo(0xB8));
        }
    }

    [Test]
    public void OuterHeader_RulesOfTheSa_AreKept()
    {
        byte[] Sent(OuterHeaderRules rules, bool dontFragment = false)
        {
            var ends = new Ends([new() { Adjust = parameters => parameters with { OuterHeader = rules } }]);
            return ends.Send(Ends.Packet(Ends.LeftInner, Ends.RightInner, 253, new byte[20], trafficClass: 0x2A << 2 | 2, dontFragment));
        }
        Assert.That(Sent(new())[6] & 0x40, Is.Zero, "DF copied: clear");
        Assert.That(Sent(new(), dontFragment: true)[6] & 0x40, Is.Not.Zero, "DF copied: set");
        Assert.That(Sent(new() { DontFragment = DontFragmentRule.Set })[6] & 0x40, Is.Not.Zero);
        Assert.That(Sent(new() { DontFragment = DontFragmentRule.Clear }, dontFragment: true)[6] & 0x40, Is.Zero);
        Assert.That(Sent(new() { DscpMap = OuterHeaderRules.MapDscp(((byte)0x2A, (byte)0x01)) })[1], Is.EqualTo(0x01 << 2 | 2));
        Assert.That(Sent(new() { CopyEcn = false })[1], Is.EqualTo(0x2A << 2));
        Assert.That(Sent(new() { HopLimit = 9 })[8], Is.EqualTo(9));
    }

    [Test]
    public void IcmpErrorFromARouterBehindThePeer_IsAcceptedForWhatItQuotes()
    {
        // The router is not among the selectors; the packet that it complains of is this side's own (RFC 4301 section 6.2).
        var ends = new Ends([new()]);
        var router = IpAddress.Parse("10.9.9.9");
        byte[] Error(IpAddress quotedSource, IpAddress quotedDestination) => Ends.Packet(
            router, Ends.RightInner, IpProtocol.Icmp, [11, 0, 0, 0, 0, 0, 0, 0, .. Ends.Echo(quotedSource, quotedDestination).AsSpan(0, 28)]);
        Assert.That(ends.Receive(ends.Send(Error(Ends.RightInner, Ends.LeftInner)), out _), Is.EqualTo(DiscardReason.None));
        ends.Send(Error(Ends.RightInner, router), out var reason);
        Assert.That(reason, Is.EqualTo(DiscardReason.Policy), "it quotes what no SA carries back");
    }

    [Test]
    public void Flood_OfUnknownSpis_IsCountedAndItsAuditBounded()
    {
        var sent = _ends.Send(_ends.Echo());
        var honest = _ends.Send(_ends.Echo());
        for (var number = 0; number < 10_000; number++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(sent.AsSpan(20), 0x5000_0000 + (uint)number);
            Assert.That(_ends.Receive(sent, out _), Is.EqualTo(DiscardReason.UnknownSpi));
        }
        Assert.That(_ends.Audit, Has.Count.EqualTo(AuditLog.EventsPerSecond));
        Assert.That(_ends.RightPlane.Audit.Suppressed, Is.EqualTo(10_000 - AuditLog.EventsPerSecond));
        Assert.That(_ends.RightPlane.Audit.Discarded(DiscardReason.UnknownSpi), Is.EqualTo(10_000));
        Assert.That(_ends.Receive(honest, out _), Is.EqualTo(DiscardReason.None));
        Assert.That(_ends.Receive(sent, out _, now: DateTimeOffset.UnixEpoch.AddSeconds(5)), Is.EqualTo(DiscardReason.UnknownSpi));
        Assert.That(_ends.Audit, Has.Count.EqualTo(AuditLog.EventsPerSecond + 1), "the next second has its own allowance");
    }

    [Test]
    public void AnyOctets_AreDiscardedWithoutException([Values(IpProtocol.Esp, IpProtocol.Ah, IpProtocol.IpComp)] byte protocol, [Values] bool ipv6)
    {
        var ends = new Ends([new(IpsecProtocol.IpComp), new(IpsecProtocol.Esp, IpsecMode.Transport), new(IpsecProtocol.Ah) { OuterIpv6 = ipv6 }]);
        var random = new Random(5);
        for (var round = 0; round < 20_000; round++)
        {
            var payload = new byte[random.Next(0, 120)];
            random.NextBytes(payload);
            if (payload.Length >= 8)
                BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(protocol == IpProtocol.Ah ? 4 : 0), 0x1001 + (uint)random.Next(3));
            var packet = Ends.Packet(ipv6 ? Ends.Left6 : Ends.Left, ipv6 ? Ends.Right6 : Ends.Right, protocol, payload);
            if (random.Next(2) == 0)
                packet[random.Next(packet.Length)] = (byte)random.Next(256);
            Assert.That(ends.Receive(packet, out _), Is.Not.EqualTo(DiscardReason.None));
        }
    }
}
