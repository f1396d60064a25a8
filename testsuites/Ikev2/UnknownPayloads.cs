using System.Collections.Immutable;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Unknown payloads with and without the critical bit, reserved bits, order (RFC 7296 sections 2.5 and 3.2).</summary>
public sealed class UnknownPayloads : Ikev2Scenario
{
    // Unassigned in the registry of payload types, and not of the private range.
    private const PayloadType Unassigned = (PayloadType)120;
    private const byte Critical = 0x80;

    [Scenario("IKEV2-CRITICAL-001", "An unknown critical payload in IKE_SA_INIT is refused with UNSUPPORTED_CRITICAL_PAYLOAD and its type")]
    [Covers("RFC7296-2.5-8")]
    public async Task CriticalInInit()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        Refused(await Tester.ExpectResponse(Tester.SendInit(session, session.InitRequestPayloads().Add(Unknown(Critical))), "RFC7296-2.5-8"));
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-CRITICAL-002", "An unknown critical payload in IKE_AUTH is refused with UNSUPPORTED_CRITICAL_PAYLOAD, and no SA comes of it")]
    [Covers("RFC7296-2.5-8", "RFC7296-2.21.2-3")]
    public async Task CriticalInAuth()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.IkeAuth, session.AuthRequestPayloads(out _).Add(Unknown(Critical))), "RFC7296-2.5-8");
        Refused(response);
        Context.Check("RFC7296-2.21.2-3", response.Payloads.Length == 1, "nothing but the notification", response.Summary);
        await Tester.ExpectNoChild("RFC7296-2.21.2-3");
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-CRITICAL-003", "An unknown critical payload in INFORMATIONAL is refused with UNSUPPORTED_CRITICAL_PAYLOAD, and the IKE SA lives on")]
    [Covers("RFC7296-2.5-8", "RFC7296-2.21.3-1")]
    public async Task CriticalInInformational()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, Unknown(Critical)), "RFC7296-2.21.3-1");
        Refused(response);
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-CRITICAL-004", "The critical bit on payloads that RFC 7296 defines is ignored")]
    [Covers("RFC7296-3.2-3")]
    public async Task CriticalOnKnownPayloads()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var payloads = session.InitRequestPayloads().Select(payload => payload with { Flags = Critical }).ToImmutableArray();
        await Accepted(session, await Tester.ExpectResponse(Tester.SendInit(session, payloads), "RFC7296-3.2-3"), "RFC7296-3.2-3");
    }

    [Scenario("IKEV2-UNKNOWN-001", "An unknown payload without critical bit in IKE_SA_INIT is ignored")]
    [Covers("RFC7296-2.5-7", "RFC7296-2.5-9")]
    public async Task NonCriticalInInit()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var response = await Tester.ExpectResponse(Tester.SendInit(session, session.InitRequestPayloads().Insert(1, Unknown(0))), "RFC7296-2.5-9");
        Context.Check("RFC7296-2.5-9", response.AnyError is null, "a response without error", response.Summary);
        await Accepted(session, response, "RFC7296-2.5-7");
    }

    [Scenario("IKEV2-UNKNOWN-002", "An unknown payload without critical bit in IKE_AUTH is ignored")]
    [Covers("RFC7296-2.5-7", "RFC7296-2.5-9")]
    public async Task NonCriticalInAuth()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var payloads = session.AuthRequestPayloads(out var child).Insert(2, Unknown(0));
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.IkeAuth, payloads), "RFC7296-2.5-9");
        Context.Check("RFC7296-2.5-9", response.AnyError is null, "a response without error", response.Summary);
        var trouble = session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-2.5-7", trouble is null, "established as if the payload were not there", trouble ?? "");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-UNKNOWN-003", "An unknown payload without critical bit in INFORMATIONAL is ignored")]
    [Covers("RFC7296-2.5-9")]
    public async Task NonCriticalInInformational()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, Unknown(0)), "RFC7296-2.5-9");
        Context.Check("RFC7296-2.5-9", response.AnyError is null, "a response without error", response.Summary);
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-RESERVED-001", "Reserved bits and fields set in IKE_SA_INIT are ignored")]
    [Covers("RFC7296-2.5-6", "RFC7296-3.1-9", "RFC7296-3.2-6")]
    public async Task ReservedInInit()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var payloads = session.InitRequestPayloads().Select(payload => payload with { Flags = 0x7f }).Select(payload => payload switch
        {
            KeyExchangePayload exchange => exchange with { Reserved = 0xffff },
            SecurityAssociationPayload offer => offer with
            {
                Proposals = [.. offer.Proposals.Select(proposal => proposal with { Reserved = 0xff, Transforms = [.. proposal.Transforms.Select(transform => transform with { Reserved = 0xffff })] })],
            },
            _ => payload,
        }).ToImmutableArray();
        var header = session.Header(ExchangeType.IkeSaInit, 0);
        var sent = Tester.SendInit(session, payloads, header with { Flags = header.Flags | (IkeFlags)0xc7 });
        await Accepted(session, await Tester.ExpectResponse(sent, "RFC7296-2.5-6"), "RFC7296-2.5-6");
    }

    [Scenario("IKEV2-RESERVED-002", "Reserved bits and fields set in IKE_AUTH are ignored")]
    [Covers("RFC7296-2.5-6", "RFC7296-3.2-6")]
    public async Task ReservedInAuth()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        // The ID payload's own reserved octets are signed by AUTH, so they stay zero here.
        var payloads = session.AuthRequestPayloads(out var child).Select(payload => payload with { Flags = 0x7f }).Select(payload => payload switch
        {
            AuthenticationPayload authentication => authentication with { Reserved = 0xffffff },
            TrafficSelectorPayload selectors => selectors with { Reserved = 0xffffff },
            _ => payload,
        }).ToImmutableArray();
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.IkeAuth, payloads), "RFC7296-2.5-6");
        var trouble = session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-2.5-6", trouble is null, "established as if the bits were zero", trouble ?? "");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-ORDER-001", "Payloads of IKE_SA_INIT in the reverse of the usual order are accepted")]
    [Covers("RFC7296-2.5-11")]
    public async Task ReverseOrderInInit()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var payloads = session.InitRequestPayloads().Reverse().ToImmutableArray();
        await Accepted(session, await Tester.ExpectResponse(Tester.SendInit(session, payloads), "RFC7296-2.5-11"), "RFC7296-2.5-11");
    }

    private static UnknownPayload Unknown(byte flags) => new(Unassigned, "no such payload"u8.ToArray()) { Flags = flags };

    private void Refused(ReceivedIke response) => Context.Check(
        "RFC7296-2.5-8", response.Notify(NotifyType.UnsupportedCriticalPayload) is { Data.Length: 1 } notify && notify.Data[0] == (byte)Unassigned,
        $"N(UNSUPPORTED_CRITICAL_PAYLOAD) with the octet {(byte)Unassigned}", response.Message?.Describe(response.Inner) ?? response.Summary);

    /// <summary>The response is a usable one: IKE_AUTH after it succeeds.</summary>
    private async Task Accepted(IkeSession session, ReceivedIke response, string requirement)
    {
        var trouble = session.TakeInitResponse(response);
        Context.Check(requirement, trouble is null && response.AnyError is null, "SA, KE and Nonce, no error", response.Summary);
        var answer = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, session.AuthRequestPayloads(out var child)));
        var failure = answer is null ? "no IKE_AUTH response" : session.TakeAuthResponse(answer, child);
        Context.Check(requirement, failure is null, "IKE_AUTH succeeds after it", failure ?? "");
    }
}
