using Conformance.Decoding;
using Ipsec.Packets.Ike;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>Generic headers, reserved fields, order and multiplicity of payloads (RFC 7296 section 3).</summary>
internal static class IkePayloadRules
{
    public static IEnumerable<Rule> All =>
    [
        Payloads("001", "Reserved bits of generic headers are zero", "RFC7296-3.2-6 RFC7296-2.5-6", payload =>
            That((payload.Flags & 0x7F) == 0, "reserved bits zero", $"0x{payload.Flags:x2} in {payload.Type.Notation()}")),
        Payloads("002", "Payloads that RFC 7296 defines have the critical bit clear", "RFC7296-3.2-4 RFC7296-3.2-1", payload =>
            payload.Type is >= PayloadType.SecurityAssociation and <= PayloadType.ExtensibleAuthentication and not PayloadType.VendorId
                ? That((payload.Flags & 0x80) == 0, "critical bit clear", $"set in {payload.Type.Notation()}")
                : NotExercised),
        Message("003", "Responses never carry the critical bit", "RFC7296-2.5-10", ike => ike.IsResponse
            ? Each(ike.Outer.Concat(ike.Inner ?? []), payload => That((payload.Flags & 0x80) == 0, "critical bit clear", $"set in {payload.Type.Notation()}"))
            : NotExercised),
        Payloads("004", "Vendor ids have the critical bit clear", "RFC7296-3.12-2", payload => payload.Type == PayloadType.VendorId
            ? That((payload.Flags & 0x80) == 0, "critical bit clear", "set")
            : NotExercised),
        Payloads("005", "Payload types are ones that the registry has", "RFC7296-3-1", payload =>
            That(Enum.IsDefined(payload.Type), "an assigned payload type", $"{(byte)payload.Type}")),
        Message("006", "Nothing follows the Encrypted payload", "RFC7296-3.14-1", ike => ike.Outer.Any(payload => payload.Type == PayloadType.Encrypted)
            ? That(!IsFollowed(ike), "the Encrypted payload last", $"{ike.ChainError}")
            : NotExercised),
        Message("007", "No Encrypted payload is inside of another", "RFC7296-3.1-1", ike => ike.Inner is { } inner
            ? That(inner.All(payload => payload.Type is not (PayloadType.Encrypted or PayloadType.EncryptedFragment)), "payloads in clear inside", "an Encrypted payload")
            : NotExercised),
        Message("008", "CP stands before SA", "RFC7296-2.19-2", ike =>
        {
            PayloadType[] types = [.. ike.Content.Select(payload => payload.Type)];
            var (cp, sa) = (Array.IndexOf(types, PayloadType.Configuration), Array.IndexOf(types, PayloadType.SecurityAssociation));
            return cp < 0 || sa < 0 ? NotExercised : That(cp < sa, "CP, then SA", "SA, then CP");
        }),
        Of<IdentificationPayload>("009", "The reserved octets of identities are zero", "RFC7296-3.5-1 RFC7296-2.5-6", payload => Reserved(payload.Reserved)),
        Of<AuthenticationPayload>("010", "The reserved octets of AUTH are zero", "RFC7296-3.8-2 RFC7296-2.5-6", payload => Reserved(payload.Reserved)),
        Of<TrafficSelectorPayload>("011", "The reserved octets of traffic selector payloads are zero", "RFC7296-3.13-1 RFC7296-2.5-6", payload => Reserved(payload.Reserved)),
        Of<ConfigurationPayload>("012", "The reserved octets of configuration payloads are zero", "RFC7296-3.15-1 RFC7296-2.5-6", payload => Reserved(payload.Reserved)),
        Of<KeyExchangePayload>("013", "The reserved octets of KE are zero", "RFC7296-2.5-6", payload => Reserved(payload.Reserved)),
        Of<SecurityAssociationPayload>("014", "The reserved octet of proposals is zero", "RFC7296-3.3.1-1", payload =>
            Each(payload.Proposals, proposal => Reserved(proposal.Reserved))),
        Of<SecurityAssociationPayload>("015", "The reserved octets of transforms are zero", "RFC7296-3.3.2-1", payload =>
            Each(payload.Proposals.SelectMany(proposal => proposal.Transforms), transform => Reserved(transform.Reserved))),
        Message("016", "Lengths and counts in an SA payload agree", "RFC7296-3.3-4", ike => Each(ike.Content, payload => payload.Type == PayloadType.SecurityAssociation
            ? That(payload.Error is null, "lengths that fit each other", $"{payload.Error}")
            : NotExercised)),
        Of<IdentificationPayload>("017", "Domain names in identities have no terminator", "RFC7296-3.5-2", payload => payload.IdType == IdentificationType.Fqdn
            ? That(!payload.Data.Span.ContainsAny((byte)0, (byte)'\r', (byte)'\n'), "no terminator", $"{payload.Identity}")
            : NotExercised),
        Of<IdentificationPayload>("018", "Mail addresses in identities have no terminator", "RFC7296-3.5-3", payload => payload.IdType == IdentificationType.Rfc822Addr
            ? That(!payload.Data.Span.ContainsAny((byte)0, (byte)'\r', (byte)'\n'), "no terminator", $"{payload.Identity}")
            : NotExercised),
        Of<CertificateRequestPayload>("019", "Only encodings that are specified are asked for", "RFC7296-3.7-2", payload =>
            That(payload.Encoding is CertificateEncoding.X509CertificateSignature or CertificateEncoding.CertificateRevocationList or CertificateEncoding.RawRsaKey
                or CertificateEncoding.HashAndUrlOfX509Certificate or CertificateEncoding.HashAndUrlOfX509Bundle or CertificateEncoding.OcspContent
                or CertificateEncoding.RawPublicKey, "a specified encoding", $"{(byte)payload.Encoding}")),
        Message("020", "Each protected message has an IV of its own", "RFC7296-3.14-3", ike => ike is { IsReassembled: false, IsRepeat: false, Opened.Iv.IsEmpty: false }
            ? That(ike.SameIv is null, "an IV that was not used before", $"that of frame {ike.SameIv}")
            : NotExercised),
        Message("021", "Padding fills the last block", "RFC7296-3.14-4", ike => ike is { IsReassembled: false, Opened.Plaintext: { } plaintext }
            ? That(plaintext[^1] < plaintext.Length, "a Pad Length within the plaintext", $"{plaintext[^1]} of {plaintext.Length} octets")
            : NotExercised),
        Message("022", "The integrity check value is right", "RFC7296-3.14-6", ike => ike is { IsReassembled: false, Icv: IcvState.Verified or IcvState.Wrong }
            ? That(ike.Icv == IcvState.Verified, "the ICV of the message", "another")
            : NotExercised),
    ];

    private static Rule Of<T>(string number, string title, string covers, Func<T, Judgement> judge) where T : Payload =>
        Message(number, title, covers, ike => Each(ike.All<T>(), judge));

    private static Rule Payloads(string number, string title, string covers, Func<SeenPayload, Judgement> judge) =>
        Message(number, title, covers, ike => Each(ike.Outer.Concat(ike.Inner ?? []), judge));

    private static Rule Message(string number, string title, string covers, Func<IkeSighting, Judgement> judge) =>
        Rule.Of<IkeSighting>($"RULE-IKE-PAYLOAD-{number}", title, covers, judge);

    private static Judgement Reserved(uint value) => That(value == 0, "zero", $"0x{value:x}");

    private static bool IsFollowed(IkeSighting ike) => ike is { Inner: null, ChainError: not null };
}
