using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>
/// The keys of an IKEv1 phase 1 SA (RFC 2409 section 5). The prf is the HMAC of the negotiated hash. Disposing zeroes them.
/// </summary>
public sealed class Ikev1Keys : IDisposable
{
    private readonly PrfAlgorithm _prf;

    private Ikev1Keys(PrfAlgorithm prf, byte[] skeyid, byte[] sharedSecret, ulong initiatorCookie, ulong responderCookie)
    {
        _prf = prf;
        SkeyId = skeyid;
        var cookies = Cookies(initiatorCookie, responderCookie);
        SkeyIdD = prf.Compute(skeyid, sharedSecret, cookies, [0]);
        SkeyIdA = prf.Compute(skeyid, SkeyIdD, sharedSecret, cookies, [1]);
        SkeyIdE = prf.Compute(skeyid, SkeyIdA, sharedSecret, cookies, [2]);
    }

    public byte[] SkeyId { get; }

    /// <summary>SKEYID_d: for the keys of other SAs.</summary>
    public byte[] SkeyIdD { get; }

    /// <summary>SKEYID_a: authenticates ISAKMP messages.</summary>
    public byte[] SkeyIdA { get; }

    /// <summary>SKEYID_e: encrypts ISAKMP messages; see <see cref="EncryptionKey"/>.</summary>
    public byte[] SkeyIdE { get; }

    /// <summary>Authentication with a pre-shared key: SKEYID = prf(key, Ni_b | Nr_b).</summary>
    /// <param name="sharedSecret">g^xy; the caller zeroes it.</param>
    public static Ikev1Keys WithPresharedKey(
        PrfAlgorithm prf, ReadOnlySpan<byte> presharedKey, byte[] sharedSecret, byte[] initiatorNonce, byte[] responderNonce,
        ulong initiatorCookie, ulong responderCookie) =>
        new(prf, prf.Compute(presharedKey, initiatorNonce, responderNonce), sharedSecret, initiatorCookie, responderCookie);

    /// <summary>Authentication with signatures: SKEYID = prf(Ni_b | Nr_b, g^xy).</summary>
    public static Ikev1Keys WithSignatures(
        PrfAlgorithm prf, byte[] sharedSecret, byte[] initiatorNonce, byte[] responderNonce, ulong initiatorCookie, ulong responderCookie) =>
        new(prf, prf.Compute([.. initiatorNonce, .. responderNonce], sharedSecret), sharedSecret, initiatorCookie, responderCookie);

    /// <summary>Authentication with public key encryption, both forms: SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R).</summary>
    /// <param name="hash">The negotiated hash, which the prf is the HMAC of.</param>
    public static Ikev1Keys WithPublicKeyEncryption(
        PrfAlgorithm prf, HashAlgorithmName hash, byte[] sharedSecret, byte[] initiatorNonce, byte[] responderNonce,
        ulong initiatorCookie, ulong responderCookie)
    {
        var key = CryptographicOperations.HashData(hash, [.. initiatorNonce, .. responderNonce]);
        return new(prf, prf.Compute(key, Cookies(initiatorCookie, responderCookie)), sharedSecret, initiatorCookie, responderCookie);
    }

    /// <summary>
    /// The cipher's key: the first octets of SKEYID_e or, where that is too short, of K1 | K2 | … with K1 = prf(SKEYID_e, 0), Kn = prf(SKEYID_e, Kn-1)
    /// (RFC 2409 appendix B). The caller zeroes it.
    /// </summary>
    /// <param name="length">Octets.</param>
    public byte[] EncryptionKey(int length)
    {
        if (length <= SkeyIdE.Length)
            return SkeyIdE[..length];
        return Chain(length, previous => _prf.Compute(SkeyIdE, previous.Length == 0 ? [0] : previous));
    }

    /// <summary>
    /// KEYMAT of one direction of a phase 2 SA (RFC 2409 section 5.5): K1 | K2 | … with Kn = prf(SKEYID_d, Kn-1 | [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b).
    /// The caller zeroes it.
    /// </summary>
    /// <param name="length">Octets.</param>
    /// <param name="sharedSecret">g(qm)^xy; empty without PFS.</param>
    /// <param name="protocol">IPsec DOI protocol: 2 for AH, 3 for ESP, 4 for IPComp.</param>
    /// <param name="spi">The SPI that the receiver of this direction chose.</param>
    public byte[] QuickModeKeyingMaterial(int length, byte[] sharedSecret, byte protocol, uint spi, byte[] initiatorNonce, byte[] responderNonce)
    {
        var spiOctets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(spiOctets, spi);
        return Chain(length, previous => _prf.Compute(SkeyIdD, previous, sharedSecret, [protocol], spiOctets, initiatorNonce, responderNonce));
    }

    public void Dispose()
    {
        foreach (var key in new[] { SkeyId, SkeyIdD, SkeyIdA, SkeyIdE })
            CryptographicOperations.ZeroMemory(key);
    }

    private static byte[] Chain(int length, Func<byte[], byte[]> next)
    {
        var chain = new byte[length];
        byte[] block = [];
        for (var done = 0; done < length; done += block.Length)
        {
            block = next(block);
            block.AsSpan(0, Math.Min(block.Length, length - done)).CopyTo(chain.AsSpan(done));
        }
        return chain;
    }

    private static byte[] Cookies(ulong initiator, ulong responder)
    {
        var cookies = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(cookies, initiator);
        BinaryPrimitives.WriteUInt64BigEndian(cookies.AsSpan(8), responder);
        return cookies;
    }
}
