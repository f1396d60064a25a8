using System.Diagnostics.CodeAnalysis;

namespace Ipsec.Crypto;

/// <summary>
/// Authentication Data of method 14 (RFC 7427 section 3):
/// <code>
/// |  ASN.1 Length |      AlgorithmIdentifier ASN.1 object         |
/// |                        Signature Value                        |
/// </code>
/// </summary>
public static class DigitalSignatureData
{
    public static byte[] Write(ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> signature) => [(byte)identifier.Length, .. identifier, .. signature];

    /// <summary>Splits it; false if it is shorter than its length octet says, or names an algorithm that this library hasn't.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> data, [NotNullWhen(true)] out SignatureAlgorithm? algorithm, out ReadOnlySpan<byte> signature)
    {
        algorithm = null;
        signature = default;
        if (data.IsEmpty || data.Length < 1 + data[0] || !SignatureAlgorithm.TryFromIdentifier(data[1..(1 + data[0])], out algorithm))
            return false;
        signature = data[(1 + data[0])..];
        return true;
    }
}
