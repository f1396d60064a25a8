using System.Buffers.Binary;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ikev1;

namespace Conformance.Decoding;

/// <summary>
/// Follows the initialization vectors of ISAKMP SAs (RFC 2409 appendix B): phase 1 starts from a hash over both public values, each later exchange
/// from a hash over the last block of phase 1 and its message id, and each message continues from the last block of the one before.
/// Remembers so many SAs and exchanges and no more. Not thread-safe.
/// </summary>
internal sealed class Ikev1Decryption(DecryptionKeys keys)
{
    private const int MaximumSas = 256;
    private const int MaximumExchanges = 1024;

    private readonly Dictionary<ulong, Ikev1Sa> _sas = [];

    /// <summary>Takes down what a clear message of phase 1 says: the chosen algorithms and the public values.</summary>
    public void Learn(IsakmpHeader header, IReadOnlyList<IsakmpPayload> payloads)
    {
        if (header.MessageId != 0 || !keys.Ikev1.ContainsKey(header.InitiatorCookie))
            return;
        if (!_sas.TryGetValue(header.InitiatorCookie, out var sa))
        {
            if (_sas.Count >= MaximumSas)
                _sas.Remove(_sas.Keys.First());
            _sas.Add(header.InitiatorCookie, sa = new());
        }
        // Until the responder's choice, the only transform of an offer of one.
        var transform = payloads.OfType<IsakmpSecurityAssociation>().FirstOrDefault()?.Proposals.FirstOrDefault()?.Transforms.FirstOrDefault();
        if (transform is not null && (header.ResponderCookie != 0 || sa.Transform is null))
            sa.Transform = transform;
        sa.Offer ??= payloads.OfType<IsakmpSecurityAssociation>().FirstOrDefault();
        sa.InitiatorIdentity ??= payloads.OfType<IsakmpIdentification>().FirstOrDefault();
        if (payloads.OfType<OpaquePayload>().FirstOrDefault(payload => payload.Type == IsakmpPayloadType.KeyExchange) is not { } exchange)
            return;
        // The initiator's comes first in main and aggressive mode alike; a retransmission is the same octets.
        if (sa.InitiatorPublic.IsEmpty)
            sa.InitiatorPublic = exchange.Data;
        else if (sa.InitiatorPublic != exchange.Data && sa.ResponderPublic.IsEmpty)
            sa.ResponderPublic = exchange.Data;
    }

    public bool TryDecrypt(IsakmpHeader header, ReadOnlySpan<byte> ciphertext, out byte[] plaintext, out string reason)
    {
        plaintext = [];
        if (!keys.Ikev1.TryGetValue(header.InitiatorCookie, out var known))
            return Fail("no key file has this SA", out reason);
        if (!_sas.TryGetValue(header.InitiatorCookie, out var sa) || sa.Transform is null || sa.ResponderPublic.IsEmpty)
            return Fail("the clear messages of its phase 1 are not in the capture", out reason);
        if (Cipher(sa.Transform) is not { } encryption)
            return Fail($"{(Phase1Encryption)(sa.Transform.Attribute((ushort)Phase1AttributeType.EncryptionAlgorithm) ?? 0)} is not available here", out reason);
        if (sa.Hash is not { } hash)
            return Fail("its hash algorithm is not available here", out reason);
        var block = encryption.BlockLength;
        if (ciphertext.IsEmpty || ciphertext.Length % block != 0)
            return Fail($"{ciphertext.Length} octets are no whole number of blocks of {block}", out reason);

        var message = new Octets(ciphertext);
        if (!sa.Exchanges.TryGetValue(header.MessageId, out var exchange))
        {
            if (sa.Exchanges.Count >= MaximumExchanges)
                return Fail($"more than {MaximumExchanges} exchanges of one SA", out reason);
            exchange = new Ikev1Exchange { Iv = FirstIv(sa, header.MessageId, hash, block) };
        }
        // A retransmission starts from where its original did.
        var iv = message == exchange.LastMessage ? exchange.PreviousIv : exchange.Iv;
        try
        {
            using var cipher = encryption.Bind(known.EncryptionKey);
            plaintext = ciphertext.ToArray();
            if (!cipher.TryDecrypt(iv, default, plaintext, default))
                return Fail("it can't be decrypted", out reason);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            return Fail($"{encryption.Id} refuses the key: {error.Message}", out reason);
        }
        if (!IsakmpMessage.TryParseChain(header.NextPayload, plaintext, 0, out _, out _, out _))
            return Fail("what comes out is no chain of payloads: a wrong key, or messages of the exchange are missing", out reason);
        if (message != exchange.LastMessage)
        {
            exchange.PreviousIv = exchange.Iv;
            exchange.Iv = ciphertext[^block..].ToArray();
            exchange.LastMessage = message;
            sa.Exchanges[header.MessageId] = exchange;
            if (header.MessageId == 0)
                sa.LastPhase1Block = exchange.Iv;
        }
        reason = "";
        return true;
    }

    /// <summary>Whether the HASH payload of a message that <see cref="TryDecrypt"/> opened is right.</summary>
    /// <param name="afterHash">The chain of payloads behind its first, without padding.</param>
    public (IcvState State, string Reason) CheckHash(IsakmpHeader header, IReadOnlyList<IsakmpPayload> payloads, ReadOnlySpan<byte> afterHash) =>
        Ikev1Hashes.Check(_sas[header.InitiatorCookie], keys.Ikev1[header.InitiatorCookie], header, payloads, afterHash);

    private static bool Fail(string why, out string reason)
    {
        reason = why;
        return false;
    }

    private static byte[] FirstIv(Ikev1Sa sa, uint messageId, HashAlgorithmName hash, int block)
    {
        using var hasher = IncrementalHash.CreateHash(hash);
        if (messageId == 0)
        {
            hasher.AppendData(sa.InitiatorPublic.Span);
            hasher.AppendData(sa.ResponderPublic.Span);
        }
        else
        {
            Span<byte> id = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(id, messageId);
            hasher.AppendData(sa.LastPhase1Block);
            hasher.AppendData(id);
        }
        return hasher.GetHashAndReset()[..block];
    }

    private static EncryptionAlgorithm? Cipher(IsakmpTransform transform) =>
        (Phase1Encryption)(transform.Attribute((ushort)Phase1AttributeType.EncryptionAlgorithm) ?? 0) switch
        {
            Phase1Encryption.DesCbc => Algorithms.Encryption(EncryptionId.Des),
            Phase1Encryption.TripleDesCbc => Algorithms.Encryption(EncryptionId.TripleDes),
            Phase1Encryption.AesCbc => Algorithms.Encryption(EncryptionId.AesCbc),
            Phase1Encryption.CamelliaCbc => Algorithms.Encryption(EncryptionId.CamelliaCbc),
            _ => null,
        };
}
