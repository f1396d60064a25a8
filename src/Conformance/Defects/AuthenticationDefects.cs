using System.Collections.Immutable;
using Conformance.Implementations;
using Ipsec.Host;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Defects;

/// <summary>Faults in EAP and NULL authentication (RFC 7296 sections 2.16 and 3.16, RFC 7619).</summary>
internal static class AuthenticationDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        // EAP.
        Sending("eap-responder-without-signature", "A responder leaves AUTH out beside EAP", "RFC7296-2.16-1",
            message => message is { Header.IsResponse: true } && message.Find<ExtensibleAuthenticationPayload>() is not null
                ? message with { Payloads = [.. message.Payloads.Where(payload => payload is not AuthenticationPayload)] }
                : message),
        Sending("eap-responder-signs-wrongly", "A responder's signature beside EAP does not verify", "RFC7296-2.16-1",
            message => message is { Header.IsResponse: true } && message.Find<ExtensibleAuthenticationPayload>() is not null && message.Find<AuthenticationPayload>() is { } proof
                ? message with { Payloads = message.Payloads.Replace(proof, proof with { Data = Flipped(proof.Data) }) }
                : message),
        Eap("eap-without-certificate", "An initiator does EAP with a responder that has proved nothing but a shared key", "RFC7296-5-5"),
        Eap("eap-before-proof", "EAP runs with a responder whose certificate nobody checked", "RFC7296-5-4"),
        Sending("eap-sa-before-success", "A responder offers the SA beside its first EAP request", "RFC7296-2.16-2",
            message => message is { Header.IsResponse: true } && message.Find<ExtensibleAuthenticationPayload>() is not null
                ? message with { Payloads = message.Payloads.Add(new SecurityAssociationPayload([new Proposal(1, ProtocolId.Esp, new byte[] { 1, 2, 3, 4 }, [Transform.Encryption(EncryptionId.AesGcm16, 256)])])) }
                : message),
        Writing("eap-success-with-type", "EAP Success has a type", "RFC7296-3.16-3", eap => eap.Code == EapCode.Success ? eap with { Data = new byte[] { 4 } } : eap),
        Writing("eap-failure-said-as-success", "EAP Failure is sent as Success", "RFC7296-2.16-8", eap => eap.Code == EapCode.Failure ? eap with { Code = EapCode.Success } : eap),
        Writing("eap-success-said-as-failure", "EAP Success is sent as Failure", "RFC7296-2.16-7", eap => eap.Code == EapCode.Success ? eap with { Code = EapCode.Failure } : eap),
        Writing("eap-identity-asked-for", "A responder asks for the identity in EAP", "RFC7296-3.16-5",
            eap => eap.Code == EapCode.Request ? eap with { Data = new byte[] { (byte)EapMethod.Identity } } : eap),
        Writing("eap-identity-asked-for-again", "A responder asks in EAP for what IKE has told", "RFC7296-3.16-7",
            eap => eap.Code == EapCode.Request ? eap with { Data = new byte[] { (byte)EapMethod.Identity } } : eap),
        Writing("eap-identifier-of-its-own", "An EAP response has the identifier of the next request", "RFC7296-3.16-1",
            eap => eap.Code == EapCode.Response ? eap with { Identifier = (byte)(eap.Identifier + 1) } : eap),
        Writing("eap-response-of-another-type", "Nak is sent as another type", "RFC7296-3.16-4",
            eap => eap is { Code: EapCode.Response, Method: (byte)EapMethod.Nak } ? eap with { Data = (byte[])[6, .. eap.Data.Span[1..]] } : eap),
        Sending("eap-length-of-payload", "EAP's length counts the payload's header too", "RFC7296-3.16-2",
            message => message with { Payloads = [.. message.Payloads.Select(payload => payload is ExtensibleAuthenticationPayload ? TooLong(payload) : payload)] }),
        Sending("eap-auth-in-the-wrong-message", "AUTH behind EAP is left out", "RFC7296-2.16-10",
            message => message.Header is { ExchangeType: ExchangeType.IkeAuth, MessageId: > 1 } ? message with { Payloads = [.. message.Payloads.Where(payload => payload is not AuthenticationPayload)] } : message),
        Sending("eap-key-not-used", "AUTH after a method with a key has another key", "RFC7296-2.16-3", WrongAuthAfterEap),
        Sending("eap-sk-p-not-used", "AUTH after a method without a key is not made with SK_p", "RFC7296-2.16-6", WrongAuthAfterEap),
        Sending("eap-configuration-elsewhere", "Configuration payloads go where SA is not", "RFC7296-2.19-3",
            message => message.Header.ExchangeType == ExchangeType.IkeAuth && (message.Find<SecurityAssociationPayload>() is null) != (message.Find<ConfigurationPayload>() is null)
                ? message
                : message.Header.ExchangeType == ExchangeType.IkeAuth ? message with { Payloads = [.. message.Payloads.Where(payload => payload is not ConfigurationPayload)] } : message),

        // NULL authentication.
        Null("null-authentication-for-anybody", "Peers without proof are taken wherever they come", "RFC7619-2-1"),
        Null("null-authentication-reaches-all", "Peers without proof get what is meant for others", "RFC7619-3.3-1"),
        Sending("null-identity-with-data", "ID_NULL is sent with data", "RFC7619-2.2-1",
            message => message with { Payloads = [.. message.Payloads.Select(payload => payload is IdentificationPayload { IdType: IdentificationType.Null } identity ? identity with { Data = "nobody"u8.ToArray() } : payload)] }),
        new("null-identity-named", "Who proves nothing calls itself by a name", "RFC7619-2.2-2")
        {
            MisreadPolicy = policy => policy.Anonymous.HasFlag(PolicyEnds.Implementation) ? policy with { LocalIdentity = "iut.example" } : policy,
        },
        new("null-authentication-unknown", "Peers without proof are refused although the policy is for them", "RFC7619-2.4-1")
        {
            MisreadPolicy = policy => policy with { Anonymous = policy.Anonymous & ~PolicyEnds.Tester },
        },
        Options("null-authentication-by-name", "A peer without proof is refused for what it calls itself", "RFC7619-2.2-3", options => options with
        {
            IkeCodec = new DefectiveCodec(onRead: payloads => payloads.OfType<AuthenticationPayload>().Any(proof => proof.Method == AuthenticationMethod.NullAuthentication)
                && payloads.OfType<IdentificationPayload>().Any(identity => identity.IdType != IdentificationType.Null)
                    ? [.. payloads.Where(payload => payload is not AuthenticationPayload)]
                    : payloads),
        }),
        Options("null-initial-contact-believed", "What a peer without proof says of its other IKE SAs is believed", "RFC7619-2.3-1", options => options with
        {
            IkeCodec = DeletingOnContact(),
        }),
    ];

    /// <summary>The next answer after an anonymous INITIAL_CONTACT is not given.</summary>
    private static DefectiveCodec DeletingOnContact()
    {
        var hasContact = false;
        return new(
            onRead: payloads =>
            {
                hasContact |= payloads.Any(payload => payload is NotifyPayload { NotifyType: NotifyType.InitialContact });
                return payloads;
            },
            onWrite: message => hasContact && message.Header is { IsResponse: true, ExchangeType: ExchangeType.Informational }
                ? message with { Payloads = [new NotifyPayload(NotifyType.InvalidSyntax)] }
                : message);
    }

    private static IkeMessage WrongAuthAfterEap(IkeMessage message) => message.Header is { ExchangeType: ExchangeType.IkeAuth, MessageId: > 1 } && message.Find<AuthenticationPayload>() is { } proof
        ? message with { Payloads = message.Payloads.Replace(proof, proof with { Data = Flipped(proof.Data) }) }
        : message;

    private static Octets Flipped(Octets octets)
    {
        var changed = octets.ToArray();
        changed[^1] ^= 1;
        return changed;
    }

    private static UnknownPayload TooLong(Payload payload)
    {
        var body = payload.EncodeBody();
        body[3] += 4;
        return new(PayloadType.ExtensibleAuthentication, body);
    }

    /// <summary>The shared key does, in either role.</summary>
    private static Defect Null(string name, string effect, string requirement) => new(name, effect, requirement)
    {
        MisreadPolicy = policy => policy.Certificates is null ? policy with { Anonymous = policy.Anonymous | PolicyEnds.Tester } : policy,
    };

    private static Defect Eap(string name, string effect, string requirement) => Options(name, effect, requirement, options => options with
    {
        // As if an initiator answered whatever came: the refusal that follows a bad proof becomes an EAP response.
        IkeCodec = new DefectiveCodec(onWrite: message => message.Header is { IsResponse: false, ExchangeType: ExchangeType.Informational } && message.Notify(NotifyType.AuthenticationFailed) is not null
            ? message with { Payloads = [new ExtensibleAuthenticationPayload(EapCode.Response, 1, new byte[] { (byte)EapMethod.Nak, 0 })] }
            : message),
    });

    private static Defect Options(string name, string effect, string requirement, Func<IpsecHostOptions, IpsecHostOptions> inject) => new(name, effect, requirement) { Inject = inject };

    private static Defect Sending(string name, string effect, string requirement, Func<IkeMessage, IkeMessage> change) =>
        Options(name, effect, requirement, options => options with { IkeCodec = new DefectiveCodec(onWrite: change) });

    private static Defect Writing(string name, string effect, string requirement, Func<ExtensibleAuthenticationPayload, ExtensibleAuthenticationPayload> change) => Sending(
        name, effect, requirement, message => message with { Payloads = [.. message.Payloads.Select(payload => payload is ExtensibleAuthenticationPayload eap ? change(eap) : payload)] });
}
