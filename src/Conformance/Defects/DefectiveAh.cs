using System.Buffers.Binary;
using Ipsec.Crypto;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Ip;

namespace Conformance.Defects;

/// <summary>Authentication that seals and verifies as told, but for what a defect changes.</summary>
internal abstract class DefectiveAh(IAhProtection right) : IAhProtection
{
    public virtual int HeaderLength(bool ipv6) => right.HeaderLength(ipv6);

    public virtual bool TrySeal(Span<byte> packet, int ahOffset, byte nextHeader, uint spi, ulong sequenceNumber) =>
        right.TrySeal(packet, ahOffset, nextHeader, spi, sequenceNumber);

    public virtual bool Verify(ReadOnlySpan<byte> packet, int ahOffset, ulong sequenceNumber) => right.Verify(packet, ahOffset, sequenceNumber);

    public void Dispose() => right.Dispose();
}

/// <summary>Writes another SPI or next header than it is told, under an ICV that is right for it.</summary>
internal sealed class ReheadedAh(IAhProtection right) : DefectiveAh(right)
{
    public Func<uint, uint> Spi { get; init; } = spi => spi;

    public Func<byte, byte> NextHeader { get; init; } = nextHeader => nextHeader;

    public override bool TrySeal(Span<byte> packet, int ahOffset, byte nextHeader, uint spi, ulong sequenceNumber) =>
        base.TrySeal(packet, ahOffset, NextHeader(nextHeader), Spi(spi), sequenceNumber);
}

/// <summary>Writes the fixed fields alone.</summary>
internal sealed class AhWithoutIcv(IAhProtection right) : DefectiveAh(right)
{
    public override int HeaderLength(bool ipv6) => AhView.FixedSize;

    public override bool TrySeal(Span<byte> packet, int ahOffset, byte nextHeader, uint spi, ulong sequenceNumber)
    {
        var header = packet.Slice(ahOffset, AhView.FixedSize);
        header.Clear();
        header[0] = nextHeader;
        header[1] = AhView.FixedSize / 4 - 2;
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], spi);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], (uint)sequenceNumber);
        return true;
    }
}

/// <summary>Numbers packets in a way of its own.</summary>
internal sealed class MisnumberedAh(IAhProtection right, Func<ulong, ulong> number) : DefectiveAh(right)
{
    public override bool TrySeal(Span<byte> packet, int ahOffset, byte nextHeader, uint spi, ulong sequenceNumber) =>
        base.TrySeal(packet, ahOffset, nextHeader, spi, number(sequenceNumber));
}

/// <summary>
/// Doesn't notice one changed bit in a part of the packet, as if the ICV did not cover it: it tries whether the packet would be right with any one bit of that
/// part otherwise.
/// </summary>
/// <param name="part">Start and end of the part, octets from the packet's start.</param>
internal sealed class ForgivingAh(IAhProtection right, ForgivingAh.Part part) : DefectiveAh(right)
{
    public delegate (int Start, int End) Part(ReadOnlySpan<byte> packet, int ahOffset);

    public override bool Verify(ReadOnlySpan<byte> packet, int ahOffset, ulong sequenceNumber)
    {
        if (base.Verify(packet, ahOffset, sequenceNumber))
            return true;
        var (start, end) = part(packet, ahOffset);
        var changed = packet.ToArray();
        for (var bit = Math.Max(start, 0) * 8; bit < Math.Min(end, changed.Length) * 8; bit++)
        {
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            if (base.Verify(changed, ahOffset, sequenceNumber))
                return true;
            changed[bit / 8] ^= (byte)(1 << bit % 8);
        }
        return false;
    }
}

/// <summary>
/// Covers a field that routers change: a packet is refused when the field is another than in the packet that was verified first, which came unchanged.
/// </summary>
internal sealed class CoversTooMuch(IAhProtection right, CoversTooMuch.Field field) : DefectiveAh(right)
{
    private int? _unchanged;

    /// <summary>The field's value; -1 where the packet has none.</summary>
    public delegate int Field(ReadOnlySpan<byte> packet);

