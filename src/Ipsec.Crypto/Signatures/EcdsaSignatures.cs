using System.Security.Cryptography;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Ipsec.Crypto;

/// <summary>
/// ECDSA: methods 9 to 11, whose signature is r | s on one curve with one hash (RFC 4754 section 7), and with Digital Signature, whose signature is a DER
/// Ecdsa-Sig-Value on any curve (RFC 7427 appendix A.3).
/// </summary>
internal static class EcdsaSignatures
{
    public static IReadOnlyList<SignatureAlgorithm> All { get; } =
    [
        OnCurve("P256", AuthenticationMethod.EcdsaWithSha256, SignatureHash.Sha256, SecObjectIdentifiers.SecP256r1, ECCurve.NamedCurves.nistP256),
        OnCurve("P384", AuthenticationMethod.EcdsaWithSha384, SignatureHash.Sha384, SecObjectIdentifiers.SecP384r1, ECCurve.NamedCurves.nistP384),
        OnCurve("P521", AuthenticationMethod.EcdsaWithSha512, SignatureHash.Sha512, SecObjectIdentifiers.SecP521r1, ECCurve.NamedCurves.nistP521),
        OnAnyCurve(SignatureHash.Sha1, X9ObjectIdentifiers.ECDsaWithSha1),
        OnAnyCurve(SignatureHash.Sha256, X9ObjectIdentifiers.ECDsaWithSha256),
        OnAnyCurve(SignatureHash.Sha384, X9ObjectIdentifiers.ECDsaWithSha384),
        OnAnyCurve(SignatureHash.Sha512, X9ObjectIdentifiers.ECDsaWithSha512),
    ];

    private static SignatureAlgorithm OnCurve(
        string name, AuthenticationMethod method, SignatureHash hash, DerObjectIdentifier curve, ECCurve platformCurve) => new(
        $"ECDSA-{name}-{hash.Name}", method, hash.Id, Octets.Empty,
        new ManagedSignature(
            () => Signer(hash, PlainDsaEncoding.Instance), key => key is ECKeyParameters parameters && curve.Equals(parameters.PublicKeyParamSet)),
        new PlatformSignature((publicKey, message, signature) => PlatformVerify(
            publicKey, message, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, platformCurve.Oid.Value)));

    private static SignatureAlgorithm OnAnyCurve(SignatureHash hash, DerObjectIdentifier oid) => new(
        $"ECDSA-{hash.Name}", AuthenticationMethod.DigitalSignature, hash.Id, new AlgorithmIdentifier(oid).GetDerEncoded(),
        new StrictDerSignature(new ManagedSignature(() => Signer(hash, StandardDsaEncoding.Instance), key => key is ECKeyParameters)),
        new StrictDerSignature(new PlatformSignature((publicKey, message, signature) => PlatformVerify(
            publicKey, message, signature, hash, DSASignatureFormat.Rfc3279DerSequence, curve: null))));

    private static DsaDigestSigner Signer(SignatureHash hash, IDsaEncoding encoding) =>
        new(new ECDsaSigner(new HMacDsaKCalculator(hash.Digest())), hash.Digest(), encoding);

    private static bool PlatformVerify(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, SignatureHash hash, DSASignatureFormat format, string? curve)
    {
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(publicKey, out var read);
        return read == publicKey.Length
            && (curve is null || ecdsa.ExportParameters(includePrivateParameters: false).Curve is { IsNamed: true } named && named.Oid.Value == curve)
            && ecdsa.VerifyData(message, signature, hash.Platform, format);
    }
}
