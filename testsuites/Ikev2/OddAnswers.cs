using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Answers with something in them that an initiator has to overlook, or that is no good because of it (RFC 7296 sections 2.5, 3.1, 3.2 and 3.10.1).</summary>
[Needs(Capability.Initiator)]
public sealed class OddAnswers : Ikev2Scenario
{
    private const byte Critical = 0x80;
    private const IkeFlags UndefinedFlags = (IkeFlags)0xc7, VersionFlag = (IkeFlags)0x10;

    public enum Exchange
    {
        Init,
        Auth,
        ChildRekey,
        ChildDelete,
    }

    public sealed record Oddity(string Name, string What, string Requirement, bool IsTaken, Func<ImmutableArray<Payload>, ImmutableArray<Payload>> Change)
    {
        public Func<IkeHeader, IkeHeader> ChangeHeader { get; init; } = header => header;
    }

    private static readonly ImmutableArray<Oddity> Oddities =
    [
        new("RESERVED", "reserved bits and octets set", "RFC7296-2.5-6", true, payloads => [.. payloads.Select(WithReserved)])
        {
            ChangeHeader = header => header with { Flags = header.Flags | UndefinedFlags },
        },
        new("VERSIONFLAG", "the Version flag set", "RFC7296-3.1-12", true, payloads => payloads) { ChangeHeader = header => header with { Flags = header.Flags | VersionFlag } },
        new("MINORVERSION", "minor version 9", "RFC7296-3.1-8", true, payloads => payloads) { ChangeHeader = header => header with { MinorVersion = 9 } },
        new("MAJORVERSION", "major version 3", "RFC7296-2.5-2", false, payloads => payloads) { ChangeHeader = header => header with { MajorVersion = 3 } },
        new("ORDER", "its payloads in the reverse order", "RFC7296-2.5-11", true, payloads => [.. payloads.Reverse()]),
        new("STATUS", "an unknown status notification", "RFC7296-3.10.1-3", true, payloads => payloads.Insert(0, new NotifyPayload((NotifyType)65535))),
        new("ERROR", "an unknown error notification", "RFC7296-3.10.1-1", false, payloads => payloads.Add(new NotifyPayload((NotifyType)16383))),
        .. UnknownTypes.All.Select(type => new Oddity($"TYPE{(byte)type}", $"an unknown payload of type {(byte)type}", "RFC7296-2.5-9", true, payloads => payloads.Insert(1, UnknownTypes.Payload(type)))),
        .. UnknownTypes.Unassigned.Select(type => new Oddity(
            $"CRITICAL{(byte)type}", $"an unknown critical payload of type {(byte)type}", "RFC7296-2.5-8", false, payloads => payloads.Insert(1, UnknownTypes.Payload(type, Critical)))),
    ];

    public static IEnumerable<ScenarioCase> Cases =>
        from exchange in Enum.GetValues<Exchange>()
        from oddity in Oddities
        // What is to come of a delete whose answer is no good, no sentence says.
        where exchange != Exchange.ChildDelete || oddity.IsTaken && oddity.Name != "ORDER"
        select new ScenarioCase(
            $"IKEV2-ODDANSWER-{exchange.ToString().ToUpperInvariant()}-{oddity.Name}",
            $"{Name(exchange)} is answered with {oddity.What}: {(oddity.IsTaken ? "it goes on as without" : "nothing comes of it")}", (exchange, oddity), [oddity.Requirement],
            exchange switch { Exchange.ChildRekey => [Capability.OrderRekeyChild], Exchange.ChildDelete => [Capability.OrderDeleteChild], _ => [] });

    [Scenarios(nameof(Cases))]
    public async Task OddAnswer((Exchange Exchange, Oddity Oddity) given)
    {
        var (exchange, oddity) = given;
        await Context.Configure(new());
        if (exchange == Exchange.Init)
        {
            await InInit(oddity);
            return;
        }
        if (exchange == Exchange.ChildDelete)
        {
            await InChildDelete(oddity);
            return;
        }
        var child = exchange == Exchange.Auth ? await InAuth(oddity) : await InChildRekey(oddity);
        if (child is null)
            return;
        if (oddity.IsTaken)
        {
            Context.Check(oddity.Requirement, await Tester.Carries(child), "traffic over the child SA", "no echo reply in ESP");
            await Tester.ProbeLiveness(child.Session);
            return;
        }
        await Pass(Iut.Topology.SilenceTime);
        var own = await Iut.SecurityAssociations(Context.Cancellation);
        Context.Check(oddity.Requirement, own.All(sa => sa.OutboundSpi != child.InboundSpi), "no SA of that answer", "an SA with the tester's SPI");
        await Tester.ProbeLiveness();
    }

