using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>A MAC of libcrypto: HMAC (RFC 2104), AES-CMAC (RFC 4493). Allocates nothing per message.</summary>
internal sealed class OpenSslMac : MacFunction
{
    private readonly nint _mac;
    private readonly EvpParameter[] _parameters;
    private readonly int _tagLength;

    private OpenSslMac(string name, EvpParameter[] parameters, int tagLength) =>
        (_mac, _parameters, _tagLength) = (LibCrypto.EVP_MAC_fetch(0, name, 0), parameters, tagLength);

    /// <param name="hash">By libcrypto's name, such as SHA2-256.</param>
    /// <param name="tagLength">Octets.</param>
    public static OpenSslMac Hmac(string hash, int tagLength) => new("HMAC", EvpParameter.Only("digest", hash), tagLength);

    /// <summary>With keys of 16 octets.</summary>
    public static OpenSslMac AesCmac() => new("CMAC", EvpParameter.Only("cipher", "AES-128-CBC"), tagLength: 16);

    /// <summary>Whether libcrypto, as it is built and configured here, has the MAC, and can use its key again (3.0.3 and later).</summary>
    public bool Works()
    {
        if (_mac == 0)
            return false;
        try
        {
            Span<byte> tag = stackalloc byte[LongestTag];
            Span<byte> again = stackalloc byte[LongestTag];
            tag.Clear();
            again.Clear();
            using var bound = Bind(new byte[16]);
            bound.Finish(tag[.._tagLength]);
            bound.Finish(again[.._tagLength]);
            return tag.SequenceEqual(again);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public override BoundMac Bind(ReadOnlySpan<byte> key) => new Bound(new(_mac, _parameters, key), _tagLength);

    private sealed class Bound(EvpMacContext context, int tagLength) : BoundMac
    {
        private bool _isFinished;

        public override int TagLength => tagLength;

        public override void Append(ReadOnlySpan<byte> data)
        {
            RestartIfFinished();
            context.Append(data);
        }

        public override void Finish(Span<byte> tag)
        {
            RestartIfFinished();
            context.Finish(tag);
            _isFinished = true;
        }

        public override void Dispose() => context.Dispose();

        /// <summary>Only when another message comes: a PRF's key is used once.</summary>
        private void RestartIfFinished()
        {
            if (_isFinished)
                context.Restart();
            _isFinished = false;
        }
    }
}
