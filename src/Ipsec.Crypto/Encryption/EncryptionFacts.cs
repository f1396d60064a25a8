using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>What the registry and the defining RFCs say of an encryption algorithm. Key lengths in bits, all other lengths in octets.</summary>
/// <param name="Name">IANA's name, such as ENCR_AES_CBC.</param>
/// <param name="KeyLengths">Values of the Key Length attribute, without salt; a single one means that the attribute is not sent.</param>
/// <param name="SaltLength">Octets of keying material after the key that become the nonce's fixed part.</param>
/// <param name="IvLength">Octets of IV on the wire; 0 with an implicit IV.</param>
/// <param name="BlockLength">The ciphertext is a multiple of this.</param>
/// <param name="IcvLength">0 for an algorithm that needs a separate integrity algorithm.</param>
/// <param name="InIke">RFC 8247 section 2.1.</param>
/// <param name="InEsp">RFC 8221 section 5.</param>
public sealed record EncryptionFacts(
    EncryptionId Id, string Name, IReadOnlyList<int> KeyLengths, int SaltLength, int IvLength, int BlockLength, int IcvLength,
    SecurityProtocols Protocols, Recommendation InIke, Recommendation InEsp)
{
    private const SecurityProtocols IkeAndEsp = SecurityProtocols.Ike | SecurityProtocols.Esp;
    private static readonly int[] AesKeys = [128, 192, 256];

    /// <summary>Single DES: MUST NOT everywhere, so no protocol may use it.</summary>
    public static EncryptionFacts Des { get; } =
        new(EncryptionId.Des, "ENCR_DES", [64], 0, 8, 8, 0, SecurityProtocols.None, Recommendation.MustNot, Recommendation.MustNot);

    public static EncryptionFacts TripleDes { get; } =
        new(EncryptionId.TripleDes, "ENCR_3DES", [192], 0, 8, 8, 0, IkeAndEsp, Recommendation.May, Recommendation.ShouldNot);

    public static EncryptionFacts Null { get; } =
        new(EncryptionId.Null, "ENCR_NULL", [0], 0, 0, 1, 0, SecurityProtocols.Esp, Recommendation.MustNot, Recommendation.Must);

    public static EncryptionFacts AesCbc { get; } =
        new(EncryptionId.AesCbc, "ENCR_AES_CBC", AesKeys, 0, 16, 16, 0, IkeAndEsp, Recommendation.Must, Recommendation.Must);

    public static EncryptionFacts AesCtr { get; } =
        new(EncryptionId.AesCtr, "ENCR_AES_CTR", AesKeys, 4, 8, 1, 0, IkeAndEsp, Recommendation.May, Recommendation.May);

    public static EncryptionFacts AesCcm8 { get; } =
        Aead(EncryptionId.AesCcm8, "ENCR_AES_CCM_8", 3, 8, Recommendation.ShouldForIot, Recommendation.ShouldForIot);

    public static EncryptionFacts AesCcm12 { get; } = Aead(EncryptionId.AesCcm12, "ENCR_AES_CCM_12", 3, 12);
    public static EncryptionFacts AesCcm16 { get; } = Aead(EncryptionId.AesCcm16, "ENCR_AES_CCM_16", 3, 16);
    public static EncryptionFacts AesGcm8 { get; } = Aead(EncryptionId.AesGcm8, "ENCR_AES_GCM_8", 4, 8);
    public static EncryptionFacts AesGcm12 { get; } = Aead(EncryptionId.AesGcm12, "ENCR_AES_GCM_12", 4, 12);

    public static EncryptionFacts AesGcm16 { get; } =
        Aead(EncryptionId.AesGcm16, "ENCR_AES_GCM_16", 4, 16, Recommendation.Should, Recommendation.Must);

    public static EncryptionFacts AesGmac { get; } =
        Aead(EncryptionId.NullAuthAesGmac, "ENCR_NULL_AUTH_AES_GMAC", 4, 16) with { Protocols = SecurityProtocols.Esp };

    public static EncryptionFacts CamelliaCbc { get; } = new(
        EncryptionId.CamelliaCbc, "ENCR_CAMELLIA_CBC", AesKeys, 0, 16, 16, 0, IkeAndEsp, Recommendation.Unlisted, Recommendation.Unlisted);

    public static EncryptionFacts CamelliaCtr { get; } = new(
        EncryptionId.CamelliaCtr, "ENCR_CAMELLIA_CTR", AesKeys, 4, 8, 1, 0, IkeAndEsp, Recommendation.Unlisted, Recommendation.Unlisted);

    public static EncryptionFacts CamelliaCcm8 { get; } = Aead(EncryptionId.CamelliaCcm8, "ENCR_CAMELLIA_CCM_8", 3, 8);
    public static EncryptionFacts CamelliaCcm12 { get; } = Aead(EncryptionId.CamelliaCcm12, "ENCR_CAMELLIA_CCM_12", 3, 12);
    public static EncryptionFacts CamelliaCcm16 { get; } = Aead(EncryptionId.CamelliaCcm16, "ENCR_CAMELLIA_CCM_16", 3, 16);

    public static EncryptionFacts ChaCha20Poly1305 { get; } =
        Aead(EncryptionId.ChaCha20Poly1305, "ENCR_CHACHA20_POLY1305", 4, 16, Recommendation.Should, Recommendation.Should) with { KeyLengths = [256] };

    public static EncryptionFacts AesCcm8ImplicitIv { get; } = ImplicitIv(AesCcm8, EncryptionId.AesCcm8Iiv);
    public static EncryptionFacts AesGcm16ImplicitIv { get; } = ImplicitIv(AesGcm16, EncryptionId.AesGcm16Iiv);
    public static EncryptionFacts ChaCha20Poly1305ImplicitIv { get; } = ImplicitIv(ChaCha20Poly1305, EncryptionId.ChaCha20Poly1305Iiv);

    private static EncryptionFacts Aead(
        EncryptionId id, string name, int salt, int icv, Recommendation ike = Recommendation.Unlisted, Recommendation esp = Recommendation.Unlisted) =>
        new(id, name, AesKeys, salt, 8, 1, icv, IkeAndEsp, ike, esp);

    /// <summary>RFC 8750 section 4: nothing but the IV's absence from the wire differs; not for IKE (section 5).</summary>
    private static EncryptionFacts ImplicitIv(EncryptionFacts explicitIv, EncryptionId id) => explicitIv with
    {
        Id = id,
        Name = explicitIv.Name + "_IIV",
        IvLength = 0,
        Protocols = SecurityProtocols.Esp,
        InIke = Recommendation.Unlisted,
        InEsp = Recommendation.Unlisted,
    };
}
