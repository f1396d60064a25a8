using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Who may be a peer, and for which traffic: the PAD, and names in policy entries (RFC 4301 sections 4.4.1.1, 4.4.1.2, 4.4.3).</summary>
public sealed class PeerAuthorization : Ikev2Scenario
{
    private static readonly Lazy<TestCertificates> Authority = new(() => new());

    public sealed record Asserted(AuthorizedPeer Entry, PolicyIdentity Identity, bool IsAuthorized, bool Initiates, string Requirement);

    private static readonly AuthorizedPeer
        Domain = new(IdentificationType.Fqdn, ".conformance.example"),
        Mail = new(IdentificationType.Rfc822Addr, "@conformance.example"),
        DistinguishedNames = new(IdentificationType.DerAsn1Dn, "C=DE, O=Conformance, *"),
        Ipv4Range = new(IdentificationType.Ipv4Addr, "198.51.100.7-198.51.101.9"),
        Ipv6Range = new(IdentificationType.Ipv6Addr, "2001:db8::7-2001:db8::1:9"),
        Key = new(IdentificationType.KeyId, "tester-key");

    private static readonly ImmutableArray<(string Name, AuthorizedPeer Entry, PolicyIdentity Identity, bool IsAuthorized, string Requirement)> Assertions =
    [
        ("FQDN-BELOW", Domain, "tester.conformance.example", true, "RFC4301-4.4.3.1-1"),
        ("FQDN-FAR-BELOW", Domain, "a.b.tester.conformance.example", true, "RFC4301-4.4.3.1-1"),
        ("FQDN-LIKE", Domain, "tester-conformance.example", false, "RFC4301-4.4.3.1-1"),
        ("FQDN-OTHER", Domain, "tester.example", false, "RFC4301-4.4.3.1-1"),
        ("FQDN-AS-MAIL", Domain, PolicyIdentity.Mail("tester@a.conformance.example"), false, "RFC4301-4.4.3.1-1"),
        ("RFC822-THERE", Mail, PolicyIdentity.Mail("tester@conformance.example"), true, "RFC4301-4.4.3.1-1"),
        ("RFC822-OTHER", Mail, PolicyIdentity.Mail("tester@conformance.test"), false, "RFC4301-4.4.3.1-1"),
        ("RFC822-LIKE", Mail, PolicyIdentity.Mail("tester@my-conformance.example"), false, "RFC4301-4.4.3.1-1"),
        ("DN-BELOW", DistinguishedNames, PolicyIdentity.DistinguishedName("C=DE, O=Conformance, OU=Test, CN=tester"), true, "RFC4301-4.4.3.1-1"),
        ("DN-OTHER", DistinguishedNames, PolicyIdentity.DistinguishedName("C=DE, O=Somebody, OU=Test, CN=tester"), false, "RFC4301-4.4.3.1-1"),
        ("DN-ABOVE", DistinguishedNames, PolicyIdentity.DistinguishedName("C=DE"), false, "RFC4301-4.4.3.1-1"),
        ("IPV4-FIRST", Ipv4Range, Address("198.51.100.7"), true, "RFC4301-4.4.3.1-3"),
        ("IPV4-LAST", Ipv4Range, Address("198.51.101.9"), true, "RFC4301-4.4.3.1-3"),
        ("IPV4-BEFORE", Ipv4Range, Address("198.51.100.6"), false, "RFC4301-4.4.3.1-3"),
        ("IPV4-BEHIND", Ipv4Range, Address("198.51.101.10"), false, "RFC4301-4.4.3.1-3"),
        ("IPV6-WITHIN", Ipv6Range, Address("2001:db8::ffff"), true, "RFC4301-4.4.3.1-3"),
        ("IPV6-BEHIND", Ipv6Range, Address("2001:db8::1:a"), false, "RFC4301-4.4.3.1-3"),
        ("KEYID-WHOLE", Key, PolicyIdentity.KeyId("tester-key"u8.ToArray()), true, "RFC4301-4.4.3.1-4"),
        ("KEYID-LONGER", Key, PolicyIdentity.KeyId("tester-key-2"u8.ToArray()), false, "RFC4301-4.4.3.1-4"),
        ("KEYID-OTHER-LETTERS", Key, PolicyIdentity.KeyId("Tester-Key"u8.ToArray()), false, "RFC4301-4.4.3.1-4"),
    ];

