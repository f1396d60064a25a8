using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ipsec.Packets.Ike;

namespace Conformance.Benchmarks;

/// <summary>EVP_MAC with a context that is used again.</summary>
internal sealed class RawMac
{
    private readonly nint _context;
    private readonly byte[] _tag = new byte[64];

    private RawMac(nint context) => _context = context;

    /// <summary>Null if OpenSSL is missing or hasn't got it.</summary>
    public static RawMac? For(IntegrityId id, int keyLength) => id switch
    {
        IntegrityId.HmacMd5_96 => Of("HMAC", "digest", "MD5", keyLength),
        IntegrityId.HmacSha1_96 => Of("HMAC", "digest", "SHA1", keyLength),
        IntegrityId.HmacSha256_128 => Of("HMAC", "digest", "SHA2-256", keyLength),
        IntegrityId.HmacSha384_192 => Of("HMAC", "digest", "SHA2-384", keyLength),
        IntegrityId.HmacSha512_256 => Of("HMAC", "digest", "SHA2-512", keyLength),
        IntegrityId.AesCmac_96 => Of("CMAC", "cipher", "AES-128-CBC", keyLength),
        _ => null,
    };

    public ReadOnlySpan<byte> Compute(ref byte data, int length)
    {
        RawOpenSsl.EVP_MAC_init(_context, ref Unsafe.NullRef<byte>(), 0, null);
        RawOpenSsl.EVP_MAC_update(_context, ref data, (nuint)length);
        RawOpenSsl.EVP_MAC_final(_context, ref _tag[0], out _, (nuint)_tag.Length);
        return _tag;
    }

    private static RawMac? Of(string mac, string parameter, string value, int keyLength)
    {
        if (!RawOpenSsl.IsAvailable || RawOpenSsl.EVP_MAC_fetch(0, mac, 0) is not (not 0 and var fetched))
            return null;
        var context = RawOpenSsl.EVP_MAC_CTX_new(fetched);
        // One OSSL_PARAM (name, type 4 for text, value, length, returned length), then an empty one.
        nint[] parameters = [Marshal.StringToCoTaskMemUTF8(parameter), 4, Marshal.StringToCoTaskMemUTF8(value), value.Length, -1, 0, 0, 0, 0, 0];
        var key = new byte[keyLength];
        return RawOpenSsl.EVP_MAC_init(context, ref key[0], (nuint)keyLength, parameters) == 1 ? new(context) : null;
    }
}
