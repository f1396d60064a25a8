using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>Which key exchange method an exchange uses, and what is said when the initiator's guess is wrong (RFC 7296 sections 1.2, 1.3 and 2.7).</summary>
internal static class KeyExchangeNegotiation
{
    /// <summary>The first method of the first proposal, which an initiator tries; null where there is none, or NONE comes first.</summary>
    public static KeyExchangeId? Preferred(ImmutableArray<Proposal> proposals) => Chosen(proposals[0]);

    /// <summary>The method of a chosen proposal; null for NONE.</summary>
    public static KeyExchangeId? Chosen(Proposal proposal) =>
        proposal.OfType(TransformType.KeyExchange).FirstOrDefault() is { Id: not 0 } transform ? (KeyExchangeId)transform.Id : null;

    /// <summary>The method that INVALID_KE_PAYLOAD asks for, if it is another one than tried, and one of ours.</summary>
    public static KeyExchangeId? Retry(NotifyPayload refusal, ImmutableArray<Proposal> offered, KeyExchangeId? tried)
    {
        if (refusal is not { NotifyType: NotifyType.InvalidKePayload, Data.Length: 2 })
            return null;
        var wanted = BinaryPrimitives.ReadUInt16BigEndian(refusal.Data.Span);
        var isOffered = offered.Any(proposal => proposal.OfType(TransformType.KeyExchange).Any(transform => transform.Id == wanted));
        return isOffered && wanted != 0 && wanted != (ushort?)tried ? (KeyExchangeId)wanted : null;
    }

    public static NotifyPayload Refuse(KeyExchangeId wanted)
    {
        var octets = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)wanted);
        return new(NotifyType.InvalidKePayload, octets);
    }

    /// <summary>The responder's part in CREATE_CHILD_SA. Without a method in the proposal there is neither payload nor secret.</summary>
    /// <param name="secret">g^ir, or empty; the caller zeroes it.</param>
    public static bool TryRespond(
        IkeContext context, IPEndPoint remote, Proposal chosen, KeyExchangePayload? offered,
        out KeyExchangePayload? answer, out byte[] secret, [NotNullWhen(false)] out NotifyPayload? refusal)
    {
        answer = null;
        secret = [];
        refusal = null;
        if (Chosen(chosen) is not { } method)
            return true;
        if (offered?.Method != method || Algorithms.KeyExchange(method) is not { } exchange)
        {
            refusal = Refuse(method);
            return false;
        }
        if (!exchange.TryRespond(offered.Data.Span, context.Random, out var value, out var agreed, out var reason))
        {
            context.Violation(ProtocolViolation.BadKeyExchangeData, remote, reason);
            refusal = new(NotifyType.InvalidSyntax);
            return false;
        }
        answer = new(method, value);
        secret = agreed;
        return true;
    }
}
