using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>AES-GCM with a 16-octet ICV: RFC 4106 for ESP, RFC 5282 for IKEv2. Nonce: 4 octets of salt, 8 of IV.</summary>
internal sealed class AesGcm16 : EncryptionAlgorithm
{
    public override EncryptionId Id => EncryptionId.AesGcm16;
    public override IReadOnlyList<int> KeyLengths { get; } = [128, 192, 256];
    public override int SaltLength => 4;
    public override int IvLength => 8;
    public override int BlockLength => 1;
    public override int IcvLength => 16;
    public override bool NeedsRandomIv => false;

    public override BoundCipher Bind(ReadOnlySpan<byte> keyMaterial) => new Bound(keyMaterial);

    private sealed class Bound(ReadOnlySpan<byte> keyMaterial) : BoundCipher
    {
        private const int NonceLength = 12;
        private readonly AesGcm _gcm = new(keyMaterial[..^4], 16);
        private readonly byte[] _salt = keyMaterial[^4..].ToArray();

        public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv)
        {
            Span<byte> nonce = stackalloc byte[NonceLength];
            MakeNonce(iv, nonce);
            _gcm.Encrypt(nonce, data, data, icv, associated);
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            Span<byte> nonce = stackalloc byte[NonceLength];
            MakeNonce(iv, nonce);
            try
            {
                _gcm.Decrypt(nonce, data, icv, data, associated);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                return false;
            }
        }

        public override void Dispose()
        {
            CryptographicOperations.ZeroMemory(_salt);
            _gcm.Dispose();
        }

        private void MakeNonce(ReadOnlySpan<byte> iv, Span<byte> nonce)
        {
            _salt.CopyTo(nonce);
            iv.CopyTo(nonce[_salt.Length..]);
        }
    }
}
