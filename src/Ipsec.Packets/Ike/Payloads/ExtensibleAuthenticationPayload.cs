namespace Ipsec.Packets.Ike;

/// <summary>Codes of an EAP message (RFC 3748 section 4).</summary>
public enum EapCode : byte
{
    Request = 1,
    Response = 2,
    Success = 3,
    Failure = 4,
}

/// <summary>
/// Extensible Authentication payload EAP (RFC 7296 section 3.16), one EAP message (RFC 3748 section 4):
/// <code>
/// |     Code      | Identifier    |           Length              |
/// |     Type      | Type_Data...
/// </code>
/// Length counts the whole EAP message; success and failure end after it.
/// </summary>
/// <param name="Data">What follows Length: in requests and responses a type octet and its data.</param>
public sealed record ExtensibleAuthenticationPayload(EapCode Code, byte Identifier, Octets Data) : Payload
{
    public override PayloadType Type => PayloadType.ExtensibleAuthentication;

    /// <summary>EAP method (1 identity, 2 notification, 3 Nak, 4 MD5, 13 TLS, 26 MS-CHAPv2 …); null for success and failure.</summary>
    public byte? Method => Code is EapCode.Request or EapCode.Response && !Data.IsEmpty ? Data[0] : null;

    public override string Notation => $"EAP({Code}{(Method is { } method ? $" {method}" : "")})";

    public override IEnumerable<string> Describe() => [$"code {Code} identifier {Identifier}", $"data {Data}"];

    public override byte[] EncodeBody() =>
        [(byte)Code, Identifier, (byte)(Data.Length + HeaderSize >> 8), (byte)(Data.Length + HeaderSize), .. Data.Span];

    internal static ExtensibleAuthenticationPayload Parse(ref FieldReader reader)
    {
        var code = (EapCode)reader.U8("Code");
        var identifier = reader.U8("Identifier");
        var whole = reader.Remaining + 2;
        var length = reader.U16("Length");
        if (reader.Error is null && length != whole)
            reader.Fail("Length", $"{length}, but the EAP message has {whole} octets");
        return new(code, identifier, reader.Rest());
    }

    private const int HeaderSize = 4;
}
