using System.Security.Cryptography;
using Conformance.Decoding;

namespace Conformance.Rules;

/// <summary>The sequence numbers and IVs of one SA in one direction.</summary>
internal sealed class SequenceHistory
{
    private const int MaximumPackets = 65536;

    private readonly Dictionary<uint, (ulong Octets, int Frame)> _numbers = [];
    private readonly Dictionary<ulong, (uint Number, int Frame)> _ivs = [];
    private uint _highest;

    public void Learn(SequencedSighting packet, ReadOnlySpan<byte> iv)
    {
        if (_numbers.Count == MaximumPackets)
            return;
        packet.Ordinal = _numbers.Count + 1;
        packet.HighestBefore = _highest;
        _highest = Math.Max(_highest, packet.SequenceNumber);
        var octets = Fingerprint.Of(packet.Octets.Span);
        if (!_numbers.TryAdd(packet.SequenceNumber, (octets, packet.Frame)))
        {
            var before = _numbers[packet.SequenceNumber];
            packet.IsCopy = before.Octets == octets;
            packet.SameNumber = packet.IsCopy ? null : before.Frame;
        }
        if (!iv.IsEmpty && !packet.IsCopy && !_ivs.TryAdd(Fingerprint.Of(iv), (packet.SequenceNumber, packet.Frame)))
            packet.SameIv = _ivs[Fingerprint.Of(iv)].Frame;
    }
}

/// <summary>64 bits that stand for octets.</summary>
internal static class Fingerprint
{
    public static ulong Of(ReadOnlySpan<byte> octets)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(octets, hash);
        return BitConverter.ToUInt64(hash);
    }
}
