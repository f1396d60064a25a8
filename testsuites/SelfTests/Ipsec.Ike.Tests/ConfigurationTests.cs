using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests;

/// <summary>Addresses that a gateway gives to those who ask, and how long they keep them (RFC 7296 sections 2.19 and 3.15).</summary>
public sealed class ConfigurationTests
{
    private static readonly TrafficSelector Any = TrafficSelector.Range(IPAddress.Any, IPAddress.Broadcast);
    private static readonly InternalNetwork Network = new()
    {
        Pools = [IPNetwork.Parse("10.9.0.0/29"), IPNetwork.Parse("2001:db8:9::/64")],
        NameServers = [IPAddress.Parse("10.1.0.53"), IPAddress.Parse("2001:db8::53")],
        Subnets = [IPNetwork.Parse("10.1.0.0/16")],
    };

    [Test]
    public void Request_ForAnAddress_IsAnsweredAndNarrowsTheTraffic()
    {
        var pair = Pair(Network);
        pair.Connect();
        var configuration = pair.Configured.Single();
        Assert.That(configuration.Addresses, Is.EqualTo(new[] { IPAddress.Parse("10.9.0.1") }));
        Assert.That(configuration.NameServers, Is.EqualTo(new[] { IPAddress.Parse("10.1.0.53") }));
        Assert.That(configuration.Subnets, Is.EqualTo(new[] { IPNetwork.Parse("10.1.0.0/16") }));
        Assert.That(pair.LeftEnd.Children.Single().LocalTraffic, Is.EqualTo(new[] { Selector("10.9.0.1") }));
        Assert.That(pair.RightEnd.Children.Single().RemoteTraffic, Is.EqualTo(new[] { Selector("10.9.0.1") }));
        Assert.That(pair.Ladder, Is.EqualTo(new[]
        {
            "left IKE_AUTH request 1: IDi N(INITIAL_CONTACT) IDr AUTH CP(CFG_REQUEST) SA TSi TSr", "right IKE_AUTH response 1: IDr AUTH CP(CFG_REPLY) SA TSi TSr",
        }));
    }

    [Test]
    public void Request_ForBothFamilies_GetsOneAddressOfEach()
    {
        var pair = Pair(Network, [ConfigurationAttributeType.InternalIp6Address, ConfigurationAttributeType.InternalIp4Address, ConfigurationAttributeType.InternalIp6Dns]);
        pair.Connect();
        Assert.That(pair.Configured.Single().Addresses, Is.EquivalentTo(new[] { IPAddress.Parse("10.9.0.1"), IPAddress.Parse("2001:db8:9::1") }));
        Assert.That(pair.Configured.Single().NameServers, Is.EqualTo(new[] { IPAddress.Parse("2001:db8::53") }));
    }

    [TestCase(true, "FAILED_CP_REQUIRED")]
    [TestCase(false, null)]
    public void NoRequest_WhereOneIsRequired_GetsTheIkeSaAlone(bool isRequired, string? failure)
    {
        var pair = Pair(Network with { IsRequired = isRequired }, []);
        pair.Connect();
        Assert.That(pair.LeftEvents.OfType<IkeEvent.ChildFailed>().SingleOrDefault()?.Reason, Is.EqualTo(failure));
        Assert.That(pair.LeftEnd.Associations.Single().IsEstablished);
        Assert.That(pair.LeftEnd.Children.Any(), Is.Not.EqualTo(isRequired));
        pair.OnLeft(new IkeCommand.CreateChild("c"));
        Assert.That(pair.LeftEnd.Children.Count(), Is.EqualTo(isRequired ? 0 : 2));
    }

