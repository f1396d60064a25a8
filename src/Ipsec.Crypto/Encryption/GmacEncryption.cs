using System.Buffers;
using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>
/// ENCR_NULL_AUTH_AES_GMAC (RFC 4543 section 3): the payload stays readable, and GCM authenticates SPI | sequence number | IV | payload as
/// associated data.
/// </summary>
internal sealed class GmacEncryption(AeadMode gcm) : EncryptionAlgorithm(EncryptionFacts.AesGmac)
{
    public override AeadMode Mode => gcm;

    private protected override BoundCipher BindChecked(ReadOnlySpan<byte> keyMaterial) =>
        new Bound(gcm.Bind(keyMaterial[..^SaltLength], IcvLength), keyMaterial[^SaltLength..]);

    private sealed class Bound(BoundAead aead, ReadOnlySpan<byte> salt) : BoundCipher
    {
        private readonly byte[] _salt = salt.ToArray();

        public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv)
        {
            Span<byte> nonce = stackalloc byte[_salt.Length + iv.Length];
            MakeNonce(iv, nonce);
            var authenticated = Join(associated, iv, data, out var length);
            aead.Encrypt(nonce, authenticated.AsSpan(0, length), default, icv);
            ArrayPool<byte>.Shared.Return(authenticated);
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            Span<byte> nonce = stackalloc byte[_salt.Length + iv.Length];
            MakeNonce(iv, nonce);
            var authenticated = Join(associated, iv, data, out var length);
            var genuine = aead.TryDecrypt(nonce, authenticated.AsSpan(0, length), default, icv);
            ArrayPool<byte>.Shared.Return(authenticated);
            if (!genuine)
                data.Clear();
            return genuine;
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

        private static byte[] Join(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> data, out int length)
        {
            length = associated.Length + iv.Length + data.Length;
            var joined = ArrayPool<byte>.Shared.Rent(length);
            associated.CopyTo(joined);
            iv.CopyTo(joined.AsSpan(associated.Length));
            data.CopyTo(joined.AsSpan(associated.Length + iv.Length));
            return joined;
        }
    }
}
