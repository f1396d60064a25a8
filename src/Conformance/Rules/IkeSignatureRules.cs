using Conformance.Decoding;
using Ipsec.Packets.Ike;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>AUTH by signature (RFC 7427, RFC 8247 section 3).</summary>
internal static class IkeSignatureRules
{
    // Algorithm identifiers as RFC 7427 appendix A has them, DER.
    private static readonly byte[] RsaWithSha1 = Convert.FromHexString("300d06092a864886f70d0101050500");
    private static readonly byte[] DsaWithSha1 = Convert.FromHexString("300906072a8648ce380403");
    private static readonly byte[] EcdsaWithSha1 = Convert.FromHexString("300906072a8648ce3d0401");
    private static readonly byte[] PssWithoutParameters = Convert.FromHexString("300b06092a864886f70d01010a");
    private static readonly byte[] PssWithDefaults = Convert.FromHexString("300d06092a864886f70d01010a3000");

    // Whole identifiers in the form that RFC 4055, RFC 5758 and RFC 8410 want; the object identifier stands behind two octets.
    private static readonly byte[][] Preferred =
    [
        RsaWithSha1, Convert.FromHexString("300d06092a864886f70d01010b0500"), Convert.FromHexString("300d06092a864886f70d01010c0500"), Convert.FromHexString("300d06092a864886f70d01010d0500"),
        EcdsaWithSha1, Convert.FromHexString("300a06082a8648ce3d040302"), Convert.FromHexString("300a06082a8648ce3d040303"), Convert.FromHexString("300a06082a8648ce3d040304"),
        Convert.FromHexString("300506032b6570"), Convert.FromHexString("300506032b6571"),
    ];

    private static readonly (byte[] Oid, ushort Hash)[] Hashes =
    [
        (Convert.FromHexString("06092a864886f70d01010b"), 2), (Convert.FromHexString("06092a864886f70d01010c"), 3), (Convert.FromHexString("06092a864886f70d01010d"), 4),
        (Convert.FromHexString("06082a8648ce3d040302"), 2), (Convert.FromHexString("06082a8648ce3d040303"), 3), (Convert.FromHexString("06082a8648ce3d040304"), 4),
        (Convert.FromHexString("06032b6570"), 5), (Convert.FromHexString("06032b6571"), 5),
        // RSASSA-PSS: the hash stands in the parameters.
        (Convert.FromHexString("0609608648016503040201"), 2), (Convert.FromHexString("0609608648016503040202"), 3), (Convert.FromHexString("0609608648016503040203"), 4),
    ];

