using System.Buffers.Binary;
using Ipsec.Packets.Udp;

namespace Ipsec.Packets.Tcp;

/// <summary>
/// TCP encapsulation of IKE and ESP (RFC 9329 section 3). The initiator opens the stream with the six octets "IKETCP"; then, both ways:
/// <code>
/// |            Length             |   IKE: four zero octets, then the message
/// |   ESP: the packet, whose SPI is never zero; keepalive: 0xFF   |
/// </code>
/// Length counts its own two octets too.
/// </summary>
public static class TcpEncapsulation
{
    /// <summary>Octets of Length.</summary>
    public const int LengthSize = 2;

    /// <summary>What the initiator sends first, once.</summary>
    public static ReadOnlySpan<byte> StreamPrefix => "IKETCP"u8;

    /// <summary>A frame around an ESP packet.</summary>
    /// <exception cref="ArgumentException">It is too long.</exception>
    public static byte[] Frame(ReadOnlySpan<byte> content)
    {
        if (content.Length > ushort.MaxValue - LengthSize)
            throw new ArgumentException($"{content.Length} octets do not fit into a frame", nameof(content));
        var frame = new byte[LengthSize + content.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)frame.Length);
        content.CopyTo(frame.AsSpan(LengthSize));
        return frame;
    }

    /// <summary>A frame around an IKE message, with the non-ESP marker.</summary>
    public static byte[] IkeFrame(ReadOnlySpan<byte> message) => Frame(UdpEncapsulation.WithMarker(message));
}

/// <summary>What <see cref="TcpFrameReader.TryNext"/> found.</summary>
public enum TcpFrameStatus
{
    Frame,
    /// <summary>The stream prefix, once, at the start of the initiator's stream.</summary>
    Prefix,
    NeedsMore,
    /// <summary>The stream can't be read any further: a length below 2, which RFC 9329 section 3 answers by closing the connection.</summary>
    Malformed,
}

/// <summary>Cuts one direction of a stream into frames. Holds one frame at most (65535 octets) with what came after it. Not thread-safe.</summary>
/// <param name="expectPrefix">Whether the stream must begin with <see cref="TcpEncapsulation.StreamPrefix"/>.</param>
public sealed class TcpFrameReader(bool expectPrefix)
{
    private byte[] _held = new byte[256];
    private int _start;
    private int _end;
    private bool _expectPrefix = expectPrefix;
    private bool _broken;

    /// <summary>Octets that wait for the rest of their frame.</summary>
    public int HeldOctets => _end - _start;

    /// <summary>Octets of the stream that came before what is held.</summary>
    public long Consumed { get; private set; }

    /// <summary>Takes octets of the stream; nothing after <see cref="TcpFrameStatus.Malformed"/>.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        if (_broken)
            return;
        if (_held.Length - _end < octets.Length)
        {
            var held = _held.AsSpan(_start.._end);
            var larger = held.Length + octets.Length > _held.Length ? new byte[(held.Length + octets.Length) * 2] : _held;
            held.CopyTo(larger);
            (_held, _start, _end) = (larger, 0, held.Length);
        }
        octets.CopyTo(_held.AsSpan(_end));
        _end += octets.Length;
    }

    /// <summary>Takes the next frame; call it until it says otherwise after every <see cref="Append"/>.</summary>
    /// <param name="content">What follows Length.</param>
    public TcpFrameStatus TryNext(out byte[] content, out ParseError error)
    {
        content = [];
        error = default;
        if (_broken)
            return TcpFrameStatus.NeedsMore;
        var held = _held.AsSpan(_start.._end);
        if (_expectPrefix)
        {
            var prefix = TcpEncapsulation.StreamPrefix;
            var common = held.CommonPrefixLength(prefix);
            if (common < prefix.Length)
                return common == held.Length ? TcpFrameStatus.NeedsMore : Break(common, "Stream Prefix", "not IKETCP", out error);
            _expectPrefix = false;
            Consume(prefix.Length);
            return TcpFrameStatus.Prefix;
        }
        if (held.Length < TcpEncapsulation.LengthSize)
            return TcpFrameStatus.NeedsMore;
        int length = BinaryPrimitives.ReadUInt16BigEndian(held);
        if (length < TcpEncapsulation.LengthSize)
            return Break(0, "Length", $"{length}, but the field itself has {TcpEncapsulation.LengthSize} octets", out error);
        if (held.Length < length)
            return TcpFrameStatus.NeedsMore;
        content = held[TcpEncapsulation.LengthSize..length].ToArray();
        Consume(length);
        return TcpFrameStatus.Frame;
    }

    private void Consume(int count)
    {
        _start += count;
        Consumed += count;
    }

    private TcpFrameStatus Break(int within, string field, string reason, out ParseError error)
    {
        error = new((int)Math.Min(Consumed + within, int.MaxValue), field, reason);
        _broken = true;
        _start = _end = 0;
        return TcpFrameStatus.Malformed;
    }
}
