using System.Security.Cryptography;
using System.Text;

namespace Ipsec.Crypto;

/// <summary>
/// AUTH with a shared key (RFC 7296 section 2.15): prf(prf(Shared Secret, "Key Pad for IKEv2"), signed octets), where the signed octets
/// are the sender's first message, the other's nonce, and prf(SK_p, the sender's ID payload body).
/// </summary>
public static class SharedKeyAuthentication
{
    private static readonly byte[] KeyPad = Encoding.ASCII.GetBytes("Key Pad for IKEv2");

    /// <param name="message">The sender's own IKE_SA_INIT message, from the first octet of the header, without non-ESP marker.</param>
    /// <param name="peerNonce">Nonce data of the other side.</param>
    /// <param name="skP">SK_pi or SK_pr, the sender's.</param>
    /// <param name="identity">The sender's ID payload without its generic header.</param>
    public static byte[] Compute(PrfAlgorithm prf, ReadOnlySpan<byte> sharedKey, byte[] message, byte[] peerNonce, byte[] skP, byte[] identity)
    {
        var padded = prf.Compute(sharedKey, KeyPad);
        var authentication = prf.Compute(padded, message, peerNonce, prf.Compute(skP, identity));
        CryptographicOperations.ZeroMemory(padded);
        return authentication;
    }
}
