using System.Security.Cryptography;
using System.Text;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>EAP as the one who answers (RFC 3748). Success counts only where its method is through.</summary>
internal sealed class EapClient(EapCredential credential, RandomSource random) : IDisposable
{
    private EapMethod? _method;
    private string? _expectedProof;
    private byte[]? _pendingKey;
    private bool _isThrough;
    private int _rounds;

    /// <summary>MSK; null with a method that makes no key. To be used after Success only.</summary>
    public byte[]? Key { get; private set; }

    public bool HasSucceeded { get; private set; }

    /// <summary>The answer to a request; null after Success, and after what can't go on, with the reason.</summary>
    public ExtensibleAuthenticationPayload? Take(ExtensibleAuthenticationPayload message, out string reason)
    {
        reason = "";
        if (message.Data.Length > EapLimits.Length || ++_rounds > EapLimits.Rounds)
            reason = "EAP goes on for too long";
        else if (message.Code == EapCode.Success && _isThrough && message.Data.IsEmpty)
            HasSucceeded = true;
        else if (message.Code == EapCode.Failure)
            reason = "EAP has failed";
        else if (message is not { Code: EapCode.Request, Method: { } type })
            reason = "EAP has no request where one is due";
        else if (Answer((EapMethod)type, message.Identifier, message.Data.Span[1..]) is { } data)
            return new(EapCode.Response, message.Identifier, Octets.TakeOver(data));
        else
            reason = "the EAP request can't be answered";
        return null;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(Key);
        CryptographicOperations.ZeroMemory(_pendingKey);
    }

    /// <summary>Type and data of the response.</summary>
    private byte[]? Answer(EapMethod method, byte identifier, ReadOnlySpan<byte> data)
    {
        if (method == EapMethod.Identity)
            return [(byte)method, .. credential.Name.Span];
        if (method == EapMethod.Notification)
            return [(byte)method];
        if (!credential.Methods.Contains(method))
            return [(byte)EapMethod.Nak, .. credential.Methods.Select(wanted => (byte)wanted)];
        // RFC 3748 section 2.1: no second method after the first.
        if (_method is { } begun && begun != method)
            return null;
        _method = method;
        return method == EapMethod.MsChapV2 ? AnswerMsChap(data) : AnswerMd5(identifier, data);
    }

    private byte[]? AnswerMd5(byte identifier, ReadOnlySpan<byte> data)
    {
        if (!Md5Challenge.TryReadValue(data, out var challenge))
            return null;
        _isThrough = true;
        return [(byte)EapMethod.Md5Challenge, Md5Challenge.ValueSize, .. Md5Challenge.Value(identifier, credential.Password.Span, challenge), .. credential.Name.Span];
    }

    private byte[]? AnswerMsChap(ReadOnlySpan<byte> data)
    {
        if (!MsChapV2Packet.TryParse(data, out var packet))
            return null;
        var answer = packet.OpCode switch
        {
            MsChapV2OpCode.Challenge when packet.Value.Length > MsChapV2.ChallengeSize && packet.Value[0] == MsChapV2.ChallengeSize =>
                Respond(packet.Identifier, packet.Value.Slice(1, MsChapV2.ChallengeSize)),
            MsChapV2OpCode.Success when IsExpectedProof(packet.Value) => Acknowledge(),
            MsChapV2OpCode.Failure => [(byte)MsChapV2OpCode.Failure],
            _ => null,
        };
        return answer is null ? null : [(byte)EapMethod.MsChapV2, .. answer];
    }

    private byte[] Respond(byte identifier, ReadOnlySpan<byte> challenge)
    {
        var own = random.Bytes(MsChapV2.ChallengeSize);
        var name = credential.Name.Span;
        var password = credential.Password.Span;
        var response = MsChapV2.Response(challenge, own, name, password);
        _expectedProof = MsChapV2.AuthenticatorResponse(challenge, own, name, password, response);
        CryptographicOperations.ZeroMemory(_pendingKey);
        _pendingKey = MsChapV2.MasterSessionKey(password, response);
        byte[] value = [.. own, .. new byte[8], .. response, 0];
        return MsChapV2Packet.Write(MsChapV2OpCode.Response, identifier, [(byte)value.Length, .. value, .. name]);
    }

    /// <summary>The server has the password too; perhaps with a message behind its proof.</summary>
    private bool IsExpectedProof(ReadOnlySpan<byte> value) =>
        _expectedProof is { } proof && value.Length >= proof.Length
        && CryptographicOperations.FixedTimeEquals(value[..proof.Length], Encoding.ASCII.GetBytes(proof));

    private byte[] Acknowledge()
    {
        (Key, _pendingKey, _isThrough) = (_pendingKey, null, true);
        return [(byte)MsChapV2OpCode.Success];
    }
}
