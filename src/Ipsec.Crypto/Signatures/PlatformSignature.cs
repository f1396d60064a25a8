using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>Verification by the platform. Not signing: its salts and nonces come from the system's generator, not from an injected one.</summary>
internal sealed class PlatformSignature(PlatformSignature.Verification verify) : SignatureProvider(".NET")
{
    internal delegate bool Verification(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    public override bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        try
        {
            return verify(publicKey, message, signature);
        }
        // How the platform says that a key is malformed.
        catch (CryptographicException)
        {
            return false;
        }
    }
}
