using System.Net;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests;

/// <summary>Intersections of selectors at their edges (RFC 7296 section 2.9), with no negotiation around them.</summary>
public sealed class TrafficSelectorNarrowingTests
{
    [TestCase("10.0.0.0-10.0.0.9", "10.0.0.9-10.0.0.20", "10.0.0.9-10.0.0.9")]
    [TestCase("10.0.0.9-10.0.0.20", "10.0.0.0-10.0.0.9", "10.0.0.9-10.0.0.9")]
    [TestCase("10.0.0.0-10.0.0.8", "10.0.0.9-10.0.0.20", null)]
    [TestCase("10.0.0.0-10.0.0.255", "10.0.0.5-10.0.0.6", "10.0.0.5-10.0.0.6")]
    [TestCase("9.255.255.255-10.0.0.1", "10.0.0.0-10.0.0.255", "10.0.0.0-10.0.0.1")]
    [TestCase("10.0.0.1-10.0.0.1/0/0-65535", "10.0.0.1-10.0.0.1/17/0-65535", "10.0.0.1-10.0.0.1/17/0-65535")]
    [TestCase("10.0.0.1-10.0.0.1/17/0-65535", "10.0.0.1-10.0.0.1/0/0-65535", "10.0.0.1-10.0.0.1/17/0-65535")]
    [TestCase("10.0.0.1-10.0.0.1/17/0-65535", "10.0.0.1-10.0.0.1/6/0-65535", null)]
    [TestCase("10.0.0.1-10.0.0.1/17/10-20", "10.0.0.1-10.0.0.1/17/20-30", "10.0.0.1-10.0.0.1/17/20-20")]
    [TestCase("10.0.0.1-10.0.0.1/17/10-20", "10.0.0.1-10.0.0.1/17/21-30", null)]
    [TestCase("10.0.0.1-10.0.0.1/17/65535-0", "10.0.0.1-10.0.0.1/17/65535-0", "10.0.0.1-10.0.0.1/17/65535-0")]
    [TestCase("10.0.0.1-10.0.0.1/17/0-65535", "10.0.0.1-10.0.0.1/17/65535-0", "10.0.0.1-10.0.0.1/17/65535-0")]
    [TestCase("10.0.0.1-10.0.0.1/17/0-65534", "10.0.0.1-10.0.0.1/17/65535-0", null)]
    [TestCase("10.0.0.1-10.0.0.1/17/1-65535", "10.0.0.1-10.0.0.1/17/65535-0", null)]
    [TestCase("10.0.0.1-10.0.0.1/17/65535-0", "10.0.0.1-10.0.0.1/17/1-65535", null)]
    public void Narrow_LeavesWhatBothHave(string offered, string policy, string? expected)
    {
        var narrowed = TrafficSelectorNarrowing.Narrow([Selector(offered)], [Selector(policy)]);
        Assert.That(narrowed, expected is null ? Is.Empty : Is.EqualTo(new[] { Selector(expected) }));
        Assert.That(TrafficSelectorNarrowing.Overlap([Selector(offered)], [Selector(policy)]), Is.EqualTo(expected is not null));
    }

    [Test]
    public void Narrow_TheSameTwice_IsOne()
    {
        var one = Selector("10.0.0.1-10.0.0.1");
        Assert.That(TrafficSelectorNarrowing.Narrow([one, one], [Selector("10.0.0.0-10.0.0.255"), one]), Is.EqualTo(new[] { one }));
    }

    [Test]
    public void SelectorWithoutAddresses_HasNothingInCommon()
    {
        var label = new TrafficSelector(TrafficSelectorType.Seclabel, 0, 0, 0, IPAddress.Any, IPAddress.Any) { Opaque = new byte[] { 1 } };
        Assert.That(TrafficSelectorNarrowing.Narrow([label], [label]), Is.Empty);
    }

    [Test]
    public void Subset_HasEverySelectorWithinAnOfferedOne()
    {
        TrafficSelector wide = Selector("10.0.0.0-10.0.0.255"), one = Selector("10.0.0.1-10.0.0.1"), other = Selector("10.0.1.1-10.0.1.1");
        Assert.That(TrafficSelectorNarrowing.IsSubset([one], [wide]), Is.True);
        Assert.That(TrafficSelectorNarrowing.IsSubset([wide], [wide]), Is.True);
        Assert.That(TrafficSelectorNarrowing.IsSubset([one, other], [other, wide]), Is.True);
        Assert.That(TrafficSelectorNarrowing.IsSubset([wide], [one]), Is.False);
        Assert.That(TrafficSelectorNarrowing.IsSubset([one, other], [wide]), Is.False);
        Assert.That(TrafficSelectorNarrowing.IsSubset([], [wide]), Is.False, "no selector is no answer");
        Assert.That(TrafficSelectorNarrowing.IsSubset([one], [one with { IpProtocol = 6 }]), Is.False, "wider in its protocol");
    }

    [Test]
    public void AtFirstAddress_IsWhatIsForIt()
    {
        TrafficSelector packet = Selector("10.0.0.1-10.0.0.1/6/80-80"), wide = Selector("10.0.0.0-10.0.0.255"), one = Selector("10.0.0.1-10.0.0.1");
        Assert.That(TrafficSelectorNarrowing.AtFirstAddress([packet, wide]), Is.EqualTo(new[] { packet, one }));
        Assert.That(TrafficSelectorNarrowing.AtFirstAddress([wide, packet]), Is.Empty);
        Assert.That(TrafficSelectorNarrowing.AtFirstAddress([]), Is.Empty);
    }

    [Test]
    public void PairOfAPacket_IsWhatTheTermsHaveOfItsAddresses()
    {
        var terms = new ChildTerms([], [Selector("10.1.0.0-10.1.0.255")], [Selector("10.2.0.0-10.2.0.255")], TransportMode: false);
        Assert.That(terms.ForPairOfPacket(), Is.Null);
        var pair = (terms with { Packet = (Selector("10.1.0.1-10.1.0.1/6/1-1"), Selector("10.2.0.2-10.2.0.2/6/2-2")) }).ForPairOfPacket();
        Assert.That(pair!.LocalTraffic, Is.EqualTo(new[] { Selector("10.1.0.1-10.1.0.1") }));
        Assert.That(pair.RemoteTraffic, Is.EqualTo(new[] { Selector("10.2.0.2-10.2.0.2") }));
        Assert.That(pair.Packet, Is.Null);
        Assert.That((terms with { Packet = (Selector("10.9.0.1-10.9.0.1"), Selector("10.2.0.2-10.2.0.2")) }).ForPairOfPacket(), Is.Null);
        Assert.That((terms with { Packet = (Selector("10.1.0.1-10.1.0.1"), Selector("10.9.0.2-10.9.0.2")) }).ForPairOfPacket(), Is.Null);
    }

    /// <summary>From "start-end" or "start-end/protocol/port-port".</summary>
    internal static TrafficSelector Selector(string text)
    {
        var parts = text.Split('/');
        var addresses = parts[0].Split('-');
        var range = TrafficSelector.Range(IPAddress.Parse(addresses[0]), IPAddress.Parse(addresses[1]));
        if (parts.Length == 1)
            return range;
        var ports = parts[2].Split('-');
        return range with { IpProtocol = byte.Parse(parts[1]), StartPort = ushort.Parse(ports[0]), EndPort = ushort.Parse(ports[1]) };
    }
}