    public static IEnumerable<ScenarioCase> Cases =>
        from initiates in new[] { false, true }
        from one in Assertions
        select new ScenarioCase(
            $"IKEV2-PEER-{one.Name}-{(initiates ? "I" : "R")}",
            $"A peer that calls itself {one.Identity} ({one.Identity.Type}) is {(one.IsAuthorized ? "taken" : "refused")} where {one.Entry.Names} may be one",
            new Asserted(one.Entry, one.Identity, one.IsAuthorized, initiates, one.Requirement), [one.Requirement, .. one.IsAuthorized || initiates ? [] : ImmutableArray.Create("RFC7296-2.21.2-1")],
            initiates ? [Capability.Initiator] : []);

    [Scenarios(nameof(Cases))]
    public async Task IdentityIsAsserted(Asserted given)
    {
        await Context.Configure(new() { AuthorizedPeers = [given.Entry] });
        if (given.Initiates)
            await AssertAsResponder(given.Identity, given.IsAuthorized, given.Requirement);
        else
            await AssertAsInitiator(given.Identity, given.IsAuthorized, given.Requirement);
    }

    public static IEnumerable<ScenarioCase> CertificateCases =>
        from initiates in new[] { false, true }
        from one in new (string Name, PolicyIdentity Identity, bool IsDemanded, bool IsAuthorized, string Title)[]
        {
            ("NAMED", "tester.example", true, true, "its certificate's domain name"),
            ("SUBJECT", PolicyIdentity.DistinguishedName("CN=tester.example"), true, true, "its certificate's subject"),
            ("OTHER", "other.example", true, false, "another name than its certificate has"),
            ("OTHER-SUBJECT", PolicyIdentity.DistinguishedName("CN=other.example"), true, false, "another subject than its certificate has"),
            ("FREE", "other.example", false, true, "another name than its certificate has, where that is not demanded,"),
        }
        select new ScenarioCase(
            $"IKEV2-PEER-CERTIFICATE-{one.Name}-{(initiates ? "I" : "R")}", $"A peer that asserts {one.Title} is {(one.IsAuthorized ? "taken" : "refused")}",
            new Asserted(new(one.Identity.Type, one.Identity.Type == IdentificationType.Fqdn ? ".example" : one.Identity.ToString()) { IdentityInCertificate = one.IsDemanded }, one.Identity, one.IsAuthorized, initiates, "RFC4301-4.4.3.2-2"),
            ["RFC4301-4.4.3.2-2", .. one.IsAuthorized || initiates ? [] : ImmutableArray.Create("RFC7296-2.21.2-1")],
            [Capability.CertificateAuthentication, .. initiates ? [Capability.Initiator] : ImmutableArray<Capability>.Empty]);

    [Scenarios(nameof(CertificateCases))]
    public async Task IdentityStandsInCertificate(Asserted given)
    {
        await Context.Configure(new() { AuthorizedPeers = [given.Entry], Certificates = Authority.Value.Policy("P256") });
        if (given.Initiates)
            await AssertAsResponder(given.Identity, given.IsAuthorized, given.Requirement);
        else
            await AssertAsInitiator(given.Identity, given.IsAuthorized, given.Requirement);
    }

    public sealed record Addresses(string First, string Last, bool IsAuthorized);

    public static IEnumerable<ScenarioCase> TrafficCases =>
        from one in new (string Name, string First, string Last, bool IsAuthorized)[]
        {
            ("IPV4-WITHIN", "10.2.0.0", "10.2.0.99", true),
            ("IPV4-BEYOND", "10.2.0.100", "10.2.0.120", false),
            ("IPV6-WITHIN", "fd1c:f002::1", "fd1c:f002::63", true),
            ("IPV6-BEYOND", "fd1c:f002::64", "fd1c:f002::70", false),
        }
        select new ScenarioCase(
            $"IKEV2-PEER-TRAFFIC-{one.Name}", $"A peer that may speak for a range of each family {(one.IsAuthorized ? "gets a child SA" : "is answered with TS_UNACCEPTABLE")} for {one.First}-{one.Last}",
            new Addresses(one.First, one.Last, one.IsAuthorized), ["RFC4301-4.4.3.3-1"], [Capability.Ipv6]);

