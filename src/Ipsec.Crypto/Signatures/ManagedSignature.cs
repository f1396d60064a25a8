using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace Ipsec.Crypto;

/// <summary>Signatures by BouncyCastle.</summary>
/// <param name="accepts">Whether a key is of the kind, and on the curve, that the algorithm wants.</param>
internal sealed class ManagedSignature(Func<ISigner> signer, Predicate<AsymmetricKeyParameter> accepts) : SignatureProvider("BouncyCastle")
{
    public override bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        try
        {
            var key = PublicKeyFactory.CreateKey(publicKey.ToArray());
            if (!accepts(key))
                return false;
            var verifier = signer();
            verifier.Init(forSigning: false, key);
            verifier.BlockUpdate(message);
            return verifier.VerifySignature(signature.ToArray());
        }
        // The library reports malformed octets by exceptions of many types, its own and the system's: all mean that this is no signature.
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return false;
        }
    }

    internal override bool TrySign(
        ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, RandomSource random, [NotNullWhen(true)] out byte[]? signature)
    {
        signature = null;
        var encoded = privateKey.ToArray();
        try
        {
            var key = PrivateKeyFactory.CreateKey(encoded);
            if (!accepts(key))
                return false;
            var signing = signer();
            signing.Init(forSigning: true, NeedsRandom(signing) ? new ParametersWithRandom(key, new InjectedRandom(random)) : key);
            signing.BlockUpdate(message);
            signature = signing.GenerateSignature();
            return true;
        }
        // As above: a malformed key.
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(encoded);
        }
    }

    /// <summary>RSA: for the salt of PSS, and for blinding, which leaves no trace in the signature.</summary>
    private static bool NeedsRandom(ISigner signing) => signing is PssSigner or RsaDigestSigner;
}
