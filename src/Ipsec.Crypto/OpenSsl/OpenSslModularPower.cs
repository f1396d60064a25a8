using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Ipsec.Crypto;

/// <summary>BN_mod_exp, in constant time with regard to the exponent. Thread-safe.</summary>
internal static class OpenSslModularPower
{
    /// <summary>See <see cref="ModularPower"/>; the result is as long as the modulus, which is odd.</summary>
    public static byte[] Raise(ReadOnlySpan<byte> value, ReadOnlySpan<byte> exponent, ReadOnlySpan<byte> modulus)
    {
        using var number = BigNumber.Of(value);
        using var secret = BigNumber.Of(exponent);
        using var prime = BigNumber.Of(modulus);
        using var result = BigNumber.Of(default);
        using var scratch = new Scratch();
        LibCrypto.BN_set_flags(secret.Pointer, LibCrypto.ConstantTime);
        var octets = new byte[modulus.Length];
        if (LibCrypto.BN_mod_exp(result.Pointer, number.Pointer, secret.Pointer, prime.Pointer, scratch.Pointer) != 1
            || LibCrypto.BN_bn2binpad(result.Pointer, ref MemoryMarshal.GetArrayDataReference(octets), octets.Length) != octets.Length)
            throw new CryptographicException("libcrypto failed: BN_mod_exp");
        return octets;
    }

    /// <summary>A BIGNUM, zeroed when disposed.</summary>
    private sealed class BigNumber() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        public nint Pointer => handle;

        public static BigNumber Of(ReadOnlySpan<byte> octets)
        {
            var number = new BigNumber();
            number.SetHandle(LibCrypto.BN_bin2bn(ref MemoryMarshal.GetReference(octets), octets.Length, 0));
            return number.IsInvalid ? throw new CryptographicException("libcrypto failed: BN_bin2bn") : number;
        }

        protected override bool ReleaseHandle()
        {
            LibCrypto.BN_clear_free(handle);
            return true;
        }
    }

    /// <summary>A BN_CTX: room for intermediate values, zeroed when disposed.</summary>
    private sealed class Scratch : SafeHandleZeroOrMinusOneIsInvalid
    {
        public Scratch()
            : base(ownsHandle: true) => SetHandle(LibCrypto.BN_CTX_new());

        public nint Pointer => handle;

        protected override bool ReleaseHandle()
        {
            LibCrypto.BN_CTX_free(handle);
            return true;
        }
    }
}
