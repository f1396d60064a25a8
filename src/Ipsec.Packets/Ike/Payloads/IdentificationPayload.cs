using System.Net;
using System.Text;

namespace Ipsec.Packets.Ike;

/// <summary>
/// Identification payloads IDi and IDr (RFC 7296 section 3.5) and IDg (RFC 9838):
/// <code>
/// |   ID Type     |                 RESERVED                      |
/// |                   Identification Data                         |
/// </code>
/// </summary>
public sealed record IdentificationPayload(PayloadType Side, IdentificationType IdType, Octets Data) : Payload
{
    /// <summary>24 bits.</summary>
    public uint Reserved { get; init; }

    public override PayloadType Type => Side;

    /// <summary>The identity for a person: text for names, dotted or colon notation for addresses, hex for the rest.</summary>
    public string Identity => IdType switch
    {
        IdentificationType.Fqdn or IdentificationType.Rfc822Addr => Printable(Data.Span),
        IdentificationType.Ipv4Addr when Data.Length == 4 => new IPAddress(Data.Span).ToString(),
        IdentificationType.Ipv6Addr when Data.Length == 16 => new IPAddress(Data.Span).ToString(),
        _ => Data.ToString(),
    };

    public static IdentificationPayload Fqdn(PayloadType side, string name) => new(side, IdentificationType.Fqdn, Encoding.ASCII.GetBytes(name));

    public override IEnumerable<string> Describe() => [$"type {IdType}", $"identity {Identity}"];

    /// <summary>Also what AUTH is computed over (RestOfInitIDPayload, RFC 7296 section 2.15).</summary>
    public override byte[] EncodeBody() =>
        [(byte)IdType, (byte)(Reserved >> 16), (byte)(Reserved >> 8), (byte)Reserved, .. Data.Span];

    internal static IdentificationPayload Parse(PayloadType side, ref FieldReader reader)
    {
        var type = (IdentificationType)reader.U8("ID Type");
        var reserved = reader.U24("RESERVED");
        return new(side, type, reader.Rest()) { Reserved = reserved };
    }

    private static string Printable(ReadOnlySpan<byte> text)
    {
        var result = new StringBuilder();
        foreach (var octet in text)
            result.Append(octet is >= 0x20 and < 0x7f and not (byte)'\\' ? (char)octet : $"\\x{octet:x2}");
        return result.ToString();
    }
}
