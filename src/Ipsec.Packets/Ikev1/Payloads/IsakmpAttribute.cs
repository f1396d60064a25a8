using System.Collections.Immutable;

namespace Ipsec.Packets.Ikev1;

/// <summary>
/// A data attribute (RFC 2408 section 3.3): type/value (AF set, two octets of value) or type/length/value.
/// <code>
/// |A|       Attribute Type        |    AF=0  Attribute Length     |
/// |F|                             |    AF=1  Attribute Value      |
/// |                   AF=0  Attribute Value                       |
/// </code>
/// </summary>
/// <param name="Type">15 bits; its meaning is that of the payload around it.</param>
/// <param name="IsShort">The AF bit.</param>
public sealed record IsakmpAttribute(ushort Type, bool IsShort, Octets Value)
{
    /// <summary>The value as a number in network order; null when it is empty or longer than 8 octets.</summary>
    public ulong? Number
    {
        get
        {
            if (Value.Length is 0 or > 8)
                return null;
            ulong number = 0;
            foreach (var octet in Value.Span)
                number = number << 8 | octet;
            return number;
        }
    }

    /// <summary>An attribute in the short form.</summary>
    public static IsakmpAttribute Short(ushort type, ushort value) => new(type, true, new byte[] { (byte)(value >> 8), (byte)value });

    internal void Encode(List<byte> target)
    {
        target.AddRange([(byte)((IsShort ? 0x80 : 0) | Type >> 8 & 0x7f), (byte)Type]);
        if (!IsShort)
            target.AddRange([(byte)(Value.Length >> 8), (byte)Value.Length]);
        target.AddRange(Value.Span);
    }

    internal static ImmutableArray<IsakmpAttribute> ParseAll(ref FieldReader reader)
    {
        var attributes = ImmutableArray.CreateBuilder<IsakmpAttribute>();
        while (reader.Remaining > 0)
        {
            var type = reader.U16("Attribute Type");
            var isShort = (type & 0x8000) != 0;
            var length = isShort ? 2 : reader.U16("Attribute Length");
            attributes.Add(new((ushort)(type & 0x7fff), isShort, reader.Bytes(length, "Attribute Value")));
        }
        return attributes.DrainToImmutable();
    }
}
