using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>EAP as the one who asks (RFC 3748): one request at a time, until Success or Failure. It does not ask for the identity, which IKE has told (RFC 7296 section 3.16).</summary>
internal sealed class EapServer : IDisposable
{
    private readonly EapCredential _credential;
    private readonly RandomSource _random;
    private readonly byte[] _challenge = new byte[MsChapV2.ChallengeSize];
    private EapMethod _method;
    private byte _identifier;
    private int _rounds;
    private bool _hasProved;

    public EapServer(EapCredential credential, RandomSource random)
    {
        (_credential, _random) = (credential, random);
        Current = Ask(credential.Methods[0]);
    }

    /// <summary>What is to be sent to the peer.</summary>
    public ExtensibleAuthenticationPayload Current { get; private set; }

    /// <summary>MSK; null with a method that makes no key. To be used after Success only.</summary>
    public byte[]? Key { get; private set; }

    public bool HasSucceeded => Current.Code == EapCode.Success;

    public bool HasFailed => Current.Code == EapCode.Failure;

    /// <summary>Takes the peer's response; what does not answer the request fails.</summary>
    public void Take(ExtensibleAuthenticationPayload response) => Current = Next(response) ?? new(EapCode.Failure, _identifier, Octets.Empty);

    public void Dispose() => CryptographicOperations.ZeroMemory(Key);

    private ExtensibleAuthenticationPayload? Next(ExtensibleAuthenticationPayload response)
    {
        if (response is not { Code: EapCode.Response, Method: { } type } || response.Identifier != _identifier || response.Data.Length > EapLimits.Length || ++_rounds > EapLimits.Rounds)
            return null;
        var data = response.Data.Span[1..];
        return (EapMethod)type switch
        {
            EapMethod.Nak when !_hasProved => Another(data),
            EapMethod.Md5Challenge when _method == EapMethod.Md5Challenge => TakeMd5(data),
            EapMethod.MsChapV2 when _method == EapMethod.MsChapV2 => _hasProved ? Acknowledged(data) : TakeMsChap(data),
            _ => null,
        };
    }

    /// <summary>The first method after the refused one that the peer has said it would take.</summary>
    private ExtensibleAuthenticationPayload? Another(ReadOnlySpan<byte> wanted)
    {
        foreach (var method in _credential.Methods.AsSpan()[(_credential.Methods.IndexOf(_method) + 1)..])
            if (wanted.Contains((byte)method))
                return Ask(method);
        return null;
    }

    private ExtensibleAuthenticationPayload Ask(EapMethod method)
    {
        _method = method;
        _identifier++;
        _random.Fill(_challenge);
        byte[] challenge = [(byte)_challenge.Length, .. _challenge];
        return Request(method == EapMethod.MsChapV2 ? MsChapV2Packet.Write(MsChapV2OpCode.Challenge, _identifier, challenge) : challenge);
    }

    private ExtensibleAuthenticationPayload? TakeMd5(ReadOnlySpan<byte> data) =>
        Md5Challenge.TryReadValue(data, out var value) && CryptographicOperations.FixedTimeEquals(value, Md5Challenge.Value(_identifier, _credential.Password.Span, _challenge))
            ? new(EapCode.Success, _identifier, Octets.Empty)
            : null;

    /// <summary>Value size of 49, the peer's challenge, 8 reserved octets, its response, a flag, its name.</summary>
    private ExtensibleAuthenticationPayload? TakeMsChap(ReadOnlySpan<byte> data)
    {
        const int valueSize = MsChapV2.ChallengeSize + 8 + MsChapV2.ResponseSize + 1;
        if (!MsChapV2Packet.TryParse(data, out var packet) || packet.OpCode != MsChapV2OpCode.Response || packet.Value.Length <= valueSize || packet.Value[0] != valueSize)
            return null;
        var name = packet.Value[(1 + valueSize)..];
        if (!name.SequenceEqual(_credential.Name.Span))
            return null;
        var peerChallenge = packet.Value.Slice(1, MsChapV2.ChallengeSize);
        var given = packet.Value.Slice(1 + MsChapV2.ChallengeSize + 8, MsChapV2.ResponseSize);
        var password = _credential.Password.Span;
        var expected = MsChapV2.Response(_challenge, peerChallenge, name, password);
        if (!CryptographicOperations.FixedTimeEquals(given, expected))
            return null;
        var proof = MsChapV2.AuthenticatorResponse(_challenge, peerChallenge, name, password, expected);
        Key = MsChapV2.MasterSessionKey(password, expected);
        _hasProved = true;
        _identifier++;
        return Request(MsChapV2Packet.Write(MsChapV2OpCode.Success, packet.Identifier, System.Text.Encoding.ASCII.GetBytes($"{proof} M=OK")));
    }

    private ExtensibleAuthenticationPayload? Acknowledged(ReadOnlySpan<byte> data) =>
        data is [(byte)MsChapV2OpCode.Success] ? new(EapCode.Success, _identifier, Octets.Empty) : null;

    private ExtensibleAuthenticationPayload Request(byte[] data) => new(EapCode.Request, _identifier, Octets.TakeOver([(byte)_method, .. data]));
}
