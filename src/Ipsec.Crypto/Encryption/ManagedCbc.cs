using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Ipsec.Crypto;

/// <summary>
/// CBC over a block cipher of BouncyCastle (RFC 2451, RFC 3602, RFC 5529). Unlike the platform's, its 3DES takes every key, weak ones too:
/// keys come from a derivation that doesn't avoid them.
/// </summary>
internal sealed class ManagedCbc(EncryptionFacts facts, Func<IBlockCipher> cipher) : EncryptionAlgorithm(facts)
{
    public override bool NeedsRandomIv => true;

    private protected override BoundCipher BindChecked(ReadOnlySpan<byte> keyMaterial) => new Bound(cipher(), keyMaterial);

    private sealed class Bound(IBlockCipher cipher, ReadOnlySpan<byte> key) : BoundCipher
    {
        private readonly byte[] _key = key.ToArray();
        private readonly CbcBlockCipher _cbc = new(cipher);

        public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv)
        {
            if (!TryRun(forEncryption: true, iv, data))
                throw new ArgumentException("no whole number of blocks", nameof(data));
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv) =>
            TryRun(forEncryption: false, iv, data);

        public override void Dispose() => CryptographicOperations.ZeroMemory(_key);

        private bool TryRun(bool forEncryption, ReadOnlySpan<byte> iv, Span<byte> data)
        {
            var block = _cbc.GetBlockSize();
            if (data.Length % block != 0)
                return false;
            _cbc.Init(forEncryption, new ParametersWithIV(new KeyParameter(_key), iv));
            for (; !data.IsEmpty; data = data[block..])
                _cbc.ProcessBlock(data[..block], data[..block]);
            return true;
        }
    }
}
