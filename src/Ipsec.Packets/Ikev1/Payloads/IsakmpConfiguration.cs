using System.Collections.Immutable;

namespace Ipsec.Packets.Ikev1;

/// <summary>
/// Attributes payload of transaction exchanges, mode config and XAUTH (draft-dukes-ike-mode-cfg section 3.2, draft-beaulieu-ike-xauth):
/// <code>
/// |     Type      |   RESERVED    |           Identifier          |
/// |                          Attributes                           |
/// </code>
/// </summary>
public sealed record IsakmpConfiguration(Ikev1ConfigurationType ConfigurationType, ushort Identifier, ImmutableArray<IsakmpAttribute> Attributes)
    : IsakmpPayload
{
    /// <summary>The reserved octet after the type.</summary>
    public byte Reserved2 { get; init; }

    public override IsakmpPayloadType Type => IsakmpPayloadType.Configuration;

    public override string Notation => $"ATTR({ConfigurationType})";

    public override byte[] EncodeBody()
    {
        var body = new List<byte>([(byte)ConfigurationType, Reserved2, (byte)(Identifier >> 8), (byte)Identifier]);
        foreach (var attribute in Attributes)
            attribute.Encode(body);
        return [.. body];
    }

    internal static IsakmpConfiguration Parse(ref FieldReader reader)
    {
        var type = (Ikev1ConfigurationType)reader.U8("Type");
        var reserved = reader.U8("RESERVED");
        var identifier = reader.U16("Identifier");
        return new(type, identifier, IsakmpAttribute.ParseAll(ref reader)) { Reserved2 = reserved };
    }
}
