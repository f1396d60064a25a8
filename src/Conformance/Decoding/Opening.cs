using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Decoding;

/// <summary>What opening a protected body gave.</summary>
/// <param name="Plaintext">With padding; null when not decrypted.</param>
/// <param name="PlaintextOffset">Where the ciphertext stood in the message.</param>
internal readonly record struct Opened(byte[]? Plaintext, int PlaintextOffset, IcvState Icv, string Reason);

/// <summary>
/// Opens what SK, SKF and ESP have in common: IV, ciphertext, ICV at the message's end. Decrypts also where a separate ICV is wrong or unknown,
/// which a receiver never may, because here a person wants to see.
/// </summary>
internal static class Opening
{
    /// <param name="message">Everything that a separate integrity algorithm covers, and the ICV.</param>
    /// <param name="bodyOffset">Where the IV begins.</param>
    /// <param name="associated">Associated data of a combined-mode algorithm.</param>
    /// <param name="appended">What the ICV covers beyond the message: the upper half of an extended sequence number.</param>
    /// <param name="uncheckedIcvLength">Octets of an ICV that is not to be checked; null when <paramref name="integrityId"/> says.</param>
    public static Opened Open(
        EncryptionId encryptionId, byte[] encryptionKey, IntegrityId integrityId, byte[] integrityKey, int? uncheckedIcvLength,
        ReadOnlySpan<byte> message, int bodyOffset, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> appended)
    {
        var encryption = Algorithms.Encryption(encryptionId);
        if (encryption is null && encryptionId != EncryptionId.Null)
            return new(null, 0, IcvState.NotChecked, $"{encryptionId} is not available here");
        var combined = encryption is { IsAead: true };
        var integrity = combined || integrityId == IntegrityId.None ? null : Algorithms.Integrity(integrityId);
        if (!combined && integrityId != IntegrityId.None && integrity is null)
            return new(null, 0, IcvState.NotChecked, $"{integrityId} is not available here, so the ICV's length is not known");
        var ivLength = encryption?.IvLength ?? 0;
        var icvLength = combined ? encryption!.IcvLength : integrity?.IcvLength ?? uncheckedIcvLength ?? 0;
        var length = message.Length - bodyOffset - ivLength - icvLength;
        if (length <= 0 || length % (encryption?.BlockLength ?? 1) != 0)
            return new(null, 0, IcvState.NotChecked, $"{Math.Max(0, length)} octets of ciphertext are not what {encryptionId} makes");
        var icv = message[^icvLength..];
        var state = IcvState.NotChecked;
        var reason = "";
        try
        {
            if (integrity is not null)
            {
                using var bound = integrity.Bind(integrityKey);
                bound.Append(message[..^icvLength]);
                bound.Append(appended);
                state = bound.FinishAndVerify(icv) ? IcvState.Verified : IcvState.Wrong;
            }
            else if (!combined)
                reason = "the key file names no integrity algorithm that checks";
            var plaintext = message.Slice(bodyOffset + ivLength, length).ToArray();
            if (encryption is null)
                return new(plaintext, bodyOffset, state, reason);
            using var cipher = encryption.Bind(encryptionKey);
            // RFC 8750 section 5: the sequence number in 64 bits, whose lower half stands before ESP's body.
            Span<byte> implicitIv = stackalloc byte[EncryptionAlgorithm.ImplicitIvLength];
            implicitIv.Clear();
            appended.CopyTo(implicitIv);
            message.Slice(bodyOffset - 4, 4).CopyTo(implicitIv[4..]);
            var decrypted = cipher.TryDecrypt(encryption.HasImplicitIv ? implicitIv : message.Slice(bodyOffset, ivLength), combined ? associated : default, plaintext, combined ? icv : default);
            if (combined)
                state = decrypted ? IcvState.Verified : IcvState.Wrong;
            return new(decrypted ? plaintext : null, bodyOffset + ivLength, state, reason);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            // The platform refuses a key (weak, wrong length): the keys come from a file.
            return new(null, 0, state, $"{encryptionId} refuses the key: {error.Message}");
        }
    }
}
