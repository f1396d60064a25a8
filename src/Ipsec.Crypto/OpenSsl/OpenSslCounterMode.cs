using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>
/// Counter mode of libcrypto with AES (RFC 3686 section 4) and Camellia (RFC 5529 section 2.2): the counter block is 4 octets of salt, 8 of IV, 4 of counter from 1. Allocates nothing
/// per packet.
/// </summary>
internal sealed class OpenSslCounterMode(EncryptionFacts facts, EvpCipher cipher) : EncryptionAlgorithm(facts)
{
    private protected override BoundCipher BindChecked(ReadOnlySpan<byte> keyMaterial) =>
        new Bound(Facts, cipher.Bind(keyMaterial[..^SaltLength], encrypts: true), keyMaterial[^SaltLength..]);

    private sealed class Bound(EncryptionFacts facts, EvpCipherContext context, ReadOnlySpan<byte> salt) : BoundCipher
    {
        private const int CounterBlockLength = 16;

        private readonly byte[] _salt = salt.ToArray();

        public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv)
        {
            if (!TryDecrypt(iv, associated, data, default))
                throw new ArgumentException($"{iv.Length} octets, not {facts.IvLength}", nameof(iv));
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            if (iv.Length != facts.IvLength)
                return false;
            Span<byte> block = stackalloc byte[CounterBlockLength];
            block.Clear();
            _salt.CopyTo(block);
            iv.CopyTo(block[_salt.Length..]);
            block[^1] = 1;
            context.Start(block, encrypts: true);
            context.Transform(data);
            return true;
        }

        public override void Dispose()
        {
            CryptographicOperations.ZeroMemory(_salt);
            context.Dispose();
        }
    }
}
