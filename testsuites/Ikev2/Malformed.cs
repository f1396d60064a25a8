using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Lengths that lie, outside and inside the encrypted payload (RFC 7296 sections 2.21, 3.1, 3.2, 3.3).</summary>
public sealed class Malformed : ScenarioFixture
{
    [Scenario("IKEV2-MALFORMED-001", "An IKE_SA_INIT request cut short is survived")]
    public Task TruncatedDatagram() => SurvivedInit((header, payloads) => IkeWriter.Message(header, payloads)[..^40], "cut short by 40 octets");

    [Scenario("IKEV2-MALFORMED-002", "An IKE_SA_INIT request whose header claims far more octets than there are is survived")]
    public Task OverlongHeaderLength() => SurvivedInit(
        (header, payloads) => IkeWriter.Message(header, payloads, claimedLength: 0x00ffffff), "whose header claims 16 million octets");

    [Scenario("IKEV2-MALFORMED-003", "An IKE_SA_INIT request whose KE payload claims more octets than there are is survived")]
    public Task OverlongPayload() => SurvivedInit(
        (header, payloads) => IkeWriter.Message(header, [payloads[0], payloads[1] with { ClaimedLength = 0xffff }, .. payloads[2..]]), "whose KE payload claims 65535 octets");

    [Scenario("IKEV2-MALFORMED-004", "An IKE_SA_INIT request with a payload length below the generic header's is survived")]
    public Task ZeroPayloadLength() => SurvivedInit(
        (header, payloads) => IkeWriter.Message(header, [payloads[0], payloads[1] with { ClaimedLength = 0 }, .. payloads[2..]]), "whose KE payload claims 0 octets");

    [Scenario("IKEV2-MALFORMED-005", "An SA payload whose proposal claims more octets than the payload has makes no SA, and the responder survives")]
    [Covers("RFC7296-3.3-4")]
    public Task OverlongProposal() => RefusedInit(
        (header, payloads) =>
        {
            var body = payloads[0].Body.ToArray();
            body[2] = 0x7f;
            return IkeWriter.Message(header, [payloads[0] with { Body = Octets.TakeOver(body) }, .. payloads[1..]]);
        },
        "whose proposal claims over 32000 octets");

    [Scenario("IKEV2-MALFORMED-006", "An SA payload that counts more transforms than it has makes no SA, and the responder survives")]
    [Covers("RFC7296-3.3-4")]
    public Task WrongTransformCount() => RefusedInit(
        (header, payloads) =>
        {
            var body = payloads[0].Body.ToArray();
            body[7] = 200;
            return IkeWriter.Message(header, [payloads[0] with { Body = Octets.TakeOver(body) }, .. payloads[1..]]);
        },
        "whose proposal counts 200 transforms");

    [Scenario("IKEV2-MALFORMED-007", "An overlong payload inside the encrypted payload is answered with INVALID_SYNTAX")]
    [Covers("RFC7296-2.21.3-1")]
    public Task OverlongInside() => InvalidSyntax([DeletePayload.Esp(1, 2, 3).ToRaw() with { ClaimedLength = 0x4000 }], "SK{D} whose payload claims 16384 octets");

    [Scenario("IKEV2-MALFORMED-008", "A truncated payload inside the encrypted payload is answered with INVALID_SYNTAX")]
    [Covers("RFC7296-2.21.3-1")]
    public Task TruncatedInside() => InvalidSyntax([new(PayloadType.Delete, 0, new byte[] { 3, 4 })], "SK{D} of two octets");

    [Scenario("IKEV2-MALFORMED-009", "A payload length of zero inside the encrypted payload is answered with INVALID_SYNTAX")]
    [Covers("RFC7296-2.21.3-1")]
    public Task ZeroInside() => InvalidSyntax(
        [new NotifyPayload(NotifyType.InitialContact).ToRaw() with { ClaimedLength = 0 }], "SK{N} whose payload claims 0 octets");

    /// <summary>RFC 7296 does not say in so many words what to answer; that the responder lives on is what counts.</summary>
    private async Task SurvivedInit(Func<IkeHeader, RawPayload[], byte[]> encode, string how)
    {
        var response = await MalformedInit(encode, how);
        Context.Note(response is null ? "answered with silence" : $"answered with {response.Summary}");
        await Tester.ProbeLiveness();
    }

    private async Task RefusedInit(Func<IkeHeader, RawPayload[], byte[]> encode, string how)
    {
        var response = await MalformedInit(encode, how);
        Context.Check("RFC7296-3.3-4", response?.Find<SecurityAssociationPayload>() is null, "silence or an error notification", response?.Summary ?? "");
        await Tester.ProbeLiveness();
    }

    private async Task<ReceivedIke?> MalformedInit(Func<IkeHeader, RawPayload[], byte[]> encode, string how)
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        RawPayload[] payloads = [.. session.InitRequestPayloads().Select(payload => payload.ToRaw())];
        var header = session.Header(ExchangeType.IkeSaInit, 0);
        var sent = Tester.SendOctets(session, encode(header, payloads), $"IKE_SA_INIT request {how}", "", header);
        return await Tester.ResponseTo(sent, Iut.Topology.SilenceTime);
    }

    private async Task InvalidSyntax(RawPayload[] inner, string what)
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var header = session.Header(ExchangeType.Informational, session.NextRequestId++);
        var response = await Tester.ExpectResponse(Tester.SendSealed(session, header, inner, $"INFORMATIONAL request {header.MessageId}: {what}"), "RFC7296-2.21.3-1");
        Context.Check("RFC7296-2.21.3-1", response.Notify(NotifyType.InvalidSyntax) is not null && response.IsProtected, "SK{N(INVALID_SYNTAX)}", response.Summary);
        // Both ends drop the IKE SA (section 2.21.3), so life is asked for by a new one.
        await Tester.ProbeLiveness();
    }
}
