using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Ipsec.Crypto;

/// <summary>Counter mode (RFC 3686 section 4, RFC 5529 section 2.2): the counter block is 4 octets of salt, 8 of IV, 4 of counter from 1.</summary>
internal sealed class CounterMode(EncryptionFacts facts, Func<IBlockCipher> cipher) : EncryptionAlgorithm(facts)
{
    private protected override BoundCipher BindChecked(ReadOnlySpan<byte> keyMaterial) =>
        new Bound(cipher(), keyMaterial[..^SaltLength], keyMaterial[^SaltLength..]);

    private sealed class Bound(IBlockCipher cipher, ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt) : BoundCipher
    {
        private readonly byte[] _key = key.ToArray();
        private readonly byte[] _salt = salt.ToArray();
        private readonly BufferedBlockCipher _counter = new(new SicBlockCipher(cipher));

        public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv)
        {
            Span<byte> block = stackalloc byte[16];
            _salt.CopyTo(block);
            iv.CopyTo(block[_salt.Length..]);
            block[^1] = 1;
            _counter.Init(true, new ParametersWithIV(new KeyParameter(_key), block));
            var output = new byte[_counter.GetOutputSize(data.Length)];
            var length = _counter.ProcessBytes(data, output);
            _counter.DoFinal(output.AsSpan(length));
            output.AsSpan(0, data.Length).CopyTo(data);
            CryptographicOperations.ZeroMemory(output);
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            Encrypt(iv, associated, data, default);
            return true;
        }

        public override void Dispose()
        {
            CryptographicOperations.ZeroMemory(_key);
            CryptographicOperations.ZeroMemory(_salt);
        }
    }
}
