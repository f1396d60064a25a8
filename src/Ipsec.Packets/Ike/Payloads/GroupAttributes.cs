using System.Collections.Immutable;

namespace Ipsec.Packets.Ike;

/// <summary>What the substructures of GSA and KD have in common: a length in the header, attributes in the format of RFC 7296 section 3.3.5 at the end.</summary>
internal static class GroupAttributes
{
    /// <summary>Octets: protocol, SPI size, length.</summary>
    public const int HeaderSize = 4;

    public static int Length(TransformAttribute attribute) => HeaderSize + (attribute.IsShort ? 0 : attribute.Value.Length);

    /// <summary>Name and value for a person.</summary>
    public static string Name<TType>(TransformAttribute attribute)
        where TType : struct, Enum => $"{(TType)Enum.ToObject(typeof(TType), attribute.Type)} {(attribute.IsShort ? $"{attribute.ShortValue}" : $"{attribute.Value}")}";

    /// <summary>Writes the attributes, then the length of what began at <paramref name="start"/>.</summary>
    public static void Encode(ImmutableArray<TransformAttribute> attributes, List<byte> target, int start)
    {
        foreach (var attribute in attributes)
            attribute.Encode(target);
        var length = target.Count - start;
        target[start + 2] = (byte)(length >> 8);
        target[start + 3] = (byte)length;
    }

    public static ImmutableArray<TransformAttribute> Parse(ref FieldReader body)
    {
        var attributes = ImmutableArray.CreateBuilder<TransformAttribute>();
        while (body.Remaining > 0)
            attributes.Add(TransformAttribute.Parse(ref body));
        return attributes.DrainToImmutable();
    }
}
