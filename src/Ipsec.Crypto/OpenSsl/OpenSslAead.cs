namespace Ipsec.Crypto;

/// <summary>AES-GCM and ChaCha20-Poly1305 of libcrypto: nonces of 12 octets, tags of 1 to 16. Allocates nothing per packet.</summary>
internal sealed class OpenSslAead(EvpCipher cipher) : AeadMode
{
    private const int NonceLength = 12;
    private const int LongestTag = 16;

    public override BoundAead Bind(ReadOnlySpan<byte> key, int icvLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(icvLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(icvLength, LongestTag);
        return new Bound(cipher.Bind(key, encrypts: true), icvLength);
    }

    private sealed class Bound(EvpCipherContext context, int icvLength) : BoundAead
    {
        public override void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv)
        {
            if (nonce.Length != NonceLength)
                throw new ArgumentException($"{nonce.Length} octets, not {NonceLength}", nameof(nonce));
            if (icv.Length != icvLength)
                throw new ArgumentException($"{icv.Length} octets, not {icvLength}", nameof(icv));
            context.Start(nonce, encrypts: true);
            context.Associate(associated);
            context.Transform(data);
            context.Finish(icv);
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            if (nonce.Length == NonceLength && icv.Length == icvLength)
            {
                context.Start(nonce, encrypts: false);
                context.Associate(associated);
                context.Transform(data);
                if (context.TryFinish(icv))
                    return true;
            }
            data.Clear();
            return false;
        }

        public override void Dispose() => context.Dispose();
    }
}
