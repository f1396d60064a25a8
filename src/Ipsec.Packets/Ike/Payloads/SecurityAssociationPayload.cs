using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Ipsec.Packets.Ike;

/// <summary>Security Association payload (RFC 7296 section 3.3): proposals, best first.</summary>
public sealed record SecurityAssociationPayload(ImmutableArray<Proposal> Proposals) : Payload
{
    public override PayloadType Type => PayloadType.SecurityAssociation;

    public override IEnumerable<string> Describe() => Proposals.SelectMany(proposal => proposal.Describe());

    public override byte[] EncodeBody()
    {
        var body = new List<byte>();
        for (var index = 0; index < Proposals.Length; index++)
            Proposals[index].Encode(body, isLast: index + 1 == Proposals.Length);
        return [.. body];
    }

    internal static SecurityAssociationPayload Parse(ref FieldReader reader)
    {
        var proposals = ImmutableArray.CreateBuilder<Proposal>();
        var more = true;
        while (more && reader.Error is null)
        {
            if (proposals.Count == MaximumProposals)
                reader.Fail("Proposal Num", $"more than {MaximumProposals} proposals");
            else
                proposals.Add(Proposal.Parse(ref reader, out more));
        }
        if (reader.Remaining > 0)
            reader.Fail("Last Substruc", $"last proposal, but {reader.Remaining} octets follow");
        return new(proposals.DrainToImmutable());
    }

    private const int MaximumProposals = 255;
}

/// <summary>
/// A proposal substructure (RFC 7296 section 3.3.1):
/// <code>
/// | Last Substruc |   RESERVED    |         Proposal Length       |
/// | Proposal Num  |  Protocol ID  |    SPI Size   |Num  Transforms|
/// |                        SPI (variable)                         |
/// |                        &lt;Transforms>                           |
/// </code>
/// </summary>
/// <param name="Spi">0 octets in an initial IKE proposal, 8 for an IKE rekey, 4 for ESP and AH.</param>
public sealed record Proposal(byte Number, ProtocolId Protocol, Octets Spi, ImmutableArray<Transform> Transforms)
{
    public byte Reserved { get; init; }

    public IEnumerable<Transform> OfType(TransformType type) => Transforms.Where(transform => transform.Type == type);

    internal IEnumerable<string> Describe()
    {
        yield return $"proposal {Number}: {Protocol}{(Spi.IsEmpty ? "" : $" spi {Spi}")}";
        foreach (var transform in Transforms)
            yield return $"  {transform}";
    }

    internal void Encode(List<byte> target, bool isLast)
    {
        var start = target.Count;
        target.AddRange([(byte)(isLast ? 0 : 2), Reserved, 0, 0, Number, (byte)Protocol, (byte)Spi.Length, (byte)Transforms.Length]);
        target.AddRange(Spi.Span);
        for (var index = 0; index < Transforms.Length; index++)
            Transforms[index].Encode(target, isLast: index + 1 == Transforms.Length);
        var length = target.Count - start;
        target[start + 2] = (byte)(length >> 8);
        target[start + 3] = (byte)length;
    }

    internal static Proposal Parse(ref FieldReader reader, out bool more)
    {
        var last = reader.U8("Last Substruc");
        more = last == 2;
        if (last is not (0 or 2))
            reader.Fail("Last Substruc", $"{last}, only 0 and 2 are allowed in a proposal");
        var reserved = reader.U8("RESERVED");
        var length = reader.U16("Proposal Length");
        var body = reader.Sub(length - 4, "Proposal Length");
        var number = body.U8("Proposal Num");
        var protocol = (ProtocolId)body.U8("Protocol ID");
        var spiSize = body.U8("SPI Size");
        var count = body.U8("Num Transforms");
        var spi = body.Bytes(spiSize, "SPI");
        var transforms = ImmutableArray.CreateBuilder<Transform>();
        for (var moreTransforms = count > 0; moreTransforms && body.Error is null;)
            transforms.Add(Transform.Parse(ref body, out moreTransforms));
        if (body.Error is null && transforms.Count != count)
            body.Fail("Num Transforms", $"{count}, but {transforms.Count} transforms are there");
        if (body.Remaining > 0)
            body.Fail("Proposal Length", $"{body.Remaining} octets follow the last transform");
        if (body.Error is { } error)
            reader.Fail(error);
        return new(number, protocol, spi, transforms.DrainToImmutable()) { Reserved = reserved };
    }
}

/// <summary>
/// A transform substructure (RFC 7296 section 3.3.2):
/// <code>
/// | Last Substruc |   RESERVED    |        Transform Length       |
/// |Transform Type |   RESERVED    |          Transform ID         |
/// |                      Transform Attributes                     |
/// </code>
/// </summary>
public sealed record Transform(TransformType Type, ushort Id, ImmutableArray<TransformAttribute> Attributes)
{
    /// <summary>The two RESERVED octets.</summary>
    public ushort Reserved { get; init; }

    /// <summary>Key length in bits, null when the attribute is absent.</summary>
    public int? KeyLength
    {
        get
        {
            foreach (var attribute in Attributes)
                if (attribute.Type == TransformAttribute.KeyLengthType && attribute.IsShort)
                    return attribute.ShortValue;
            return null;
        }
    }

