using System.Collections.Immutable;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2.Mutations;

/// <summary>What RFC 7296 wants of a receiver of an edited message.</summary>
public enum Expected
{
    /// <summary>To go on as if nothing had been edited.</summary>
    Accepted,
    /// <summary>To refuse the message as malformed.</summary>
    Refused,
    /// <summary>To refuse it with UNSUPPORTED_CRITICAL_PAYLOAD.</summary>
    RefusedAsCritical,
    /// <summary>To live on, whatever it makes of the message.</summary>
    Survived,
}

/// <summary>One way to spoil the structure of a message: data, printed in the id of the scenario.</summary>
/// <param name="Name">In ids: capitals and digits.</param>
/// <param name="Effect">Goes behind "whose SA payload".</param>
/// <param name="Expected">By the type of the payload.</param>
/// <param name="Apply">Makes the edited chain from the right one and the position of the payload.</param>
public sealed record StructuralEdit(
    string Name, string Effect, Func<PayloadType, Expected> Expected, Func<ImmutableArray<RawPayload>, int, ImmutableArray<RawPayload>> Apply)
{
    private const PayloadType Unassigned = (PayloadType)120;

    /// <summary>For payloads of any type.</summary>
    public static ImmutableArray<StructuralEdit> OfAny { get; } =
    [
        Changing("LENGTH0", "claims 0 octets", _ => Mutations.Expected.Refused, raw => raw with { ClaimedLength = 0 }),
        Changing("LENGTH3", "claims 3 octets", _ => Mutations.Expected.Refused, raw => raw with { ClaimedLength = 3 }),
        Changing("LENGTH4", "claims to be empty", _ => Mutations.Expected.Survived, raw => raw with { ClaimedLength = 4 }),
        Changing("LENGTHHUGE", "claims 65535 octets", _ => Mutations.Expected.Refused, raw => raw with { ClaimedLength = ushort.MaxValue }),
        Changing("EMPTY", "is empty", type => IsOpaque(type) ? Mutations.Expected.Survived : Mutations.Expected.Refused, raw => raw with { Body = Octets.Empty }),
        Changing("CUT", "lacks its last octet", OfStructures, raw => raw with { Body = raw.Body.ToArray()[..^1] }),
        Changing("LONGER", "has one octet more", OfStructures, raw => raw with { Body = new([.. raw.Body.Span, 0xa5]) }),
        Changing("RESERVED", "has all reserved bits set", _ => Mutations.Expected.Accepted, raw => raw with { Flags = 0x7f }),
        Changing("CRITICAL", "has the critical bit", _ => Mutations.Expected.Accepted, raw => raw with { Flags = 0x80 }),
        Changing("NEXTUNKNOWN", "names an unknown type for what follows", _ => Mutations.Expected.Survived, raw => raw with { ClaimedNext = Unassigned }),
        new("TWICE", "comes twice", _ => Mutations.Expected.Survived, (chain, index) => chain.Insert(index, chain[index])),
        new("MISSING", "is missing", _ => Mutations.Expected.Survived, (chain, index) => chain.RemoveAt(index)),
        new("LASTFIRST", "comes first", _ => Mutations.Expected.Accepted, (chain, index) => [chain[index], .. chain.RemoveAt(index)]),
        new("UNKNOWNBEFORE", "follows an unknown payload", _ => Mutations.Expected.Accepted, (chain, index) => chain.Insert(index, new(Unassigned, 0, new byte[] { 1, 2, 3 }))),
        new("CRITICALBEFORE", "follows an unknown critical payload", _ => Mutations.Expected.RefusedAsCritical,
            (chain, index) => chain.Insert(index, new(Unassigned, 0x80, new byte[] { 1, 2, 3 }))),
    ];

    /// <summary>For the counts and lengths inside of payloads of these types.</summary>
    public static IEnumerable<StructuralEdit> Of(PayloadType type) => OfAny.Concat(type switch
    {
        PayloadType.SecurityAssociation =>
        [
            At("PROPOSALLAST", "ends in a proposal that says that another follows", 0, 2),
            At("PROPOSALLASTBAD", "has a proposal with a Last Substruc of 7", 0, 7),
            At("PROPOSALLENGTH0", "has a proposal of 0 octets", 3, 0),
            At("PROPOSALLENGTHHUGE", "has a proposal of over 32000 octets", 2, 0x7f),
            At("SPISIZEHUGE", "has a proposal with an SPI of 255 octets", 6, 255),
            At("TRANSFORMS0", "has a proposal of no transforms", 7, 0),
            At("TRANSFORMSHUGE", "has a proposal of 255 transforms", 7, 255),
            AtTransform("TRANSFORMLENGTH0", "has a transform of 0 octets", 3, 0),
            AtTransform("TRANSFORMLENGTHHUGE", "has a transform of over 32000 octets", 2, 0x7f),
            AtTransform("TRANSFORMLASTBAD", "has a transform with a Last Substruc of 7", 0, 7),
        ],
        PayloadType.TrafficSelectorInitiator or PayloadType.TrafficSelectorResponder =>
        [
            At("SELECTORS0", "counts no selectors", 0, 0),
            At("SELECTORSHUGE", "counts 255 selectors", 0, 255),
            At("SELECTORLENGTH0", "has a selector of 0 octets", 7, 0),
            At("SELECTORLENGTHHUGE", "has a selector of over 32000 octets", 6, 0x7f),
        ],
        PayloadType.Notify => [At("SPISIZEHUGE", "has an SPI of 255 octets", 1, 255)],
        PayloadType.Delete =>
        [
            At("SPISIZE0", "has SPIs of 0 octets", 1, 0),
            At("SPISIZEHUGE", "has SPIs of 255 octets", 1, 255),
            At("SPISHUGE", "counts over 32000 SPIs", 2, 0x7f),
        ],
        _ => ImmutableArray<StructuralEdit>.Empty,
    });

    private static StructuralEdit Changing(string name, string effect, Func<PayloadType, Expected> expected, Func<RawPayload, RawPayload> change) =>
        new(name, effect, expected, (chain, index) => chain.SetItem(index, change(chain[index])));

    private static StructuralEdit At(string name, string effect, int offset, byte value) =>
        Changing(name, effect, _ => Mutations.Expected.Refused, raw => raw with { Body = With(raw.Body, offset, value) });

    /// <summary>In the first transform of the first proposal.</summary>
    private static StructuralEdit AtTransform(string name, string effect, int offset, byte value) =>
        Changing(name, effect, _ => Mutations.Expected.Refused, raw => raw with { Body = With(raw.Body, 8 + raw.Body[6] + offset, value) });

    private static Octets With(Octets body, int offset, byte value)
    {
        var octets = body.ToArray();
        octets[offset] = value;
        return octets;
    }

    /// <summary>Any octets will do: what is in them is another matter.</summary>
    private static bool IsOpaque(PayloadType type) => type is PayloadType.VendorId;

    private static Expected OfStructures(PayloadType type) => type is PayloadType.SecurityAssociation or PayloadType.TrafficSelectorInitiator
        or PayloadType.TrafficSelectorResponder or PayloadType.Delete ? Mutations.Expected.Refused : Mutations.Expected.Survived;
}
