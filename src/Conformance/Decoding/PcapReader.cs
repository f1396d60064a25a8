using System.Buffers.Binary;

namespace Conformance.Decoding;

/// <summary>
/// Reads pcap (draft-ietf-opsawg-pcap): a file header of 24 octets, then records.
/// <code>
/// | Magic Number | Major, Minor Version | Reserved1 | Reserved2 | SnapLen | FCS, LinkType |
/// | Timestamp (Seconds) | Timestamp (Microseconds or nanoseconds) | Captured Packet Length | Original Packet Length | Packet Data … |
/// </code>
/// </summary>
internal sealed class PcapReader : ICaptureReader
{
    private const int FileHeaderSize = 24;
    private const int RecordHeaderSize = 16;

    private readonly CaptureStream _stream;
    private readonly bool _bigEndian;
    private readonly long _ticksPerSecond;
    private readonly int _linkType;
    private int _number;

    public PcapReader(CaptureStream stream, bool bigEndian, long ticksPerSecond)
    {
        _stream = stream;
        _bigEndian = bigEndian;
        _ticksPerSecond = ticksPerSecond;
        Span<byte> header = stackalloc byte[FileHeaderSize];
        var count = stream.Read(header);
        if (count < FileHeaderSize)
            Problem = new(count, "file header", $"ends after {count} of {FileHeaderSize} octets");
        // The upper four bits are about a frame check sequence.
        _linkType = (int)(U32(header[20..]) & 0x0FFF_FFFF);
    }

    public CaptureProblem? Problem { get; private set; }

    public CaptureFrame? Next()
    {
        if (Problem is not null)
            return null;
        var start = _stream.Position;
        Span<byte> header = stackalloc byte[RecordHeaderSize];
        var count = _stream.Read(header);
        if (count == 0 && _stream.Broken.Length == 0)
            return null;
        if (count < RecordHeaderSize)
            return Fail(start, "record header", $"ends after {count} of {RecordHeaderSize} octets");
        var length = U32(header[8..]);
        if (length > CaptureFile.MaximumFrameLength)
            return Fail(start + 8, "Captured Packet Length", $"{length} octets, at most {CaptureFile.MaximumFrameLength} are read");
        var octets = new byte[length];
        count = _stream.Read(octets);
        if (count < length)
            return Fail(start + RecordHeaderSize, "Packet Data", $"ends after {count} of {length} octets");
        var time = DateTimeOffset.UnixEpoch.AddSeconds(U32(header)).AddTicks(U32(header[4..]) * TimeSpan.TicksPerSecond / _ticksPerSecond);
        return new(++_number, time, _linkType, octets, U32(header[12..]));
    }

    private CaptureFrame? Fail(long offset, string field, string reason)
    {
        Problem = new(offset, field, _stream.Broken.Length == 0 ? reason : $"{reason}; {_stream.Broken}");
        return null;
    }

    private uint U32(ReadOnlySpan<byte> octets) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);
}
