namespace Ipsec.Crypto;

/// <summary>
/// Where algorithms come from. Two providers that have the same algorithm check each other; the registry takes the first that has it.
/// </summary>
/// <param name="Name">For test names and reports.</param>
public sealed record CryptoProvider(
    string Name, IReadOnlyList<EncryptionAlgorithm> Encryption, IReadOnlyList<IntegrityAlgorithm> Integrity, IReadOnlyList<PrfAlgorithm> Prf,
    IReadOnlyList<KeyExchangeMethod> KeyExchange)
{
    /// <summary>OpenSSL's libcrypto, called directly: the fastest for packets and for MODP. Empty where libcrypto 3 is missing.</summary>
    public static CryptoProvider OpenSsl { get; } = OpenSslAlgorithms.Provider(LibCrypto.IsAvailable);

    /// <summary>.NET's own, on OpenSSL: faster, and constant-time where that matters.</summary>
    public static CryptoProvider Platform { get; } = PlatformAlgorithms.Provider;

    /// <summary>BouncyCastle, for what the platform hasn't, and as the other opinion.</summary>
    public static CryptoProvider BouncyCastle { get; } = ManagedAlgorithms.Provider;

    /// <summary>The platform's arithmetic that is slower (MODP) or stricter than the protocols allow (weak 3DES keys): a second opinion only.</summary>
    public static CryptoProvider PlatformSecondChoice { get; } = PlatformAlgorithms.SecondChoice;

    /// <summary>The registry takes each algorithm from the first that has it.</summary>
    public static IReadOnlyList<CryptoProvider> InOrderOfPreference { get; } = Order(OpenSsl);

    /// <summary>The one place where providers are chosen; with an empty first one, the order where libcrypto is missing.</summary>
    internal static IReadOnlyList<CryptoProvider> Order(CryptoProvider openSsl) => [openSsl, Platform, BouncyCastle, PlatformSecondChoice];
}
