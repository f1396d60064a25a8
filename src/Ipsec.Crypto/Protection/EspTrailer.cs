namespace Ipsec.Crypto;

/// <summary>The end of ESP's plaintext (RFC 4303 sections 2.4 to 2.6): padding, pad length, next header.</summary>
public static class EspTrailer
{
    /// <summary>Octets of pad length and next header.</summary>
    public const int FixedSize = 2;

    /// <summary>Writes default padding (1, 2, 3 …), pad length, next header.</summary>
    public static void Write(Span<byte> trailer, int padLength, byte nextHeader)
    {
        for (var index = 0; index < padLength; index++)
            trailer[index] = (byte)(index + 1);
        trailer[padLength] = (byte)padLength;
        trailer[padLength + 1] = nextHeader;
    }

    /// <summary>
    /// Finds the payload in a decrypted plaintext. False if pad length exceeds it, or the padding is not the default content, which RFC 4303
    /// section 2.4 asks a receiver to inspect.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> plaintext, out int payloadLength, out byte nextHeader)
    {
        payloadLength = 0;
        nextHeader = 0;
        if (plaintext.Length < FixedSize)
            return false;
        var pad = plaintext[^2];
        nextHeader = plaintext[^1];
        payloadLength = plaintext.Length - FixedSize - pad;
        if (payloadLength < 0)
            return false;
        var padding = plaintext.Slice(payloadLength, pad);
        for (var index = 0; index < padding.Length; index++)
            if (padding[index] != (byte)(index + 1))
                return false;
        return true;
    }
}
