using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane.Tests;

/// <summary>What the SPD says (RFC 4301 section 4.4.1), selector by selector.</summary>
public sealed class PolicyTests
{
    private static readonly TrafficRange Everything = TrafficRange.Any;

    [TestCase(PolicyAction.Bypass, Disposition.Bypassed, DiscardReason.None)]
    [TestCase(PolicyAction.Discard, Disposition.Discarded, DiscardReason.Policy)]
    [TestCase(PolicyAction.Protect, Disposition.Discarded, DiscardReason.NoSecurityAssociation)]
    public void Outbound_PolicyMatches_DoesWhatItSays(PolicyAction action, Disposition disposition, DiscardReason expected)
    {
        var plane = new DataPlane();
        plane.Policies.Append(new("p", action, new([Everything], [Everything])));
        Assert.That(plane.Outbound(default, Ends.Echo(Ends.LeftInner, Ends.RightInner), _ => { }, out var reason), Is.EqualTo(disposition));
        Assert.That(reason, Is.EqualTo(expected));
        Assert.That(plane.Wanted?.Name, Is.EqualTo(action == PolicyAction.Protect ? "p" : null));
    }

    [Test]
    public void NothingMatches_EitherDirection_IsDiscarded()
    {
        var plane = new DataPlane();
        plane.Outbound(default, Ends.Echo(Ends.LeftInner, Ends.RightInner), _ => { }, out var outbound);
        plane.Inbound(default, Ends.Echo(Ends.LeftInner, Ends.RightInner), out _, out var inbound);
        Assert.That((outbound, inbound), Is.EqualTo((DiscardReason.Policy, DiscardReason.Policy)));
        Assert.That(plane.Audit.Discarded(DiscardReason.Policy), Is.EqualTo(2));
    }

    [TestCase(PolicyAction.Protect, DiscardReason.UnprotectedTraffic)]
    [TestCase(PolicyAction.Discard, DiscardReason.Policy)]
    public void InboundUnprotected_PolicyForbids_IsDiscardedAndAudited(PolicyAction action, DiscardReason expected)
    {
        var audit = new List<AuditEvent>();
        var plane = new DataPlane(audit.Add);
        plane.Policies.Append(new("p", action, new([Everything], [Everything])));
        Assert.That(plane.Inbound(default, Ends.Echo(Ends.LeftInner, Ends.RightInner), out _, out var reason), Is.EqualTo(Disposition.Discarded));
        Assert.That((reason, audit.Single().Reason), Is.EqualTo((expected, expected)));
    }

    [Test]
    public void TwoMatch_TheFirstCounts_AndAnInsertedOneBeforeIt()
    {
        var policies = new SecurityPolicyDatabase();
        policies.Append(new("first", PolicyAction.Bypass, new([Everything], [Everything])));
        policies.Append(new("second", PolicyAction.Discard, new([Everything], [Everything])));
        var packet = Selectors();
        Assert.That(policies.Lookup(packet, Direction.Outbound).Name, Is.EqualTo("first"));
        policies.Insert(0, new("zeroth", PolicyAction.Discard, new([Everything], [Everything])));
        Assert.That(policies.Lookup(packet, Direction.Outbound).Name, Is.EqualTo("zeroth"), "a change of the list must reach flows that were seen");
        policies.Remove("zeroth");
        Assert.That(policies.Lookup(packet, Direction.Outbound).Name, Is.EqualTo("first"));
    }

    [Test]
    public void OneWayEntries_MatchTheirDirectionOnly()
    {
        var policies = new SecurityPolicyDatabase();
        policies.Append(new("out", PolicyAction.Bypass, new([Everything], [Everything])) { Only = Direction.Outbound });
        policies.Append(new("in", PolicyAction.Discard, new([Everything], [Everything])) { Only = Direction.Inbound });
        Assert.That(policies.Lookup(Selectors(), Direction.Outbound).Name, Is.EqualTo("out"));
        Assert.That(policies.Lookup(Selectors(), Direction.Inbound).Name, Is.EqualTo("in"));
        Assert.That(policies.Cached, Is.EqualTo((0, 1, 1)));
    }

