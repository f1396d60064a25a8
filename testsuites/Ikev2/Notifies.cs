using System.Collections.Immutable;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>What is to be ignored: notifications, vendor ids, configuration, reserved fields, flags; in each exchange (RFC 7296 sections 2.5, 3.10, 3.12, 3.15).</summary>
public sealed class Notifies : Ikev2Scenario
{
    public sealed record Addition(string Requirement, string What, Payload Payload);

    private static readonly ImmutableArray<(string Name, Addition Addition)> Additions =
    [
        ("STATUS", new("RFC7296-3.10.1-3", "a status notification of an unknown type", new NotifyPayload((NotifyType)40970, new byte[] { 1, 2, 3 }))),
        ("EMPTYSTATUS", new("RFC7296-3.10.1-2", "an empty status notification of an unknown type", new NotifyPayload((NotifyType)40971))),
        ("ERROR", new("RFC7296-3.10.1-2", "an error notification of an unknown type", new NotifyPayload((NotifyType)8000))),
        ("PROTOCOL", new("RFC7296-3.10-2", "a notification without SPI that names a protocol", new NotifyPayload(ProtocolId.Ah, Octets.Empty, (NotifyType)40972, Octets.Empty))),
        ("VENDOR", new("RFC7296-3.12-4", "an unknown vendor id", new VendorIdPayload("somebody's extension"u8.ToArray()))),
        ("LONGVENDOR", new("RFC7296-3.12-4", "a vendor id of 512 octets", new VendorIdPayload(new byte[512]))),
    ];

    public static IEnumerable<ScenarioCase> Cases =>
        from addition in Additions
        from exchange in new[] { "INIT", "AUTH", "CHILD", "INFO" }
        select new ScenarioCase(
            $"IKEV2-IGNORED-{addition.Name}-{exchange}", $"A request with {addition.Addition.What} in {exchange switch { "INIT" => "IKE_SA_INIT", "AUTH" => "IKE_AUTH", "CHILD" => "CREATE_CHILD_SA", _ => "INFORMATIONAL" }} is answered as without",
            (exchange, addition.Addition), [addition.Addition.Requirement], []);

