using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>
/// Keys of a pair of child SAs (RFC 7296 section 2.17): first the SA that carries data from the exchange's initiator, then the other; in each
/// the encryption key (salt at its end) before the integrity key. Disposing zeroes them.
/// </summary>
public sealed class ChildKeys : IDisposable
{
    public required byte[] InitiatorEncryption { get; init; }
    public required byte[] InitiatorIntegrity { get; init; }
    public required byte[] ResponderEncryption { get; init; }
    public required byte[] ResponderIntegrity { get; init; }

    /// <summary>KEYMAT = prf+(SK_d, [g^ir (new) |] Ni | Nr), and with additional key exchanges | SK(1) | SK(2) … (RFC 9370 section 2.2.4).</summary>
    /// <param name="sharedSecret">Empty where the exchange had no key exchange of its own.</param>
    /// <param name="additionalSecrets">SK(1), SK(2) …, in order.</param>
    public static ChildKeys Derive(
        EspAlgorithms algorithms, PrfAlgorithm prf, byte[] skD, byte[] sharedSecret, byte[] initiatorNonce, byte[] responderNonce,
        params ReadOnlySpan<byte[]> additionalSecrets)
    {
        int encryption = algorithms.EncryptionKeyLength, integrity = algorithms.IntegrityKeyLength;
        var keymat = KeyingMaterial(prf, skD, 2 * (encryption + integrity), sharedSecret, initiatorNonce, responderNonce, additionalSecrets);
        var half = encryption + integrity;
        var keys = new ChildKeys
        {
            InitiatorEncryption = keymat[..encryption],
            InitiatorIntegrity = keymat[encryption..half],
            ResponderEncryption = keymat[half..(half + encryption)],
            ResponderIntegrity = keymat[(half + encryption)..],
        };
        CryptographicOperations.ZeroMemory(keymat);
        return keys;
    }

    /// <summary>KEYMAT itself, of the length asked for in octets. The caller zeroes it.</summary>
    public static byte[] KeyingMaterial(
        PrfAlgorithm prf, byte[] skD, int length, byte[] sharedSecret, byte[] initiatorNonce, byte[] responderNonce,
        params ReadOnlySpan<byte[]> additionalSecrets)
    {
        byte[] seed = [.. sharedSecret, .. initiatorNonce, .. responderNonce];
        foreach (var secret in additionalSecrets)
            seed = [.. seed, .. secret];
        var keymat = prf.Expand(skD, seed, length);
        CryptographicOperations.ZeroMemory(seed);
        return keymat;
    }

    public void Dispose()
    {
        foreach (var key in new[] { InitiatorEncryption, InitiatorIntegrity, ResponderEncryption, ResponderIntegrity })
            CryptographicOperations.ZeroMemory(key);
    }
}
