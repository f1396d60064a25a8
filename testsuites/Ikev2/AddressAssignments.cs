using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Inner addresses by configuration payloads (RFC 7296 sections 2.19, 3.15 and 4).</summary>
public sealed class AddressAssignments : Ikev2Scenario
{
    private static readonly ConnectionPolicy Ipv6 = new() { OuterIpv6 = true, InnerIpv6 = true };

    /// <summary>Of any name.</summary>
    private static readonly ImmutableArray<AuthorizedPeer> Clients = [new(IdentificationType.Fqdn, ".example")];

    private TrafficSelector Any => Context.Policy.InnerIpv6
        ? TrafficSelector.Range(IPAddress.IPv6Any, IPAddress.Parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
        : TrafficSelector.Range(IPAddress.Any, IPAddress.Broadcast);

    private ConfigurationAttributeType AddressType => Context.Policy.InnerIpv6 ? ConfigurationAttributeType.InternalIp6Address : ConfigurationAttributeType.InternalIp4Address;

    [Scenario("IKEV2-ADDRESS-001", "A CFG_REQUEST for an IPv4 address is answered with CFG_REPLY, which has one, before SA", Needs = [Capability.AddressAssignment])]
    [Covers("RFC7296-2.19-2", "RFC7296-3.15.1-5", "RFC7296-3.15.1-6", "RFC7296-4-11", "RFC7296-4-12")]
    public Task AddressIsAssigned() => Assign(new(), [new(ConfigurationAttributeType.InternalIp4Address, Iut.Topology.TesterInner.GetAddressBytes()), new(ConfigurationAttributeType.InternalIp4Netmask, Octets.Empty)]);

    [Scenario("IKEV2-ADDRESS-IPV6-001", "A CFG_REQUEST for an IPv6 address is answered with CFG_REPLY, which has one with its prefix length", Needs = [Capability.AddressAssignment, Capability.Ipv6])]
    [Covers("RFC7296-2.19-2", "RFC7296-3.15.1-5", "RFC7296-4-11", "RFC7296-4-12")]
    public Task Ipv6AddressIsAssigned() => Assign(Ipv6, [new(ConfigurationAttributeType.InternalIp6Address, (byte[])[.. Iut.Topology.Of(Ipv6).TesterInner.GetAddressBytes(), 128])]);

    private async Task Assign(ConnectionPolicy policy, ImmutableArray<ConfigurationAttribute> wanted)
    {
        var (session, response, child) = await Ask(policy with { Assignment = AddressAssignment.OnRequest }, wanted);
        var address = Assigned(response, "RFC7296-4-12");
        var order = response.Payloads.Select(payload => payload.Type).ToList();
        Context.Check("RFC7296-2.19-2", order.IndexOf(PayloadType.Configuration) < order.IndexOf(PayloadType.SecurityAssociation), "CP before SA", Text(response));
        var reply = response.Find<ConfigurationPayload>()!;
        Context.Check("RFC7296-3.15.1-5", Count(reply, AddressType) == 1 && reply.Attributes.Count(attribute => attribute.Type is ConfigurationAttributeType.InternalIp4Address or ConfigurationAttributeType.InternalIp6Address) == 1, "one address for one that was asked for", Attributes(reply));
        if (!policy.InnerIpv6)
            Context.Check("RFC7296-3.15.1-6", Count(reply, ConfigurationAttributeType.InternalIp4Netmask) <= 1, "one netmask at most", Attributes(reply));
        var trouble = session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-4-11", trouble is null, "a child SA for who has an address", trouble ?? "");
        var initiators = response.Selectors(PayloadType.TrafficSelectorInitiator);
        Context.Check("RFC7296-4-11", initiators.Any(selector => selector.StartAddress.Equals(address)), $"TSi with {address}", string.Join(", ", initiators));
        // The tester's traffic comes from the address that it wished for.
        if (address.Equals(Places.TesterInner))
            Context.Check("RFC7296-4-11", await Tester.Carries(child), "traffic from the assigned address", "no echo reply in ESP");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-ADDRESS-002", "Who has to ask for configuration and does not is refused the child SA with FAILED_CP_REQUIRED; the IKE SA is established all the same", Needs = [Capability.AddressAssignment])]
    [Covers("RFC7296-2.19-7")]
    public async Task ConfigurationIsRequired()
    {
        await Context.Configure(new() { Assignment = AddressAssignment.Required });
        var session = await HalfOpen();
        var (response, _) = await Authenticate(session);
        Context.Check("RFC7296-2.19-7", response?.Notify(NotifyType.FailedCpRequired) is not null, "N(FAILED_CP_REQUIRED)", Text(response));
        Context.Check("RFC7296-2.19-7", response!.Find<AuthenticationPayload>() is not null && response.Find<SecurityAssociationPayload>() is null, "IDr and AUTH, no SA", Text(response));
        await Tester.ExpectNoChild("RFC7296-2.19-7");
        var answer = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational));
        Context.Check("RFC7296-2.19-7", answer is { IsProtected: true, AnyError: null }, "the IKE SA is there: an empty response to an empty request", Text(answer));
    }

