using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>Chooses among offered proposals (RFC 7296 sections 2.7 and 3.3.6).</summary>
internal static class ProposalSelection
{
    /// <summary>
    /// The first of our proposals for which the peer offers one with the same protocol and, for every transform type of either, a common
    /// transform; reduced to one transform of each type, with the number and SPI that the peer gave it. Where there is none, longer keys than ours are taken, as
    /// section 3.3.5 recommends. Null if there is none then either.
    /// </summary>
    public static Proposal? Choose(ImmutableArray<Proposal> ours, ImmutableArray<Proposal> offered) =>
        ChooseExactly(ours, offered) ?? ChooseExactly([.. ours.Select(own => WithLongerKeys(own, offered))], offered);

    private static Proposal? ChooseExactly(ImmutableArray<Proposal> ours, ImmutableArray<Proposal> offered)
    {
        foreach (var own in ours)
            foreach (var offer in offered)
                if (own.Protocol == offer.Protocol && Intersect(own, offer) is { } transforms)
                    return offer with { Transforms = transforms, Reserved = 0 };
        return null;
    }

    /// <summary>As <see cref="Choose"/>, but with this key exchange method if any proposal allows it.</summary>
    public static Proposal? ChoosePreferring(KeyExchangeId method, ImmutableArray<Proposal> ours, ImmutableArray<Proposal> offered)
    {
        var limited = ImmutableArray.CreateRange(ours, own => own with
        {
            Transforms = [.. own.Transforms.Where(transform => transform.Type != TransformType.KeyExchange || transform.Id == (ushort)method)],
        });
        return ChooseExactly([.. limited.Where(own => own.OfType(TransformType.KeyExchange).Any())], offered) ?? Choose(ours, offered);
    }

    /// <summary>The proposal with each longer key that is offered for a cipher of it. AES-CCM with the short ICV has keys of 128 bits (RFC 8247 section 2.1).</summary>
    private static Proposal WithLongerKeys(Proposal own, ImmutableArray<Proposal> offered)
    {
        var longer =
            from cipher in offered.SelectMany(offer => offer.OfType(TransformType.Encryption))
            let id = (EncryptionId)cipher.Id
            where id != EncryptionId.AesCcm8 && cipher.KeyLength is { } bits && Algorithms.Encryption(id)?.KeyLengths.Contains(bits) is true
                && own.OfType(TransformType.Encryption).Any(known => known.Id == cipher.Id && known.KeyLength < cipher.KeyLength)
            select Transform.Encryption(id, cipher.KeyLength);
        return own with { Transforms = [.. own.Transforms, .. longer] };
    }

    /// <summary>Whether a responder's choice is one that we offered: one proposal, one transform of each type, all of them ours (section 2.7).</summary>
    public static bool IsValidChoice(ImmutableArray<Proposal> offered, SecurityAssociationPayload answer)
    {
        if (answer.Proposals is not [var chosen])
            return false;
        foreach (var offer in offered)
            if (offer.Number == chosen.Number && offer.Protocol == chosen.Protocol && Intersect(offer, chosen) is { } transforms
                && transforms.Length == chosen.Transforms.Length)
                return true;
        return false;
    }

    /// <summary>Numbers the proposals from 1 and gives each the SPI (section 3.3.1).</summary>
    public static SecurityAssociationPayload Offer(ImmutableArray<Proposal> proposals, Octets spi) =>
        new([.. proposals.Select((proposal, index) => proposal with { Number = (byte)(index + 1), Spi = spi })]);

    private static ImmutableArray<Transform>? Intersect(Proposal own, Proposal offer)
    {
        var chosen = ImmutableArray.CreateBuilder<Transform>();
        var types = own.Transforms.Concat(offer.Transforms).Select(transform => transform.Type).Distinct();
        foreach (var type in types)
        {
            var candidates = own.OfType(type).Where(transform => offer.OfType(type).Any(transform.Matches)).ToList();
            if (candidates.Count > 0)
                chosen.Add(candidates[0] with { Reserved = 0 });
            else if (!IsNoneOrAbsent(own, type) || !IsNoneOrAbsent(offer, type))
                return null;
        }
        return chosen.DrainToImmutable();
    }

    /// <summary>Section 3.3.2: a type that is left out means NONE, for integrity, key exchange and (RFC 4303 section 2.2.1) not extended numbers.</summary>
    private static bool IsNoneOrAbsent(Proposal proposal, TransformType type)
    {
        var any = false;
        foreach (var transform in proposal.OfType(type))
        {
            if (transform.Id == 0)
                return true;
            any = true;
        }
        return !any;
    }
}
