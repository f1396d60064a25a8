using System.Net;
using System.Text;

namespace Ipsec.Packets.Ikev1;

/// <summary>
/// Identification payload (RFC 2407 section 4.6.2):
/// <code>
/// |   ID Type     |  Protocol ID  |             Port              |
/// |                   Identification Data                         |
/// </code>
/// </summary>
public sealed record IsakmpIdentification(IsakmpIdentificationType IdType, byte Protocol, ushort Port, Octets Data) : IsakmpPayload
{
    public override IsakmpPayloadType Type => IsakmpPayloadType.Identification;

    /// <summary>The identity for a person: text for names, addresses in their notation, hex for the rest.</summary>
    public string Identity => IdType switch
    {
        IsakmpIdentificationType.Fqdn or IsakmpIdentificationType.UserFqdn => Printable(Data.Span),
        IsakmpIdentificationType.Ipv4Addr when Data.Length == 4 => new IPAddress(Data.Span).ToString(),
        IsakmpIdentificationType.Ipv6Addr when Data.Length == 16 => new IPAddress(Data.Span).ToString(),
        IsakmpIdentificationType.Ipv4AddrSubnet when Data.Length == 8 => Pair('/'),
        IsakmpIdentificationType.Ipv6AddrSubnet when Data.Length == 32 => Pair('/'),
        IsakmpIdentificationType.Ipv4AddrRange when Data.Length == 8 => Pair('-'),
        IsakmpIdentificationType.Ipv6AddrRange when Data.Length == 32 => Pair('-'),
        _ => Data.ToString(),
    };

    public override byte[] EncodeBody() => [(byte)IdType, Protocol, (byte)(Port >> 8), (byte)Port, .. Data.Span];

    internal static IsakmpIdentification Parse(ref FieldReader reader)
    {
        var type = (IsakmpIdentificationType)reader.U8("ID Type");
        var protocol = reader.U8("Protocol ID");
        var port = reader.U16("Port");
        return new(type, protocol, port, reader.Rest());
    }

    private string Pair(char between) => $"{new IPAddress(Data.Span[..(Data.Length / 2)])}{between}{new IPAddress(Data.Span[(Data.Length / 2)..])}";

    private static string Printable(ReadOnlySpan<byte> text)
    {
        var result = new StringBuilder();
        foreach (var octet in text)
            result.Append(octet is >= 0x20 and < 0x7f ? (char)octet : '.');
        return result.ToString();
    }
}
