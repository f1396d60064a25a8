using System.Security.Cryptography;

namespace Ipsec.Ike;

/// <summary>MD5-Challenge: the value of CHAP (RFC 3748 section 5.4, RFC 1994 section 4.1). It makes no key.</summary>
internal static class Md5Challenge
{
    public const int ValueSize = 16;

    public static byte[] Value(byte identifier, ReadOnlySpan<byte> password, ReadOnlySpan<byte> challenge)
    {
        byte[] covered = [identifier, .. password, .. challenge];
        var value = MD5.HashData(covered);
        CryptographicOperations.ZeroMemory(covered);
        return value;
    }

    /// <summary>A value with its size before it, and perhaps a name behind it.</summary>
    public static bool TryReadValue(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (data.IsEmpty || data[0] == 0 || data.Length < 1 + data[0])
            return false;
        value = data.Slice(1, data[0]);
        return true;
    }
}
