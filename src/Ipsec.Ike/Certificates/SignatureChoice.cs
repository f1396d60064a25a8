using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>
/// Which signature goes into AUTH: with Digital Signature, whose hashes both ends announce in IKE_SA_INIT (RFC 7427), or with the methods that stand for one
/// algorithm each (RFC 7296 section 3.8, RFC 4754).
/// </summary>
internal static class SignatureChoice
{
    private const string RsaKey = "1.2.840.113549.1.1.1", EllipticCurveKey = "1.2.840.10045.2.1", Ed25519Key = "1.3.101.112", Ed448Key = "1.3.101.113";

    /// <summary>Hashes that this end takes in a Digital Signature; SHA-1 is not among them (RFC 8247 section 3.2.1).</summary>
    private static readonly ImmutableArray<HashAlgorithmId> Accepted =
        [HashAlgorithmId.Sha2256, HashAlgorithmId.Sha2384, HashAlgorithmId.Sha2512, HashAlgorithmId.Identity];

    /// <summary>SIGNATURE_HASH_ALGORITHMS, where signatures are used at all.</summary>
    public static ImmutableArray<Payload> Announce(IkeConnection connection)
    {
        if (!connection.UsesSignatures)
            return [];
        var hashes = new byte[2 * Accepted.Length];
        for (var index = 0; index < Accepted.Length; index++)
            BinaryPrimitives.WriteUInt16BigEndian(hashes.AsSpan(2 * index), (ushort)Accepted[index]);
        return [new NotifyPayload(NotifyType.SignatureHashAlgorithms, Octets.TakeOver(hashes))];
    }

    /// <summary>The peer's hashes; empty if it has not announced any.</summary>
    public static ImmutableArray<HashAlgorithmId> Read(IkeMessage message)
    {
        if (message.Notify(NotifyType.SignatureHashAlgorithms) is not { } announced)
            return [];
        var octets = announced.Data.ToArray();
        return [.. octets.Chunk(2).Where(pair => pair.Length == 2).Select(pair => (HashAlgorithmId)BinaryPrimitives.ReadUInt16BigEndian(pair))];
    }

    /// <summary>The AUTH payload over these octets; null if the key is of no use for a method that the peer can take.</summary>
    public static AuthenticationPayload? Sign(CertificateCredential credential, ImmutableArray<HashAlgorithmId> peerHashes, byte[] signedOctets, RandomSource random)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(credential.Chain[0].Span);
        foreach (var (method, algorithm) in Candidates(certificate, credential.PrefersPss, peerHashes))
        {
            if (algorithm.TrySign(credential.PrivateKey.Span, signedOctets, random, out var signature))
                return new(method, method == AuthenticationMethod.DigitalSignature ? DigitalSignatureData.Write(algorithm.Identifier.Span, signature) : signature);
        }
        return null;
    }

    /// <summary>Whether an AUTH payload is a signature with this key, made in a way that was agreed.</summary>
    /// <param name="hasAnnounced">Whether both ends have announced hashes: then it must be a Digital Signature (RFC 7427 section 3).</param>
    public static bool Verify(AuthenticationPayload authentication, bool hasAnnounced, byte[] publicKey, byte[] signedOctets)
    {
        if (hasAnnounced != (authentication.Method == AuthenticationMethod.DigitalSignature))
            return false;
        if (hasAnnounced)
        {
            return DigitalSignatureData.TryParse(authentication.Data.Span, out var named, out var signature) && Accepted.Contains(named.Hash)
                && named.Verify(publicKey, signedOctets, signature);
        }
        return SignatureAlgorithm.All.Any(algorithm => Stands(authentication.Method, algorithm) && algorithm.Verify(publicKey, signedOctets, authentication.Data.Span));
    }

    /// <summary>Best first.</summary>
    private static IEnumerable<(AuthenticationMethod Method, SignatureAlgorithm Algorithm)> Candidates(
        X509Certificate2 certificate, bool prefersPss, ImmutableArray<HashAlgorithmId> peerHashes)
    {
        var key = certificate.PublicKey.Oid.Value;
        if (peerHashes.IsEmpty)
        {
            // Section 3.8: SHA-1 is the hash of the RSA method that every peer knows.
            return key == RsaKey
                ? SignatureAlgorithm.All.Where(algorithm => algorithm.Name == "RSASSA-PKCS1-SHA1").Select(algorithm => (AuthenticationMethod.RsaDigitalSignature, algorithm))
                : SignatureAlgorithm.All.Where(algorithm => key == EllipticCurveKey && algorithm.Method != AuthenticationMethod.DigitalSignature)
                    .Select(algorithm => (algorithm.Method, algorithm));
        }
        string[] names = key switch
        {
            RsaKey => prefersPss ? ["RSASSA-PSS", "RSASSA-PKCS1"] : ["RSASSA-PKCS1", "RSASSA-PSS"],
            EllipticCurveKey => ["ECDSA"],
            Ed25519Key => ["Ed25519"],
            Ed448Key => ["Ed448"],
            _ => [],
        };
        // A hash as strong as the curve, where the peer takes it.
        using var curve = key == EllipticCurveKey ? certificate.GetECDsaPublicKey() : null;
        var strength = curve is null ? 256 : Math.Min(512, (curve.KeySize + 127) / 128 * 128);
        return
        [
            .. from name in names
               from algorithm in SignatureAlgorithm.All
               where algorithm.Method == AuthenticationMethod.DigitalSignature && algorithm.Name.StartsWith(name, StringComparison.Ordinal)
                   && Accepted.Contains(algorithm.Hash) && peerHashes.Contains(algorithm.Hash)
               orderby Array.IndexOf(names, name), algorithm.Name.EndsWith($"{strength}", StringComparison.Ordinal) ? 0 : 1
               select (AuthenticationMethod.DigitalSignature, algorithm),
        ];
    }

    /// <summary>Whether an old method may mean this algorithm.</summary>
    private static bool Stands(AuthenticationMethod method, SignatureAlgorithm algorithm) => method == AuthenticationMethod.RsaDigitalSignature
        ? algorithm.Name.StartsWith("RSASSA-PKCS1", StringComparison.Ordinal)
        : method != AuthenticationMethod.DigitalSignature && algorithm.Method == method;
}
