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

    /// <summary>KEYMAT = prf+(SK_d, [g^ir (new) |] Ni | Nr).</summary>
    /// <param name="sharedSecret">Empty where the exchange had no key exchange of its own.</param>
    public static ChildKeys Derive(
        EspAlgorithms algorithms, PrfAlgorithm prf, byte[] skD, byte[] sharedSecret, byte[] initiatorNonce, byte[] responderNonce)
    {
        int encryption = algorithms.EncryptionKeyLength, integrity = algorithms.IntegrityKeyLength;
        byte[] seed = [.. sharedSecret, .. initiatorNonce, .. responderNonce];
        var keymat = prf.Expand(skD, seed, 2 * (encryption + integrity));
        var half = encryption + integrity;
        var keys = new ChildKeys
        {
            InitiatorEncryption = keymat[..encryption],
            InitiatorIntegrity = keymat[encryption..half],
            ResponderEncryption = keymat[half..(half + encryption)],
            ResponderIntegrity = keymat[(half + encryption)..],
        };
        CryptographicOperations.ZeroMemory(keymat);
        CryptographicOperations.ZeroMemory(seed);
        return keys;
    }

    public void Dispose()
    {
        foreach (var key in new[] { InitiatorEncryption, InitiatorIntegrity, ResponderEncryption, ResponderIntegrity })
            CryptographicOperations.ZeroMemory(key);
    }
}