    [Scenarios(nameof(TrafficCases))]
    public async Task TrafficLiesWithinAddresses(Addresses given)
    {
        await Context.Configure(new()
        {
            LocalSubnets = ["10.1.0.0/24", "fd1c:f001::/64"],
            RemoteSubnets = ["10.2.0.0/24", "fd1c:f002::/64"],
            AuthorizedPeers = [new(IdentificationType.Fqdn, ".example") { Addresses = ["10.2.0.0-10.2.0.99", "fd1c:f002::-fd1c:f002::63"] }],
        });
        var session = await HalfOpen();
        var asked = TrafficSelector.Range(IPAddress.Parse(given.First), IPAddress.Parse(given.Last));
        var (response, child) = await Authenticate(session, payloads => WithSelectors(payloads, PayloadType.TrafficSelectorInitiator, asked));
        const string requirement = "RFC4301-4.4.3.3-1";
        if (!given.IsAuthorized)
        {
            await ExpectNoTraffic(session, response, requirement);
            return;
        }
        var trouble = response is null ? "no response" : session.TakeAuthResponse(response, child);
        Context.Check(requirement, trouble is null, "a child SA", trouble ?? "");
        var agreed = Selectors(response!, PayloadType.TrafficSelectorInitiator);
        Context.Check(requirement, agreed.SequenceEqual([asked]), $"{asked} for the tester's side", string.Join(", ", agreed));
    }

    public sealed record Named(PolicyIdentity Own, PolicyIdentity Other, bool AsksForOwn, string Requirement);

    public static IEnumerable<ScenarioCase> NameCases =>
        from own in new[] { true, false }
        let requirement = own ? "RFC4301-4.4.1.2-3" : "RFC4301-4.4.1.1-7"
        from one in new (string Name, PolicyIdentity Own, PolicyIdentity Other)[]
        {
            ("FQDN", "tester.example", "other.example"),
            ("RFC822", PolicyIdentity.Mail("tester@conformance.example"), PolicyIdentity.Mail("other@conformance.example")),
            ("DN", PolicyIdentity.DistinguishedName("C=DE, O=Conformance, CN=tester"), PolicyIdentity.DistinguishedName("C=DE, O=Conformance, CN=other")),
            ("KEYID", PolicyIdentity.KeyId("tester-key"u8.ToArray()), PolicyIdentity.KeyId("other-key"u8.ToArray())),
        }
        select new ScenarioCase(
            $"IKEV2-PEER-NAME-{one.Name}-{(own ? "OWN" : "OTHER")}",
            own ? $"A peer gets the traffic that the policy has under its name, {one.Own.Type}, from whatever address is its own" : $"A peer is answered with TS_UNACCEPTABLE for what the policy has under another's name, {one.Own.Type}",
            new Named(one.Own, one.Other, own, requirement), [requirement], []);

