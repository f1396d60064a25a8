using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>Why an encrypted payload could not be opened.</summary>
public enum IkeOpenFailure
{
    None,
    /// <summary>The message is no chain that ends in an encrypted payload.</summary>
    NoEncryptedPayload,
    /// <summary>Too short, or no whole number of blocks.</summary>
    BadLength,
    IntegrityCheckFailed,
    /// <summary>Pad Length exceeds the plaintext.</summary>
    BadPadding,
}

/// <summary>
/// Protects the messages of one direction of an IKE SA with the encrypted payload (RFC 7296 section 3.14, RFC 5282):
/// <code>
/// | Next Payload  |C|  RESERVED   |         Payload Length        |
/// |                     Initialization Vector                     |
/// |                    Encrypted IKE Payloads                     |
/// |               |             Padding (0-255 octets)            |
/// |                               |  Pad Length   |
/// |                    Integrity Checksum Data                    |
/// </code>
/// Not thread-safe.
/// </summary>
public sealed class IkeProtection : IDisposable
{
    private readonly EncryptionAlgorithm _encryption;
    private readonly BoundCipher _cipher;
    private readonly BoundIntegrity? _integrity;
    private readonly RandomSource _random;
    private readonly int _icvLength;
    private ulong _ivCounter;

    /// <param name="skE">SK_ei or SK_er.</param>
    /// <param name="skA">SK_ai or SK_ar; empty with a combined-mode cipher.</param>
    public IkeProtection(IkeAlgorithms algorithms, ReadOnlySpan<byte> skE, ReadOnlySpan<byte> skA, RandomSource random)
    {
        _encryption = algorithms.Encryption;
        _cipher = _encryption.Bind(skE);
        _integrity = algorithms.Integrity?.Bind(skA);
        _icvLength = algorithms.Integrity?.IcvLength ?? _encryption.IcvLength;
        _random = random;
    }

    /// <summary>Octets that the payload adds around its plaintext at least: generic header, IV, Pad Length, ICV.</summary>
    public int Overhead => PayloadChain.GenericHeaderSize + _encryption.IvLength + 1 + _icvLength;

    /// <summary>Octets of padding that may come on top of <see cref="Overhead"/>.</summary>
    public int MaximumPadding => _encryption.BlockLength - 1;

    /// <summary>Writes a whole message: header, payloads before the encrypted one (usually none), the encrypted payload around <paramref name="inner"/>.</summary>
    /// <param name="inner">A chain of payloads, right or wrong: what is sealed is what is given.</param>
    /// <param name="flags">Flags octet of the encrypted payload's generic header.</param>
    /// <param name="padding">Padding to use instead of the shortest; its length with the plaintext must fit the cipher's blocks.</param>
    public byte[] Seal(
        IkeHeader header, PayloadType firstInner, ReadOnlySpan<byte> inner,
        IReadOnlyList<RawPayload>? outer = null, byte flags = 0, byte[]? padding = null) =>
        Seal(PayloadType.Encrypted, [], header, firstInner, inner, outer, flags, padding);

    /// <summary>Writes one fragment of a message as a message of its own (RFC 7383 section 2.5).</summary>
    /// <param name="firstInner">Of the whole message in its first fragment, none in the others.</param>
    /// <param name="inner">This fragment's part of the chain of payloads.</param>
    public byte[] SealFragment(IkeHeader header, PayloadType firstInner, ushort number, ushort total, ReadOnlySpan<byte> inner)
    {
        Span<byte> numbers = stackalloc byte[EncryptedFragmentPayload.FragmentHeaderSize];
        BinaryPrimitives.WriteUInt16BigEndian(numbers, number);
        BinaryPrimitives.WriteUInt16BigEndian(numbers[2..], total);
        return Seal(PayloadType.EncryptedFragment, numbers, header, firstInner, inner, outer: null, flags: 0, padding: null);
    }

    /// <param name="prefix">What stands between generic header and IV; authenticated, not encrypted.</param>
    private byte[] Seal(
        PayloadType type, ReadOnlySpan<byte> prefix, IkeHeader header, PayloadType firstInner, ReadOnlySpan<byte> inner,
        IReadOnlyList<RawPayload>? outer, byte flags, byte[]? padding)
    {
        var pad = padding?.Length ?? ShortestPadding(inner.Length);
        var body = new byte[prefix.Length + _encryption.IvLength + inner.Length + pad + 1 + _icvLength];
        prefix.CopyTo(body);
        var plaintext = body.AsSpan(prefix.Length + _encryption.IvLength, inner.Length + pad + 1);
        inner.CopyTo(plaintext);
        padding?.CopyTo(plaintext[inner.Length..]);
        plaintext[^1] = (byte)pad;

        var iv = body.AsSpan(prefix.Length, _encryption.IvLength);
        if (_encryption.NeedsRandomIv)
            _random.Fill(iv);
        else if (!iv.IsEmpty)
            BinaryPrimitives.WriteUInt64BigEndian(iv, _ivCounter++);

        var message = IkeWriter.Message(
            header, [.. outer ?? [], new(type, flags, Octets.TakeOver(body), ClaimedNext: firstInner)]);
        var sealedBody = message.AsSpan(message.Length - body.Length + prefix.Length);
        var icv = sealedBody[^_icvLength..];
        var data = sealedBody[_encryption.IvLength..^_icvLength];
        if (_integrity is null)
        {
            _cipher.Encrypt(iv, message.AsSpan(..^sealedBody.Length), data, icv);
        }
        else
        {
            _cipher.Encrypt(iv, default, data, default);
            _integrity.Append(message.AsSpan(..^_icvLength));
            _integrity.Finish(icv);
        }
        return message;
    }

