using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>What a responder chooses among proposals and transforms, in each exchange that negotiates (RFC 7296 sections 2.7, 3.3).</summary>
public sealed class ProposalChoice : Ikev2Scenario
{
    private const ushort Unassigned = 1023;

    public enum Exchange
    {
        Init,
        Auth,
        Child,
        IkeRekey,
    }

    public sealed record Choice(Exchange Exchange, string Name, string Effect, string Requirement, bool IsAccepted, Func<Proposal, ImmutableArray<Proposal>> Change);

    private static readonly ImmutableArray<(string Name, string Effect, string Requirement, bool IsAccepted, Func<Proposal, ImmutableArray<Proposal>> Change)> Changes =
    [
        ("SECOND", "whose second proposal alone is acceptable gets that under its number", "RFC7296-3.3.1-3", true,
            good => [good with { Number = 1, Transforms = [Transform.Encryption(EncryptionId.Blowfish, 448), Transform.Integrity(IntegrityId.HmacMd5_96), .. Rest(good)] }, good with { Number = 2 }]),
        ("UNKNOWNID", "with an unknown transform beside each known one gets the known ones", "RFC7296-3.3.6-5", true,
            good => [good with { Transforms = [.. good.Transforms.SelectMany(transform => new[] { transform with { Id = Unassigned, Attributes = [] }, transform })] }]),
        ("UNKNOWNATTRIBUTE", "with a transform that has an unknown attribute gets the one without", "RFC7296-3.3.6-5", true,
            good => [good with { Transforms = [Cipher(good) with { Attributes = [.. Cipher(good).Attributes, new(1999, true, new byte[] { 0, 1 })] }, .. good.Transforms] }]),
        ("UNKNOWNTYPE", "with an unknown transform type in the first proposal gets the second", "RFC7296-3.3.6-5", true,
            good => [good with { Transforms = good.Transforms.Add(new((TransformType)200, 1, [])) }, good with { Number = 2 }]),
        ("ALTERNATIVES", "with alternatives of a type gets one transform of each type", "RFC7296-3.3.6-2", true,
            good => [good with { Transforms = [OfTheKindOf(good), .. good.Transforms] }]),
        ("KEYLENGTHS", "with two key lengths gets the configured one, its attribute unchanged", "RFC7296-3.3.6-3", true,
            good => [good with { Transforms = [Cipher(good) with { Attributes = [TransformAttribute.KeyLength(192)] }, .. good.Transforms] }]),
        ("NOKEYLENGTH", "whose cipher lacks its key length is refused", "RFC7296-3.3.5-5", false,
            good => [good with { Transforms = [Cipher(good) with { Attributes = [] }, .. Rest(good)] }]),
        ("UNCONFIGURED", "of a suite that is not configured is refused", "RFC7296-3.3.4-6", false,
            good => [good with { Transforms = [Transform.Encryption(EncryptionId.CamelliaCbc, 256), Transform.Integrity(IntegrityId.HmacSha512_256), .. Rest(good)] }]),
        ("SPLIT", "whose acceptable transforms are spread over two proposals is refused", "RFC7296-3.3.6-1", false,
            good =>
            [
                good with { Transforms = [Transform.Encryption(EncryptionId.CamelliaCbc, 256), Transform.Integrity(IntegrityId.HmacSha512_256), .. Rest(good)] },
                good with { Number = 2, Transforms = [Cipher(good), new((TransformType)200, 1, []), .. Rest(good)] },
            ]),
        ("NOCIPHER", "that lacks the cipher is refused", "RFC7296-3.3.6-1", false, good => [good with { Transforms = [.. Rest(good)] }]),
        ("EMPTY", "without any transform is refused", "RFC7296-3.3.6-1", false, good => [good with { Transforms = [] }]),
    ];

    public static IEnumerable<ScenarioCase> Cases =>
        from exchange in Enum.GetValues<Exchange>()
        from change in Changes
        select new ScenarioCase(
            $"IKEV2-CHOICE-{exchange.ToString().ToUpperInvariant()}-{change.Name}", $"An offer in {Name(exchange)} {change.Effect}",
            new Choice(exchange, change.Name, change.Effect, change.Requirement, change.IsAccepted, change.Change),
            [change.Requirement, "RFC7296-3.3.4-5", .. change.IsAccepted ? ["RFC7296-3.3.6-2"] : ImmutableArray<string>.Empty], []);

