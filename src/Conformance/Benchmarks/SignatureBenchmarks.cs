using System.Security.Cryptography;
using Ipsec.Crypto;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.X509;

namespace Conformance.Benchmarks;

/// <summary>
/// Signatures over as many octets as AUTH covers. The reference has its key parsed; the subject starts from DER, because that is what IKE brings.
/// </summary>
internal static class SignatureBenchmarks
{
    public const int MessageLength = 500;

    private const int RsaBits = 2048;
    private static readonly byte[] Message = new byte[MessageLength];

    public static IEnumerable<Benchmark> All() => SignatureAlgorithm.All.SelectMany(Of);

    private static IEnumerable<Benchmark> Of(SignatureAlgorithm algorithm)
    {
        var keys = new Lazy<(byte[] Private, byte[] Public)>(() => Keys(algorithm.Name));
        yield return new(
            $"signature/sign/{algorithm.Name}", null, () => new(() => Sign(algorithm, keys.Value.Private)),
            () => RawSignature.For(algorithm, keys.Value.Private) is { } raw ? new(() => raw.Sign()) : null);
        yield return new(
            $"signature/verify/{algorithm.Name}", null, () => Verifying(algorithm, keys.Value),
            () => RawSignature.For(algorithm, keys.Value.Private) is { } raw ? Verifying(raw) : null);
    }

    private static Workload Verifying(SignatureAlgorithm algorithm, (byte[] Private, byte[] Public) keys)
    {
        var signature = Sign(algorithm, keys.Private);
        return new(() =>
        {
            if (!algorithm.Verify(keys.Public, Message, signature))
                throw new InvalidOperationException("a signature of our own was refused");
        });
    }

    private static Workload Verifying(RawSignature raw)
    {
        var length = raw.Sign();
        return new(() => raw.Verify(length));
    }

    private static byte[] Sign(SignatureAlgorithm algorithm, byte[] key) =>
        algorithm.TrySign(key, Message, RandomSource.System, out var signature) ? signature : throw new InvalidOperationException("a key of our own was refused");

    /// <summary>A fresh key: PKCS #8 and SubjectPublicKeyInfo.</summary>
    private static (byte[] Private, byte[] Public) Keys(string algorithm)
    {
        if (algorithm.StartsWith("Ed", StringComparison.Ordinal))
            return algorithm == "Ed448" ? Edwards448() : Edwards25519();
        if (algorithm.StartsWith("ECDSA", StringComparison.Ordinal))
        {
            using var ecdsa = ECDsa.Create(algorithm.Contains("P521", StringComparison.Ordinal) ? ECCurve.NamedCurves.nistP521
                : algorithm.Contains("P384", StringComparison.Ordinal) ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256);
            return (ecdsa.ExportPkcs8PrivateKey(), ecdsa.ExportSubjectPublicKeyInfo());
        }
        using var rsa = RSA.Create(RsaBits);
        return (rsa.ExportPkcs8PrivateKey(), rsa.ExportSubjectPublicKeyInfo());
    }

    private static (byte[] Private, byte[] Public) Edwards25519()
    {
        var key = new Ed25519PrivateKeyParameters(RandomSource.System.Bytes(Ed25519PrivateKeyParameters.KeySize));
        return Encoded(key, key.GeneratePublicKey());
    }

    private static (byte[] Private, byte[] Public) Edwards448()
    {
        var key = new Ed448PrivateKeyParameters(RandomSource.System.Bytes(Ed448PrivateKeyParameters.KeySize));
        return Encoded(key, key.GeneratePublicKey());
    }

    // Without the public key, which BouncyCastle would add (RFC 5958) and OpenSSL 3.0 doesn't read.
    private static (byte[] Private, byte[] Public) Encoded(AsymmetricKeyParameter own, AsymmetricKeyParameter published)
    {
        var info = PrivateKeyInfoFactory.CreatePrivateKeyInfo(own);
        var plain = new Org.BouncyCastle.Asn1.Pkcs.PrivateKeyInfo(info.PrivateKeyAlgorithm, info.ParsePrivateKey());
        return (plain.GetDerEncoded(), SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(published).GetDerEncoded());
    }
}
