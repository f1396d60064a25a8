using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Testing;

/// <summary>EAP as the tester has it, in both roles (RFC 7296 section 2.16, RFC 3748): MD5-Challenge and MS-CHAPv2.</summary>
public sealed partial class IkeSession
{
    private const byte MsChapChallenge = 1, MsChapResponse = 2, MsChapSuccess = 3;

    private readonly byte[] _challenge = new byte[MsChapV2.ChallengeSize];
    private IdentificationPayload? _eapResponder, _eapInitiator;
    private byte _eapIdentifier;
    private string _expectedProof = "";

    /// <summary>What the tester takes the password for; null for the policy's.</summary>
    public string? EapPassword { get; set; }

    /// <summary>MSK; null as long as there is none, and with a method that makes none.</summary>
    public byte[]? EapKey { get; private set; }

    /// <summary>An IKE_AUTH request that leaves AUTH and the tester's certificates out.</summary>
    public ImmutableArray<Payload> EapRequestPayloads(out EspSession child) =>
        [.. AuthRequestPayloads(out child).Where(payload => payload is not (AuthenticationPayload or CertificatePayload))];

    /// <summary>Takes the response to that: null, or what is wrong with the responder's proof.</summary>
    public string? TakeEapBeginning(ReceivedIke response)
    {
        _eapResponder = response.Payloads.OfType<IdentificationPayload>().FirstOrDefault(payload => payload.Side == PayloadType.IdentificationResponder);
        return VerifyPeer(response, PayloadType.IdentificationResponder);
    }

    /// <summary>The tester's answer to a request; null to a request that it has no answer for.</summary>
    public ExtensibleAuthenticationPayload? AnswerEap(ExtensibleAuthenticationPayload request)
    {
        byte[]? data = (EapMethod?)request.Method switch
        {
            EapMethod.Identity => [(byte)EapMethod.Identity, .. UserName],
            EapMethod.Md5Challenge when request.Data.Length > 1 && request.Data.Length >= 2 + request.Data[1] =>
                [(byte)EapMethod.Md5Challenge, 16, .. Md5(request.Identifier, request.Data.Span.Slice(2, request.Data[1]))],
            EapMethod.MsChapV2 => AnswerMsChap(request.Data.Span[1..]),
            _ => null,
        };
        return data is null ? null : new(EapCode.Response, request.Identifier, data);
    }

    /// <summary>AUTH of the tester after EAP: with its key, or with its own SK_p where there is none.</summary>
    public AuthenticationPayload AuthenticateAfterEap() => AuthenticateBy(EapKey ?? OwnSkP, OwnIdentity());

    /// <summary>Null, or what is wrong with the peer's AUTH after EAP.</summary>
    public string? VerifyAfterEap(ReceivedIke message) => message.Find<AuthenticationPayload>() is { } authentication
        ? VerifyBy(EapKey ?? PeerSkP, (IsInitiator ? _eapResponder : _eapInitiator)!, authentication)
        : "no AUTH payload";

    /// <summary>Takes an IKE_AUTH request without AUTH: the tester's proof, and its first EAP request.</summary>
    public ImmutableArray<Payload> BeginEap(ReceivedIke request)
    {
        _eapInitiator = request.Payloads.OfType<IdentificationPayload>().FirstOrDefault(payload => payload.Side == PayloadType.IdentificationInitiator);
        var identity = OwnIdentity();
        return [identity, .. CertificatePayloads().Where(payload => payload is CertificatePayload), Authenticate(identity), AskEap()];
    }

    /// <summary>A challenge by the policy's method.</summary>
    public ExtensibleAuthenticationPayload AskEap()
    {
        _random.Fill(_challenge);
        _eapIdentifier++;
        byte[] value = [(byte)_challenge.Length, .. _challenge];
        if (Policy.Eap!.Method == EapMethod.MsChapV2)
            value = MsChapPacket(MsChapChallenge, _eapIdentifier, [.. value, .. "tester"u8]);
        return new(EapCode.Request, _eapIdentifier, (byte[])[(byte)Policy.Eap.Method, .. value]);
    }

