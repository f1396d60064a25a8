using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Ipsec.Host.Links;

namespace Conformance.Evidence;

/// <summary>What a pcapng section says of its origin; null members are left out.</summary>
/// <param name="Comment">Free text, may have lines.</param>
public sealed record PcapngSection(string? Hardware = null, string? OperatingSystem = null, string? Application = null, string? Comment = null);

/// <summary>
/// Writes Ethernet frames as pcapng (draft-ietf-opsawg-pcapng, version 1.0): one section, little-endian, nanosecond timestamps.
/// Every block reaches the stream in one write and is flushed, so that a killed run leaves a file which reads up to its last frame.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// Every block:
/// <code>
///  0                   1                   2                   3
/// +---------------------------------------------------------------+
/// |                          Block Type                           |
/// |                      Block Total Length                       |
/// |            Block Body, padded to a multiple of 4              |
/// |                      Block Total Length                       |
/// +---------------------------------------------------------------+
/// </code>
/// </remarks>
public sealed class PcapngWriter : IDisposable
{
    private const uint SectionHeaderBlock = 0x0A0D0D0A;
    private const uint InterfaceDescriptionBlock = 1;
    private const uint EnhancedPacketBlock = 6;

    private const ushort EndOfOptions = 0;
    private const ushort CommentOption = 1;
    private const ushort SectionHardwareOption = 2;
    private const ushort SectionOperatingSystemOption = 3;
    private const ushort SectionApplicationOption = 4;
    private const ushort InterfaceNameOption = 2;
    private const ushort InterfaceTimestampResolutionOption = 9;
    private const ushort PacketFlagsOption = 2;

    private const ushort EthernetLinkType = 1;
    private const byte Nanoseconds = 9;
    private const uint Inbound = 1;
    private const uint Outbound = 2;

    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _body = new(2048);
    private readonly ArrayBufferWriter<byte> _block = new(2048);
    private readonly List<int> _snapLengths = [];
    private int _frames;

    /// <summary>Begins the file.</summary>
    /// <param name="stream">Owned from now on: disposed with the writer.</param>
    /// <param name="section">What the file says of its origin.</param>
    public PcapngWriter(Stream stream, PcapngSection? section = null)
    {
        _stream = stream;
        WriteSectionHeader(section ?? new());
    }

    /// <summary>Describes an interface: Ethernet, nanosecond timestamps.</summary>
    /// <param name="name">Shown as the frame's interface.</param>
    /// <param name="snapLength">Octets kept of each frame, at most; 0 for all.</param>
    /// <returns>The interface's number, from 0, for <see cref="WritePacket"/>.</returns>
    public int AddInterface(string name, int snapLength = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(snapLength);
        Put16(EthernetLinkType);
        Put16(0);
        Put32((uint)snapLength);
        PutOption(InterfaceNameOption, name);
        PutOption(InterfaceTimestampResolutionOption, [Nanoseconds]);
        Put32(EndOfOptions);
        WriteBlock(InterfaceDescriptionBlock);
        _snapLengths.Add(snapLength);
        return _snapLengths.Count - 1;
    }

    /// <summary>Writes one frame.</summary>
    /// <param name="interface">A number that <see cref="AddInterface"/> returned.</param>
    /// <param name="time">Not before 1970.</param>
    /// <param name="frame">Ethernet frame without FCS.</param>
    /// <param name="direction">Seen from the interface's owner; null where it is not known.</param>
    /// <param name="comment">Shown by Wireshark with the frame.</param>
    /// <returns>The frame's number in the file, from 1, as Wireshark counts.</returns>
    public int WritePacket(int @interface, DateTimeOffset time, ReadOnlySpan<byte> frame, FrameDirection? direction = null, string? comment = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(@interface);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(@interface, _snapLengths.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(time, DateTimeOffset.UnixEpoch);

        var nanoseconds = (ulong)(time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        var captured = _snapLengths[@interface] is > 0 and var limit && frame.Length > limit ? frame[..limit] : frame;
        Put32((uint)@interface);
        Put32((uint)(nanoseconds >> 32));
        Put32((uint)nanoseconds);
        Put32((uint)captured.Length);
        Put32((uint)frame.Length);
        PutPadded(captured);
        PutPacketOptions(direction, comment);
        WriteBlock(EnhancedPacketBlock);
        return ++_frames;
    }

    /// <summary>Closes the stream.</summary>
    public void Dispose() => _stream.Dispose();

    private void WriteSectionHeader(PcapngSection section)
    {
        Put32(0x1A2B3C4D);
        Put16(1);
        Put16(0);
        Put32(uint.MaxValue); // section length: not known in advance
        Put32(uint.MaxValue);
        PutOption(SectionHardwareOption, section.Hardware);
        PutOption(SectionOperatingSystemOption, section.OperatingSystem);
        PutOption(SectionApplicationOption, section.Application);
        PutOption(CommentOption, section.Comment);
        Put32(EndOfOptions);
        WriteBlock(SectionHeaderBlock);
    }

    private void PutPacketOptions(FrameDirection? direction, string? comment)
    {
        if (direction is { } known)
        {
            Span<byte> flags = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(flags, known == FrameDirection.Received ? Inbound : Outbound);
            PutOption(PacketFlagsOption, flags);
        }

        PutOption(CommentOption, comment);
        if (direction is not null || !string.IsNullOrEmpty(comment))
        {
            Put32(EndOfOptions);
        }
    }

    private void PutOption(ushort code, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            PutOption(code, Utf8Within(text, ushort.MaxValue));
        }
    }

    private void PutOption(ushort code, ReadOnlySpan<byte> value)
    {
        Put16(code);
        Put16((ushort)value.Length);
        PutPadded(value);
    }

    /// <summary>UTF-8 of a text, cut at a character's edge to a length in octets.</summary>
    private static ReadOnlySpan<byte> Utf8Within(string text, int limit)
    {
        var octets = new byte[Math.Min(Encoding.UTF8.GetMaxByteCount(text.Length), limit)];
        System.Text.Unicode.Utf8.FromUtf16(text, octets, out _, out var written);
        return octets.AsSpan(0, written);
    }

    private void PutPadded(ReadOnlySpan<byte> octets)
    {
        _body.Write(octets);
        _body.Write("\0\0\0"u8[..(-octets.Length & 3)]);
    }

    private void Put16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_body.GetSpan(2), value);
        _body.Advance(2);
    }

    private void Put32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_body.GetSpan(4), value);
        _body.Advance(4);
    }

    /// <summary>Writes the body gathered so far as a block, in one write.</summary>
    private void WriteBlock(uint type)
    {
        var length = 12 + _body.WrittenCount;
        var block = _block.GetSpan(length)[..length];
        BinaryPrimitives.WriteUInt32LittleEndian(block, type);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], (uint)length);
        _body.WrittenSpan.CopyTo(block[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(block[(length - 4)..], (uint)length);
        _body.ResetWrittenCount();
        _stream.Write(block);
        _stream.Flush();
    }
}
