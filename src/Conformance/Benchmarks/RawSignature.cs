using System.Runtime.InteropServices;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Benchmarks;

/// <summary>EVP_DigestSign and EVP_DigestVerify under a key that is parsed already.</summary>
internal sealed class RawSignature
{
    private readonly nint _key;
    private readonly string? _digest;
    private readonly bool _isPss;
    private readonly nint _context = RawOpenSsl.EVP_MD_CTX_new();
    private readonly byte[] _message = new byte[SignatureBenchmarks.MessageLength];
    private readonly byte[] _signature = new byte[1024];

    private RawSignature(nint key, string? digest, bool isPss) => (_key, _digest, _isPss) = (key, digest, isPss);

    /// <summary>Null if OpenSSL is missing or hasn't got the algorithm.</summary>
    /// <param name="key">PKCS #8.</param>
    public static RawSignature? For(SignatureAlgorithm algorithm, byte[] key)
    {
        if (!RawOpenSsl.IsAvailable)
            return null;
        var octets = Marshal.AllocHGlobal(key.Length);
        Marshal.Copy(key, 0, octets, key.Length);
        var position = octets;
        var parsed = RawOpenSsl.d2i_AutoPrivateKey(0, ref position, key.Length);
        Marshal.FreeHGlobal(octets);
        var digest = algorithm.Hash switch
        {
            HashAlgorithmId.Sha1 => "SHA1",
            HashAlgorithmId.Sha2256 => "SHA2-256",
            HashAlgorithmId.Sha2384 => "SHA2-384",
            HashAlgorithmId.Sha2512 => "SHA2-512",
            _ => null,
        };
        var raw = new RawSignature(parsed, digest, algorithm.Name.Contains("PSS", StringComparison.Ordinal));
        return parsed != 0 && raw.TrySign(out _) ? raw : null;
    }

    /// <summary>Length of the signature.</summary>
    public int Sign() => TrySign(out var length) ? length : throw new InvalidOperationException("the reference can't sign");

    /// <summary>Verifies what was signed last.</summary>
    public void Verify(int length)
    {
        RawOpenSsl.EVP_MD_CTX_reset(_context);
        RawOpenSsl.EVP_DigestVerifyInit_ex(_context, out var keyContext, _digest, 0, 0, _key, 0);
        ChoosePadding(keyContext);
        if (RawOpenSsl.EVP_DigestVerify(_context, ref _signature[0], (nuint)length, ref _message[0], (nuint)_message.Length) != 1)
            throw new InvalidOperationException("the reference refused its own signature");
    }

    private bool TrySign(out int length)
    {
        var size = (nuint)_signature.Length;
        RawOpenSsl.EVP_MD_CTX_reset(_context);
        var isReady = RawOpenSsl.EVP_DigestSignInit_ex(_context, out var keyContext, _digest, 0, 0, _key, 0) == 1;
        if (isReady)
            ChoosePadding(keyContext);
        var isSigned = isReady && RawOpenSsl.EVP_DigestSign(_context, ref _signature[0], ref size, ref _message[0], (nuint)_message.Length) == 1;
        length = (int)size;
        return isSigned;
    }

    private void ChoosePadding(nint keyContext)
    {
        if (!_isPss)
            return;
        RawOpenSsl.EVP_PKEY_CTX_ctrl_str(keyContext, "rsa_padding_mode", "pss");
        RawOpenSsl.EVP_PKEY_CTX_ctrl_str(keyContext, "rsa_pss_saltlen", "digest");
    }
}