    public static IEnumerable<Rule> All =>
    [
        Auth("001", "When both ends announced hashes and one signs, it uses the Digital Signature method", "RFC7427-3-2", (ike, auth) =>
            IsSignature(auth.Method) && ike.History?.Of(ike.Sender)?.Hashes is not null && ike.History.Of(ike.Receiver)?.Hashes is not null
                ? That(auth.Method == AuthenticationMethod.DigitalSignature, "method 14", $"{(byte)auth.Method}")
                : NotExercised),
        Signed("002", "The hash signed with is one that the peer announced", "RFC7427-4-1", (ike, identifier) =>
            ike.History?.Of(ike.Receiver)?.Hashes is { } announced && HashOf(identifier) is { } hash
                ? That(announced.Contains(hash), $"one of {string.Join(' ', announced)}", $"{hash}")
                : NotExercised),
        Signed("003", "RSA PKCS #1 1.5 with SHA-1 is not there", "RFC8247-3.2-8", (_, identifier) => That(!identifier.AsSpan().SequenceEqual(RsaWithSha1), "another algorithm", "sha1WithRSAEncryption")),
        Signed("004", "DSA with SHA-1 is not there", "RFC8247-3.2-9", (_, identifier) => That(!identifier.AsSpan().SequenceEqual(DsaWithSha1), "another algorithm", "dsa-with-sha1")),
        Signed("005", "ECDSA with SHA-1 is not there", "RFC8247-3.2-10", (_, identifier) => That(!identifier.AsSpan().SequenceEqual(EcdsaWithSha1), "another algorithm", "ecdsa-with-SHA1")),
        Signed("006", "RSASSA-PSS with empty parameters is not there", "RFC8247-3.2-11", (_, identifier) => That(!identifier.AsSpan().SequenceEqual(PssWithoutParameters), "parameters", "none")),
        Signed("007", "RSASSA-PSS with default parameters is not there", "RFC8247-3.2-12", (_, identifier) => That(!identifier.AsSpan().SequenceEqual(PssWithDefaults), "parameters", "the defaults, of SHA-1")),
        Rule.Of<IkeSighting>("RULE-IKE-SIGNATURE-008", "SHA-1 is not announced for signatures", "RFC8247-3.2-1", ike => ike.Notify(NotifyType.SignatureHashAlgorithms) is { } notify
            ? That(!notify.Data.Chunk(2).Any(hash => hash is [0, 1]), "other hashes", "SHA-1")
            : NotExercised),
        Auth("009", "Authentication by DSS is not used", "RFC8247-3.1-3", (_, auth) => That(auth.Method != AuthenticationMethod.DssDigitalSignature, "another method", "DSS")),
        Auth("010", "RSA keys of less than 2048 bits are not used", "RFC8247-1-1 RFC8247-3.1.1-4", (_, auth) =>
            auth.Method == AuthenticationMethod.RsaDigitalSignature ? That(auth.Data.Length >= 256, "a signature of 256 octets or more", $"{auth.Data.Length}") : NotExercised),
        Signed("012", "Algorithm identifiers of RSA PKCS #1 have NULL for parameters, those of ECDSA and EdDSA have none", "RFC7427-3-1", (_, identifier) =>
            Preferred.Where(one => identifier.AsSpan(Math.Min(2, identifier.Length)).StartsWith(one.AsSpan(2, 2 + one[3]))).FirstOrDefault() is { } preferred
                ? That(identifier.AsSpan().SequenceEqual(preferred), Convert.ToHexStringLower(preferred), Convert.ToHexStringLower(identifier))
                : NotExercised),
        Rule.Of<IkeSighting>("RULE-IKE-SIGNATURE-011", "Other URL schemes than HTTP are not used for certificates", "RFC7296-3.6-5", ike => Each(ike.All<CertificatePayload>(), certificate =>
            certificate.Encoding is CertificateEncoding.HashAndUrlOfX509Certificate or CertificateEncoding.HashAndUrlOfX509Bundle
                ? That(certificate.Data.Length > 27 && certificate.Data.Span[20..].StartsWith("http://"u8), "a hash and an http URL", $"{certificate.Data.Length} octets")
                : NotExercised)),
    ];

    private static Rule Auth(string number, string title, string covers, Func<IkeSighting, AuthenticationPayload, Judgement> judge) =>
        Rule.Of<IkeSighting>($"RULE-IKE-SIGNATURE-{number}", title, covers, ike => ike.Find<AuthenticationPayload>() is { } auth ? judge(ike, auth) : NotExercised);

    /// <param name="judge">Takes the AlgorithmIdentifier of the Digital Signature method (RFC 7427 section 3).</param>
    private static Rule Signed(string number, string title, string covers, Func<IkeSighting, byte[], Judgement> judge) =>
        Auth(number, title, covers, (ike, auth) => auth.Method == AuthenticationMethod.DigitalSignature && !auth.Data.IsEmpty && auth.Data.Length > auth.Data[0]
            ? judge(ike, auth.Data.Span[1..(1 + auth.Data[0])].ToArray())
            : NotExercised);

    private static bool IsSignature(AuthenticationMethod method) => method is AuthenticationMethod.RsaDigitalSignature or AuthenticationMethod.DssDigitalSignature
        or AuthenticationMethod.EcdsaWithSha256 or AuthenticationMethod.EcdsaWithSha384 or AuthenticationMethod.EcdsaWithSha512 or AuthenticationMethod.DigitalSignature;

    private static ushort? HashOf(byte[] identifier)
    {
        foreach (var (oid, hash) in Hashes)
            if (identifier.AsSpan().IndexOf(oid) >= 0)
                return hash;
        return null;
    }
}
