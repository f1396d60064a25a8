using System.Buffers.Binary;
using Ipsec.Packets.Ah;

namespace Ipsec.Crypto;

/// <summary>
/// Authenticates the packets of one AH SA (RFC 4302 section 3.3.3): the ICV covers the headers before it with mutable fields zeroed, the AH with its ICV
/// field zeroed (but for the IV of GMAC, RFC 4543 section 4, and the padding), all that follows, and with ESN the high half of the sequence number.
/// Allocates nothing per packet. Not thread-safe.
/// </summary>
/// <param name="key">With the salt at its end, where the algorithm has one.</param>
public sealed class AhProtection(IntegrityAlgorithm algorithm, ReadOnlySpan<byte> key, bool extendedSequenceNumbers) : IAhProtection
{
    private readonly BoundIntegrity _integrity = algorithm.Bind(key);
    private byte[] _covered = new byte[256];

    public int HeaderLength(bool ipv6)
    {
        var alignment = ipv6 ? 8 : 4;
        return (AhView.FixedSize + algorithm.IvLength + algorithm.IcvLength + alignment - 1) / alignment * alignment;
    }

    public bool TrySeal(Span<byte> packet, int ahOffset, byte nextHeader, uint spi, ulong sequenceNumber)
    {
        var header = packet.Slice(ahOffset, HeaderLength(packet[0] >> 4 == 6));
        header.Clear();
        header[0] = nextHeader;
        header[1] = (byte)(header.Length / 4 - 2);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], spi);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], (uint)sequenceNumber);
        // An IV has only to be unique under the key: the sequence number is (RFC 4543 section 3.1).
        if (algorithm.IvLength > 0)
            BinaryPrimitives.WriteUInt64BigEndian(header[AhView.FixedSize..], sequenceNumber);
        if (!TryCover(packet, ahOffset, header.Length, sequenceNumber))
            return false;
        _integrity.Finish(header.Slice(AhView.FixedSize + algorithm.IvLength, algorithm.IcvLength));
        return true;
    }

    public bool Verify(ReadOnlySpan<byte> packet, int ahOffset, ulong sequenceNumber)
    {
        if (!AhView.TryParse(packet[ahOffset..], out var ah, out _) || ah.HeaderLength < AhView.FixedSize + algorithm.IvLength + algorithm.IcvLength)
            return false;
        return TryCover(packet, ahOffset, ah.HeaderLength, sequenceNumber)
            && _integrity.FinishAndVerify(packet.Slice(ahOffset + AhView.FixedSize + algorithm.IvLength, algorithm.IcvLength));
    }

    public void Dispose() => _integrity.Dispose();

    private bool TryCover(ReadOnlySpan<byte> packet, int ahOffset, int ahLength, ulong sequenceNumber)
    {
        var end = ahOffset + ahLength;
        if (_covered.Length < end)
            _covered = new byte[end];
        var covered = _covered.AsSpan(0, end);
        packet[..end].CopyTo(covered);
        if (!AhMutableFields.TryNormalize(covered[..ahOffset]))
            return false;
        var ivOffset = ahOffset + AhView.FixedSize;
        covered.Slice(ivOffset + algorithm.IvLength, algorithm.IcvLength).Clear();
        if (algorithm.IvLength > 0)
            _integrity.Start(covered.Slice(ivOffset, algorithm.IvLength));
        _integrity.Append(covered);
        _integrity.Append(packet[end..]);
        if (extendedSequenceNumbers)
        {
            Span<byte> high = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(high, (uint)(sequenceNumber >> 32));
            _integrity.Append(high);
        }
        return true;
    }
}
