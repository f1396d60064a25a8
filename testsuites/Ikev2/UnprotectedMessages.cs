using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Messages that anybody could have sent (RFC 7296 sections 1.5, 2.4, 2.21.4).</summary>
public sealed class UnprotectedMessages : Ikev2Scenario
{
    [Scenario("IKEV2-CLEAR-001", "An INVALID_SPI in clear outside of any exchange gets no answer and changes no SA")]
    [Covers("RFC7296-1.5-3", "RFC7296-2.4-5")]
    public async Task InvalidSpiInClear()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        // Section 1.5: SPIs of no meaning, the Initiator flag set, the Response flag clear, message id 0.
        var header = new IkeHeader { InitiatorSpi = 0, ResponderSpi = 0, MajorVersion = 2, ExchangeType = ExchangeType.Informational, Flags = IkeFlags.Initiator };
        var notify = new NotifyPayload(ProtocolId.None, Octets.Empty, NotifyType.InvalidSpi, DeletePayload.Esp(session.Children[0].InboundSpi).Spis[0]);
        Tester.SendOctets(session, IkeWriter.Message(header, [notify.ToRaw()]), "INFORMATIONAL in clear, SPIs 0: N(INVALID_SPI)");
        await Tester.ExpectNone<ReceivedIke>(received => received.Header.IsResponse && received.Header.InitiatorSpi == 0, "RFC7296-1.5-3", "no answer to it");
        Context.Check("RFC7296-2.4-5", await Tester.Carries(session.Children[0]), "the child SA carries traffic", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CLEAR-002", "An INVALID_SPI under the IKE SA changes no SA")]
    [Covers("RFC7296-2.21.4-9", "RFC7296-4-6")]
    public async Task InvalidSpiUnderTheSa()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var notify = new NotifyPayload(ProtocolId.None, Octets.Empty, NotifyType.InvalidSpi, DeletePayload.Esp(session.Children[0].InboundSpi).Spis[0]);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational, notify));
        Context.Check("RFC7296-4-6", response is { IsProtected: true }, "a response", Text(response));
        Context.Check("RFC7296-2.21.4-9", await Tester.Carries(session.Children[0]), "the child SA carries traffic", "no echo reply in ESP");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-CLEAR-005", "Fifty hints in clear that something is wrong with its SAs bring no fifty liveness checks")]
    [Covers("RFC7296-2.21.4-6")]
    public async Task LivenessChecksAreLimited()
    {
        const int hints = 50, most = hints / 5;
        await Context.Configure(new());
        var session = await Tester.Establish();
        var header = new IkeHeader { InitiatorSpi = 0, ResponderSpi = 0, MajorVersion = 2, ExchangeType = ExchangeType.Informational, Flags = IkeFlags.Initiator };
        var notify = new NotifyPayload(ProtocolId.None, Octets.Empty, NotifyType.InvalidSpi, DeletePayload.Esp(session.Children[0].InboundSpi).Spis[0]);
        var checks = 0;
        for (var hint = 0; hint < hints; hint++)
        {
            Tester.SendOctets(session, IkeWriter.Message(header, [notify.ToRaw()]), "INFORMATIONAL in clear, SPIs 0: N(INVALID_SPI)");
            while (await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.Informational), TimeSpan.FromMilliseconds(100)) is { } check)
            {
                checks++;
                Tester.Respond(check);
                if (checks > most)
                    break;
            }
        }
        Context.Check("RFC7296-2.21.4-6", checks <= most, $"at most {most} liveness checks", $"{checks} and more");
    }

    [Scenario("IKEV2-CLEAR-003", "A flood of requests for IKE SAs that don't exist is not answered one by one")]
    [Covers("RFC7296-2.4-7")]
    public async Task FloodIsLimited()
    {
        const int count = 150;
        await Context.Configure(new());
        var session = Tester.NewSession();
        var octets = new EncryptedPayload(PayloadType.None, Tester.Random.Bytes(48));
        for (uint index = 0; index < count; index++)
        {
            session.ResponderSpi = Tester.Random.NextUInt64() | 1;
            Tester.SendMessage(session, session.Header(ExchangeType.Informational, index), [octets]);
        }
        var answers = 0;
        while (await Tester.Receive<ReceivedIke>(received => received.Header.IsResponse && received.Header.InitiatorSpi == session.InitiatorSpi, Iut.Topology.SilenceTime) is not null)
            answers++;
        Context.Check("RFC7296-2.4-7", answers < count, $"fewer answers than the {count} requests", $"{answers}");
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-CLEAR-004", "Neither an unprotected delete nor an unprotected INITIAL_CONTACT closes an IKE SA")]
    [Covers("RFC7296-2.4-5", "RFC7296-1.4-1")]
    public async Task UnprotectedDelete()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var header = session.Header(ExchangeType.Informational, session.NextRequestId);
        Tester.SendOctets(session, IkeWriter.Message(header, [DeletePayload.IkeSa.ToRaw(), new NotifyPayload(NotifyType.InitialContact).ToRaw()]), "INFORMATIONAL in clear: D(IKE) N(INITIAL_CONTACT)");
        await Tester.ExpectNone<ReceivedIke>(received => received.Header.IsResponse && received.IsProtected, "RFC7296-1.4-1", "no protected response");
        await Tester.ProbeLiveness(session);
        Context.Check("RFC7296-2.4-5", await Tester.Carries(session.Children[0]), "the child SA carries traffic", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CLEAR-006", "A refusal in clear of its IKE_AUTH request is not believed: the protected answer that follows makes the SAs", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.4-4")]
    public async Task RefusalInClear()
    {
        await Context.Configure(new());
        var auth = await Tester.AwaitAuthRequest();
        var session = auth.Session!;
        var header = session.Header(ExchangeType.IkeAuth, auth.Header.MessageId, isResponse: true);
        foreach (var error in new[] { NotifyType.AuthenticationFailed, NotifyType.InvalidSyntax, NotifyType.InvalidIkeSpi, NotifyType.NoProposalChosen })
            Tester.SendOctets(session, IkeWriter.Message(header, [new NotifyPayload(error).ToRaw()]), $"IKE_AUTH response in clear: N({NotifyPayload.NotifyName(error)})");
        var trouble = Tester.AnswerAuth(auth);
        if (trouble is not null)
            Context.Inconclusive($"IKE_AUTH can't be answered: {trouble}");
        Context.Check("RFC7296-2.4-4", await Tester.Carries(session.Children[0]), "traffic over the child SA", "no echo reply in ESP");
        await Tester.ProbeLiveness(session);
    }
}
