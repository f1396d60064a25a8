using Ipsec.Packets.Ike;
using Org.BouncyCastle.Asn1.EdEC;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Ipsec.Crypto;

/// <summary>Ed25519 and Ed448 in their pure form, without context (RFC 8420 section 2, RFC 8032): signatures of 64 and 114 octets.</summary>
internal static class EdwardsSignatures
{
    public static IReadOnlyList<SignatureAlgorithm> All { get; } =
    [
        new("Ed25519", AuthenticationMethod.DigitalSignature, HashAlgorithmId.Identity,
            new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519).GetDerEncoded(),
            new ManagedSignature(() => new Ed25519Signer(), key => key is Ed25519PublicKeyParameters or Ed25519PrivateKeyParameters)),
        new("Ed448", AuthenticationMethod.DigitalSignature, HashAlgorithmId.Identity,
            new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed448).GetDerEncoded(),
            new ManagedSignature(() => new Ed448Signer([]), key => key is Ed448PublicKeyParameters or Ed448PrivateKeyParameters)),
    ];
}
