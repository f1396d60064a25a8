using System.Buffers.Binary;
using System.Security.Cryptography;
using Ipsec.Packets.Ikev1;

namespace Conformance.Decoding;

/// <summary>
/// HASH payloads of IKEv1 (RFC 2409 sections 5 and 5.5 to 5.7): what an encrypted message has instead of an ICV. The prf is the HMAC of the negotiated hash.
/// Which hash a message should carry depends on who sent it and when; a capture may lack messages, so any that fits counts.
/// </summary>
internal static class Ikev1Hashes
{
    /// <param name="afterHash">The chain of payloads behind its first, which is the HASH payload, without padding.</param>
    public static (IcvState State, string Reason) Check(
        Ikev1Sa sa, Ikev1SaKeys keys, IsakmpHeader header, IReadOnlyList<IsakmpPayload> payloads, ReadOnlySpan<byte> afterHash)
    {
        var isPhase1 = header.MessageId == 0;
        if (payloads.OfType<OpaquePayload>().FirstOrDefault(payload => payload.Type == IsakmpPayloadType.Hash) is not { } published)
            return (IcvState.NotChecked, "it has no HASH payload, and IKEv1 has no ICV");
        if ((isPhase1 ? keys.SkeyId : keys.SkeyIdA) is not { } key)
            return (IcvState.NotChecked, $"IKEv1 has no ICV, and the key file has no {(isPhase1 ? "SKEYID" : "SKEYID_a")} for its HASH payload");
        if (sa.Hash is not { } hash)
            return (IcvState.NotChecked, "its hash algorithm is not available here");
        byte[] rest = [.. afterHash];
        foreach (var covered in isPhase1 ? Phase1(sa, header, payloads) : Phase2(sa, header, payloads, rest))
            if (CryptographicOperations.FixedTimeEquals(CryptographicOperations.HmacData(hash, key, covered), published.Data.Span))
                return (IcvState.Verified, "");
        return (IcvState.Wrong, "");
    }

    /// <summary>HASH_I and HASH_R: both public values and cookies, the sender's first, the body of the offer, the body of the sender's identity.</summary>
    private static IEnumerable<byte[]> Phase1(Ikev1Sa sa, IsakmpHeader header, IReadOnlyList<IsakmpPayload> payloads)
    {
        if ((payloads.OfType<IsakmpIdentification>().FirstOrDefault() ?? sa.InitiatorIdentity) is not { } identity || sa.Offer is not { } offer)
            yield break;
        byte[] cookieI = Big(header.InitiatorCookie), cookieR = Big(header.ResponderCookie), end = [.. offer.EncodeBody(), .. identity.EncodeBody()];
        yield return [.. sa.InitiatorPublic, .. sa.ResponderPublic, .. cookieI, .. cookieR, .. end];
        yield return [.. sa.ResponderPublic, .. sa.InitiatorPublic, .. cookieR, .. cookieI, .. end];
    }

    /// <summary>HASH(1), HASH(2) and HASH(3) of quick mode; every other exchange has the first.</summary>
    private static IEnumerable<byte[]> Phase2(Ikev1Sa sa, IsakmpHeader header, IReadOnlyList<IsakmpPayload> payloads, byte[] rest)
    {
        var id = Big(header.MessageId);
        var exchange = sa.Exchanges.GetValueOrDefault(header.MessageId);
        if (payloads.OfType<OpaquePayload>().FirstOrDefault(payload => payload.Type == IsakmpPayloadType.Nonce) is { } nonce)
            exchange?.LearnNonce(nonce.Data.ToArray());
        yield return [.. id, .. rest];
        if (header.ExchangeType != IsakmpExchangeType.QuickMode || exchange?.InitiatorNonce is null)
            yield break;
        yield return [.. id, .. exchange.InitiatorNonce, .. rest];
        if (exchange.ResponderNonce is not null)
            yield return [0, .. id, .. exchange.InitiatorNonce, .. exchange.ResponderNonce];
    }

    private static byte[] Big(uint value)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        return octets;
    }

    private static byte[] Big(ulong value)
    {
        var octets = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(octets, value);
        return octets;
    }
}
