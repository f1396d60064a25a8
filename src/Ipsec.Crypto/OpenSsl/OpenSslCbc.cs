namespace Ipsec.Crypto;

/// <summary>
/// CBC of libcrypto with AES (RFC 3602), Camellia (RFC 5529), 3DES (RFC 2451; weak keys are taken like any other): explicit unpredictable IV, padding by
/// the protocol that uses it. Allocates nothing per packet.
/// </summary>
internal sealed class OpenSslCbc(EncryptionFacts facts, EvpCipher cipher) : EncryptionAlgorithm(facts)
{
    public override bool NeedsRandomIv => true;

    private protected override BoundCipher BindChecked(ReadOnlySpan<byte> keyMaterial) =>
        new Bound(Facts, cipher.Bind(keyMaterial, encrypts: true), cipher.Bind(keyMaterial, encrypts: false));

    private sealed class Bound(EncryptionFacts facts, EvpCipherContext encryption, EvpCipherContext decryption) : BoundCipher
    {
        public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv)
        {
            if (!Fits(iv, data))
                throw new ArgumentException("no whole number of blocks, or no whole IV", nameof(data));
            encryption.Start(iv, encrypts: true);
            encryption.Transform(data);
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            if (!Fits(iv, data))
                return false;
            decryption.Start(iv, encrypts: false);
            decryption.Transform(data);
            return true;
        }

        public override void Dispose()
        {
            encryption.Dispose();
            decryption.Dispose();
        }

        private bool Fits(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> data) => iv.Length == facts.IvLength && data.Length % facts.BlockLength == 0;
    }
}
