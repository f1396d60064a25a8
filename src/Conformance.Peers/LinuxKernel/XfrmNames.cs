using Conformance.Implementations;
using Ipsec.Packets.Ike;

namespace Conformance.Peers.LinuxKernel;

/// <summary>The kernel's own names of algorithms, as <c>ip xfrm state</c> takes them.</summary>
internal static class XfrmNames
{
    private static readonly Dictionary<EncryptionId, string> Ciphers = new()
    {
        [EncryptionId.TripleDes] = "cbc(des3_ede)",
        [EncryptionId.Null] = "ecb(cipher_null)",
        [EncryptionId.AesCbc] = "cbc(aes)",
        [EncryptionId.AesCtr] = "rfc3686(ctr(aes))",
        [EncryptionId.CamelliaCbc] = "cbc(camellia)",
    };

    private static readonly Dictionary<EncryptionId, (string Name, int IcvBits)> CombinedModes = new()
    {
        [EncryptionId.AesCcm8] = ("rfc4309(ccm(aes))", 64),
        [EncryptionId.AesCcm12] = ("rfc4309(ccm(aes))", 96),
        [EncryptionId.AesCcm16] = ("rfc4309(ccm(aes))", 128),
        [EncryptionId.AesGcm8] = ("rfc4106(gcm(aes))", 64),
        [EncryptionId.AesGcm12] = ("rfc4106(gcm(aes))", 96),
        [EncryptionId.AesGcm16] = ("rfc4106(gcm(aes))", 128),
        [EncryptionId.NullAuthAesGmac] = ("rfc4543(gcm(aes))", 128),
        [EncryptionId.ChaCha20Poly1305] = ("rfc7539esp(chacha20,poly1305)", 128),
    };

    private static readonly Dictionary<IntegrityId, (string Name, int IcvBits)> Integrities = new()
    {
        [IntegrityId.HmacMd5_96] = ("hmac(md5)", 96),
        [IntegrityId.HmacSha1_96] = ("hmac(sha1)", 96),
        [IntegrityId.AesXcbc_96] = ("xcbc(aes)", 96),
        [IntegrityId.AesCmac_96] = ("cmac(aes)", 96),
        [IntegrityId.HmacSha256_128] = ("hmac(sha256)", 128),
        [IntegrityId.HmacSha384_192] = ("hmac(sha384)", 192),
        [IntegrityId.HmacSha512_256] = ("hmac(sha512)", 256),
    };

    /// <summary>The words that key an SA.</summary>
    /// <exception cref="UnsupportedPolicyException">The kernel has no name for an algorithm.</exception>
    public static string Algorithms(ManualSecurityAssociation association)
    {
        if (association.Protocol == IpsecProtocol.IpComp)
            return "comp deflate";
        if (association.Protocol == IpsecProtocol.Esp && CombinedModes.TryGetValue(association.Encryption, out var combined))
            return $"aead {combined.Name} 0x{association.EncryptionKey} {combined.IcvBits}";
        var integrity = association.Integrity switch
        {
            IntegrityId.None => "",
            _ when Integrities.TryGetValue(association.Integrity, out var known) => $"auth-trunc {known.Name} 0x{association.IntegrityKey} {known.IcvBits}",
            _ => throw Unnamed(nameof(association.Integrity), $"{association.Integrity}"),
        };
        if (association.Protocol == IpsecProtocol.Ah)
            return integrity;
        if (!Ciphers.TryGetValue(association.Encryption, out var cipher))
            throw Unnamed(nameof(association.Encryption), $"{association.Encryption}");
        return $"{integrity} enc {cipher} {(association.EncryptionKey.IsEmpty ? "\"\"" : $"0x{association.EncryptionKey}")}";
    }

    private static UnsupportedPolicyException Unnamed(string field, string algorithm) => new(field, $"Linux has no name for {algorithm}");
}
