using System.Collections.Immutable;
using System.Net;
using System.Text;

namespace Ipsec.Packets.Ike;

/// <summary>
/// Configuration payload CP (RFC 7296 section 3.15):
/// <code>
/// |   CFG Type    |                    RESERVED                   |
/// |                   Configuration Attributes                    |
/// </code>
/// </summary>
public sealed record ConfigurationPayload(ConfigurationType ConfigurationType, ImmutableArray<ConfigurationAttribute> Attributes) : Payload
{
    /// <summary>24 bits.</summary>
    public uint Reserved { get; init; }

    public override PayloadType Type => PayloadType.Configuration;

    public override string Notation => $"CP(CFG_{ConfigurationType.ToString().ToUpperInvariant()})";

    public override IEnumerable<string> Describe() => Attributes.Select(attribute => attribute.ToString());

    public override byte[] EncodeBody()
    {
        var body = new List<byte>([(byte)ConfigurationType, (byte)(Reserved >> 16), (byte)(Reserved >> 8), (byte)Reserved]);
        foreach (var attribute in Attributes)
            attribute.Encode(body);
        return [.. body];
    }

    internal static ConfigurationPayload Parse(ref FieldReader reader)
    {
        var type = (ConfigurationType)reader.U8("CFG Type");
        var reserved = reader.U24("RESERVED");
        var attributes = ImmutableArray.CreateBuilder<ConfigurationAttribute>();
        while (reader.Remaining > 0)
            attributes.Add(ConfigurationAttribute.Parse(ref reader));
        return new(type, attributes.DrainToImmutable()) { Reserved = reserved };
    }
}

/// <summary>
/// A configuration attribute (RFC 7296 section 3.15.1):
/// <code>
/// |R|         Attribute Type      |            Length             |
/// |                             Value                             |
/// </code>
/// </summary>
/// <param name="Type">15 bits.</param>
/// <param name="Value">At most 65535 octets; empty in a request for any value.</param>
public sealed record ConfigurationAttribute(ConfigurationAttributeType Type, Octets Value)
{
    /// <summary>The R bit, ignored on receipt.</summary>
    public bool Reserved { get; init; }

    /// <summary>The value for a person: addresses and text as such, the rest as hex.</summary>
    public string Text => Type switch
    {
        ConfigurationAttributeType.ApplicationVersion or ConfigurationAttributeType.InternalDnsDomain => Printable(Value.Span),
        ConfigurationAttributeType.InternalIp6Address or ConfigurationAttributeType.InternalIp6Subnet when Value.Length == 17 =>
            $"{new IPAddress(Value.Span[..16])}/{Value[16]}",
        ConfigurationAttributeType.InternalIp4Subnet when Value.Length == 8 =>
            $"{new IPAddress(Value.Span[..4])}/{new IPAddress(Value.Span[4..])}",
        ConfigurationAttributeType.InternalIp6Dns or ConfigurationAttributeType.InternalIp6Dhcp or ConfigurationAttributeType.PCscfIp6Address
            when Value.Length == 16 => new IPAddress(Value.Span).ToString(),
        _ when Value.Length == 4 => new IPAddress(Value.Span).ToString(),
        _ => Value.ToString(),
    };

    public override string ToString() => Value.IsEmpty ? $"{Type}" : $"{Type} {Text}";

    internal void Encode(List<byte> target)
    {
        target.AddRange([
            (byte)((Reserved ? 0x80 : 0) | (ushort)Type >> 8 & 0x7f), (byte)Type, (byte)(Value.Length >> 8), (byte)Value.Length]);
        target.AddRange(Value.Span);
    }

    internal static ConfigurationAttribute Parse(ref FieldReader reader)
    {
        var type = reader.U16("Attribute Type");
        var length = reader.U16("Length");
        return new((ConfigurationAttributeType)(type & 0x7fff), reader.Bytes(length, "Value")) { Reserved = (type & 0x8000) != 0 };
    }

    private static string Printable(ReadOnlySpan<byte> text)
    {
        var result = new StringBuilder();
        foreach (var octet in text)
            result.Append(octet is >= 0x20 and < 0x7f ? (char)octet : '.');
        return result.ToString();
    }
}