    public static Transform Encryption(EncryptionId id, int? keyLength = null) =>
        new(TransformType.Encryption, (ushort)id, keyLength is { } bits ? [TransformAttribute.KeyLength(bits)] : []);

    public static Transform Prf(PrfId id) => new(TransformType.PseudorandomFunction, (ushort)id, []);

    public static Transform Integrity(IntegrityId id) => new(TransformType.Integrity, (ushort)id, []);

    public static Transform KeyExchange(KeyExchangeId id) => new(TransformType.KeyExchange, (ushort)id, []);

    public static Transform SequenceNumbers(SequenceNumbersId id) => new(TransformType.SequenceNumbers, (ushort)id, []);

    /// <summary>Same type, id and attributes.</summary>
    public bool Matches(Transform other) => Type == other.Type && Id == other.Id && Attributes.SequenceEqual(other.Attributes);

    public override string ToString()
    {
        var name = Type switch
        {
            TransformType.Encryption => $"{(EncryptionId)Id}",
            TransformType.PseudorandomFunction => $"{(PrfId)Id}",
            TransformType.Integrity => $"{(IntegrityId)Id}",
            TransformType.KeyExchange => $"{(KeyExchangeId)Id}",
            TransformType.SequenceNumbers => $"{(SequenceNumbersId)Id}",
            >= TransformType.AdditionalKeyExchange1 and <= TransformType.AdditionalKeyExchange7 => $"{(KeyExchangeId)Id}",
            TransformType.KeyWrap => $"{(KeyWrapId)Id}",
            TransformType.GroupControllerAuthentication => $"{(GroupControllerAuthenticationId)Id}",
            _ => $"{Id}",
        };
        return $"{Type} {name}{string.Concat(Attributes.Select(attribute => $" {attribute}"))}";
    }

    internal void Encode(List<byte> target, bool isLast)
    {
        var start = target.Count;
        target.AddRange([(byte)(isLast ? 0 : 3), (byte)(Reserved >> 8), 0, 0, (byte)Type, (byte)Reserved, (byte)(Id >> 8), (byte)Id]);
        foreach (var attribute in Attributes)
            attribute.Encode(target);
        var length = target.Count - start;
        target[start + 2] = (byte)(length >> 8);
        target[start + 3] = (byte)length;
    }

    internal static Transform Parse(ref FieldReader reader, out bool more)
    {
        var last = reader.U8("Last Substruc");
        more = last == 3;
        if (last is not (0 or 3))
            reader.Fail("Last Substruc", $"{last}, only 0 and 3 are allowed in a transform");
        int reserved = reader.U8("RESERVED") << 8;
        var length = reader.U16("Transform Length");
        var body = reader.Sub(length - 4, "Transform Length");
        var type = (TransformType)body.U8("Transform Type");
        reserved |= body.U8("RESERVED");
        var id = body.U16("Transform ID");
        var attributes = ImmutableArray.CreateBuilder<TransformAttribute>();
        while (body.Remaining > 0)
            attributes.Add(TransformAttribute.Parse(ref body));
        if (body.Error is { } error)
            reader.Fail(error);
        return new(type, id, attributes.DrainToImmutable()) { Reserved = (ushort)reserved };
    }
}

/// <summary>
/// A transform attribute (RFC 7296 section 3.3.5): type/value (AF set, two octets of value) or type/length/value.
/// <code>
/// |A|       Attribute Type        |    AF=0  Attribute Length     |
/// |F|                             |    AF=1  Attribute Value      |
/// |                   AF=0  Attribute Value                       |
/// </code>
/// </summary>
/// <param name="Type">15 bits.</param>
/// <param name="IsShort">The AF bit.</param>
public sealed record TransformAttribute(ushort Type, bool IsShort, Octets Value)
{
    public const ushort KeyLengthType = 14;

    /// <summary>A DER-encoded AlgorithmIdentifier: what a group controller signs with (RFC 9838).</summary>
    public const ushort SignatureAlgorithmIdentifierType = 18;

    public int ShortValue => BinaryPrimitives.ReadUInt16BigEndian(Value.Span);

    /// <summary>The Key Length attribute; <paramref name="bits"/> below 65536.</summary>
    public static TransformAttribute KeyLength(int bits) => new(KeyLengthType, true, new byte[] { (byte)(bits >> 8), (byte)bits });

    public override string ToString() => Type == KeyLengthType && IsShort ? $"{ShortValue} bits"
        : Type == SignatureAlgorithmIdentifierType && !IsShort ? $"signature algorithm {Value}" : $"attribute {Type} = {Value}";

    internal void Encode(List<byte> target)
    {
        target.AddRange([(byte)((IsShort ? 0x80 : 0) | Type >> 8), (byte)Type]);
        if (!IsShort)
            target.AddRange([(byte)(Value.Length >> 8), (byte)Value.Length]);
        target.AddRange(Value.Span);
    }

    internal static TransformAttribute Parse(ref FieldReader reader)
    {
        var type = reader.U16("Attribute Type");
        if ((type & 0x8000) != 0)
            return new((ushort)(type & 0x7fff), true, Pad(reader.Bytes(2, "Attribute Value")));
        var length = reader.U16("Attribute Length");
        return new(type, false, reader.Bytes(length, "Attribute Value"));
    }

    // After an error the reader yields nothing; the record is thrown away, but must not trip over itself before.
    private static Octets Pad(Octets value) => value.Length == 2 ? value : new byte[2];
}
