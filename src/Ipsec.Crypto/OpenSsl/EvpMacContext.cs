using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Ipsec.Crypto;

/// <summary>An EVP_MAC_CTX with its key, used again for every message; libcrypto clears it when it is disposed. Allocates nothing. Not thread-safe.</summary>
internal sealed class EvpMacContext : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <param name="mac">EVP_MAC.</param>
    /// <param name="parameters">What the MAC is built on; ends with an empty one.</param>
    /// <exception cref="CryptographicException">libcrypto has no such MAC, or it takes no such key.</exception>
    public EvpMacContext(nint mac, EvpParameter[] parameters, ReadOnlySpan<byte> key)
        : base(ownsHandle: true)
    {
        SetHandle(LibCrypto.EVP_MAC_CTX_new(mac));
        // A null pointer would mean "the key that is there".
        byte none = 0;
        ref var first = ref key.IsEmpty ? ref none : ref MemoryMarshal.GetReference(key);
        Expect(LibCrypto.EVP_MAC_init(handle, ref first, (nuint)key.Length, ref parameters[0]));
    }

    private nint Open => IsClosed ? throw new ObjectDisposedException(nameof(EvpMacContext)) : handle;

    /// <summary>Begins another message under the same key.</summary>
    public void Restart()
    {
        Expect(LibCrypto.EVP_MAC_init(Open, ref Unsafe.NullRef<byte>(), 0, ref Unsafe.NullRef<EvpParameter>()));
        GC.KeepAlive(this);
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        Expect(LibCrypto.EVP_MAC_update(Open, ref MemoryMarshal.GetReference(data), (nuint)data.Length));
        GC.KeepAlive(this);
    }

    /// <summary>Ends the message. Nothing but <see cref="Restart"/> may follow.</summary>
    /// <param name="tag">Room for the whole tag.</param>
    public void Finish(Span<byte> tag)
    {
        Expect(LibCrypto.EVP_MAC_final(Open, ref MemoryMarshal.GetReference(tag), out _, (nuint)tag.Length));
        GC.KeepAlive(this);
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_MAC_CTX_free(handle);
        return true;
    }

    private static void Expect(int status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status == 1)
            return;
        LibCrypto.ERR_clear_error();
        throw new CryptographicException($"libcrypto failed: {call}");
    }
}
