using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Benchmarks;

/// <summary>
/// The cryptography of an ESP packet and nothing else: EVP calls with a context that is used again, from one buffer into another.
/// </summary>
internal sealed class RawEsp
{
    private const int AssociatedLength = 8;
    private static readonly byte[] Associated = new byte[AssociatedLength];

    private readonly EncryptionAlgorithm _algorithm;
    private readonly RawMac? _mac;
    private readonly nint _sealing;
    private readonly nint _opening;
    private readonly byte[] _iv = new byte[16];
    private readonly byte[] _tag = new byte[16];
    private readonly byte[] _plaintext;
    private readonly byte[] _ciphertext;

    private RawEsp(EncryptionAlgorithm algorithm, int keyBits, nint cipher, RawMac? mac, int length)
    {
        _algorithm = algorithm;
        _mac = mac;
        _plaintext = new byte[length];
        _ciphertext = new byte[length];
        if (cipher == 0)
            return;
        _sealing = Context(cipher, keyBits, encrypt: 1);
        _opening = Context(cipher, keyBits, encrypt: 0);
    }

    private bool IsCcm => _algorithm.Name.Contains("CCM", StringComparison.Ordinal);

    private bool IsGmac => _algorithm.Id == EncryptionId.NullAuthAesGmac;

    /// <summary>Null if OpenSSL is missing or hasn't got the algorithm.</summary>
    /// <param name="length">Octets of plaintext, trailer included.</param>
    public static RawEsp? For(EspAlgorithms algorithms, int length)
    {
        if (!RawOpenSsl.IsAvailable)
            return null;
        var encryption = algorithms.Encryption;
        var cipher = Name(encryption.Id, algorithms.KeyBits) is { } name ? RawOpenSsl.EVP_CIPHER_fetch(0, name, 0) : 0;
        var mac = algorithms.Integrity is { } integrity ? RawMac.For(integrity.Id, integrity.KeyLength) : null;
        if (cipher == 0 && encryption.Id != EncryptionId.Null || mac is null && !encryption.IsAead)
            return null;
        return new(encryption, algorithms.KeyBits, cipher, mac, length);
    }

    public void Seal()
    {
        if (_algorithm.NeedsRandomIv)
            RawOpenSsl.RAND_bytes(ref _iv[0], _algorithm.IvLength);
        if (_sealing == 0)
            _plaintext.CopyTo(_ciphertext, 0);
        else
            Transform(_sealing, _plaintext, _ciphertext, encrypt: 1);
        if (_mac is not null)
        {
            _mac.Compute(ref _ciphertext[0], _ciphertext.Length);
            return;
        }
        RawOpenSsl.EVP_CipherFinal_ex(_sealing, ref _tag[0], out _);
        RawOpenSsl.EVP_CIPHER_CTX_ctrl(_sealing, RawOpenSsl.GetTag, _algorithm.IcvLength, ref _tag[0]);
    }

    /// <summary>Opens what <see cref="Seal"/> made last.</summary>
    public void Open()
    {
        if (_mac is not null)
            CryptographicOperations.FixedTimeEquals(_mac.Compute(ref _ciphertext[0], _ciphertext.Length)[..16], _tag);
        if (_opening == 0)
            _ciphertext.CopyTo(_plaintext, 0);
        else
            Transform(_opening, _ciphertext, _plaintext, encrypt: 0);
        if (_mac is null && !IsCcm && RawOpenSsl.EVP_CipherFinal_ex(_opening, ref _plaintext[0], out _) != 1)
            throw new InvalidOperationException("the reference refused its own packet");
    }

    private void Transform(nint context, byte[] from, byte[] to, int encrypt)
    {
        ref var nothing = ref Unsafe.NullRef<byte>();
        RawOpenSsl.EVP_CipherInit_ex(context, 0, 0, ref nothing, ref _iv[0], encrypt);
        if (_algorithm.IsAead)
        {
            if (encrypt == 0)
                RawOpenSsl.EVP_CIPHER_CTX_ctrl(context, RawOpenSsl.SetTag, _algorithm.IcvLength, ref _tag[0]);
            if (IsCcm)
                RawOpenSsl.EVP_CipherUpdate(context, ref nothing, out _, ref nothing, from.Length);
            RawOpenSsl.EVP_CipherUpdate(context, ref nothing, out _, ref Associated[0], AssociatedLength);
        }
        if (IsGmac)
        {
            RawOpenSsl.EVP_CipherUpdate(context, ref nothing, out _, ref from[0], from.Length);
            from.CopyTo(to, 0);
        }
        else if (RawOpenSsl.EVP_CipherUpdate(context, ref to[0], out _, ref from[0], from.Length) != 1)
        {
            throw new InvalidOperationException("the reference failed");
        }
    }

    private nint Context(nint cipher, int keyBits, int encrypt)
    {
        var context = RawOpenSsl.EVP_CIPHER_CTX_new();
        ref var nothing = ref Unsafe.NullRef<byte>();
        RawOpenSsl.EVP_CipherInit_ex(context, cipher, 0, ref nothing, ref nothing, encrypt);
        if (IsCcm)
        {
            RawOpenSsl.EVP_CIPHER_CTX_ctrl(context, RawOpenSsl.SetIvLength, _algorithm.SaltLength + EncryptionAlgorithm.ImplicitIvLength, ref nothing);
            RawOpenSsl.EVP_CIPHER_CTX_ctrl(context, RawOpenSsl.SetTag, _algorithm.IcvLength, ref nothing);
        }
        // Not zeros: DES would take the three keys for one.
        var key = Enumerable.Range(1, keyBits / 8).Select(octet => (byte)octet).ToArray();
        RawOpenSsl.EVP_CipherInit_ex(context, 0, 0, ref key[0], ref nothing, encrypt);
        RawOpenSsl.EVP_CIPHER_CTX_set_padding(context, 0);
        return context;
    }

    private static string? Name(EncryptionId id, int keyBits) => id switch
    {
        EncryptionId.AesCbc => $"AES-{keyBits}-CBC",
        EncryptionId.AesCtr => $"AES-{keyBits}-CTR",
        EncryptionId.AesCcm8 or EncryptionId.AesCcm12 or EncryptionId.AesCcm16 or EncryptionId.AesCcm8Iiv => $"AES-{keyBits}-CCM",
        EncryptionId.AesGcm8 or EncryptionId.AesGcm12 or EncryptionId.AesGcm16 or EncryptionId.AesGcm16Iiv or EncryptionId.NullAuthAesGmac => $"AES-{keyBits}-GCM",
        EncryptionId.ChaCha20Poly1305 or EncryptionId.ChaCha20Poly1305Iiv => "ChaCha20-Poly1305",
        EncryptionId.CamelliaCbc => $"CAMELLIA-{keyBits}-CBC",
        EncryptionId.CamelliaCtr => $"CAMELLIA-{keyBits}-CTR",
        EncryptionId.TripleDes => "DES-EDE3-CBC",
        _ => null,
    };
}
