using Conformance.Decoding;
using Ipsec.Packets.Ike;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>SPIs that IKE names, and who uses them.</summary>
internal static class IkeSpiRules
{
    public static IEnumerable<Rule> All =>
    [
        Rule.Of<IkeSighting>("RULE-IKE-SPI-001", "An IKE SA has an SPI that its end had not chosen for another", "RFC7296-2.6-1", ike =>
            ike.Find<SecurityAssociationPayload>() is { } sa && (ike.IsResponse && ike.Is(ExchangeType.IkeSaInit) || sa.Proposals.Any(proposal => proposal.Spi.Length == 8))
                ? That(!ike.IkeSpiIsReused, "an SPI of its own", "that of another IKE SA")
                : NotExercised),
        Rule.Of<IkeSighting>("RULE-IKE-SPI-002", "A child SA has no SPI of zero", "RFC4303-2.1-6 RFC4302-2.4-6", ike =>
            Each(Children(ike), proposal => That(proposal.Spi.Span.ContainsAnyExcept((byte)0), "an SPI other than zero", "zero"))),
        Rule.Of<IkeSighting>("RULE-IKE-SPI-003", "A new child SA has an SPI that its end had not chosen for another", "RFC7296-1.4.1-6", ike => Children(ike).Any()
            ? That(ike.ReusedSpi is null, "a new SPI", $"0x{ike.ReusedSpi:x8}")
            : NotExercised),
        Rule.Of<EspSighting>("RULE-IKE-SPI-004", "ESP goes out under an SPI that its receiver chose", "RFC4301-5.1-1", esp =>
            esp.Pair is not { } pair || pair.Child(esp.Receiver, esp.Spi) is null && pair.Child(esp.Sender, esp.Spi) is null
                ? NotExercised
                : That(pair.Child(esp.Receiver, esp.Spi) is not null, "an SPI of the receiver's", $"0x{esp.Spi:x8}, the sender's own")),
    ];

    private static IEnumerable<Proposal> Children(IkeSighting ike) =>
        ike.All<SecurityAssociationPayload>().SelectMany(sa => sa.Proposals).Where(proposal => proposal.Spi.Length == 4);
}
