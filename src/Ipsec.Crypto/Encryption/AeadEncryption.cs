using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>
/// A combined-mode algorithm whose nonce is salt | IV: AES-GCM (RFC 4106), CCM (RFC 4309, RFC 5529), ChaCha20-Poly1305 (RFC 7634), in IKEv2
/// by RFC 5282, and with the sequence number as IV by RFC 8750.
/// </summary>
internal sealed class AeadEncryption(EncryptionFacts facts, AeadMode mode) : EncryptionAlgorithm(facts)
{
    public override AeadMode Mode => mode;

    private protected override BoundCipher BindChecked(ReadOnlySpan<byte> keyMaterial) =>
        new Bound(mode.Bind(keyMaterial[..^SaltLength], IcvLength), keyMaterial[^SaltLength..]);

    private sealed class Bound(BoundAead aead, ReadOnlySpan<byte> salt) : BoundCipher
    {
        private readonly byte[] _salt = salt.ToArray();

        public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv)
        {
            Span<byte> nonce = stackalloc byte[_salt.Length + iv.Length];
            MakeNonce(iv, nonce);
            aead.Encrypt(nonce, associated, data, icv);
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            Span<byte> nonce = stackalloc byte[_salt.Length + iv.Length];
            MakeNonce(iv, nonce);
            return aead.TryDecrypt(nonce, associated, data, icv);
        }

        public override void Dispose()
        {
            CryptographicOperations.ZeroMemory(_salt);
            aead.Dispose();
        }

        private void MakeNonce(ReadOnlySpan<byte> iv, Span<byte> nonce)
        {
            _salt.CopyTo(nonce);
            iv.CopyTo(nonce[_salt.Length..]);
        }
    }
}
