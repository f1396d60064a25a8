using System.Reflection;
using System.Runtime.InteropServices;

namespace Ipsec.Crypto;

/// <summary>
/// OpenSSL's libcrypto, version 3: the functions that are called here, by their own names. Lengths in octets. A null reference passes for a null pointer.
/// Call nothing before <see cref="IsAvailable"/> said yes.
/// </summary>
internal static class LibCrypto
{
    /// <summary>Option names of EVP_CIPHER_CTX_ctrl.</summary>
    public const int SetIvLength = 0x9, GetTag = 0x10, SetTag = 0x11;

    /// <summary>BN_FLG_CONSTTIME: no branch or address depends on the number.</summary>
    public const int ConstantTime = 4;

    private const string Library = "libcrypto.so.3";
    private const ulong NoCleanupAtExit = 0x00080000;

    private static readonly Lazy<bool> Loaded = new(() => TryLoad(Library));

    /// <summary>Whether the library is there, with every function that is called here. Loaded once, when first asked. Thread-safe.</summary>
    public static bool IsAvailable => Loaded.Value;

    /// <summary>Loads a library that must have every function of this class. It stays loaded.</summary>
    public static bool TryLoad(string library)
    {
        if (!NativeLibrary.TryLoad(library, out var handle) || !Functions().All(name => NativeLibrary.TryGetExport(handle, name, out _)))
            return false;
        // Threads may still compute while the process ends; .NET asks for the same.
        return OPENSSL_init_crypto(NoCleanupAtExit, 0) == 1;
    }

    private static IEnumerable<string> Functions() =>
        typeof(LibCrypto).GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl)).Select(method => method.Name);

    [DllImport(Library)]
    private static extern int OPENSSL_init_crypto(ulong options, nint settings);

    [DllImport(Library)]
    public static extern void ERR_clear_error();

    [DllImport(Library)]
    public static extern nint EVP_CIPHER_fetch(nint context, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, nint properties);

    [DllImport(Library)]
    public static extern nint EVP_CIPHER_CTX_new();

    [DllImport(Library)]
    public static extern void EVP_CIPHER_CTX_free(nint context);

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
    public static extern void EVP_MAC_CTX_free(nint context);

    [DllImport(Library)]
    public static extern int EVP_MAC_init(nint context, ref byte key, nuint keyLength, ref EvpParameter parameters);

    [DllImport(Library)]
    public static extern int EVP_MAC_update(nint context, ref byte data, nuint length);

    [DllImport(Library)]
    public static extern int EVP_MAC_final(nint context, ref byte tag, out nuint tagLength, nuint tagSize);

    [DllImport(Library)]
    public static extern nint BN_bin2bn(ref byte octets, int length, nint result);

    [DllImport(Library)]
    public static extern int BN_bn2binpad(nint number, ref byte octets, int length);

    [DllImport(Library)]
    public static extern void BN_set_flags(nint number, int flags);

    [DllImport(Library)]
    public static extern void BN_clear_free(nint number);

    [DllImport(Library)]
    public static extern nint BN_CTX_new();

    [DllImport(Library)]
    public static extern void BN_CTX_free(nint context);

    [DllImport(Library)]
    public static extern int BN_mod_exp(nint result, nint value, nint exponent, nint modulus, nint context);
}

/// <summary>OSSL_PARAM: one named parameter; an array of them ends with one that is all zero.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct EvpParameter
{
    private const uint Utf8String = 4;

    private readonly nint _name;
    private readonly uint _type;
    private readonly nint _value;
    private readonly nuint _length;
    private readonly nuint _returned;

    /// <summary>The names stay allocated: parameters are made once for each algorithm.</summary>
    private EvpParameter(string name, string value)
    {
        _name = Marshal.StringToCoTaskMemUTF8(name);
        _type = Utf8String;
        _value = Marshal.StringToCoTaskMemUTF8(value);
        _length = (nuint)value.Length;
        _returned = nuint.MaxValue;
    }

    public static EvpParameter[] Only(string name, string value) => [new(name, value), default];
}
