using System.Security.Cryptography;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Asn1.Oiw;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;

namespace Ipsec.Crypto;

/// <summary>A hash of signatures, by its name in each of the worlds that know it.</summary>
internal sealed record SignatureHash(
    HashAlgorithmId Id, string Name, int Length, HashAlgorithmName Platform, DerObjectIdentifier Oid, Func<IDigest> Digest)
{
    public static SignatureHash Sha1 { get; } =
        new(HashAlgorithmId.Sha1, "SHA1", 20, HashAlgorithmName.SHA1, OiwObjectIdentifiers.IdSha1, () => new Sha1Digest());

    public static SignatureHash Sha256 { get; } =
        new(HashAlgorithmId.Sha2256, "SHA2-256", 32, HashAlgorithmName.SHA256, NistObjectIdentifiers.IdSha256, () => new Sha256Digest());

    public static SignatureHash Sha384 { get; } =
        new(HashAlgorithmId.Sha2384, "SHA2-384", 48, HashAlgorithmName.SHA384, NistObjectIdentifiers.IdSha384, () => new Sha384Digest());

    public static SignatureHash Sha512 { get; } =
        new(HashAlgorithmId.Sha2512, "SHA2-512", 64, HashAlgorithmName.SHA512, NistObjectIdentifiers.IdSha512, () => new Sha512Digest());

    public static IReadOnlyList<SignatureHash> All { get; } = [Sha1, Sha256, Sha384, Sha512];

    public static SignatureHash Of(HashAlgorithmId id) =>
        All.FirstOrDefault(hash => hash.Id == id) ?? throw new ArgumentException($"no hash of signatures: {id}", nameof(id));
}
