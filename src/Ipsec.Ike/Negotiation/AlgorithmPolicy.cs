using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>What RFC 8247 and RFC 8221 forbid is neither offered nor accepted, whatever a connection was given.</summary>
internal static class AlgorithmPolicy
{
    /// <summary>The connection without forbidden or unknown transforms, and without proposals that have none left of a type.</summary>
    public static IkeConnection Permitted(IkeConnection connection) => connection with
    {
        IkeProposals = Permitted(connection.IkeProposals, SecurityProtocols.Ike),
        ChildProposals = Permitted(connection.ChildProposals, SecurityProtocols.Esp),
    };

    private static ImmutableArray<Proposal> Permitted(ImmutableArray<Proposal> proposals, SecurityProtocols protocol)
    {
        var permitted = ImmutableArray.CreateBuilder<Proposal>();
        foreach (var proposal in proposals)
        {
            var transforms = proposal.Transforms.Where(transform => !IsForbidden(transform, protocol)).ToImmutableArray();
            if (transforms.Select(transform => transform.Type).ToHashSet().SetEquals(proposal.Transforms.Select(transform => transform.Type)))
                permitted.Add(proposal with { Transforms = transforms });
        }
        return permitted.DrainToImmutable();
    }

    /// <summary>Forbidden, or nothing that this end could use if it were chosen.</summary>
    private static bool IsForbidden(Transform transform, SecurityProtocols protocol)
    {
        var inIke = protocol == SecurityProtocols.Ike;
        Recommendation? recommended = transform.Type switch
        {
            TransformType.Encryption => Algorithms.Encryption((EncryptionId)transform.Id)?.Facts is { } facts ? (inIke ? facts.InIke : facts.InEsp) : null,
            TransformType.Integrity when transform.Id != 0 => Algorithms.Integrity((IntegrityId)transform.Id)?.Facts is { } facts ? (inIke ? facts.InIke : facts.InEsp) : null,
            TransformType.PseudorandomFunction => Algorithms.Prf((PrfId)transform.Id)?.Facts.InIke,
            TransformType.KeyExchange when transform.Id != 0 => Algorithms.KeyExchange((KeyExchangeId)transform.Id)?.Facts.InIke,
            _ => Recommendation.Unlisted,
        };
        return recommended is null or Recommendation.MustNot;
    }
}
