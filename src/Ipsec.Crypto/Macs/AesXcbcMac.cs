using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;

namespace Ipsec.Crypto;

/// <summary>
/// AES-XCBC-MAC (RFC 3566 section 4), composed of AES because neither provider has it: K1, K2, K3 are three constant blocks encrypted under the key;
/// CBC under K1, with K2 (or K3, where the last block was padded) added to the last block.
/// </summary>
internal sealed class AesXcbcMac(AesBlockFactory aes) : MacFunction
{
    private const int BlockLength = 16;

    public override BoundMac Bind(ReadOnlySpan<byte> key) => new Bound(aes, key);

    private sealed class Bound : BoundMac
    {
        private readonly AesBlock _cipher;
        private readonly byte[] _whole;
        private readonly byte[] _padded;
        private readonly byte[] _state = new byte[BlockLength];
        private readonly byte[] _pending = new byte[BlockLength];
        private int _count;

        public Bound(AesBlockFactory aes, ReadOnlySpan<byte> key)
        {
            using var derivation = aes(key);
            var k1 = Constant(derivation, 1);
            _whole = Constant(derivation, 2);
            _padded = Constant(derivation, 3);
            _cipher = aes(k1);
            CryptographicOperations.ZeroMemory(k1);
        }

        public override int TagLength => BlockLength;

        public override void Append(ReadOnlySpan<byte> data)
        {
            while (!data.IsEmpty)
            {
                // A full block waits until more comes: the last one is treated differently.
                if (_count == BlockLength)
                    Absorb(default);
                var taken = Math.Min(data.Length, BlockLength - _count);
                data[..taken].CopyTo(_pending.AsSpan(_count));
                _count += taken;
                data = data[taken..];
            }
        }

        public override void Finish(Span<byte> tag)
        {
            var isWhole = _count == BlockLength;
            if (!isWhole)
            {
                _pending.AsSpan(_count).Clear();
                _pending[_count] = 0x80;
            }
            Absorb(isWhole ? _whole : _padded);
            _state.CopyTo(tag);
            CryptographicOperations.ZeroMemory(_state);
        }

        public override void Dispose()
        {
            foreach (var secret in new[] { _whole, _padded, _state, _pending })
                CryptographicOperations.ZeroMemory(secret);
            _cipher.Dispose();
        }

        private void Absorb(ReadOnlySpan<byte> mask)
        {
            for (var index = 0; index < BlockLength; index++)
                _state[index] ^= (byte)(_pending[index] ^ (mask.IsEmpty ? 0 : mask[index]));
            _cipher.Encrypt(_state);
            _count = 0;
        }

        private static byte[] Constant(AesBlock cipher, byte value)
        {
            var block = new byte[BlockLength];
            block.AsSpan().Fill(value);
            cipher.Encrypt(block);
            return block;
        }
    }
}

/// <summary>Makes AES under a key of 16 octets.</summary>
internal delegate AesBlock AesBlockFactory(ReadOnlySpan<byte> key);

/// <summary>The block cipher alone, from either provider.</summary>
internal abstract class AesBlock : IDisposable
{
    /// <summary>Encrypts one block of 16 octets in place.</summary>
    public abstract void Encrypt(Span<byte> block);

    public abstract void Dispose();

    public static AesBlock OfPlatform(ReadOnlySpan<byte> key) => new Platform(key);

    public static AesBlock Managed(ReadOnlySpan<byte> key) => new BouncyCastle(key);

    private sealed class Platform : AesBlock
    {
        private readonly Aes _aes = Aes.Create();

        public Platform(ReadOnlySpan<byte> key) => _aes.SetKey(key);

        public override void Encrypt(Span<byte> block) => _aes.EncryptEcb(block, block, PaddingMode.None);

        public override void Dispose() => _aes.Dispose();
    }

    private sealed class BouncyCastle : AesBlock
    {
        private readonly IBlockCipher _aes = Org.BouncyCastle.Crypto.AesUtilities.CreateEngine();

        public BouncyCastle(ReadOnlySpan<byte> key) => _aes.Init(true, new KeyParameter(key));

        public override void Encrypt(Span<byte> block) => _aes.ProcessBlock(block, block);

        // The library keeps its key schedule; a key of zeros takes its place.
        public override void Dispose() => _aes.Init(true, new KeyParameter(new byte[16]));
    }
}
