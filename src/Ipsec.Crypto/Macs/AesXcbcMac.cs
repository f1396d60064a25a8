using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>
/// AES-XCBC-MAC (RFC 3566 section 4), composed of AES-CBC because no provider has it: K1, K2, K3 are three constant blocks encrypted under the key;
/// CBC under K1, with K2 (or K3, where the last block was padded) added to the last block.
/// </summary>
internal sealed class AesXcbcMac(CbcChainFactory aes) : MacFunction
{
    private const int BlockLength = CbcChain.BlockLength;

    public override BoundMac Bind(ReadOnlySpan<byte> key) => new Bound(aes, key);

    private sealed class Bound : BoundMac
    {
        /// <summary>Octets that go through the cipher at once.</summary>
        private const int PieceLength = 64 * BlockLength;

        private readonly CbcChain _chain;
        private readonly byte[] _whole;
        private readonly byte[] _padded;
        private readonly byte[] _pending = new byte[BlockLength];
        private readonly byte[] _piece = new byte[PieceLength];
        private int _count;

        public Bound(CbcChainFactory aes, ReadOnlySpan<byte> key)
        {
            using var derivation = aes(key);
            var k1 = Constant(derivation, 1);
            _whole = Constant(derivation, 2);
            _padded = Constant(derivation, 3);
            _chain = aes(k1);
            CryptographicOperations.ZeroMemory(k1);
        }

        public override int TagLength => BlockLength;

        public override void Append(ReadOnlySpan<byte> data)
        {
            while (!data.IsEmpty)
            {
                // A full block waits until more comes: the last one is treated differently.
                if (_count == BlockLength)
                {
                    _chain.Encrypt(_pending);
                    _count = 0;
                }
                if (_count == 0 && data.Length > BlockLength)
                    data = data[Absorb(data)..];
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
            var mask = isWhole ? _whole : _padded;
            for (var index = 0; index < BlockLength; index++)
                _pending[index] ^= mask[index];
            _chain.Encrypt(_pending);
            _pending.CopyTo(tag);
            _chain.Restart();
            _count = 0;
        }

        public override void Dispose()
        {
            foreach (var secret in new[] { _whole, _padded, _pending, _piece })
                CryptographicOperations.ZeroMemory(secret);
            _chain.Dispose();
        }

        /// <summary>Whole blocks, but never the last octet; returns how many octets.</summary>
        private int Absorb(ReadOnlySpan<byte> data)
        {
            var length = Math.Min((data.Length - 1) / BlockLength * BlockLength, PieceLength);
            data[..length].CopyTo(_piece);
            _chain.Encrypt(_piece.AsSpan(0, length));
            return length;
        }

        private static byte[] Constant(CbcChain cipher, byte value)
        {
            var block = new byte[BlockLength];
            block.AsSpan().Fill(value);
            cipher.Restart();
            cipher.Encrypt(block);
            return block;
        }
    }
}
