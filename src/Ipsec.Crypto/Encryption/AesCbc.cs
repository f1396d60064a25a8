using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>AES-CBC (RFC 3602): explicit unpredictable 16-octet IV, padding by the protocol that uses it.</summary>
internal sealed class AesCbc : EncryptionAlgorithm
{
    public override EncryptionId Id => EncryptionId.AesCbc;
    public override IReadOnlyList<int> KeyLengths { get; } = [128, 192, 256];
    public override int SaltLength => 0;
    public override int IvLength => 16;
    public override int BlockLength => 16;
    public override int IcvLength => 0;
    public override bool NeedsRandomIv => true;

    public override BoundCipher Bind(ReadOnlySpan<byte> keyMaterial) => new Bound(keyMaterial);

    private sealed class Bound : BoundCipher
    {
        private readonly Aes _aes = Aes.Create();

        public Bound(ReadOnlySpan<byte> key) => _aes.SetKey(key);

        public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv) =>
            _aes.EncryptCbc(data, iv, data, PaddingMode.None);

        public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            if (data.Length % 16 != 0)
                return false;
            _aes.DecryptCbc(data, iv, data, PaddingMode.None);
            return true;
        }

        public override void Dispose() => _aes.Dispose();
    }
}
