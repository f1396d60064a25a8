using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>
/// AES-CCM of libcrypto (RFC 3610): nonces of 7 to 13 octets, tags of 4, 6 … 16. Allocates nothing per packet, as long as nonces keep their length.
/// </summary>
internal sealed class OpenSslCcm(EvpCipher cipher) : AeadMode
{
    private const int ShortestNonce = 7;
    private const int LongestNonce = 13;
    private const int ShortestTag = 4;
    private const int LongestTag = 16;

    public override BoundAead Bind(ReadOnlySpan<byte> key, int icvLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(icvLength, ShortestTag);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(icvLength, LongestTag);
        ArgumentOutOfRangeException.ThrowIfNotEqual(icvLength % 2, 0, nameof(icvLength));
        return new Bound(cipher, key, icvLength);
    }

    private sealed class Bound(EvpCipher cipher, ReadOnlySpan<byte> key, int icvLength) : BoundAead
    {
        private readonly byte[] _key = key.ToArray();
        private EvpCipherContext? _encryption;
        private EvpCipherContext? _decryption;
        private int _nonceLength;
        private bool _isDisposed;

        public override void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv)
        {
            if (!Fits(nonce, data))
                throw new ArgumentException($"{nonce.Length} octets, or too short for {data.Length} octets of data", nameof(nonce));
            if (icv.Length != icvLength)
                throw new ArgumentException($"{icv.Length} octets, not {icvLength}", nameof(icv));
            var context = Context(ref _encryption, nonce.Length, encrypts: true);
            Start(context, nonce, associated, data.Length, encrypts: true);
            if (!context.TryTransformAll(data))
                throw new CryptographicException("libcrypto failed: CCM");
            context.ReadTag(icv);
        }

        public override bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            if (Fits(nonce, data) && icv.Length == icvLength)
            {
                var context = Context(ref _decryption, nonce.Length, encrypts: false);
                context.ExpectTag(icv);
                Start(context, nonce, associated, data.Length, encrypts: false);
                if (context.TryTransformAll(data))
                    return true;
            }
            data.Clear();
            return false;
        }

        public override void Dispose()
        {
            _isDisposed = true;
            CryptographicOperations.ZeroMemory(_key);
            Forget();
        }

        /// <summary>RFC 3610 section 2: what the nonce leaves of 15 octets counts the data. Four can count every array.</summary>
        private static bool Fits(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data) =>
            nonce.Length is >= ShortestNonce and <= LongestNonce && (nonce.Length <= 11 || data.Length >> 8 * (15 - nonce.Length) == 0);

        private static void Start(EvpCipherContext context, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, int length, bool encrypts)
        {
            context.Start(nonce, encrypts);
            context.Announce(length);
            context.Associate(associated);
        }

        private EvpCipherContext Context(ref EvpCipherContext? kept, int nonceLength, bool encrypts)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (nonceLength != _nonceLength)
                Forget();
            _nonceLength = nonceLength;
            return kept ??= cipher.BindCcm(_key, encrypts, nonceLength, icvLength);
        }

        private void Forget()
        {
            _encryption?.Dispose();
            _decryption?.Dispose();
            (_encryption, _decryption) = (null, null);
        }
    }
}
