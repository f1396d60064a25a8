using System.Buffers.Binary;
using Ipsec.Packets.Esp;

namespace Ipsec.Crypto;

/// <summary>
/// Protects the packets of one ESP SA (RFC 4303 section 2): SPI, sequence number, IV, ciphertext of payload | padding | pad length | next header, ICV.
/// Allocates nothing per packet. Not thread-safe.
/// </summary>
public sealed class EspProtection : IEspProtection
{
    private readonly EspAlgorithms _algorithms;
    private readonly BoundCipher _cipher;
    private readonly BoundIntegrity? _integrity;
    private readonly RandomSource _random;
    private readonly int _ivLength;
    private readonly int _icvLength;
    private readonly int _alignment;

    /// <param name="encryptionKey">With the salt at its end.</param>
    /// <param name="integrityKey">Empty with a combined-mode cipher.</param>
    public EspProtection(EspAlgorithms algorithms, ReadOnlySpan<byte> encryptionKey, ReadOnlySpan<byte> integrityKey, RandomSource random)
    {
        _algorithms = algorithms;
        _cipher = algorithms.Encryption.Bind(encryptionKey);
        _integrity = algorithms.Integrity?.Bind(integrityKey);
        _random = random;
        _ivLength = algorithms.Encryption.IvLength;
        _icvLength = algorithms.Integrity?.IcvLength ?? algorithms.Encryption.IcvLength;
        // RFC 4303 section 2.4: pad length and next header end on a 4-octet boundary, whatever the cipher.
        _alignment = Math.Max(4, algorithms.Encryption.BlockLength);
    }

    public int PayloadOffset => EspView.HeaderSize + _ivLength;

    public int IcvLength => _icvLength;

    public int Alignment => _alignment;

    /// <summary>Length of the packet around a payload, with the shortest padding.</summary>
    public int SealedLength(int payloadLength) =>
        EspView.HeaderSize + _ivLength + payloadLength + ShortestPadding(payloadLength) + EspTrailer.FixedSize + _icvLength;

    /// <summary>Octets of shortest padding after a payload.</summary>
    public int ShortestPadding(int payloadLength)
    {
        var over = (payloadLength + EspTrailer.FixedSize) % _alignment;
        return over == 0 ? 0 : _alignment - over;
    }

    /// <summary>Writes a packet with the shortest padding in its default form (1, 2, 3 …); returns its length.</summary>
    /// <param name="sequenceNumber">64 bits; without ESN the high 32 are not used.</param>
    public int Seal(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> packet)
    {
        var pad = ShortestPadding(payload.Length);
        var plaintext = packet.Slice(EspView.HeaderSize + _ivLength, payload.Length + pad + EspTrailer.FixedSize);
        payload.CopyTo(plaintext);
        EspTrailer.Write(plaintext[payload.Length..], pad, nextHeader);
        return SealInPlace(spi, sequenceNumber, plaintext.Length, packet);
    }

    /// <summary>Writes a packet around a plaintext that brings its own trailer, right or wrong; returns its length.</summary>
    /// <param name="plaintext">Payload, padding, pad length, next header; a whole number of the cipher's blocks.</param>
    public int SealRaw(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> plaintext, Span<byte> packet)
    {
        plaintext.CopyTo(packet[(EspView.HeaderSize + _ivLength)..]);
        return SealInPlace(spi, sequenceNumber, plaintext.Length, packet);
    }

