using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;

namespace Ipsec.Crypto;

/// <summary>Makes AES-CBC under a key of 16 octets.</summary>
internal delegate CbcChain CbcChainFactory(ReadOnlySpan<byte> key);

/// <summary>AES-CBC that goes on from where it stopped: what a MAC is made of. Not thread-safe.</summary>
internal abstract class CbcChain : IDisposable
{
    public const int BlockLength = 16;

    /// <summary>Begins with an IV of zeros.</summary>
    public abstract void Restart();

    /// <summary>Encrypts whole blocks in place.</summary>
    public abstract void Encrypt(Span<byte> blocks);

    public abstract void Dispose();

    public static CbcChain OfPlatform(ReadOnlySpan<byte> key) => new Platform(key);

    public static CbcChain Managed(ReadOnlySpan<byte> key) => new BouncyCastle(key);

    private sealed class Platform : CbcChain
    {
        private readonly Aes _aes = Aes.Create();
        private readonly byte[] _last = new byte[BlockLength];

        public Platform(ReadOnlySpan<byte> key) => _aes.SetKey(key);

        public override void Restart() => CryptographicOperations.ZeroMemory(_last);

        public override void Encrypt(Span<byte> blocks)
        {
            _aes.EncryptCbc(blocks, _last, blocks, PaddingMode.None);
            blocks[^BlockLength..].CopyTo(_last);
        }

        public override void Dispose()
        {
            Restart();
            _aes.Dispose();
        }
    }

    private sealed class BouncyCastle : CbcChain
    {
        private readonly IBlockCipher _aes = Org.BouncyCastle.Crypto.AesUtilities.CreateEngine();
        private readonly byte[] _last = new byte[BlockLength];

        public BouncyCastle(ReadOnlySpan<byte> key) => _aes.Init(true, new KeyParameter(key));

        public override void Restart() => CryptographicOperations.ZeroMemory(_last);

        public override void Encrypt(Span<byte> blocks)
        {
            for (; !blocks.IsEmpty; blocks = blocks[BlockLength..])
            {
                for (var index = 0; index < BlockLength; index++)
                    _last[index] ^= blocks[index];
                _aes.ProcessBlock(_last, _last);
                _last.CopyTo(blocks);
            }
        }

        // The library keeps its key schedule; a key of zeros takes its place.
        public override void Dispose()
        {
            Restart();
            _aes.Init(true, new KeyParameter(new byte[BlockLength]));
        }
    }
}
