using System.Collections.Immutable;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Payload types from all over the registry that a responder does not know, in requests of each exchange (RFC 7296 sections 2.5 and 3.2).</summary>
public sealed class UnknownTypes : Ikev2Scenario
{
    private const byte Critical = 0x80;

    /// <summary>The first and the last of those that were IKEv1's, and the last of those for private use.</summary>
    internal static ImmutableArray<PayloadType> Unassigned { get; } = [(PayloadType)1, (PayloadType)32, (PayloadType)255];

    /// <summary>With type 49, which RFC 6467 has given a meaning that nobody has to know: he who does may not take it for unknown.</summary>
    internal static ImmutableArray<PayloadType> All { get; } = [.. Unassigned, (PayloadType)49];

    internal static UnknownPayload Payload(PayloadType type, byte flags = 0) => new(type, "no such payload"u8.ToArray()) { Flags = flags };

    private static readonly ImmutableArray<(string Word, ExchangeType Exchange)> Exchanges =
    [
        ("INIT", ExchangeType.IkeSaInit), ("AUTH", ExchangeType.IkeAuth), ("CHILD", ExchangeType.CreateChildSa), ("INFO", ExchangeType.Informational),
    ];

    public static IEnumerable<ScenarioCase> Ignored =>
        from exchange in Exchanges
        from type in All
        select new ScenarioCase(
            $"IKEV2-UNKNOWN-{exchange.Word}-TYPE{(byte)type}", $"A payload of type {(byte)type} without critical bit in {exchange.Exchange.Notation()} is ignored", (exchange.Exchange, type), ["RFC7296-2.5-9"], []);

    public static IEnumerable<ScenarioCase> BesideEncrypted => All.Select(type => new ScenarioCase(
        $"IKEV2-UNKNOWN-BESIDE-TYPE{(byte)type}", $"A payload of type {(byte)type} without critical bit that is not encrypted, before the encrypted one, is ignored", type, ["RFC7296-2.5-9"], []));

    [Scenarios(nameof(BesideEncrypted))]
    public async Task NonCriticalBesideEncrypted(PayloadType type)
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var header = session.Header(ExchangeType.Informational, session.NextRequestId++);
        // The ICV covers it: it comes from who has the keys.
        var octets = session.OwnProtection.Seal(header, PayloadType.None, [], outer: [Payload(type).ToRaw()]);
        var response = await Tester.ResponseTo(Tester.SendOctets(session, octets, $"INFORMATIONAL request {header.MessageId}: a payload of type {(byte)type}, SK{{}}", "", header));
        Context.Check("RFC7296-2.5-9", response is { IsProtected: true, AnyError: null }, "a response as without it", Text(response));
        await Tester.ProbeLiveness(session);
    }

    [Scenarios(nameof(Ignored))]
    public async Task NonCriticalIsIgnored((ExchangeType Exchange, PayloadType Type) given)
    {
        const string requirement = "RFC7296-2.5-9";
        var (response, trouble, session) = await Ask(given.Exchange, Payload(given.Type));
        Context.Check(requirement, trouble is null, "a response as without it", $"{trouble}: {Text(response)}");
        await Tester.ProbeLiveness(session);
    }

    public static IEnumerable<ScenarioCase> Refused =>
        from exchange in Exchanges
        from type in Unassigned
        select new ScenarioCase(
            $"IKEV2-CRITICAL-{exchange.Word}-TYPE{(byte)type}", $"A critical payload of type {(byte)type} in {exchange.Exchange.Notation()} is refused with UNSUPPORTED_CRITICAL_PAYLOAD and its type",
            (exchange.Exchange, type), ["RFC7296-2.5-8"], []);

    [Scenarios(nameof(Refused))]
    public async Task CriticalIsRefused((ExchangeType Exchange, PayloadType Type) given)
    {
        const string requirement = "RFC7296-2.5-8";
        var (response, _, session) = await Ask(given.Exchange, Payload(given.Type, Critical));
        Context.Check(
            requirement, response?.Notify(NotifyType.UnsupportedCriticalPayload) is { Data.Length: 1 } notify && notify.Data[0] == (byte)given.Type,
            $"N(UNSUPPORTED_CRITICAL_PAYLOAD) with the octet {(byte)given.Type}", Text(response));
        Context.Check(requirement, response!.Find<SecurityAssociationPayload>() is null, "no SA", Text(response));
        // Of the initial exchanges nothing is left, later the IKE SA is (section 2.21).
        await Tester.ProbeLiveness(given.Exchange is ExchangeType.CreateChildSa or ExchangeType.Informational ? session : null);
    }

    /// <summary>A request with an additional payload; the response, and what keeps it from being the usual one; the IKE SA where there is one.</summary>
    private async Task<(ReceivedIke? Response, string? Trouble, IkeSession? Session)> Ask(ExchangeType exchange, Payload addition)
    {
        await Context.Configure(new());
        if (exchange == ExchangeType.IkeSaInit)
        {
            var fresh = Tester.NewSession();
            var chosen = await Tester.ResponseTo(Tester.SendInit(fresh, fresh.InitRequestPayloads().Insert(1, addition)));
            return (chosen, chosen is null ? "nothing" : fresh.TakeInitResponse(chosen), null);
        }
        if (exchange == ExchangeType.IkeAuth)
        {
            var half = await HalfOpen();
            var (established, first) = await Authenticate(half, payloads => payloads.Insert(1, addition));
            return (established, established is null ? "nothing" : half.TakeAuthResponse(established, first), half);
        }
        var session = await Tester.Establish();
        if (exchange == ExchangeType.Informational)
        {
            var answer = await Tester.ResponseTo(Tester.Send(session, exchange, addition));
            return (answer, answer is null ? "nothing" : answer.AnyError?.Notation, session);
        }
        var response = await Tester.ResponseTo(Tester.Send(session, exchange, session.ChildRequestPayloads(out var child).Insert(1, addition)));
        return (response, response is null ? "nothing" : session.TakeChildResponse(response, child), session);
    }
}
