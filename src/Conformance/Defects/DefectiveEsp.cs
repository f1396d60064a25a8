using System.Buffers.Binary;
using Ipsec.Crypto;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ip;

namespace Conformance.Defects;

/// <summary>Protection that seals and opens as told, but for what a defect changes.</summary>
internal abstract class DefectiveEsp(IEspProtection right) : IEspProtection
{
    public int PayloadOffset => right.PayloadOffset;

    public int IcvLength => right.IcvLength;

    public int Alignment => right.Alignment;

    public virtual int Seal(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> packet) =>
        right.Seal(spi, sequenceNumber, payload, nextHeader, packet);

    public virtual bool TryOpen(ReadOnlySpan<byte> packet, ulong sequenceNumber, Span<byte> plaintext, out int length) =>
        right.TryOpen(packet, sequenceNumber, plaintext, out length);

    public void Dispose() => right.Dispose();
}

/// <summary>Numbers packets in a way of its own.</summary>
internal sealed class MisnumberedEsp(IEspProtection right, Func<ulong, ulong> number) : DefectiveEsp(right)
{
    public override int Seal(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> packet) =>
        base.Seal(spi, number(sequenceNumber), payload, nextHeader, packet);
}

/// <summary>Seals dummy packets in a way of its own.</summary>
/// <param name="missing">Octets left out at the end.</param>
internal sealed class ResealsDummies(IEspProtection right, int missing, byte nextHeader = IpProtocol.NoNextHeader) : DefectiveEsp(right)
{
    public override int Seal(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> payload, byte next, Span<byte> packet) => next == IpProtocol.NoNextHeader
        ? base.Seal(spi, sequenceNumber, payload, nextHeader, packet) - missing
        : base.Seal(spi, sequenceNumber, payload, next, packet);
}

/// <summary>Puts a BEET pseudo header for IPv4 options in the place of a packet's first octets (RFC 7402 appendix B.1.7).</summary>
/// <param name="rest">What follows its next header field, 7 octets.</param>
internal sealed class InsertsPseudoHeader(IEspProtection right, byte[] rest) : DefectiveEsp(right)
{
    private const byte PseudoHeader = 94;

    public override int Seal(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> packet) => payload.Length <= rest.Length
        ? base.Seal(spi, sequenceNumber, payload, nextHeader, packet)
        : base.Seal(spi, sequenceNumber, (byte[])[nextHeader, .. rest, .. payload[(1 + rest.Length)..]], PseudoHeader, packet);
}

/// <summary>Changes what was decrypted before anyone looks at it; may refuse it.</summary>
internal sealed class MisreadEsp(IEspProtection right, MisreadEsp.Change change) : DefectiveEsp(right)
{
    /// <summary>Changes a plaintext that ends with pad length and next header; false refuses the packet.</summary>
    public delegate bool Change(Span<byte> plaintext);

    public override bool TryOpen(ReadOnlySpan<byte> packet, ulong sequenceNumber, Span<byte> plaintext, out int length) =>
        base.TryOpen(packet, sequenceNumber, plaintext, out length) && change(plaintext[..length]);
}

/// <summary>
/// Doesn't notice one changed bit in a part of the packet, as if the ICV did not cover it or were not compared there: it tries whether the packet would be right
/// with any one bit of that part otherwise.
/// </summary>
/// <param name="part">Start and end of the part in an ESP packet of a length, octets.</param>
internal sealed class ForgivingEsp(IEspProtection right, Func<int, (int Start, int End)> part) : DefectiveEsp(right)
{
    public override bool TryOpen(ReadOnlySpan<byte> packet, ulong sequenceNumber, Span<byte> plaintext, out int length)
    {
        if (base.TryOpen(packet, sequenceNumber, plaintext, out length))
            return true;
        var (start, end) = part(packet.Length);
        var changed = packet.ToArray();
        for (var bit = Math.Max(start, 0) * 8; bit < Math.Min(end, changed.Length) * 8; bit++)
        {
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            var number = start < EspView.HeaderSize ? BinaryPrimitives.ReadUInt32BigEndian(changed.AsSpan(4)) : sequenceNumber;
            if (base.TryOpen(changed, number, plaintext, out length))
                return true;
            changed[bit / 8] ^= (byte)(1 << bit % 8);
        }
        return false;
    }
}

/// <summary>Doesn't notice another upper half of an extended sequence number under the ICV.</summary>
internal sealed class BlindToUpperHalf(IEspProtection right) : DefectiveEsp(right)
{
    public override bool TryOpen(ReadOnlySpan<byte> packet, ulong sequenceNumber, Span<byte> plaintext, out int length) =>
        base.TryOpen(packet, sequenceNumber, plaintext, out length)
        || base.TryOpen(packet, sequenceNumber + (1UL << 32), plaintext, out length)
        || base.TryOpen(packet, sequenceNumber - (1UL << 32), plaintext, out length);
}

/// <summary>Changes of plaintexts, for <see cref="MisreadEsp"/>.</summary>
internal static class Plaintexts
{
    /// <summary>Takes any padding for the right one.</summary>
    public static bool MendPadding(Span<byte> plaintext)
    {
        int pad = plaintext[^2];
        if (pad <= plaintext.Length - EspTrailer.FixedSize)
            EspTrailer.Write(plaintext[^(EspTrailer.FixedSize + pad)..], pad, plaintext[^1]);
        return true;
    }

    /// <summary>Takes an impossible pad length for none.</summary>
    public static bool MendPadLength(Span<byte> plaintext)
    {
        if (plaintext[^2] > plaintext.Length - EspTrailer.FixedSize)
            plaintext[^2] = 0;
        return true;
    }

    /// <summary>Hands dummy packets on as if they held an IP packet.</summary>
    public static bool DeliverDummy(Span<byte> plaintext)
    {
        if (plaintext[^1] == IpProtocol.NoNextHeader)
            plaintext[^1] = plaintext[0] >> 4 == 6 ? IpProtocol.Ipv6 : IpProtocol.IpInIp;
        return true;
    }

    /// <summary>Refuses tunnelled packets with anything behind them.</summary>
    public static bool RefuseFlowPadding(Span<byte> plaintext) => FlowPadding(plaintext) <= 0;

    /// <summary>Takes what stands behind a tunnelled packet for part of it.</summary>
    public static bool CountFlowPadding(Span<byte> plaintext)
    {
        if (FlowPadding(plaintext) > 0)
            IpHeader.SetLength(plaintext[..^(EspTrailer.FixedSize + plaintext[^2])]);
        return true;
    }

    private static int FlowPadding(ReadOnlySpan<byte> plaintext) =>
        plaintext[^1] is IpProtocol.IpInIp or IpProtocol.Ipv6 && IpView.TryParse(plaintext, out var inner, out _)
            ? plaintext.Length - EspTrailer.FixedSize - plaintext[^2] - inner.Octets.Length
            : 0;
}
