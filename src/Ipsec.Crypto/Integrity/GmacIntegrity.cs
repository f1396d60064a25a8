using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Ipsec.Crypto;

/// <summary>AES-GMAC for AH (RFC 4543 section 4): the nonce is salt | IV, and the ICV field carries the IV before the tag.</summary>
internal sealed class GmacIntegrity(IntegrityFacts facts) : IntegrityAlgorithm(facts)
{
    private protected override BoundIntegrity BindChecked(ReadOnlySpan<byte> key) => new Bound(key[..^Facts.SaltLength], key[^Facts.SaltLength..]);

    private sealed class Bound(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt) : BoundIntegrity
    {
        private readonly byte[] _key = key.ToArray();
        private readonly byte[] _salt = salt.ToArray();
        private GMac _gmac = new(new GcmBlockCipher(AesUtilities.CreateEngine()));

        public override void Start(ReadOnlySpan<byte> iv)
        {
            // A used one refuses the nonce that it had last, even to verify what was made with it.
            _gmac = new(new GcmBlockCipher(AesUtilities.CreateEngine()));
            byte[] nonce = [.. _salt, .. iv];
            _gmac.Init(new ParametersWithIV(new KeyParameter(_key), nonce));
        }

        public override void Append(ReadOnlySpan<byte> data) => _gmac.BlockUpdate(data);

        public override void Finish(Span<byte> icv)
        {
            Span<byte> tag = stackalloc byte[16];
            _gmac.DoFinal(tag);
            tag[..icv.Length].CopyTo(icv);
        }

        public override void Dispose()
        {
            CryptographicOperations.ZeroMemory(_key);
            CryptographicOperations.ZeroMemory(_salt);
        }
    }
}
