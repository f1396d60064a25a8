using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>The authenticated modes of the platform; they share a shape, but no type.</summary>
internal sealed class PlatformAead : AeadMode
{
    private delegate Bound Binder(ReadOnlySpan<byte> key, int icvLength);

    private readonly Binder _bind;

    private PlatformAead(Binder bind) => _bind = bind;

    /// <summary>AES-GCM: 12-octet nonces, tags of 12 to 16 octets.</summary>
    public static PlatformAead AesGcm { get; } = new((key, icvLength) =>
    {
        var gcm = new AesGcm(key, icvLength);
        return new(gcm, gcm.Encrypt, gcm.Decrypt);
    });

    /// <summary>AES-CCM: nonces of 7 to 13 octets, tags of 4 to 16.</summary>
    public static PlatformAead AesCcm { get; } = new((key, _) =>
    {
        var ccm = new AesCcm(key);
        return new(ccm, ccm.Encrypt, ccm.Decrypt);
    });

    /// <summary>ChaCha20-Poly1305 (RFC 8439): 12-octet nonces, tags of 16.</summary>
    public static PlatformAead ChaCha20Poly1305 { get; } = new((key, _) =>
    {
        var chaCha = new ChaCha20Poly1305(key);
        return new(chaCha, chaCha.Encrypt, chaCha.Decrypt);
    });

    public override BoundAead Bind(ReadOnlySpan<byte> key, int icvLength) => _bind(key, icvLength);

    private delegate void Sealing(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> associated);

    private delegate void Opening(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> associated);

    private sealed class Bound(IDisposable owner, Sealing seal, Opening open) : BoundAead
    {
        public override void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv) =>
            seal(nonce, data, data, icv, associated);

        public override bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv)
        {
            try
            {
                open(nonce, data, icv, data, associated);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                data.Clear();
                return false;
            }
        }

        public override void Dispose() => owner.Dispose();
    }
}
