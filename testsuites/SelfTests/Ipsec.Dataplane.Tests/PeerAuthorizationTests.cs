using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane.Tests;

/// <summary>The PAD (RFC 4301 section 4.4.3).</summary>
public sealed class PeerAuthorizationTests
{
    [TestCase("gw.example.com", "gw.example.com", true)]
    [TestCase("gw.example.com", "GW.Example.Com", true)]
    [TestCase("gw.example.com", "a.gw.example.com", false)]
    [TestCase(".example.com", "gw.example.com", true)]
    [TestCase(".example.com", "a.gw.example.com", true)]
    [TestCase(".example.com", "example.com", false)]
    [TestCase(".example.com", "badexample.com", false)]
    [TestCase(".example.com", "gw.example.com\0.example.com", false, TestName = "DnsName_WithAZeroOctet_IsNoName")]
    public void DnsName_ExactOrSubtree_Matches(string pattern, string asserted, bool expected) =>
        Assert.That(new PeerIdentityRule.DnsName(pattern).Matches(IdentificationType.Fqdn, Encoding.ASCII.GetBytes(asserted)), Is.EqualTo(expected));

    [TestCase("carol@example.com", "carol@example.com", true)]
    [TestCase("carol@example.com", "dave@example.com", false)]
    [TestCase("@example.com", "dave@example.com", true)]
    [TestCase("@example.com", "dave@sub.example.com", false)]
    public void MailAddress_ExactOrDomain_Matches(string pattern, string asserted, bool expected) =>
        Assert.That(new PeerIdentityRule.MailAddress(pattern).Matches(IdentificationType.Rfc822Addr, Encoding.ASCII.GetBytes(asserted)), Is.EqualTo(expected));

    [TestCase("C=US, ST=MA", true, "C=US, ST=MA, O=BBN Technologies, CN=Stephen", true)]
    [TestCase("C=US, ST=MA", false, "C=US, ST=MA, O=BBN Technologies, CN=Stephen", false)]
    [TestCase("C=US, ST=MA, O=BBN Technologies, CN=Stephen", false, "C=US, ST=MA, O=bbn technologies, CN=Stephen", true)]
    [TestCase("C=US, ST=MA", true, "ST=MA, C=US", false, TestName = "DistinguishedName_OtherOrder_IsAnotherName")]
    [TestCase("C=US, ST=MA", true, "C=US", false)]
    public void DistinguishedName_WholeOrSubtree_Matches(string pattern, bool subtree, string asserted, bool expected)
    {
        var der = new X500DistinguishedName(asserted, X500DistinguishedNameFlags.None).RawData;
        Assert.That(new PeerIdentityRule.DistinguishedName(pattern, subtree).Matches(IdentificationType.DerAsn1Dn, der), Is.EqualTo(expected));
    }

    [Test]
    public void AnyOctets_AsAnyKindOfIdentity_MatchNothingAndThrowNothing()
    {
        PeerIdentityRule[] rules =
        [
            new PeerIdentityRule.DnsName(".example.com"), new PeerIdentityRule.MailAddress("@example.com"), new PeerIdentityRule.DistinguishedName("C=US", true),
            new PeerIdentityRule.Address(new(Ends.Left, Ends.Right)), new PeerIdentityRule.KeyId(new byte[] { 1, 2, 3 }),
        ];
        var random = new Random(4);
        foreach (var type in Enum.GetValues<IdentificationType>())
        {
            for (var round = 0; round < 2000; round++)
            {
                var identity = new byte[random.Next(40)];
                random.NextBytes(identity);
                Assert.That(rules.Any(rule => rule.Matches(type, identity)), Is.False);
            }
        }
    }

    [Test]
    public void Address_RangeOfOneFamily_Matches()
    {
        var rule = new PeerIdentityRule.Address(new(IpAddress.Parse("10.0.0.5"), IpAddress.Parse("10.0.0.9")));
        Assert.That(rule.Matches(IdentificationType.Ipv4Addr, [10, 0, 0, 9]));
        Assert.That(rule.Matches(IdentificationType.Ipv4Addr, [10, 0, 0, 10]), Is.False);
        Assert.That(rule.Matches(IdentificationType.Ipv4Addr, [10, 0, 0]), Is.False);
        Assert.That(rule.Matches(IdentificationType.Fqdn, [10, 0, 0, 9]), Is.False);
    }

    [Test]
    public void Find_TwoEntriesMatch_TheFirstCounts()
    {
        var peers = new PeerAuthorizationDatabase();
        var special = Entry(new PeerIdentityRule.DnsName("gw.example.com"), "10.1.0.0", "10.1.255.255");
        peers.Append(special);
        peers.Append(Entry(new PeerIdentityRule.DnsName(".example.com"), "10.9.0.0", "10.9.255.255"));
        Assert.That(peers.Find(IdentificationType.Fqdn, "gw.example.com"u8), Is.SameAs(special));
        Assert.That(peers.Find(IdentificationType.Fqdn, "other.example.com"u8), Is.SameAs(peers.Peers[1]));
        Assert.That(peers.Find(IdentificationType.Fqdn, "gw.example.org"u8), Is.Null);
    }

    [TestCase("10.1.0.0", "10.1.0.255", true)]
    [TestCase("10.1.0.0", "10.2.255.255", true, TestName = "Authorizes_SelectorOverTwoAdjoiningRanges_Yes")]
    [TestCase("10.1.0.0", "10.3.0.0", false)]
    [TestCase("10.0.255.255", "10.1.0.0", false)]
    [TestCase("2001:db8::1", "2001:db8::1", false)]
    public void Authorizes_SelectorsOfThePeer_OnlyWithinItsAddresses(string first, string last, bool expected)
    {
        var entry = new PeerAuthorization(
            new PeerIdentityRule.DnsName("gw.example.com"), new PeerAuthenticationRule.SharedKey(new byte[32]),
            new PeerConstraint.ByAddress([new(IpAddress.Parse("10.2.0.0"), IpAddress.Parse("10.2.255.255")), new(IpAddress.Parse("10.1.0.0"), IpAddress.Parse("10.1.255.255"))]));
        Assert.That(entry.Authorizes([new(IpAddress.Parse(first), IpAddress.Parse(last))]), Is.EqualTo(expected));
        Assert.That(entry.Authorizes([new(IpAddress.Parse("10.1.0.0"), IpAddress.Parse("10.1.0.0")), new(IpAddress.Parse(first), IpAddress.Parse(last))]), Is.EqualTo(expected));
    }

    [Test]
    public void SharedKey_AsText_ShowsNoSecret() => Assert.That($"{new PeerAuthenticationRule.SharedKey("secret"u8.ToArray())}", Does.Not.Contain("secret"));

    private static PeerAuthorization Entry(PeerIdentityRule identity, string first, string last) =>
        new(identity, new PeerAuthenticationRule.SharedKey(new byte[32]), new PeerConstraint.ByAddress([new(IpAddress.Parse(first), IpAddress.Parse(last))]));
}