    public override bool Verify(ReadOnlySpan<byte> packet, int ahOffset, ulong sequenceNumber)
    {
        if (!base.Verify(packet, ahOffset, sequenceNumber))
            return false;
        var value = field(packet);
        if (value >= 0)
            _unchanged ??= value;
        return value < 0 || value == _unchanged;
    }
}

/// <summary>Doesn't notice that the last two 16-bit words of a packet were exchanged, as if the ICV did not cover them.</summary>
internal sealed class ForgivesExchange(IAhProtection right) : DefectiveAh(right)
{
    public override bool Verify(ReadOnlySpan<byte> packet, int ahOffset, ulong sequenceNumber)
    {
        if (base.Verify(packet, ahOffset, sequenceNumber))
            return true;
        byte[] exchanged = [.. packet[..^4], .. packet[^2..], .. packet[^4..^2]];
        return base.Verify(exchanged, ahOffset, sequenceNumber);
    }
}

/// <summary>Refuses some packets although they are right.</summary>
internal sealed class RefusesAh(IAhProtection right, RefusesAh.Kind refused) : DefectiveAh(right)
{
    public delegate bool Kind(ReadOnlySpan<byte> packet);

    public override bool Verify(ReadOnlySpan<byte> packet, int ahOffset, ulong sequenceNumber) =>
        base.Verify(packet, ahOffset, sequenceNumber) && !refused(packet);
}

/// <summary>Writes another header than it should, under an ICV that is right for it. Knows headers without options only.</summary>
/// <param name="padding">Octets behind the ICV that no alignment asks for, in IPv6 or not.</param>
internal sealed class MiswrittenAh(IAhProtection right, IntegrityAlgorithm algorithm, byte[] key, byte reserved = 0, Func<bool, int>? padding = null) : DefectiveAh(right)
{
    public override int HeaderLength(bool ipv6) => base.HeaderLength(ipv6) + (padding?.Invoke(ipv6) ?? 0);

    public override bool TrySeal(Span<byte> packet, int ahOffset, byte nextHeader, uint spi, ulong sequenceNumber)
    {
        var isIpv6 = packet[0] >> 4 == 6;
        var header = packet.Slice(ahOffset, HeaderLength(isIpv6));
        header.Clear();
        header[0] = nextHeader;
        header[1] = (byte)(header.Length / 4 - 2);
        header[3] = reserved;
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], spi);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], (uint)sequenceNumber);
        var covered = packet.ToArray();
        if (isIpv6)
        {
            (covered[0], covered[7]) = (0x60, 0);
            covered.AsSpan(1, 3).Clear();
        }
        else
        {
            (covered[1], covered[8]) = (0, 0);
            covered.AsSpan(6, 2).Clear();
            covered.AsSpan(10, 2).Clear();
        }
        using var bound = algorithm.Bind(key);
        bound.Append(covered);
        bound.Finish(header.Slice(AhView.FixedSize, algorithm.IcvLength));
        return true;
    }
}

/// <summary>Where fields are, for <see cref="ForgivingAh"/> and <see cref="CoversTooMuch"/>.</summary>
internal static class HeaderFields
{
    public static bool IsIpv6(ReadOnlySpan<byte> packet) => packet[0] >> 4 == 6;

    public static int TrafficClass(ReadOnlySpan<byte> packet) => IpView.TryParse(packet, out var view, out _) ? view.TrafficClass : -1;

    public static int HopLimit(ReadOnlySpan<byte> packet) => packet[IsIpv6(packet) ? 7 : 8];

    public static int FlowLabel(ReadOnlySpan<byte> packet) => IsIpv6(packet) ? BinaryPrimitives.ReadInt32BigEndian(packet) & 0xFFFFF : -1;

    public static int DontFragment(ReadOnlySpan<byte> packet) => IsIpv6(packet) ? -1 : packet[6] >> 6 & 1;

    /// <summary>The pointer of a record route option that stands first.</summary>
    public static int RecordRoutePointer(ReadOnlySpan<byte> packet) => packet[0] > 0x45 && !IsIpv6(packet) && packet[20] == 7 ? packet[22] == 4 ? 4 : 8 : -1;
}
