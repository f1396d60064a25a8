using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>AES-GMAC for AH (RFC 4543 section 4) by libcrypto's GCM: what is authenticated is all associated data. Allocates nothing per packet.</summary>
internal sealed class OpenSslGmac(IntegrityFacts facts, EvpCipher gcm) : IntegrityAlgorithm(facts)
{
    private protected override BoundIntegrity BindChecked(ReadOnlySpan<byte> key) =>
        new Bound(Facts, gcm.Bind(key[..^Facts.SaltLength], encrypts: true), key[^Facts.SaltLength..]);

    private sealed class Bound(IntegrityFacts facts, EvpCipherContext context, ReadOnlySpan<byte> salt) : BoundIntegrity
    {
        private readonly byte[] _salt = salt.ToArray();

        public override void Start(ReadOnlySpan<byte> iv)
        {
            if (iv.Length != facts.IvLength)
                throw new ArgumentException($"{iv.Length} octets, not {facts.IvLength}", nameof(iv));
            Span<byte> nonce = stackalloc byte[_salt.Length + iv.Length];
            _salt.CopyTo(nonce);
            iv.CopyTo(nonce[_salt.Length..]);
            context.Start(nonce, encrypts: true);
        }

        public override void Append(ReadOnlySpan<byte> data) => context.Associate(data);

        public override void Finish(Span<byte> icv)
        {
            Span<byte> tag = stackalloc byte[facts.IcvLength];
            context.Finish(tag);
            tag[..icv.Length].CopyTo(icv);
        }

        public override void Dispose()
        {
            CryptographicOperations.ZeroMemory(_salt);
            context.Dispose();
        }
    }
}