    /// <summary>The tester's next EAP message after a response: Failure after what is wrong.</summary>
    public ExtensibleAuthenticationPayload TakeEapResponse(ExtensibleAuthenticationPayload response)
    {
        var data = response.Data.Span;
        if (response.Method is not { } method || (EapMethod)method != Policy.Eap!.Method)
            return new(EapCode.Failure, _eapIdentifier, Octets.Empty);
        if ((EapMethod)method == EapMethod.Md5Challenge)
            return new(data.Length >= 18 && data[1] == 16 && data.Slice(2, 16).SequenceEqual(Md5(_eapIdentifier, _challenge)) ? EapCode.Success : EapCode.Failure, _eapIdentifier, Octets.Empty);
        if (EapKey is not null)
            return new(data.Length == 2 && data[1] == MsChapSuccess ? EapCode.Success : EapCode.Failure, _eapIdentifier, Octets.Empty);
        // Type, OpCode, MS-CHAPv2-ID, MS-Length, value size; then the value of 49 octets, and the name.
        if (data.Length < 55 || data[1] != MsChapResponse)
            return new(EapCode.Failure, _eapIdentifier, Octets.Empty);
        var (peerChallenge, given) = (data.Slice(6, 16).ToArray(), data.Slice(30, MsChapV2.ResponseSize).ToArray());
        if (!given.SequenceEqual(MsChapV2.Response(_challenge, peerChallenge, UserName, Password)))
            return new(EapCode.Failure, _eapIdentifier, Octets.Empty);
        EapKey = MsChapV2.MasterSessionKey(Password, given);
        var proof = MsChapV2.AuthenticatorResponse(_challenge, peerChallenge, UserName, Password, given);
        return new(EapCode.Request, ++_eapIdentifier, (byte[])[(byte)EapMethod.MsChapV2, .. MsChapPacket(MsChapSuccess, data[2], Encoding.ASCII.GetBytes($"{proof} M=OK"))]);
    }

    /// <summary>After Success: answers the offer of the first request behind AUTH. Null and what is wrong, or the payloads.</summary>
    public ImmutableArray<Payload>? ConcludeEap(ReceivedIke first, out EspSession child, out string trouble) => AnswerOffer(first, [AuthenticateAfterEap()], out child, out trouble);

    private byte[]? AnswerMsChap(ReadOnlySpan<byte> data)
    {
        if (data.Length >= 21 && data[0] == MsChapChallenge && data[4] == MsChapV2.ChallengeSize)
        {
            var (challenge, own) = (data.Slice(5, MsChapV2.ChallengeSize).ToArray(), _random.Bytes(MsChapV2.ChallengeSize));
            var response = MsChapV2.Response(challenge, own, UserName, Password);
            EapKey = MsChapV2.MasterSessionKey(Password, response);
            _expectedProof = MsChapV2.AuthenticatorResponse(challenge, own, UserName, Password, response);
            byte[] value = [.. own, .. new byte[8], .. response, 0];
            return [(byte)EapMethod.MsChapV2, .. MsChapPacket(MsChapResponse, data[1], [(byte)value.Length, .. value, .. UserName])];
        }
        return data.Length > 4 && data[0] == MsChapSuccess && Encoding.ASCII.GetString(data[4..]).StartsWith(_expectedProof, StringComparison.Ordinal)
            ? [(byte)EapMethod.MsChapV2, MsChapSuccess]
            : null;
    }

    private static byte[] MsChapPacket(byte opCode, byte identifier, byte[] value) =>
        [opCode, identifier, (byte)(value.Length + 4 >> 8), (byte)(value.Length + 4), .. value];

    private byte[] Md5(byte identifier, ReadOnlySpan<byte> challenge) => MD5.HashData([identifier, .. Password, .. challenge]);

    private byte[] UserName => Encoding.ASCII.GetBytes((Policy.Eap!.IsImplementation ? Policy.LocalIdentity : Policy.RemoteIdentity).ToString());

    private byte[] Password => Encoding.ASCII.GetBytes(EapPassword ?? Policy.Eap!.Password);
}