    // Each row: a range for the remote side, a packet's destination, protocol, port; whether it matches.
    [TestCase("10.2.0.0", "10.2.0.255", 0, 0, 65535, "10.2.0.7", 17, 53, true)]
    [TestCase("10.2.0.0", "10.2.0.255", 0, 0, 65535, "10.2.1.0", 17, 53, false)]
    [TestCase("10.2.0.5", "10.2.0.9", 0, 0, 65535, "10.2.0.9", 17, 53, true)]
    [TestCase("10.2.0.5", "10.2.0.9", 0, 0, 65535, "10.2.0.10", 17, 53, false)]
    [TestCase("0.0.0.0", "255.255.255.255", 0, 0, 65535, "2001:db8::1", 17, 53, false)]
    [TestCase("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, 0, 65535, "2001:db8::1", 17, 53, true)]
    [TestCase("2001:db8::", "2001:db8::ff", 58, 0x8000, 0x80ff, "2001:db8::1", 58, 0x8000, true, TestName = "Range_IcmpTypeWithAnyCode_Matches")]
    [TestCase("2001:db8::", "2001:db8::ff", 58, 0x8000, 0x80ff, "2001:db8::1", 58, 0x8100, false, TestName = "Range_OtherIcmpType_DoesNotMatch")]
    [TestCase("10.2.0.0", "10.2.0.255", 1, 0x0303, 0x0303, "10.2.0.1", 1, 0x0303, true, TestName = "Range_IcmpTypeAndCode_Matches")]
    [TestCase("10.2.0.0", "10.2.0.255", 1, 0x0303, 0x0303, "10.2.0.1", 1, 0x0304, false, TestName = "Range_OtherIcmpCode_DoesNotMatch")]
    [TestCase("2001:db8::", "2001:db8::ff", 135, 0x0500, 0x05ff, "2001:db8::1", 135, 0x0500, true, TestName = "Range_MobilityHeaderType_Matches")]
    [TestCase("2001:db8::", "2001:db8::ff", 135, 0x0500, 0x05ff, "2001:db8::1", 135, 0x0600, false, TestName = "Range_OtherMobilityHeaderType_DoesNotMatch")]
    [TestCase("10.2.0.0", "10.2.0.255", 6, 80, 90, "10.2.0.1", 6, 90, true)]
    [TestCase("10.2.0.0", "10.2.0.255", 6, 80, 90, "10.2.0.1", 6, 91, false)]
    [TestCase("10.2.0.0", "10.2.0.255", 6, 80, 90, "10.2.0.1", 17, 85, false)]
    [TestCase("10.2.0.0", "10.2.0.255", 6, 80, 90, "10.2.0.1", 6, -1, false, TestName = "Range_PortsThatCannotBeSeen_DoNotMatchARange")]
    [TestCase("10.2.0.0", "10.2.0.255", 6, 0, 65535, "10.2.0.1", 6, -1, true, TestName = "Range_PortsThatCannotBeSeen_MatchAny")]
    [TestCase("10.2.0.0", "10.2.0.255", 6, 65535, 0, "10.2.0.1", 6, -1, true, TestName = "Range_PortsThatCannotBeSeen_MatchOpaque")]
    [TestCase("10.2.0.0", "10.2.0.255", 6, 65535, 0, "10.2.0.1", 6, 80, false, TestName = "Range_Opaque_MatchesNoPort")]
    public void Range_EachSelector_Matches(string first, string last, byte protocol, int firstPort, int lastPort, string address, byte packetProtocol, int port, bool expected)
    {
        var range = new TrafficRange(IpAddress.Parse(first), IpAddress.Parse(last), protocol, (ushort)firstPort, (ushort)lastPort);
        Assert.That(range.Contains(IpAddress.Parse(address), packetProtocol, port < 0 ? null : (ushort)port), Is.EqualTo(expected));
        Assert.That(TrafficRange.From(range.ToTrafficSelector()), Is.EqualTo(range), "there and back through IKE's form");
    }

    [Test]
    public void TrafficFor_EachPopulateFlag_TakesThatValueFromThePacket()
    {
        var policy = new SecurityPolicy("p", PolicyAction.Protect, new([TrafficRange.Prefix(Ends.LeftInner, 24)], [TrafficRange.Prefix(Ends.RightInner, 24)]));
        var packet = new PacketSelectors(Ends.LeftInner, Ends.RightInner, 6, 1234, 80);
        TrafficPair With(PopulateFromPacket flags) => (policy with { Populate = flags }).TrafficFor(packet);
        Assert.That(With(PopulateFromPacket.None), Is.EqualTo(policy.Traffic));
        Assert.That(With(PopulateFromPacket.LocalAddress).Local.Single(), Is.EqualTo(TrafficRange.Host(Ends.LeftInner)));
        Assert.That(With(PopulateFromPacket.LocalAddress).Remote.Single(), Is.EqualTo(policy.Traffic.Remote.Single()));
        Assert.That(With(PopulateFromPacket.RemoteAddress).Remote.Single(), Is.EqualTo(TrafficRange.Host(Ends.RightInner)));
        Assert.That(With(PopulateFromPacket.Protocol).Remote.Single().Protocol, Is.EqualTo(6));
        Assert.That(With(PopulateFromPacket.LocalPort).Local.Single() is { FirstPort: 1234, LastPort: 1234 });
        Assert.That(With(PopulateFromPacket.RemotePort).Remote.Single() is { FirstPort: 80, LastPort: 80 });
        var opaque = (policy with { Populate = PopulateFromPacket.RemotePort }).TrafficFor(packet with { SourcePort = null, DestinationPort = null });
        Assert.That(opaque.Remote.Single().IsOpaquePort, "a packet without ports asks for an SA for such packets");
    }

    [Test]
    public void Bind_KnownName_MakesAnEntryForThatPeerBeforeItsTemplate()
    {
        var policies = new SecurityPolicyDatabase();
        policies.Append(new("road", PolicyAction.Protect, new([TrafficRange.Prefix(Ends.LeftInner, 24)], [Everything])) { Names = ["carol@example.org"] });
        Assert.That(policies.Bind("mallory@example.org", Ends.Right), Is.Null);
        var bound = policies.Bind("Carol@example.org", Ends.Right);
        Assert.That(bound!.Traffic.Remote.Single(), Is.EqualTo(TrafficRange.Host(Ends.Right)));
        Assert.That(policies.Lookup(new(Ends.LeftInner, Ends.Right, 6, 1, 2), Direction.Outbound), Is.SameAs(bound));
        Assert.That(policies.Lookup(new(Ends.LeftInner, Ends.RightInner, 6, 1, 2), Direction.Outbound).Name, Is.EqualTo("road"));
    }

    [Test]
    public void Caches_FloodOfFlows_StayBoundedAndRight()
    {
        var policies = new SecurityPolicyDatabase();
        policies.Append(new("even", PolicyAction.Bypass, new([Everything with { Protocol = 17, FirstPort = 0, LastPort = 1000 }], [Everything])));
        for (var flow = 0; flow < 200_000; flow++)
        {
            var packet = new PacketSelectors(new Ipv4Address((uint)flow), Ends.RightInner, 17, 1, (ushort)(flow % 2000));
            Assert.That(policies.Lookup(packet, Direction.Inbound).Action, Is.EqualTo(flow % 2000 <= 1000 ? PolicyAction.Bypass : PolicyAction.Discard));
        }
        Assert.That(policies.Cached.Inbound, Is.LessThanOrEqualTo(65_536));
    }

    private static PacketSelectors Selectors() => new(Ends.LeftInner, Ends.RightInner, 6, 1234, 80);
}