    [Scenario("IKEV2-ADDRESS-003", "Attributes that nobody knows do not keep a request for an address from being answered", Needs = [Capability.AddressAssignment])]
    [Covers("RFC7296-3.15.1-21", "RFC7296-4-12")]
    public async Task UnknownAttributesBesideAddress()
    {
        var (session, response, child) = await Ask(
            new() { Assignment = AddressAssignment.OnRequest },
            new((ConfigurationAttributeType)12345, new byte[] { 1, 2, 3 }), new(ConfigurationAttributeType.InternalIp4Address, Octets.Empty), new((ConfigurationAttributeType)20000, Octets.Empty));
        Assigned(response, "RFC7296-4-12");
        var trouble = session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-3.15.1-21", trouble is null, "a child SA", trouble ?? "");
        Context.Check(
            "RFC7296-3.15.1-21", response.Find<ConfigurationPayload>()!.Attributes.All(attribute => (ushort)attribute.Type is not (12345 or 20000)), "no answer to unknown attributes", Attributes(response.Find<ConfigurationPayload>()!));
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-ADDRESS-004", "An initiator that needs an inner address asks for it in IKE_AUTH, and uses the one that it gets", Needs = [Capability.Initiator, Capability.AddressRequest])]
    [Covers("RFC7296-2.19-1", "RFC7296-2.19-2", "RFC7296-2.19-4", "RFC7296-3.15.1-7", "RFC7296-3.15.1-16", "RFC7296-4-10")]
    public Task InitiatorAsks() => AskFor(new() { AsksForAddress = true });

    [Scenario("IKEV2-ADDRESS-IPV6-002", "An initiator that needs an inner IPv6 address asks for it in IKE_AUTH, and uses the one that it gets", Needs = [Capability.Initiator, Capability.AddressRequest, Capability.Ipv6])]
    [Covers("RFC7296-2.19-1", "RFC7296-2.19-2", "RFC7296-2.19-4", "RFC7296-3.15.1-16", "RFC7296-4-10")]
    public Task InitiatorAsksForIpv6() => AskFor(Ipv6 with { AsksForAddress = true });

    private async Task AskFor(ConnectionPolicy policy)
    {
        await Context.Configure(policy);
        var request = await Tester.AwaitAuthRequest();
        var asked = request.Find<ConfigurationPayload>();
        Context.Check("RFC7296-2.19-1", asked is { ConfigurationType: ConfigurationType.Request }, "CP(CFG_REQUEST) in IKE_AUTH", Text(request));
        Context.Check("RFC7296-4-10", request.Header.MessageId == 1, "in the first message of IKE_AUTH", $"{request.Header.MessageId}");
        Context.Check(
            "RFC7296-2.19-4", Count(asked!, AddressType) > 0, "an address attribute", Attributes(asked!));
        Context.Check("RFC7296-2.19-2", request.Payloads.IndexOf(asked!) < request.Payloads.IndexOf(Offer(request.Payloads)), "CP before SA", Text(request));
        if (!policy.InnerIpv6)
            Context.Check("RFC7296-3.15.1-7", IsEmpty(asked!, ConfigurationAttributeType.InternalIp4Netmask), "no netmask with a value", Attributes(asked!));
        Context.Check("RFC7296-3.15.1-16", IsEmpty(asked!, ConfigurationAttributeType.SupportedAttributes), "SUPPORTED_ATTRIBUTES, if it is there, empty", Attributes(asked!));
        if (Answer(request, address => new(ConfigurationType.Reply, [new(AddressType, (byte[])[.. address.GetAddressBytes(), .. policy.InnerIpv6 ? [128] : Array.Empty<byte>()])])) is not { } child)
            return;
        Context.Check("RFC7296-2.19-1", await Tester.Carries(child), "traffic to the assigned address", "no echo reply in ESP");
        await Tester.ProbeLiveness(request.Session!);
    }

    [Scenario("IKEV2-ADDRESS-006", "A CFG_REPLY with unknown attributes, and with reserved bits set, is taken for what it has beside them", Needs = [Capability.Initiator, Capability.AddressRequest])]
    [Covers("RFC7296-3.15.1-21", "RFC7296-3.15-1", "RFC7296-3.15.1-1")]
    public async Task UnknownAttributesInReply()
    {
        var (child, request) = await Answered(address => new ConfigurationPayload(ConfigurationType.Reply,
        [
            new((ConfigurationAttributeType)12345, new byte[] { 1, 2, 3 }) { Reserved = true }, new(ConfigurationAttributeType.InternalIp4Address, address.GetAddressBytes()) { Reserved = true },
            new((ConfigurationAttributeType)20000, Octets.Empty),
        ]) { Reserved = 0xffffff });
        if (child is null)
            return;
        var carries = await Tester.Carries(child);
        foreach (var requirement in new[] { "RFC7296-3.15.1-21", "RFC7296-3.15-1", "RFC7296-3.15.1-1" })
            Context.Check(requirement, carries, "traffic to the assigned address", "no echo reply in ESP");
        await Tester.ProbeLiveness(request.Session!);
    }

    [Scenario("IKEV2-ADDRESS-007", "Told no address, an initiator that needs one survives, and has no SA for what it was not given", Needs = [Capability.Initiator, Capability.AddressRequest])]
    [Covers("RFC7296-2.19-1")]
    public async Task NoReply()
    {
        var (child, _) = await Answered(_ => null);
        if (child is null)
            return;
        await Pass(Iut.Topology.SilenceTime);
        var own = await Iut.SecurityAssociations(Context.Cancellation);
        Context.Check("RFC7296-2.19-1", own.All(sa => sa.OutboundSpi != child.InboundSpi), "no child SA without an address", "an SA with the tester's SPI");
        await Tester.ProbeLiveness();
    }

    public static IEnumerable<ScenarioCase> SeveralCases => new (string Name, string What, ImmutableArray<ConfigurationAttributeType> Types)[]
    {
        ("TWICE", "two IPv4 addresses", [ConfigurationAttributeType.InternalIp4Address, ConfigurationAttributeType.InternalIp4Address]),
        ("BOTH", "an address of each family, and it has IPv4 ones alone", [ConfigurationAttributeType.InternalIp6Address, ConfigurationAttributeType.InternalIp4Address]),
    }.Select(one => new ScenarioCase(
        $"IKEV2-ADDRESS-{one.Name}", $"Asked for {one.What}, it gives an IPv4 address, and no more than was asked for", one.Types, ["RFC7296-4-12", "RFC7296-3.15.1-5"], [Capability.AddressAssignment]));

    [Scenarios(nameof(SeveralCases))]
    public async Task SeveralAddressesAsked(ImmutableArray<ConfigurationAttributeType> types)
    {
        var (session, response, child) = await Ask(new() { Assignment = AddressAssignment.OnRequest }, [.. types.Select(type => new ConfigurationAttribute(type, Octets.Empty))]);
        Assigned(response, "RFC7296-4-12");
        var reply = response.Find<ConfigurationPayload>()!;
        foreach (var type in types.Distinct())
            Context.Check("RFC7296-3.15.1-5", Count(reply, type) <= types.Count(asked => asked == type), $"{types.Count(asked => asked == type)} of {type} at most", Attributes(reply));
        var trouble = session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-4-12", trouble is null, "a child SA", trouble ?? "");
        await Tester.ProbeLiveness(session);
    }

    private async Task<(EspSession? Child, ReceivedIke Request)> Answered(Func<IPAddress, ConfigurationPayload?> reply)
    {
        await Context.Configure(new() { AsksForAddress = true });
        var request = await Tester.AwaitAuthRequest();
        return (Answer(request, reply), request);
    }

    /// <summary>Answers a request for an address, with a child SA for that alone; null if it can't be answered.</summary>
    /// <param name="reply">CP for the address that the implementation is to have; null for none.</param>
    private EspSession? Answer(ReceivedIke request, Func<IPAddress, ConfigurationPayload?> reply)
    {
        if (request.Session!.AnswerAuthRequest(request, out var child, out var trouble) is not { } payloads)
        {
            Context.Inconclusive($"IKE_AUTH can't be answered: {trouble}");
            return null;
        }
        Tester.Watch(child);
        var address = Places.IutInner;
        if (reply(address) is { } configuration)
            payloads = payloads.Insert(payloads.IndexOf(Offer(payloads)), configuration);
        Tester.Respond(request, [.. payloads.Select(payload => payload is TrafficSelectorPayload { Side: PayloadType.TrafficSelectorInitiator } selectors
            ? selectors with { Selectors = [TrafficSelector.Range(address, address)] }
            : payload)]);
        return child;
    }

    [Scenario("IKEV2-ADDRESS-005", "Clients of different names that ask for addresses get different ones", Needs = [Capability.AddressAssignment])]
    [Covers("RFC3948-5.1-2")]
    public async Task AddressesAreUnique()
    {
        await Context.Configure(new() { Assignment = AddressAssignment.OnRequest, AuthorizedPeers = Clients });
        var addresses = new List<IPAddress>();
        foreach (var client in new[] { "ari.example", "bob.example", "suzy.example" })
        {
            // One that comes again under its own name may have its address back (RFC 7296 section 3.15.3).
            var (session, response, child) = await AskAs(client);
            if (session.TakeAuthResponse(response, child) is { } trouble)
                Context.Inconclusive($"IKE_AUTH: {trouble}");
            addresses.Add(Assigned(response, "RFC3948-5.1-2"));
        }
        Context.Check("RFC3948-5.1-2", addresses.Distinct().Count() == addresses.Count, "an address of its own for each", string.Join(' ', addresses));
    }

    [Scenario("IKEV2-ADDRESS-008", "With no address left it answers INTERNAL_ADDRESS_FAILURE and keeps the IKE SA; what a delete has given back is given away again", Needs = [Capability.AddressAssignment])]
    [Covers("RFC3948-5.1-2", "RFC7296-1.3.1-4", "RFC7296-4-12")]
    public async Task NoAddressLeft()
    {
        await Context.Configure(new() { Assignment = AddressAssignment.OnRequest, AuthorizedPeers = Clients, RemoteSubnets = [$"{((Ipsec.Packets.Ip.IpAddress)Iut.Topology.TesterInner).Prefix(30).First}/30"] });
        var clients = new List<IkeSession>();
        // Of four addresses two are a host's.
        foreach (var client in new[] { "ari.example", "bob.example" })
        {
            var (taker, given, own) = await AskAs(client);
            if (taker.TakeAuthResponse(given, own) is { } trouble)
                Context.Inconclusive($"IKE_AUTH: {trouble}");
            clients.Add(taker);
        }
        var (session, response, _) = await AskAs("suzy.example");
        Context.Check("RFC3948-5.1-2", response.Notify(NotifyType.InternalAddressFailure) is not null && response.Find<SecurityAssociationPayload>() is null, "N(INTERNAL_ADDRESS_FAILURE), no SA", Text(response));
        Context.Check("RFC7296-1.3.1-4", response.Find<AuthenticationPayload>() is not null, "AUTH: the IKE SA is established", Text(response));
        await Tester.ProbeLiveness(session);
        await Tester.ResponseTo(Tester.Send(clients[0], ExchangeType.Informational, DeletePayload.IkeSa));
        var (last, again, child) = await AskAs("tom.example");
        var failure = last.TakeAuthResponse(again, child);
        Context.Check("RFC7296-4-12", failure is null, "the address of who has gone", failure ?? "");
    }

    /// <summary>A client of this name asks for an IPv4 address.</summary>
    private async Task<(IkeSession Session, ReceivedIke Response, EspSession Child)> AskAs(PolicyIdentity client) =>
        await AskOnce(await HalfOpen(session => session.Identity = client), new ConfigurationAttribute(ConfigurationAttributeType.InternalIp4Address, Octets.Empty));

    /// <summary>IKE_AUTH with a CFG_REQUEST, for traffic from any address.</summary>
    private async Task<(IkeSession Session, ReceivedIke Response, EspSession Child)> Ask(ConnectionPolicy policy, params ImmutableArray<ConfigurationAttribute> attributes)
    {
        await Context.Configure(policy);
        return await AskOnce(await HalfOpen(), attributes);
    }

    private async Task<(IkeSession Session, ReceivedIke Response, EspSession Child)> AskOnce(IkeSession session, params ImmutableArray<ConfigurationAttribute> attributes)
    {
        var (response, child) = await Authenticate(session, payloads =>
        [
            .. payloads.Insert(payloads.IndexOf(Offer(payloads)), new ConfigurationPayload(ConfigurationType.Request, attributes))
                .Select(payload => payload is TrafficSelectorPayload { Side: PayloadType.TrafficSelectorInitiator } selectors ? selectors with { Selectors = [Any] } : payload),
        ]);
        if (response is null)
            Context.Inconclusive("no IKE_AUTH response");
        return (session, response!, child);
    }

    private IPAddress Assigned(ReceivedIke response, string requirement)
    {
        var value = response.Find<ConfigurationPayload>()?.Attributes.FirstOrDefault(attribute => attribute.Type == AddressType)?.Value;
        // An IPv6 address has its prefix length behind it.
        var (length, rest) = Context.Policy.InnerIpv6 ? (16, 1) : (4, 0);
        Context.Check(requirement, value?.Length == length + rest, $"CP(CFG_REPLY) with {AddressType} of {length + rest} octets", Text(response));
        return new(value!.Value.Span[..length]);
    }

    private static int Count(ConfigurationPayload configuration, ConfigurationAttributeType type) => configuration.Attributes.Count(attribute => attribute.Type == type);

    private static bool IsEmpty(ConfigurationPayload configuration, ConfigurationAttributeType type) =>
        configuration.Attributes.All(attribute => attribute.Type != type || attribute.Value.IsEmpty);

    private static string Attributes(ConfigurationPayload configuration) => string.Join(' ', configuration.Attributes);
}