    [Scenarios(nameof(Cases))]
    public async Task OfferIsAnswered(Choice choice)
    {
        await Context.Configure(new());
        var (session, right, exchange) = await Prepare(choice.Exchange);
        var payloads = WithOffer(right, offer => new(choice.Change(offer.Proposals[0])));
        var sent = exchange == ExchangeType.IkeSaInit ? Tester.SendInit(session, payloads) : Tester.Send(session, exchange, payloads);
        var response = await Tester.ResponseTo(sent);
        var answer = response?.Find<SecurityAssociationPayload>()?.Proposals;
        if (!choice.IsAccepted)
        {
            Context.Check(choice.Requirement, answer is null, "no SA payload", Text(response));
            Context.Check("RFC7296-3.3.4-5", response?.AnyError is not null, "an error notification", Text(response));
            await Tester.ProbeLiveness();
            return;
        }
        Context.Check("RFC7296-3.3.4-5", answer is [_], "SA with one proposal", Text(response));
        var chosen = answer!.Value[0];
        var own = Offer(right).Proposals[0];
        Context.Check(
            "RFC7296-3.3.6-2", chosen.Transforms.Select(transform => transform.Type).ToHashSet().Count == chosen.Transforms.Length, "one transform of each type", string.Join(", ", chosen.Transforms));
        Context.Check(
            choice.Requirement, chosen.Number == Offer(payloads).Proposals[^1].Number && own.Transforms.All(transform => chosen.Transforms.Any(transform.Matches)),
            $"proposal {Offer(payloads).Proposals[^1].Number}: {string.Join(", ", own.Transforms)}", $"proposal {chosen.Number}: {string.Join(", ", chosen.Transforms)}");
    }

    private async Task<(IkeSession Session, ImmutableArray<Payload> Payloads, ExchangeType Type)> Prepare(Exchange exchange)
    {
        switch (exchange)
        {
            case Exchange.Init:
                var fresh = Tester.NewSession();
                return (fresh, fresh.InitRequestPayloads(), ExchangeType.IkeSaInit);
            case Exchange.Auth:
                var half = await HalfOpen();
                return (half, half.AuthRequestPayloads(out _), ExchangeType.IkeAuth);
            case Exchange.Child:
                var session = await Tester.Establish();
                return (session, session.ChildRequestPayloads(out _), ExchangeType.CreateChildSa);
            default:
                var old = await Tester.Establish();
                return (old, old.IkeRekeyRequestPayloads(Tester.NewHeir(old, isInitiator: true)), ExchangeType.CreateChildSa);
        }
    }

    private static Transform Cipher(Proposal proposal) => proposal.OfType(TransformType.Encryption).First();

    /// <summary>Combined mode ciphers and others have no place in the same proposal (RFC 7296 section 3.3).</summary>
    private static Transform OfTheKindOf(Proposal proposal) =>
        Transform.Encryption(proposal.OfType(TransformType.Integrity).Any() ? EncryptionId.CamelliaCbc : EncryptionId.AesGcm12, 256);

    private static IEnumerable<Transform> Rest(Proposal proposal) => proposal.Transforms.Where(transform => transform.Type != TransformType.Encryption);

    private static string Name(Exchange exchange) => exchange switch
    {
        Exchange.Init => "IKE_SA_INIT",
        Exchange.Auth => "IKE_AUTH",
        Exchange.Child => "CREATE_CHILD_SA",
        _ => "a rekeying of the IKE SA",
    };

    public static IEnumerable<ScenarioCase> LongerKeys =>
        from inIke in new[] { true, false }
        select new ScenarioCase(
            $"IKEV2-CHOICE-LONGERKEY-{(inIke ? "IKE" : "ESP")}", $"Told of AES with 128 bits for {(inIke ? "IKE" : "ESP")} and offered 256 alone, it accepts", inIke, ["RFC7296-3.3.5-6", "RFC7296-3.3.5-7"], []);

    [Scenarios(nameof(LongerKeys))]
    public async Task LongerKeyIsAccepted(bool inIke)
    {
        const int longer = 256;
        await Context.Configure(new() { IkeSuites = [IkeSuite.Aes128GcmSha256Ecp256], EspSuites = inIke ? new ConnectionPolicy().EspSuites : [EspSuite.Aes128Gcm] });
        ReceivedIke? response;
        if (inIke)
        {
            var session = Tester.NewSession();
            response = await Tester.ResponseTo(Tester.SendInit(session, WithOffer(session.InitRequestPayloads(), WithLongerKey)));
        }
        else
            (response, _) = await Authenticate(await HalfOpen(), payloads => WithOffer(payloads, WithLongerKey));
        var chosen = response?.Find<SecurityAssociationPayload>()?.Proposals[0].OfType(TransformType.Encryption).FirstOrDefault();
        foreach (var requirement in new[] { "RFC7296-3.3.5-6", "RFC7296-3.3.5-7" })
            Context.Check(requirement, chosen?.KeyLength == longer, $"SA with a key of {longer} bits", Text(response));

        SecurityAssociationPayload WithLongerKey(SecurityAssociationPayload offer) => new([.. offer.Proposals.Select(proposal => proposal with
        {
            Transforms = [.. proposal.Transforms.Select(transform => transform.Type == TransformType.Encryption ? Transform.Encryption((EncryptionId)transform.Id, longer) : transform)],
        })]);
    }
}
