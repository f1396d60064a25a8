namespace Ipsec.Crypto;

/// <summary>ENCR_NULL (RFC 2410): the identity, without key or IV.</summary>
internal sealed class NullEncryption() : EncryptionAlgorithm(EncryptionFacts.Null)
{
    private protected override BoundCipher BindChecked(ReadOnlySpan<byte> keyMaterial) => new Bound();

    private sealed class Bound : BoundCipher
    {
        public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv)
        {
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv) => true;

        public override void Dispose()
        {
        }
    }
}