    private async Task InInit(Oddity oddity)
    {
        var init = await Tester.AwaitInitiation();
        if (init is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        var session = Tester.NewResponder();
        if (session.AnswerInitRequest(init!, out var trouble) is not { } answer)
        {
            Context.Inconclusive($"its request can't be answered: {trouble}");
            return;
        }
        session.OwnInit = Tester.SendMessage(session, oddity.ChangeHeader(session.Header(ExchangeType.IkeSaInit, 0, isResponse: true)), oddity.Change(answer), init).Octets;
        if (!oddity.IsTaken)
        {
            await Tester.ExpectNone<ReceivedIke>(received => received.Header.ExchangeType == ExchangeType.IkeAuth, oddity.Requirement, "no IKE_AUTH request");
            await Tester.ProbeLiveness();
            return;
        }
        var auth = await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime);
        Context.Check(oddity.Requirement, auth is not null, "IKE_AUTH next", "nothing");
        var failure = Tester.AnswerAuth(auth!);
        Context.Check(oddity.Requirement, failure is null, "IDi and an AUTH that verifies", failure ?? "");
        Context.Check(oddity.Requirement, await Tester.Carries(session.Children[0]), "traffic over the child SA", "no echo reply in ESP");
    }

    private async Task<EspSession?> InAuth(Oddity oddity)
    {
        var auth = await Tester.AwaitAuthRequest();
        if (auth.Session!.AnswerAuthRequest(auth, out var child, out var trouble) is not { } answer)
        {
            Context.Inconclusive($"IKE_AUTH can't be answered: {trouble}");
            return null;
        }
        Tester.Watch(child);
        Answer(auth, oddity, answer);
        return child;
    }

    private async Task<EspSession> InChildRekey(Oddity oddity)
    {
        var session = await BeAtWork();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        Answer(request, oddity, Tester.ChildAnswer(request, out var child));
        return child;
    }

    private async Task InChildDelete(Oddity oddity)
    {
        var session = await BeAtWork();
        var request = await Tester.AwaitOrdered(session, SaOrder.DeleteChild, ExchangeType.Informational);
        Answer(request, oddity, [DeletePayload.Esp(session.Children[0].InboundSpi)]);
        await Tester.ExpectNone<ReceivedIke>(received => received.Octets == request.Octets, oddity.Requirement, "the delete is not sent again: it has its answer");
        await Tester.ExpectNoChild(oddity.Requirement);
        await Tester.ProbeLiveness(session);
    }

    private void Answer(ReceivedIke request, Oddity oddity, ImmutableArray<Payload> payloads) => Tester.SendMessage(
        request.Session!, oddity.ChangeHeader(request.Session!.Header(request.Header.ExchangeType, request.Header.MessageId, isResponse: true)), oddity.Change(payloads), request);

    /// <summary>But for the identity, whose octets AUTH covers.</summary>
    private static Payload WithReserved(Payload payload) => payload switch
    {
        KeyExchangePayload exchange => exchange with { Reserved = 0xffff, Flags = 0x7f },
        AuthenticationPayload authentication => authentication with { Reserved = 0xffffff, Flags = 0x7f },
        TrafficSelectorPayload selectors => selectors with { Reserved = 0xffffff, Flags = 0x7f },
        SecurityAssociationPayload offer => offer with
        {
            Flags = 0x7f,
            Proposals = [.. offer.Proposals.Select(proposal => proposal with { Reserved = 0xff, Transforms = [.. proposal.Transforms.Select(transform => transform with { Reserved = 0xff })] })],
        },
        _ => payload with { Flags = 0x7f },
    };

    private static string Name(Exchange exchange) => exchange switch
    {
        Exchange.Init => "IKE_SA_INIT",
        Exchange.Auth => "IKE_AUTH",
        Exchange.ChildDelete => "Its delete of a child SA",
        _ => "Its rekeying of a child SA",
    };
}
