using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Ipsec.Crypto;

/// <summary>
/// An EVP_CIPHER_CTX with its key, used again for every packet; libcrypto clears it when it is disposed. Allocates nothing. Not thread-safe.
/// </summary>
internal sealed class EvpCipherContext : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <param name="cipher">EVP_CIPHER that takes a key of this length.</param>
    public EvpCipherContext(nint cipher, ReadOnlySpan<byte> key, bool encrypts)
        : base(ownsHandle: true)
    {
        SetHandle(LibCrypto.EVP_CIPHER_CTX_new());
        Expect(LibCrypto.EVP_CipherInit_ex(
            handle, cipher, 0, ref MemoryMarshal.GetReference(key), ref Unsafe.NullRef<byte>(), encrypts ? 1 : 0));
        // Padding is the protocol's.
        Expect(LibCrypto.EVP_CIPHER_CTX_set_padding(handle, 0));
    }

    private nint Open => IsClosed ? throw new ObjectDisposedException(nameof(EvpCipherContext)) : handle;

    /// <summary>Begins a packet. The direction may change from packet to packet, except for CBC, whose key schedule depends on it.</summary>
    /// <param name="iv">As long as the cipher's.</param>
    public void Start(ReadOnlySpan<byte> iv, bool encrypts)
    {
        Expect(LibCrypto.EVP_CipherInit_ex(Open, 0, 0, ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(iv), encrypts ? 1 : 0));
        GC.KeepAlive(this);
    }

    /// <summary>Authenticates without encrypting, before all data.</summary>
    public void Associate(ReadOnlySpan<byte> associated)
    {
        if (associated.IsEmpty)
            return;
        Expect(LibCrypto.EVP_CipherUpdate(Open, ref Unsafe.NullRef<byte>(), out _, ref MemoryMarshal.GetReference(associated), associated.Length));
        GC.KeepAlive(this);
    }

    /// <summary>Encrypts or decrypts in place.</summary>
    /// <param name="data">A whole number of blocks.</param>
    public void Transform(Span<byte> data)
    {
        if (data.IsEmpty)
            return;
        ref var first = ref MemoryMarshal.GetReference(data);
        Expect(LibCrypto.EVP_CipherUpdate(Open, ref first, out _, ref first, data.Length));
        GC.KeepAlive(this);
    }

    /// <summary>Ends the encryption of a packet with its tag, of 1 to 16 octets.</summary>
    public void Finish(Span<byte> tag)
    {
        Expect(LibCrypto.EVP_CipherFinal_ex(Open, ref MemoryMarshal.GetReference(tag), out _));
        Expect(LibCrypto.EVP_CIPHER_CTX_ctrl(Open, LibCrypto.GetTag, tag.Length, ref MemoryMarshal.GetReference(tag)));
        GC.KeepAlive(this);
    }

    /// <summary>Ends the decryption of a packet; false if the tag, of 1 to 16 octets, is wrong. What was decrypted must then not be used.</summary>
    public bool TryFinish(ReadOnlySpan<byte> tag)
    {
        ref var first = ref MemoryMarshal.GetReference(tag);
        Expect(LibCrypto.EVP_CIPHER_CTX_ctrl(Open, LibCrypto.SetTag, tag.Length, ref first));
        byte nothing = 0;
        var isGenuine = LibCrypto.EVP_CipherFinal_ex(Open, ref nothing, out _) == 1;
        GC.KeepAlive(this);
        if (!isGenuine)
            LibCrypto.ERR_clear_error();
        return isGenuine;
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_CIPHER_CTX_free(handle);
        return true;
    }

    /// <summary>Lengths are checked by those who call: what fails here is a mistake of ours, or memory.</summary>
    private static void Expect(int status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != 1)
            throw new CryptographicException($"libcrypto failed: {call}");
    }
}
