using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Versions and SPIs of the header (RFC 7296 sections 2.5, 2.21.4, 3.1).</summary>
public sealed class Headers : ScenarioFixture
{
    [Scenario("IKEV2-VERSION-001", "A request of major version 3 is dropped, with INVALID_MAJOR_VERSION under version 2 if anything is said")]
    [Covers("RFC7296-2.5-2", "RFC7296-3.1-6")]
    public async Task HigherMajorVersionIsRefused()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var header = session.Header(ExchangeType.IkeSaInit, 0) with { MajorVersion = 3 };
        var response = await Tester.ResponseTo(Tester.SendInit(session, session.InitRequestPayloads(), header), Iut.Topology.SilenceTime);
        Context.Check("RFC7296-2.5-2", response?.Find<SecurityAssociationPayload>() is null, "the request is not processed", response?.Summary ?? "");
        if (response is not null)
        {
            Context.Check(
                "RFC7296-3.1-6", response.Notify(NotifyType.InvalidMajorVersion) is not null && response.Header.MajorVersion == 2,
                "N(INVALID_MAJOR_VERSION) in a message of version 2", $"version {response.Header.MajorVersion}: {response.Summary}");
        }
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-VERSION-002", "The minor version of a request is ignored")]
    [Covers("RFC7296-2.5-1", "RFC7296-3.1-8", "RFC7296-3.1-7")]
    public async Task MinorVersionIsIgnored()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var sent = Tester.SendInit(session, session.InitRequestPayloads(), session.Header(ExchangeType.IkeSaInit, 0) with { MinorVersion = 9 });
        var response = await Tester.ExpectResponse(sent, "RFC7296-3.1-8");
        Context.Check("RFC7296-2.5-1", response.Find<SecurityAssociationPayload>() is not null, "SA, KE, Nonce", response.Summary);
        Context.Check("RFC7296-3.1-7", response.Header.MinorVersion == 0, "minor version 0", $"{response.Header.MinorVersion}");
    }

    [Scenario("IKEV2-SPI-001", "A request for an IKE SA that does not exist gets silence, or INVALID_IKE_SPI in clear with its own SPIs and message id")]
    [Covers("RFC7296-2.21.4-3", "RFC7296-2.21.4-4")]
    public async Task UnknownSpiOfRequest()
    {
        await Context.Configure(new());
        var (session, header) = UnknownSa();
        var sent = Tester.SendMessage(session, header, [new EncryptedPayload(PayloadType.None, Tester.Random.Bytes(48))]);
        var answer = await Tester.Receive<ReceivedIke>(received => received.Header.IsResponse, Iut.Topology.SilenceTime);
        if (answer is not null)
        {
            Context.Check(
                "RFC7296-2.21.4-3", (answer.Header.InitiatorSpi, answer.Header.ResponderSpi, answer.Header.MessageId) == (sent.Header.InitiatorSpi, sent.Header.ResponderSpi, sent.Header.MessageId),
                "the request's SPIs and message id", $"{answer.Header.InitiatorSpi:x16} {answer.Header.ResponderSpi:x16} {answer.Header.MessageId}");
            Context.Check(
                "RFC7296-2.21.4-4", answer.Message?.Find<EncryptedPayload>() is null && answer.Notify(NotifyType.InvalidIkeSpi) is not null,
                "N(INVALID_IKE_SPI), not encrypted", answer.Summary);
        }
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-SPI-002", "A response for an IKE SA that does not exist gets no answer")]
    [Covers("RFC7296-2.21.4-1", "RFC7296-3.1-11")]
    public async Task UnknownSpiOfResponse()
    {
        await Context.Configure(new());
        var (session, header) = UnknownSa();
        Tester.SendMessage(session, header with { Flags = header.Flags | IkeFlags.Response }, [new EncryptedPayload(PayloadType.None, Tester.Random.Bytes(48))]);
        await Tester.ExpectNone<ReceivedIke>(_ => true, "RFC7296-2.21.4-1", "nothing in answer to a response");
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-SPI-003", "An unprotected INVALID_IKE_SPI gets no answer and changes no SA")]
    [Covers("RFC7296-2.21.4-5", "RFC7296-2.4-4")]
    public async Task UnprotectedInvalidIkeSpiChangesNothing()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var header = session.Header(ExchangeType.Informational, 0) with { Flags = IkeFlags.Initiator | IkeFlags.Response };
        Tester.SendOctets(session, IkeWriter.Message(header, [new NotifyPayload(NotifyType.InvalidIkeSpi).ToRaw()]), "INFORMATIONAL response 0 in clear: N(INVALID_IKE_SPI)");
        await Tester.ExpectNone<ReceivedIke>(received => received.Header.IsResponse, "RFC7296-2.21.4-5", "no answer to it");
        await Tester.ProbeLiveness(session);
        var reply = await Tester.Ping(session.Children[0]);
        Context.Check("RFC7296-2.4-4", reply is not null, "the child SA still carries traffic", "no echo reply in ESP");
    }

    [Scenario("IKEV2-SPI-004", "An IKE_SA_INIT request that is marked as a response gets no answer")]
    [Covers("RFC7296-3.1-11")]
    public async Task InitMarkedAsResponse()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var header = session.Header(ExchangeType.IkeSaInit, 0);
        Tester.SendInit(session, session.InitRequestPayloads(), header with { Flags = header.Flags | IkeFlags.Response });
        await Tester.ExpectNone<ReceivedIke>(_ => true, "RFC7296-3.1-11", "nothing in answer to a response");
        await Tester.ProbeLiveness();
    }

    private (IkeSession Session, IkeHeader Header) UnknownSa()
    {
        var session = Tester.NewSession();
        session.ResponderSpi = Tester.Random.NextUInt64() | 1;
        return (session, session.Header(ExchangeType.Informational, 5));
    }
}
