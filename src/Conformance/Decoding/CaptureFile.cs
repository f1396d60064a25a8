using System.Buffers.Binary;
using System.IO.Compression;

namespace Conformance.Decoding;

/// <summary>Opens capture files: pcap and pcapng of either byte order, plain or gzipped.</summary>
public static class CaptureFile
{
    /// <summary>Frames longer than this are refused, as Wireshark does: octets.</summary>
    public const int MaximumFrameLength = 262_144;

    /// <summary>A reader for what the first octets say the file is. It owns nothing: dispose of the stream after it.</summary>
    public static ICaptureReader Open(Stream stream)
    {
        var source = new CaptureStream(stream);
        if (source.Peek(2) is [0x1f, 0x8b])
            source = new CaptureStream(new GZipStream(new RestOf(source), CompressionMode.Decompress));
        var magic = source.Peek(4);
        if (magic.Length < 4)
            return new Unreadable(new(0, "magic number", $"{magic.Length} octets are no capture file"));
        return BinaryPrimitives.ReadUInt32BigEndian(magic) switch
        {
            0x0A0D0D0A => new PcapngReader(source),
            0xA1B2C3D4 => new PcapReader(source, bigEndian: true, ticksPerSecond: 1_000_000),
            0xD4C3B2A1 => new PcapReader(source, bigEndian: false, ticksPerSecond: 1_000_000),
            0xA1B23C4D => new PcapReader(source, bigEndian: true, ticksPerSecond: 1_000_000_000),
            0x4D3CB2A1 => new PcapReader(source, bigEndian: false, ticksPerSecond: 1_000_000_000),
            var other => new Unreadable(new(0, "magic number", $"{other:x8} is neither pcap nor pcapng")),
        };
    }

    private sealed class Unreadable(CaptureProblem problem) : ICaptureReader
    {
        public CaptureProblem? Problem => problem;

        public CaptureFrame? Next() => null;
    }

    /// <summary>What a peeked stream still has, as a stream.</summary>
    private sealed class RestOf(CaptureStream source) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => source.ReadSome(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer) => source.ReadSome(buffer);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