    [Test]
    public void Request_ToAPeerWithoutConfiguration_EndsTheIkeSa()
    {
        var pair = Pair(null);
        pair.Connect();
        Assert.That(pair.LeftEvents.OfType<IkeEvent.ChildFailed>().Single().Reason, Is.EqualTo("the peer assigned no address"));
        Assert.That((pair.LeftEnd.Associations.Count(), pair.RightEnd.Associations.Count(), pair.RightEnd.Children.Count()), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public void Request_WhereNoAddressIsLeft_FailsAndEndsTheNewIkeSa()
    {
        var pair = Pair(Network with { Pools = [IPNetwork.Parse("10.9.0.1/32")] });
        pair.Connect();
        pair.Connect();
        Assert.That(pair.LeftEvents.OfType<IkeEvent.ChildFailed>().Single().Reason, Is.EqualTo("INTERNAL_ADDRESS_FAILURE"));
        Assert.That((pair.LeftEnd.Associations.Count(), pair.RightEnd.Associations.Count(), pair.RightEnd.Children.Count()), Is.EqualTo((1, 1, 1)));
    }

    [Test]
    public void Request_ForAFamilyThatIsNotThere_IsIgnored()
    {
        var pair = Pair(Network with { Pools = [Network.Pools[0]], IsRequired = true }, [ConfigurationAttributeType.InternalIp6Address]);
        pair.Connect();
        Assert.That(pair.RightEvents.OfType<IkeEvent.ChildFailed>().Single().Reason, Is.EqualTo("TS_UNACCEPTABLE"));
    }

    [Test]
    public void Address_OfAnIkeSa_StaysThroughRekeyingsAndIsFreeAfterItsEnd()
    {
        var pair = Pair(Network with { Pools = [IPNetwork.Parse("10.9.0.0/30")] });
        pair.Connect();
        pair.OnLeft(new IkeCommand.RekeyIke("c"));
        pair.OnLeft(new IkeCommand.RekeyChild("c"));
        pair.OnLeft(new IkeCommand.CreateChild("c"));
        Assert.That(pair.RightEnd.Children.Select(child => child.RemoteTraffic.Single()), Is.EqualTo(new[] { Selector("10.9.0.1"), Selector("10.9.0.1") }));
        Assert.That(pair.Unconfigured, Is.Empty);
        for (var round = 1; round <= 5; round++)
        {
            pair.OnLeft(new IkeCommand.Disconnect("c"));
            Assert.That(pair.Unconfigured, Has.Count.EqualTo(round));
            pair.Connect();
            Assert.That(pair.LeftEnd.Children.Single().LocalTraffic, Is.EqualTo(new[] { Selector("10.9.0.1") }));
        }
    }

    [Test]
    public void AuthenticationAnew_KeepsTheAddress()
    {
        var pair = Pair(Network);
        pair.Connect();
        pair.OnLeft(new IkeCommand.Reauthenticate("c"));
        pair.Pass(TimeSpan.FromSeconds(1));
        Assert.That(pair.LeftEnd.Associations.Count(), Is.EqualTo(1));
        Assert.That(pair.Configured.Select(configuration => configuration.Addresses.Single().ToString()), Is.EqualTo(new[] { "10.9.0.1", "10.9.0.1" }));
        Assert.That(pair.Unconfigured, Is.Empty);
    }

    [Test]
    public void Leases_OfAPool_AreGivenOnceAndRunOut()
    {
        var leases = new AddressLeases();
        var pool = IPNetwork.Parse("10.9.0.0/29");
        Assert.That(Enumerable.Range(0, 7).Select(index => leases.Take(pool, null, Peer($"{index}"))?.ToString()), Is.EqualTo(new[]
        {
            "10.9.0.1", "10.9.0.2", "10.9.0.3", "10.9.0.4", "10.9.0.5", "10.9.0.6", null,
        }));
        leases.Release(IPAddress.Parse("10.9.0.4"));
        Assert.That(leases.Take(pool, IPAddress.Parse("10.9.0.2"), Peer("8")), Is.EqualTo(IPAddress.Parse("10.9.0.4")), "another's address is not given away");
        Assert.That(leases.Take(pool, IPAddress.Parse("10.9.0.2"), Peer("1")), Is.EqualTo(IPAddress.Parse("10.9.0.2")), "its holder has it once more");
        leases.Release(IPAddress.Parse("10.9.0.2"));
        Assert.That(leases.Take(pool, null, Peer("9")), Is.Null, "still its holder's");
    }

    [TestCase("2001:db8:9::/64", "2001:db8:7::aa:bb", "2001:db8:9::aa:bb")]
    [TestCase("::/0", null, "::1")]
    [TestCase("10.9.0.7/32", null, "10.9.0.7")]
    [TestCase("10.9.0.6/31", "10.9.0.7", "10.9.0.7")]
    [TestCase("10.9.0.0/24", "10.9.0.255", "10.9.0.1")]
    public void Lease_WithAWantedHostPart_HasItIfItIsOne(string pool, string? wanted, string expected) => Assert.That(
        new AddressLeases().Take(IPNetwork.Parse(pool), wanted is null ? null : IPAddress.Parse(wanted), Peer("p")), Is.EqualTo(IPAddress.Parse(expected)));

    private static IkePair Pair(InternalNetwork? network, ImmutableArray<ConfigurationAttributeType>? attributes = null) => new(
        changeRight: right => right with { InternalNetwork = network, LocalTraffic = [Selector("10.1.0.0", "10.1.255.255")], RemoteTraffic = [Any] },
        changeLeft: left => left with
        {
            LocalTraffic = [Any],
            RemoteTraffic = [Any],
            RequestedAttributes = attributes ?? [ConfigurationAttributeType.InternalIp4Address, ConfigurationAttributeType.InternalIp4Dns, ConfigurationAttributeType.InternalIp4Subnet],
        });

    private static TrafficSelector Selector(string first, string? last = null) => TrafficSelector.Range(IPAddress.Parse(first), IPAddress.Parse(last ?? first));

    private static PeerAuthentication Peer(string name) => new(name, IdentificationType.Fqdn, AuthenticationMethod.SharedKey);
}
