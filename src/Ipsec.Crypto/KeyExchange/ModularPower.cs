using Org.BouncyCastle.Math;

namespace Ipsec.Crypto;

/// <summary>value^exponent mod modulus, all unsigned in network order; the result may be shorter than the modulus.</summary>
internal delegate byte[] ModularPower(ReadOnlySpan<byte> value, ReadOnlySpan<byte> exponent, ReadOnlySpan<byte> modulus);

/// <summary>The providers' modular exponentiations.</summary>
internal static class ModularPowers
{
    public static byte[] Managed(ReadOnlySpan<byte> value, ReadOnlySpan<byte> exponent, ReadOnlySpan<byte> modulus) =>
        new BigInteger(1, value).ModPow(new(1, exponent), new(1, modulus)).ToByteArrayUnsigned();

    public static byte[] OfPlatform(ReadOnlySpan<byte> value, ReadOnlySpan<byte> exponent, ReadOnlySpan<byte> modulus) =>
        System.Numerics.BigInteger.ModPow(Number(value), Number(exponent), Number(modulus)).ToByteArray(isUnsigned: true, isBigEndian: true);

    private static System.Numerics.BigInteger Number(ReadOnlySpan<byte> octets) => new(octets, isUnsigned: true, isBigEndian: true);
}