    [Scenarios(nameof(NameCases))]
    public async Task PolicyEntryHasName(Named given)
    {
        var own = $"{Iut.Topology.IutInner.ToString()[..^1]}0/24";
        await Context.Configure(new()
        {
            RemoteIdentity = given.Own,
            RemoteSubnets = ["192.0.2.128/25"],
            AuthorizedPeers = [new(given.Own.Type, Pattern(given.Own)) { Addresses = [] }, new(given.Other.Type, Pattern(given.Other)) { Addresses = [] }],
            NamedTraffic = [new(given.Other, ["10.99.0.0/24"]), new(given.Own, [own])],
        });
        var session = await HalfOpen();
        var inner = TrafficSelector.Range(Iut.Topology.TesterInner, Iut.Topology.TesterInner);
        var asked = given.AsksForOwn ? TrafficSelector.Range(IPAddress.Any, IPAddress.Broadcast) : TrafficSelector.Subnet(IPNetwork.Parse("10.99.0.0/24"));
        var (response, child) = await Authenticate(session, payloads => WithSelectors(WithSelectors(
            payloads, PayloadType.TrafficSelectorInitiator, inner), PayloadType.TrafficSelectorResponder, asked));
        if (!given.AsksForOwn)
        {
            await ExpectNoTraffic(session, response, given.Requirement);
            return;
        }
        var trouble = response is null ? "no response" : session.TakeAuthResponse(response, child);
        var (remote, local) = response is null ? ([], []) : (Selectors(response, PayloadType.TrafficSelectorInitiator), Selectors(response, PayloadType.TrafficSelectorResponder));
        Context.Check(given.Requirement, trouble is null, "a child SA", trouble ?? "");
        Context.Check(given.Requirement, local.SequenceEqual([TrafficSelector.Subnet(IPNetwork.Parse(own))]), $"{own} for its side", string.Join(", ", local));
        Context.Check(given.Requirement, remote.SequenceEqual([inner]), $"{inner} for the tester's side, as it asked for", string.Join(", ", remote));
        Context.Check(given.Requirement, await Tester.Carries(child), "traffic over the child SA", "no echo reply in ESP");
    }

    private async Task AssertAsInitiator(PolicyIdentity identity, bool isAuthorized, string requirement)
    {
        var session = await HalfOpen(session => session.Identity = identity);
        var (response, child) = await Authenticate(session);
        if (!isAuthorized)
        {
            await ExpectRefusal(response, requirement);
            return;
        }
        var trouble = response is null ? "no IKE_AUTH response" : session.TakeAuthResponse(response, child);
        Context.Check(requirement, trouble is null, $"established with {identity}", trouble ?? "");
        Context.Check(requirement, await Tester.Carries(child), "traffic over the child SA", "no echo reply in ESP");
    }

    private async Task AssertAsResponder(PolicyIdentity identity, bool isAuthorized, string requirement)
    {
        var request = await Tester.AwaitAuthRequest();
        request.Session!.Identity = identity;
        if (Tester.AnswerAuth(request) is { } trouble)
            Context.Inconclusive($"IKE_AUTH can't be answered: {trouble}");
        if (isAuthorized)
        {
            Context.Check(requirement, await Tester.Carries(request.Session.Children[0]), $"established with {identity}, and traffic over the child SA", "no echo reply in ESP");
            return;
        }
        // Whether it says so is up to it (RFC 7296 section 2.21.2); a child SA it must not have.
        await Pass(Iut.Topology.SilenceTime);
        await Tester.ExpectNoChild(requirement);
    }

    /// <summary>The IKE SA is there, and no child SA.</summary>
    private async Task ExpectNoTraffic(IkeSession session, ReceivedIke? response, string requirement)
    {
        Context.Check(requirement, response?.Notify(NotifyType.TsUnacceptable) is not null && response.Find<SecurityAssociationPayload>() is null, "N(TS_UNACCEPTABLE) and no SA", Text(response));
        Context.Check(requirement, response!.Find<AuthenticationPayload>() is not null, "AUTH: it is a peer all the same", Text(response));
        await Tester.ExpectNoChild(requirement);
        await Tester.ProbeLiveness(session);
    }

    private static PolicyIdentity Address(string address) => PolicyIdentity.Address(IPAddress.Parse(address));

    /// <summary>An identity as an entry of its own.</summary>
    private static string Pattern(PolicyIdentity identity) =>
        identity.Type == IdentificationType.KeyId ? System.Text.Encoding.ASCII.GetString(identity.Data.Span) : identity.ToString();

    private static ImmutableArray<Payload> WithSelectors(ImmutableArray<Payload> payloads, PayloadType side, TrafficSelector selector) =>
        [.. payloads.Select(payload => payload is TrafficSelectorPayload own && own.Side == side ? own with { Selectors = [selector] } : payload)];

    private static ImmutableArray<TrafficSelector> Selectors(ReceivedIke message, PayloadType side) =>
        [.. message.Payloads.OfType<TrafficSelectorPayload>().Where(payload => payload.Side == side).SelectMany(payload => payload.Selectors)];
}
