using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ipsec.Dataplane;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Packets.Ike;
using static Ipsec.Host.Tests.TestHosts;

namespace Ipsec.Host.Tests;

/// <summary>The PAD decides who gets an SA, by which proof, for which traffic (RFC 4301 section 4.4.3).</summary>
public sealed class PeerDirectoryTests
{
    private static readonly IPAddress Left = IPAddress.Parse("192.0.2.1"), Right = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress LeftInner = IPAddress.Parse("10.1.0.1"), RightInner = IPAddress.Parse("10.2.0.1");
    private static readonly PeerAuthenticationRule RightKey = new PeerAuthenticationRule.SharedKey("secret"u8.ToArray());
    private static readonly PeerConstraint Anything = new PeerConstraint.ByAddress([new(IPAddress.Parse("0.0.0.0"), IPAddress.Parse("255.255.255.255"))]);

    [Test]
    public async Task SubtreeOfNames_IsAuthorizedByOneEntry([Values] bool padIsInitiator)
    {
        var (children, events) = await Connect(padIsInitiator, new(new PeerIdentityRule.DnsName(".example"), RightKey, Anything));
        Assert.That(children, Is.EqualTo(1), events);
    }

    [Test]
    public async Task UnknownIdentity_GetsNoSa([Values] bool padIsInitiator)
    {
        var (children, events) = await Connect(padIsInitiator, new(new PeerIdentityRule.DnsName("other.example"), RightKey, Anything));
        Assert.That(children, Is.Zero);
        Assert.That(events, Does.Contain("identity right.example is not the expected one"));
    }

    [Test]
    public async Task AnotherKeyThanTheEntrys_DoesNotAuthenticate([Values] bool padIsInitiator)
    {
        var other = new PeerAuthenticationRule.SharedKey("another"u8.ToArray());
        var (children, events) = await Connect(padIsInitiator, new(new PeerIdentityRule.DnsName(".example"), other, Anything));
        Assert.That(children, Is.Zero);
        Assert.That(events, Does.Contain(padIsInitiator ? "AuthenticationFailed" : "AUTH does not verify").IgnoreCase);
    }

    [Test]
    public async Task TrafficBeyondItsAddresses_IsRefused([Values] bool padIsInitiator)
    {
        var elsewhere = new PeerConstraint.ByAddress([new(IPAddress.Parse("10.3.0.0"), IPAddress.Parse("10.3.255.255"))]);
        var (children, events) = await Connect(padIsInitiator, new(new PeerIdentityRule.DnsName(".example"), RightKey, elsewhere));
        Assert.That(children, Is.Zero);
        Assert.That(events, Does.Contain(padIsInitiator ? "the peer may not speak for its traffic" : "TS_UNACCEPTABLE"));
        Assert.That(events, Does.Contain("Established"), "the IKE SA is there: only the child is refused");
    }

    [TestCase("right.example", 1)]
    [TestCase(null, 0)]
    public async Task ByIdentity_TheSpdMustHaveItsName(string? name, int expected)
    {
        var (children, events) = await Connect(
            padIsInitiator: false, [new(new PeerIdentityRule.DnsName(".example"), RightKey, new PeerConstraint.ByIdentity())], name);
        Assert.That(children, Is.EqualTo(expected), events);
    }

    [Test]
    public async Task FirstEntryThatMatches_Decides()
    {
        var wrong = new PeerAuthorization(new PeerIdentityRule.DnsName("right.example"), new PeerAuthenticationRule.SharedKey("another"u8.ToArray()), Anything);
        var right = new PeerAuthorization(new PeerIdentityRule.DnsName(".example"), RightKey, Anything);
        Assert.That((await Connect(padIsInitiator: false, [wrong, right], name: null)).Children, Is.Zero);
        Assert.That((await Connect(padIsInitiator: false, [right, wrong], name: null)).Children, Is.EqualTo(1));
    }

    [TestCase(true, 1)]
    [TestCase(false, 0)]
    public async Task EapIsDemanded_WhoDoesItAloneGetsAnSa(bool doesEap, int expected)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=left.example", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("left.example");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(120));
        var password = "password"u8.ToArray();
        var (children, events) = await Connect(
            padIsInitiator: false, [new(new PeerIdentityRule.DnsName(".example"), new PeerAuthenticationRule.Eap(password, [EapMethod.MsChapV2]), Anything)], name: null,
            left => left with { Certificate = new([certificate.RawData], key.ExportPkcs8PrivateKey()) },
            right => right with
            {
                TrustAnchors = [certificate.RawData],
                Eap = doesEap ? new("right.example"u8.ToArray(), password, [EapMethod.MsChapV2]) : null,
            });
        Assert.That(children, Is.EqualTo(expected), events);
    }

    private static Task<(int Children, string Events)> Connect(bool padIsInitiator, PeerAuthorization entry, string? name = null) => Connect(padIsInitiator, [entry], name);

    /// <summary>The left end has a PAD, the right one what its connection says.</summary>
    /// <param name="name">The peer's name in the left end's SPD.</param>
    private static async Task<(int Children, string Events)> Connect(
        bool padIsInitiator, PeerAuthorization[] entries, string? name, Func<IkeConnection, IkeConnection>? changeLeft = null, Func<IkeConnection, IkeConnection>? changeRight = null)
    {
        await using var network = new VirtualNetwork();
        var peers = new PeerAuthorizationDatabase();
        foreach (var entry in entries)
            peers.Append(entry);
        var ours = Connection(Left, Right, LeftInner, RightInner, "left.example", "right.example", transport: false, udp: false) with
        {
            RemoteIdentity = name is null ? null : (IdentificationType.Fqdn, Encoding.ASCII.GetBytes(name)),
            // Of an initiator that does not name its peer: the key that it proves itself with.
            SharedKey = padIsInitiator ? "secret"u8.ToArray() : default,
        };
        var left = Make(network, 1, Left, LeftInner, changeLeft?.Invoke(ours) ?? ours, change: options => options with { Peers = peers });
        var theirs = Connection(Right, Left, RightInner, LeftInner, "right.example", "left.example", transport: false, udp: false);
        var right = Make(network, 2, Right, RightInner, changeRight?.Invoke(theirs) ?? theirs);
        (padIsInitiator ? left : right).Command(network.Now, new IkeCommand.Connect("c"));
        await network.RunUntil(() => !left.Children.IsEmpty, network.Now.AddSeconds(10), default);
        return (left.Children.Length, string.Join('\n', left.Events));
    }
}