    /// <summary>Checks the ICV and decrypts. The message is left as it is.</summary>
    /// <param name="inner">The chain of payloads inside, without padding.</param>
    /// <param name="innerOffset">Where in the message the inside stands, for errors.</param>
    public bool TryOpen(
        ReadOnlySpan<byte> message, [NotNullWhen(true)] out byte[]? inner, out PayloadType firstInner, out int innerOffset, out IkeOpenFailure failure)
    {
        inner = null;
        innerOffset = 0;
        failure = IkeOpenFailure.NoEncryptedPayload;
        return TryFindEncrypted(PayloadType.Encrypted, message, out var bodyOffset, out firstInner)
            && TryOpen(message, bodyOffset, out inner, out innerOffset, out failure);
    }

    /// <summary>As <see cref="TryOpen(ReadOnlySpan{byte}, out byte[], out PayloadType, out int, out IkeOpenFailure)"/>, for one fragment of a message.</summary>
    /// <param name="fragment">Its numbers, which nothing has checked yet but the ICV.</param>
    /// <param name="inner">This fragment's part of the chain of payloads, without padding.</param>
    public bool TryOpenFragment(
        ReadOnlySpan<byte> message, [NotNullWhen(true)] out EncryptedFragmentPayload? fragment, [NotNullWhen(true)] out byte[]? inner, out IkeOpenFailure failure)
    {
        fragment = null;
        inner = null;
        failure = IkeOpenFailure.NoEncryptedPayload;
        if (!TryFindEncrypted(PayloadType.EncryptedFragment, message, out var offset, out var firstInner)
            || message.Length - offset < EncryptedFragmentPayload.FragmentHeaderSize)
            return false;
        var body = message[offset..];
        if (!TryOpen(message, offset + EncryptedFragmentPayload.FragmentHeaderSize, out inner, out _, out failure))
            return false;
        fragment = new(firstInner, BinaryPrimitives.ReadUInt16BigEndian(body), BinaryPrimitives.ReadUInt16BigEndian(body[2..]), Octets.Empty);
        return true;
    }

    /// <param name="bodyOffset">Where the IV begins; all before it is authenticated.</param>
    private bool TryOpen(ReadOnlySpan<byte> message, int bodyOffset, [NotNullWhen(true)] out byte[]? inner, out int innerOffset, out IkeOpenFailure failure)
    {
        inner = null;
        innerOffset = 0;
        var body = message[bodyOffset..];
        failure = IkeOpenFailure.BadLength;
        if (body.Length < _encryption.IvLength + 1 + _icvLength)
            return false;
        var iv = body[.._encryption.IvLength];
        var icv = body[^_icvLength..];
        var data = body[_encryption.IvLength..^_icvLength].ToArray();
        failure = IkeOpenFailure.IntegrityCheckFailed;
        if (_integrity is not null)
        {
            _integrity.Append(message[..^_icvLength]);
            if (!_integrity.FinishAndVerify(icv))
                return false;
            if (!_cipher.TryDecrypt(iv, default, data, default))
            {
                failure = IkeOpenFailure.BadLength;
                return false;
            }
        }
        else if (!_cipher.TryDecrypt(iv, message[..bodyOffset], data, icv))
        {
            return false;
        }
        failure = IkeOpenFailure.BadPadding;
        var pad = data[^1];
        if (pad > data.Length - 1)
            return false;
        failure = IkeOpenFailure.None;
        inner = data[..^(pad + 1)];
        innerOffset = bodyOffset + _encryption.IvLength;
        return true;
    }

    public void Dispose()
    {
        _cipher.Dispose();
        _integrity?.Dispose();
    }

    private int ShortestPadding(int length)
    {
        var over = (length + 1) % _encryption.BlockLength;
        return over == 0 ? 0 : _encryption.BlockLength - over;
    }

    private static bool TryFindEncrypted(PayloadType type, ReadOnlySpan<byte> message, out int bodyOffset, out PayloadType firstInner)
    {
        bodyOffset = 0;
        firstInner = PayloadType.None;
        if (!IkeHeader.TryParse(message, out var header, out _) || header.Length != message.Length)
            return false;
        var chain = new PayloadChain(header.NextPayload, message[IkeHeader.Size..], IkeHeader.Size);
        while (chain.MoveNext())
        {
            if (chain.Current.Type != type)
                continue;
            bodyOffset = chain.Current.Offset + PayloadChain.GenericHeaderSize;
            firstInner = chain.Current.NextPayload;
            // The chain ends with it: nothing may follow (RFC 7296 section 3.14).
            return bodyOffset + chain.Current.Body.Length == message.Length;
        }
        return false;
    }
}
