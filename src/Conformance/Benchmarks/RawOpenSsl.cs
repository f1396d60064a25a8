using System.Runtime.InteropServices;

namespace Conformance.Benchmarks;

/// <summary>
/// libcrypto 3 as the references call it: declared apart from what is measured, so that nothing of the subject's is in the reference. Everything made here
/// lives as long as the process, which ends after the measurement.
/// </summary>
internal static class RawOpenSsl
{
    public const int SetIvLength = 0x9, GetTag = 0x10, SetTag = 0x11, ConstantTime = 4;

    private const string Library = "libcrypto.so.3";

    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, out _);

    /// <summary>Such as "OpenSSL 3.0.19 27 Jan 2026"; null if it is missing.</summary>
    public static string? Version => IsAvailable ? Marshal.PtrToStringUTF8(OpenSSL_version(0)) : null;

    [DllImport(Library)]
    private static extern nint OpenSSL_version(int part);

    [DllImport(Library)]
    public static extern int RAND_bytes(ref byte octets, int length);

    [DllImport(Library)]
    public static extern nint EVP_CIPHER_fetch(nint context, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, nint properties);

    [DllImport(Library)]
    public static extern nint EVP_CIPHER_CTX_new();

    [DllImport(Library)]
    public static extern int EVP_CIPHER_CTX_set_padding(nint context, int padding);

    [DllImport(Library)]
    public static extern int EVP_CIPHER_CTX_ctrl(nint context, int option, int length, ref byte value);

    [DllImport(Library)]
    public static extern int EVP_CipherInit_ex(nint context, nint cipher, nint engine, ref byte key, ref byte iv, int encrypt);

    [DllImport(Library)]
    public static extern int EVP_CipherUpdate(nint context, ref byte output, out int outputLength, ref byte input, int inputLength);

    [DllImport(Library)]
    public static extern int EVP_CipherFinal_ex(nint context, ref byte output, out int outputLength);

    [DllImport(Library)]
    public static extern nint EVP_MAC_fetch(nint context, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, nint properties);

    [DllImport(Library)]
    public static extern nint EVP_MAC_CTX_new(nint mac);

    [DllImport(Library)]
    public static extern int EVP_MAC_init(nint context, ref byte key, nuint keyLength, nint[]? parameters);

    [DllImport(Library)]
    public static extern int EVP_MAC_update(nint context, ref byte data, nuint length);

    [DllImport(Library)]
    public static extern int EVP_MAC_final(nint context, ref byte tag, out nuint tagLength, nuint tagSize);

    [DllImport(Library)]
    public static extern nint BN_bin2bn(ref byte octets, int length, nint result);

    [DllImport(Library)]
    public static extern void BN_set_flags(nint number, int flags);

    [DllImport(Library)]
    public static extern nint BN_CTX_new();

    [DllImport(Library)]
    public static extern int BN_mod_exp(nint result, nint value, nint exponent, nint modulus, nint context);

    [DllImport(Library)]
    public static extern nint EC_GROUP_new_by_curve_name(int curve);

    [DllImport(Library)]
    public static extern int EC_GROUP_get_degree(nint group);

    [DllImport(Library)]
    public static extern nint EC_POINT_new(nint group);

    [DllImport(Library)]
    public static extern int EC_POINT_oct2point(nint group, nint point, ref byte octets, nuint length, nint context);

    [DllImport(Library)]
    public static extern int EC_POINT_mul(nint group, nint result, nint generatorScalar, nint point, nint scalar, nint context);

    [DllImport(Library)]
    public static extern nint EVP_PKEY_new_raw_private_key(int type, nint engine, ref byte key, nuint length);

    [DllImport(Library)]
    public static extern nint EVP_PKEY_new_raw_public_key(int type, nint engine, ref byte key, nuint length);

    [DllImport(Library)]
    public static extern void EVP_PKEY_free(nint key);

    [DllImport(Library)]
    public static extern nint EVP_PKEY_CTX_new(nint key, nint engine);

    [DllImport(Library)]
    public static extern int EVP_PKEY_derive_init(nint context);

    [DllImport(Library)]
    public static extern int EVP_PKEY_derive_set_peer(nint context, nint peer);

    [DllImport(Library)]
    public static extern int EVP_PKEY_derive(nint context, ref byte secret, ref nuint length);

    [DllImport(Library)]
    public static extern nint d2i_AutoPrivateKey(nint result, ref nint octets, nint length);

    [DllImport(Library)]
    public static extern nint EVP_MD_CTX_new();

    [DllImport(Library)]
    public static extern int EVP_MD_CTX_reset(nint context);

    [DllImport(Library)]
    public static extern int EVP_DigestVerifyInit_ex(
        nint context, out nint keyContext, [MarshalAs(UnmanagedType.LPUTF8Str)] string? digest, nint library, nint properties, nint key, nint parameters);

    [DllImport(Library)]
    public static extern int EVP_DigestVerify(nint context, ref byte signature, nuint signatureLength, ref byte message, nuint messageLength);

    [DllImport(Library)]
    public static extern int EVP_DigestSignInit_ex(
        nint context, out nint keyContext, [MarshalAs(UnmanagedType.LPUTF8Str)] string? digest, nint library, nint properties, nint key, nint parameters);

    [DllImport(Library)]
    public static extern int EVP_DigestSign(nint context, ref byte signature, ref nuint signatureLength, ref byte message, nuint messageLength);

    [DllImport(Library)]
    public static extern int EVP_PKEY_CTX_ctrl_str(
        nint context, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value);
}
