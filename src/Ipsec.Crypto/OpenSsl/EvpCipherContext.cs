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

    /// <param name="cipher">EVP_CIPHER in CCM mode that takes a key of this length.</param>
    public EvpCipherContext(nint cipher, ReadOnlySpan<byte> key, bool encrypts, int nonceLength, int tagLength)
        : base(ownsHandle: true)
    {
        ref var nothing = ref Unsafe.NullRef<byte>();
        SetHandle(LibCrypto.EVP_CIPHER_CTX_new());
        Expect(LibCrypto.EVP_CipherInit_ex(handle, cipher, 0, ref nothing, ref nothing, encrypts ? 1 : 0));
        Expect(LibCrypto.EVP_CIPHER_CTX_ctrl(handle, LibCrypto.SetIvLength, nonceLength, ref nothing));
        Expect(LibCrypto.EVP_CIPHER_CTX_ctrl(handle, LibCrypto.SetTag, tagLength, ref nothing));
        Expect(LibCrypto.EVP_CipherInit_ex(handle, 0, 0, ref MemoryMarshal.GetReference(key), ref nothing, encrypts ? 1 : 0));
    }

    private nint Open => IsClosed ? throw new ObjectDisposedException(nameof(EvpCipherContext)) : handle;

    /// <summary>Begins a packet. The direction may change from packet to packet, except for CBC and CCM, whose key schedules depend on it.</summary>
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

    /// <summary>Of CCM, before all else in a packet: the octets of data that will come.</summary>
    public void Announce(int length)
    {
        Expect(LibCrypto.EVP_CipherUpdate(Open, ref Unsafe.NullRef<byte>(), out _, ref Unsafe.NullRef<byte>(), length));
        GC.KeepAlive(this);
    }

    /// <summary>Of CCM: encrypts or decrypts all data of a packet at once, which may be none; false if the tag that was expected is wrong.</summary>
    public bool TryTransformAll(Span<byte> data)
    {
        byte none = 0;
        ref var first = ref data.IsEmpty ? ref none : ref MemoryMarshal.GetReference(data);
        var isGenuine = LibCrypto.EVP_CipherUpdate(Open, ref first, out _, ref first, data.Length) == 1;
        GC.KeepAlive(this);
        if (!isGenuine)
            LibCrypto.ERR_clear_error();
        return isGenuine;
    }

    /// <summary>Of CCM, before the data: the tag that a packet came with.</summary>
    public void ExpectTag(ReadOnlySpan<byte> tag)
    {
        Expect(LibCrypto.EVP_CIPHER_CTX_ctrl(Open, LibCrypto.SetTag, tag.Length, ref MemoryMarshal.GetReference(tag)));
        GC.KeepAlive(this);
    }

    /// <summary>Of CCM, after the data: the tag of what was encrypted.</summary>
    public void ReadTag(Span<byte> tag)
    {
        Expect(LibCrypto.EVP_CIPHER_CTX_ctrl(Open, LibCrypto.GetTag, tag.Length, ref MemoryMarshal.GetReference(tag)));
        GC.KeepAlive(this);
    }

    /// <summary>Ends the encryption of a packet with its tag, of 1 to 16 octets.</summary>
    public void Finish(Span<byte> tag)
    {
        Expect(LibCrypto.EVP_CipherFinal_ex(Open, ref MemoryMarshal.GetReference(tag), out _));
        ReadTag(tag);
    }

    /// <summary>Ends the decryption of a packet; false if the tag, of 1 to 16 octets, is wrong. What was decrypted must then not be used.</summary>
    public bool TryFinish(ReadOnlySpan<byte> tag)
    {
        ExpectTag(tag);
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