    [Scenarios(nameof(Cases))]
    public async Task AdditionIsIgnored((string Exchange, Addition Addition) given)
    {
        var (exchange, addition) = given;
        await Context.Configure(new());
        ReceivedIke? response;
        string? trouble;
        if (exchange == "INIT")
        {
            var session = Tester.NewSession();
            response = await Tester.ResponseTo(Tester.SendInit(session, session.InitRequestPayloads().Insert(1, addition.Payload)));
            trouble = response is null ? "nothing" : session.TakeInitResponse(response);
        }
        else if (exchange == "AUTH")
        {
            var session = await HalfOpen();
            (response, var child) = await Authenticate(session, payloads => payloads.Insert(1, addition.Payload));
            trouble = response is null ? "nothing" : session.TakeAuthResponse(response, child);
        }
        else if (exchange == "CHILD")
        {
            var session = await Tester.Establish();
            response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.CreateChildSa, session.ChildRequestPayloads(out var child).Insert(1, addition.Payload)));
            trouble = response is null ? "nothing" : session.TakeChildResponse(response, child);
        }
        else
        {
            var session = await Tester.Establish();
            response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational, addition.Payload));
            trouble = response is null ? "nothing" : response.AnyError?.Notation;
        }
        Context.Check(addition.Requirement, trouble is null, "a response as without it", $"{trouble}: {Text(response)}");
    }

    [Scenario("IKEV2-CONFIG-001", "Configuration that is asked for in ways of old, or with unknown attributes, does not keep the SAs from coming about")]
    [Covers("RFC7296-1.7-4", "RFC7296-3.15-1", "RFC7296-3.15.1-1", "RFC7296-3.15.1-21")]
    public async Task UnknownConfiguration()
    {
        // Attribute 5 is RFC 4306's INTERNAL_ADDRESS_EXPIRY.
        var request = new ConfigurationPayload(ConfigurationType.Request,
        [
            new((ConfigurationAttributeType)5, new byte[4]), new((ConfigurationAttributeType)12345, new byte[] { 1, 2, 3 }) { Reserved = true },
            new(ConfigurationAttributeType.ApplicationVersion, Octets.Empty),
        ]) { Reserved = 0xffffff };
        var session = await Accepted("RFC7296-3.15.1-21", "CP ignored or answered", payloads => payloads.Insert(payloads.IndexOf(Offer(payloads)), request));
        Context.Check("RFC7296-1.7-4", await Tester.Carries(session.Children[0]), "traffic over the child SA", "no echo reply in ESP");
        var second = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational, request));
        Context.Check("RFC7296-3.15-1", second is { AnyError: null }, "a response without error in INFORMATIONAL too", Text(second));
        Context.Check("RFC7296-3.15.1-1", second!.Payloads.OfType<ConfigurationPayload>().All(reply => reply.Reserved == 0 && reply.Attributes.All(attribute => !attribute.Reserved)), "reserved bits zero in whatever is answered", second.Summary);
    }

    [Scenario("IKEV2-CONFIG-002", "Without CFG_REQUEST there is no CFG_REPLY")]
    [Covers("RFC7296-2.19-6")]
    public async Task NoReplyWithoutRequest()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var (response, _) = await Authenticate(session);
        if (response is null)
            Context.Inconclusive("no IKE_AUTH response");
        Context.Check("RFC7296-2.19-6", response!.Find<ConfigurationPayload>() is null, "no CP payload", response.Summary);
    }

    [Scenario("IKEV2-CONFIG-003", "Asked for its version, it says it, or nothing, or leaves CP out")]
    [Covers("RFC7296-2.20-3")]
    public async Task ApplicationVersion()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var response = await Tester.ResponseTo(Tester.Send(
            session, ExchangeType.Informational, new ConfigurationPayload(ConfigurationType.Request, [new(ConfigurationAttributeType.ApplicationVersion, Octets.Empty)])));
        Context.Check(
            "RFC7296-2.20-3", response is { AnyError: null } && response.Payloads.OfType<ConfigurationPayload>().All(reply => reply.ConfigurationType == ConfigurationType.Reply),
            "a response without error: CP(CFG_REPLY) or no CP", Text(response));
    }

    [Scenario("IKEV2-CONFIG-004", "CFG_SET is answered with the accepted attributes, empty, or with none, or without CP")]
    [Covers("RFC7296-3.15.1-22", "RFC7296-3.15.1-23", "RFC7296-3.15.1-24")]
    public async Task ConfigurationSet()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var set = new ConfigurationPayload(ConfigurationType.Set, [new(ConfigurationAttributeType.InternalIp4Dns, new byte[] { 192, 0, 2, 53 }), new((ConfigurationAttributeType)12345, new byte[] { 1 })]);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational, set));
        var acknowledged = response?.Find<ConfigurationPayload>();
        Context.Check("RFC7296-3.15.1-24", response is { AnyError: null }, "a response without error", Text(response));
        Context.Check("RFC7296-3.15.1-22", acknowledged is null || (acknowledged.ConfigurationType == ConfigurationType.Ack && acknowledged.Attributes.All(attribute => attribute.Value.IsEmpty)), "CFG_ACK with empty attributes, or no CP", Text(response));
        Context.Check("RFC7296-3.15.1-23", acknowledged is null || acknowledged.Attributes.All(attribute => attribute.Type != (ConfigurationAttributeType)12345), "no attribute that nobody knows", Text(response));
    }

    [Scenario("IKEV2-RESERVED-003", "Reserved octets of identities and selectors, and an undefined version flag, are ignored in IKE_AUTH")]
    [Covers("RFC7296-3.5-1", "RFC7296-3.13-1", "RFC7296-3.1-12", "RFC7296-3.8-2", "RFC7296-2.5-4")]
    public async Task ReservedInIdentity()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        // AUTH covers the reserved octets of the identity as they are sent.
        var identity = session.OwnIdentity() with { Reserved = 0xffffff };
        ImmutableArray<Payload> payloads =
        [
            .. session.AuthRequestPayloads(out var child).Select(payload => payload switch
            {
                IdentificationPayload { Side: PayloadType.IdentificationInitiator } => identity,
                IdentificationPayload other => other with { Reserved = 0xffffff },
                AuthenticationPayload => session.Authenticate(identity) with { Reserved = 0xffffff },
                TrafficSelectorPayload selectors => selectors with { Reserved = 0xffffff },
                _ => payload,
            }),
        ];
        var header = session.Header(ExchangeType.IkeAuth, session.NextRequestId++);
        var response = await Tester.ExpectResponse(Tester.SendMessage(session, header with { Flags = header.Flags | (IkeFlags)0x10 }, payloads), "RFC7296-3.1-12");
        var trouble = session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-3.5-1", trouble is null, "established as if the octets were zero", trouble ?? "");
        Context.Check("RFC7296-3.13-1", response.Payloads.OfType<TrafficSelectorPayload>().All(selectors => selectors.Reserved == 0), "TSi and TSr with reserved octets of zero", response.Summary);
        Context.Check("RFC7296-3.8-2", response.Find<AuthenticationPayload>()!.Reserved == 0, "AUTH with reserved octets of zero", response.Summary);
        Context.Check("RFC7296-3.1-12", ((byte)response.Header.Flags & 0x10) == 0, "the Version flag clear", $"{response.Header.Flags}");
        Context.Check("RFC7296-2.5-4", response.Header.MajorVersion == 2, "major version 2", $"{response.Header.MajorVersion}");
    }

    [Scenario("IKEV2-RESERVED-004", "Reserved octets of proposals and transforms are ignored and not sent back")]
    [Covers("RFC7296-3.3.1-1", "RFC7296-3.3.2-1")]
    public async Task ReservedInProposals()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var payloads = WithOffer(session.InitRequestPayloads(), offer => new(
            [.. offer.Proposals.Select(proposal => proposal with { Reserved = 0xff, Transforms = [.. proposal.Transforms.Select(transform => transform with { Reserved = 0xffff })] })]));
        var response = await Tester.ExpectResponse(Tester.SendInit(session, payloads), "RFC7296-3.3.1-1");
        var chosen = response.Find<SecurityAssociationPayload>()?.Proposals;
        Context.Check("RFC7296-3.3.1-1", chosen is [{ Reserved: 0 }], "SA with one proposal, reserved octet zero", response.Summary);
        Context.Check("RFC7296-3.3.2-1", chosen!.Value[0].Transforms.All(transform => transform.Reserved == 0), "reserved octets of transforms zero", response.Summary);
    }

    [Scenario("IKEV2-RESERVED-005", "Reserved bits and octets set in a rekeying of a child SA are ignored and not sent back")]
    [Covers("RFC7296-2.5-6", "RFC7296-3.1-9", "RFC7296-3.2-6")]
    public async Task ReservedInChildRekeying()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        ImmutableArray<Payload> payloads =
        [
            .. session.ChildRequestPayloads(out var child, session.Children[0]).Select(payload => payload with { Flags = 0x7f }).Select(payload => payload switch
            {
                TrafficSelectorPayload selectors => selectors with { Reserved = 0xffffff },
                SecurityAssociationPayload offer => offer with
                {
                    Proposals = [.. offer.Proposals.Select(proposal => proposal with { Reserved = 0xff, Transforms = [.. proposal.Transforms.Select(transform => transform with { Reserved = 0xff })] })],
                },
                _ => payload,
            }),
        ];
        Tester.Watch(child);
        var header = session.Header(ExchangeType.CreateChildSa, session.NextRequestId++);
        var response = await Tester.ExpectResponse(Tester.SendMessage(session, header with { Flags = header.Flags | (IkeFlags)0xc7 }, payloads), "RFC7296-2.5-6");
        NothingReserved(response);
        var trouble = session.TakeChildResponse(response, child);
        Context.Check("RFC7296-2.5-6", trouble is null && await Tester.Carries(child, orAnother: true), "a child SA as if the bits were zero", trouble ?? "no echo reply in ESP");
    }

    [Scenario("IKEV2-RESERVED-006", "Reserved bits set in an INFORMATIONAL request that deletes a child SA are ignored and not sent back")]
    [Covers("RFC7296-2.5-6", "RFC7296-3.1-9", "RFC7296-3.2-6")]
    public async Task ReservedInDelete()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var header = session.Header(ExchangeType.Informational, session.NextRequestId++);
        var sent = Tester.SendMessage(session, header with { Flags = header.Flags | (IkeFlags)0xc7 }, [DeletePayload.Esp(session.Children[0].InboundSpi) with { Flags = 0x7f }]);
        var response = await Tester.ExpectResponse(sent, "RFC7296-2.5-6");
        NothingReserved(response);
        Context.Check("RFC7296-2.5-6", Names(response, session.Children[0].OutboundSpi), $"D(ESP {session.Children[0].OutboundSpi:x8})", response.Summary);
        await Tester.ProbeLiveness(session);
    }

    private void NothingReserved(ReceivedIke response)
    {
        Context.Check("RFC7296-3.1-9", ((byte)response.Header.Flags & 0xc7) == 0, "undefined flags zero", $"flags {(byte)response.Header.Flags:x2}");
        Context.Check("RFC7296-3.2-6", response.Payloads.All(payload => (payload.Flags & 0x7f) == 0), "reserved bits of generic headers zero", response.Summary);
    }

    public static IEnumerable<ScenarioCase> KnownTypes =>
        Enumerable.Range(33, 16).Where(type => type is not (33 or 46)).Select(type => new ScenarioCase(
            $"IKEV2-KNOWN-{type}", $"A payload of type {type} with the critical bit where it has no business is not refused as unknown", (PayloadType)type, ["RFC7296-3.2-5", "RFC7296-4-2"], []));

    [Scenarios(nameof(KnownTypes))]
    public async Task EveryPayloadTypeIsKnown(PayloadType type)
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        byte[] body = type switch
        {
            PayloadType.Delete => DeletePayload.Esp(0x01020304).EncodeBody(),
            PayloadType.TrafficSelectorInitiator or PayloadType.TrafficSelectorResponder => new TrafficSelectorPayload(type, [TrafficSelector.Range(System.Net.IPAddress.Any, System.Net.IPAddress.Any)]).EncodeBody(),
            PayloadType.ExtensibleAuthentication => [3, 1, 0, 4],
            PayloadType.Notify => new NotifyPayload((NotifyType)40973).EncodeBody(),
            PayloadType.CertificateRequest => [4, .. new byte[20]],
            _ => [4, 0, 0, 0, .. new byte[32]],
        };
        var header = session.Header(ExchangeType.Informational, session.NextRequestId++);
        var response = await Tester.ResponseTo(Tester.SendSealed(session, header, [new(type, 0x80, body)], $"INFORMATIONAL request {header.MessageId}: SK{{{type.Notation()} critical}}"));
        Context.Check("RFC7296-4-2", response is not null, "a response", "nothing");
        Context.Check("RFC7296-3.2-5", response!.Notify(NotifyType.UnsupportedCriticalPayload) is null, "no N(UNSUPPORTED_CRITICAL_PAYLOAD)", response.Summary);
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-COMPRESSION-001", "Of IPComp algorithms it accepts one at most, one that was offered, and none by OUI")]
    [Covers("RFC7296-2.22-4", "RFC8221-7-1")]
    public async Task Compression()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var (response, _) = await Authenticate(session, payloads =>
            [.. payloads, .. new byte[] { 1, 2, 3 }.Select(algorithm => new NotifyPayload(NotifyType.IpcompSupported, new byte[] { 1, algorithm, algorithm }))]);
        var accepted = response?.Payloads.OfType<NotifyPayload>().Where(notify => notify.NotifyType == NotifyType.IpcompSupported).ToList() ?? [];
        Context.Check("RFC7296-2.22-4", response is { AnyError: null } && accepted.Count <= 1 && accepted.All(notify => notify.Data.Length >= 3 && notify.Data[2] is 1 or 2 or 3), "one N(IPCOMP_SUPPORTED) at most", Text(response));
        Context.Check("RFC8221-7-1", accepted.All(notify => notify.Data[2] != 1), "not IPCOMP_OUI", Text(response));
    }
}
