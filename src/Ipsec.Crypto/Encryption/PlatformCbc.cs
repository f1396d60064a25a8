using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>CBC over a block cipher of the platform (RFC 2451, RFC 3602): explicit unpredictable IV, padding by the protocol that uses it.</summary>
internal sealed class PlatformCbc(EncryptionFacts facts, Func<SymmetricAlgorithm> cipher) : EncryptionAlgorithm(facts)
{
    public override bool NeedsRandomIv => true;

    private protected override BoundCipher BindChecked(ReadOnlySpan<byte> keyMaterial) => new Bound(cipher(), keyMaterial);

    private sealed class Bound : BoundCipher
    {
        private readonly SymmetricAlgorithm _cipher;
        private readonly int _block;

        public Bound(SymmetricAlgorithm cipher, ReadOnlySpan<byte> key)
        {
            _cipher = cipher;
            _block = cipher.BlockSize / 8;
            _cipher.SetKey(key);
        }

        public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv) =>
            _cipher.EncryptCbc(data, iv, data, PaddingMode.None);

        public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            if (data.Length % _block != 0)
                return false;
            _cipher.DecryptCbc(data, iv, data, PaddingMode.None);
            return true;
        }

        public override void Dispose() => _cipher.Dispose();
    }
}