    /// <summary>
    /// Checks the ICV, then decrypts into <paramref name="plaintext"/> (at least as long as the packet): payload, padding, pad length, next header.
    /// </summary>
    /// <param name="sequenceNumber">The full number that the packet is taken to have; only its high half is used, and only with ESN.</param>
    /// <param name="length">Octets of plaintext.</param>
    public bool TryOpen(ReadOnlySpan<byte> packet, ulong sequenceNumber, Span<byte> plaintext, out int length)
    {
        length = packet.Length - EspView.HeaderSize - _ivLength - _icvLength;
        if (length < EspTrailer.FixedSize || length % _algorithms.Encryption.BlockLength != 0)
            return false;
        var iv = packet.Slice(EspView.HeaderSize, _ivLength);
        var icv = packet[^_icvLength..];
        var data = plaintext[..length];
        if (_integrity is not null)
        {
            _integrity.Append(packet[..^_icvLength]);
            AppendHighHalf(sequenceNumber);
            if (!_integrity.FinishAndVerify(icv))
                return false;
            packet.Slice(EspView.HeaderSize + _ivLength, length).CopyTo(data);
            return _cipher.TryDecrypt(iv, default, data, default);
        }
        packet.Slice(EspView.HeaderSize + _ivLength, length).CopyTo(data);
        Span<byte> associated = stackalloc byte[12];
        Span<byte> implicitIv = stackalloc byte[EncryptionAlgorithm.ImplicitIvLength];
        return _cipher.TryDecrypt(
            NonceIv(iv, implicitIv, sequenceNumber), associated[..WriteAssociated(associated, packet, sequenceNumber)], data, icv);
    }

    public void Dispose()
    {
        _cipher.Dispose();
        _integrity?.Dispose();
    }

    private int SealInPlace(uint spi, ulong sequenceNumber, int plaintextLength, Span<byte> packet)
    {
        BinaryPrimitives.WriteUInt32BigEndian(packet, spi);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], (uint)sequenceNumber);
        var iv = packet.Slice(EspView.HeaderSize, _ivLength);
        // A counter-mode IV has only to be unique under the key: the sequence number is (RFC 4106 section 3.1).
        if (_algorithms.Encryption.NeedsRandomIv)
            _random.Fill(iv);
        else if (_ivLength > 0)
            BinaryPrimitives.WriteUInt64BigEndian(iv, sequenceNumber);
        var data = packet.Slice(EspView.HeaderSize + _ivLength, plaintextLength);
        var unprotected = EspView.HeaderSize + _ivLength + plaintextLength;
        var icv = packet.Slice(unprotected, _icvLength);
        if (_integrity is not null)
        {
            _cipher.Encrypt(iv, default, data, default);
            _integrity.Append(packet[..unprotected]);
            AppendHighHalf(sequenceNumber);
            _integrity.Finish(icv);
        }
        else
        {
            Span<byte> associated = stackalloc byte[12];
            Span<byte> implicitIv = stackalloc byte[EncryptionAlgorithm.ImplicitIvLength];
            _cipher.Encrypt(
                NonceIv(iv, implicitIv, sequenceNumber), associated[..WriteAssociated(associated, packet, sequenceNumber)], data, icv);
        }
        return unprotected + _icvLength;
    }

    /// <summary>The IV that was sent, or the sequence number where none is (RFC 8750 section 4): without ESN its high half is zero.</summary>
    private ReadOnlySpan<byte> NonceIv(ReadOnlySpan<byte> sent, Span<byte> implicitIv, ulong sequenceNumber)
    {
        if (!_algorithms.Encryption.HasImplicitIv)
            return sent;
        BinaryPrimitives.WriteUInt64BigEndian(implicitIv, _algorithms.ExtendedSequenceNumbers ? sequenceNumber : (uint)sequenceNumber);
        return implicitIv;
    }

    /// <summary>RFC 4303 section 2.2.1: the high half is appended to what the ICV covers, and not sent.</summary>
    private void AppendHighHalf(ulong sequenceNumber)
    {
        if (!_algorithms.ExtendedSequenceNumbers)
            return;
        Span<byte> high = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(high, (uint)(sequenceNumber >> 32));
        _integrity!.Append(high);
    }

    /// <summary>RFC 4106 section 5: SPI and sequence number, 8 octets; with ESN the full 64 bits, 12 octets.</summary>
    private int WriteAssociated(Span<byte> associated, ReadOnlySpan<byte> packet, ulong sequenceNumber)
    {
        packet[..4].CopyTo(associated);
        if (!_algorithms.ExtendedSequenceNumbers)
        {
            packet[4..8].CopyTo(associated[4..]);
            return 8;
        }
        BinaryPrimitives.WriteUInt32BigEndian(associated[4..], (uint)(sequenceNumber >> 32));
        packet[4..8].CopyTo(associated[8..]);
        return 12;
    }
}
