using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Ipsec.Packets.Ike;

/// <summary>Key Download payload KD (RFC 9838 section 4.5): bags of wrapped keys, for SAs of the group or for one member.</summary>
public sealed record KeyDownloadPayload(ImmutableArray<KeyBag> Bags) : Payload
{
    public override PayloadType Type => PayloadType.KeyDownload;

    public override string Notation => $"KD({string.Join(' ', Bags.Select(bag => bag.Title))})";

    public override IEnumerable<string> Describe() => Bags.SelectMany(bag => bag.Describe());

    public override byte[] EncodeBody()
    {
        var body = new List<byte>();
        foreach (var bag in Bags)
            bag.Encode(body);
        return [.. body];
    }

    internal static KeyDownloadPayload Parse(ref FieldReader reader)
    {
        var bags = ImmutableArray.CreateBuilder<KeyBag>();
        while (reader.Remaining > 0)
            bags.Add(KeyBag.Parse(ref reader));
        return new(bags.DrainToImmutable());
    }
}

/// <summary>
/// A key bag substructure (RFC 9838 sections 4.5.2 and 4.5.3): for an SA of the group, or with protocol zero for the member that it is sent to:
/// <code>
/// |    Protocol   | SPI Size, or 0|            Length             |
/// |                   SPI (variable; of a group)                  |
/// |                         &lt;Attributes>                           |
/// </code>
/// </summary>
/// <param name="Protocol">NONE in a member's bag.</param>
/// <param name="Spi">16 octets for the rekey SA (GIKE_UPDATE), 4 for ESP and AH, none in a member's bag.</param>
/// <param name="Attributes">Types: <see cref="GroupKeyBagAttributeType"/>, <see cref="MemberKeyBagAttributeType"/>.</param>
public sealed record KeyBag(ProtocolId Protocol, Octets Spi, ImmutableArray<TransformAttribute> Attributes)
{
    /// <summary>The second octet of a member's bag.</summary>
    public byte Reserved { get; init; }

    public bool IsMembers => Protocol == ProtocolId.None;

    public string Title => IsMembers ? "member" : Protocol == ProtocolId.GikeUpdate ? "rekey" : Protocol.ToString().ToUpperInvariant();

    /// <summary>Octets with the header of 4.</summary>
    public int Length => GroupAttributes.HeaderSize + Spi.Length + Attributes.Sum(GroupAttributes.Length);

    /// <summary>The attribute for a person: its name, and of a wrapped key whose it is.</summary>
    public string Text(TransformAttribute attribute)
    {
        var name = IsMembers ? GroupAttributes.Name<MemberKeyBagAttributeType>(attribute) : GroupAttributes.Name<GroupKeyBagAttributeType>(attribute);
        var isWrapped = !attribute.IsShort && attribute.Type == (IsMembers ? (ushort)MemberKeyBagAttributeType.WrapKey : (ushort)GroupKeyBagAttributeType.SaKey);
        return isWrapped && WrappedKey.TryParse(attribute.Value.Span, out var key)
            ? $"{name.Split(' ')[0]} key {key.KeyId} wrapped by {key.WrappingKeyId}, {key.EncryptedKey.Length} octets"
            : name;
    }

    internal IEnumerable<string> Describe() => [$"keys for {Title}{(Spi.IsEmpty ? "" : $" spi {Spi}")}", .. Attributes.Select(attribute => $"  {Text(attribute)}")];

    internal void Encode(List<byte> target)
    {
        var start = target.Count;
        target.AddRange([(byte)Protocol, IsMembers ? Reserved : (byte)Spi.Length, 0, 0]);
        target.AddRange(Spi.Span);
        GroupAttributes.Encode(Attributes, target, start);
    }

    internal static KeyBag Parse(ref FieldReader reader)
    {
        var protocol = (ProtocolId)reader.U8("Protocol");
        var isMembers = protocol == ProtocolId.None;
        var second = reader.U8(isMembers ? "RESERVED" : "SPI Size");
        var length = reader.U16("Length");
        var body = reader.Sub(length - GroupAttributes.HeaderSize, "Length");
        var spi = isMembers ? Octets.Empty : body.Bytes(second, "SPI");
        var attributes = GroupAttributes.Parse(ref body);
        if (body.Error is { } error)
            reader.Fail(error);
        return new(protocol, spi, attributes) { Reserved = isMembers ? second : (byte)0 };
    }
}

/// <summary>
/// A wrapped key (RFC 9838 section 4.5.4), the value of SA_KEY and WRAP_KEY:
/// <code>
/// |                            Key ID                             |
/// |                            KWK ID                             |
/// |                   Encrypted Key (variable)                    |
/// </code>
/// </summary>
/// <param name="KeyId">Zero for the keying material of an SA.</param>
/// <param name="WrappingKeyId">Zero for the default wrapping key.</param>
public readonly record struct WrappedKey(uint KeyId, uint WrappingKeyId, Octets EncryptedKey)
{
    private const int HeaderSize = 8;

    public static bool TryParse(ReadOnlySpan<byte> value, out WrappedKey key)
    {
        key = value.Length < HeaderSize
            ? default
            : new(BinaryPrimitives.ReadUInt32BigEndian(value), BinaryPrimitives.ReadUInt32BigEndian(value[4..]), new(value[HeaderSize..]));
        return value.Length >= HeaderSize;
    }
}
