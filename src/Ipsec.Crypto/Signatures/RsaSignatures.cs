using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Ipsec.Crypto;

/// <summary>RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017) with the AlgorithmIdentifiers of RFC 7427 appendices A.1 and A.4.</summary>
internal static class RsaSignatures
{
    /// <summary>Salts longer than this are none that a key of sane size could carry.</summary>
    private const int LongestSalt = 2048;

    public static IReadOnlyList<SignatureAlgorithm> Pkcs1 { get; } =
    [
        MakePkcs1(SignatureHash.Sha1, PkcsObjectIdentifiers.Sha1WithRsaEncryption),
        MakePkcs1(SignatureHash.Sha256, PkcsObjectIdentifiers.Sha256WithRsaEncryption),
        MakePkcs1(SignatureHash.Sha384, PkcsObjectIdentifiers.Sha384WithRsaEncryption),
        MakePkcs1(SignatureHash.Sha512, PkcsObjectIdentifiers.Sha512WithRsaEncryption),
    ];

    /// <summary>MGF1 over the same hash, and a salt as long as it (RFC 8247 section 3.2.1).</summary>
    public static IReadOnlyList<SignatureAlgorithm> Pss { get; } =
        [.. SignatureHash.All.Select(hash => MakePss(hash, hash, hash.Length, PssIdentifier(hash, hash, hash.Length)))];

    /// <summary>RSASSA-PSS with whatever hash, mask generation and salt length an AlgorithmIdentifier asks for.</summary>
    public static bool TryPssFromIdentifier(ReadOnlySpan<byte> identifier, [NotNullWhen(true)] out SignatureAlgorithm? algorithm)
    {
        algorithm = null;
        try
        {
            var parsed = AlgorithmIdentifier.GetInstance(Asn1Object.FromByteArray(identifier.ToArray()));
            if (!parsed.Algorithm.Equals(PkcsObjectIdentifiers.IdRsassaPss) || parsed.Parameters is null)
                return false;
            var parameters = RsassaPssParameters.GetInstance(parsed.Parameters);
            var mask = AlgorithmIdentifier.GetInstance(parameters.MaskGenAlgorithm.Parameters);
            if (Known(parameters.HashAlgorithm) is not { } hash || Known(mask) is not { } maskHash
                || !parameters.MaskGenAlgorithm.Algorithm.Equals(PkcsObjectIdentifiers.IdMgf1)
                || !parameters.SaltLength.TryGetIntValueExact(out var salt) || salt is < 0 or > LongestSalt
                || !parameters.TrailerField.TryGetIntValueExact(out var trailer) || trailer != 1)
                return false;
            algorithm = MakePss(hash, maskHash, salt, new(identifier));
            return true;
        }
        // The library reports malformed DER by exceptions of several types.
        catch (Exception failure) when (failure is ArgumentException or IOException or InvalidOperationException or InvalidCastException or FormatException)
        {
            return false;
        }
    }

    private static SignatureHash? Known(AlgorithmIdentifier identifier) => SignatureHash.All.FirstOrDefault(hash => hash.Oid.Equals(identifier.Algorithm));

    private static SignatureAlgorithm MakePkcs1(SignatureHash hash, DerObjectIdentifier oid) => new(
        $"RSASSA-PKCS1-{hash.Name}", AuthenticationMethod.DigitalSignature, hash.Id,
        new AlgorithmIdentifier(oid, DerNull.Instance).GetDerEncoded(),
        new ManagedSignature(() => new RsaDigestSigner(hash.Digest(), hash.Oid), IsRsa),
        new PlatformSignature((publicKey, message, signature) => PlatformVerify(publicKey, message, signature, hash, RSASignaturePadding.Pkcs1)));

    private static SignatureAlgorithm MakePss(SignatureHash hash, SignatureHash mask, int salt, Octets identifier)
    {
        var managed = new ManagedSignature(() => new PssSigner(new RsaBlindedEngine(), hash.Digest(), mask.Digest(), salt), IsRsa);
        // The platform knows one shape only.
        SignatureProvider[] verifiers = hash == mask && salt == hash.Length
            ? [new PlatformSignature((publicKey, message, signature) => PlatformVerify(publicKey, message, signature, hash, RSASignaturePadding.Pss))]
            : [];
        var name = hash == mask && salt == hash.Length ? $"RSASSA-PSS-{hash.Name}" : $"RSASSA-PSS-{hash.Name}-MGF1-{mask.Name}-SALT-{salt}";
        return new(name, AuthenticationMethod.DigitalSignature, hash.Id, identifier, managed, verifiers);
    }

    public static Octets PssIdentifier(SignatureHash hash, SignatureHash mask, int salt)
    {
        var parameters = new RsassaPssParameters(
            new(hash.Oid, DerNull.Instance), new(PkcsObjectIdentifiers.IdMgf1, new AlgorithmIdentifier(mask.Oid, DerNull.Instance)),
            DerInteger.ValueOf(salt), RsassaPssParameters.DefaultTrailerField);
        return new AlgorithmIdentifier(PkcsObjectIdentifiers.IdRsassaPss, parameters).GetDerEncoded();
    }

    private static bool IsRsa(AsymmetricKeyParameter key) => key is RsaKeyParameters;

    private static bool PlatformVerify(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, SignatureHash hash, RSASignaturePadding padding)
    {
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(publicKey, out var read);
        return read == publicKey.Length && rsa.VerifyData(message, signature, hash.Platform, padding);
    }
}
