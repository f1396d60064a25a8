using System.Buffers.Binary;

namespace Conformance.Decoding;

/// <summary>
/// Reads pcapng (draft-ietf-opsawg-pcapng): sections of blocks, each section in its own byte order.
/// <code>
/// +---------------------------------------------------------------+
/// |                          Block Type                           |
/// |                      Block Total Length                       |
/// |            Block Body, padded to a multiple of 4              |
/// |                      Block Total Length                       |
/// +---------------------------------------------------------------+
/// </code>
/// Frames come from enhanced (6), simple (3) and obsolete (2) packet blocks; other blocks are passed over.
/// </summary>
internal sealed class PcapngReader(CaptureStream stream) : ICaptureReader
{
    private const uint SectionHeader = 0x0A0D0D0A;
    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint EnhancedPacket = 6;

    // A block is a frame with options: this bounds the memory of one.
    private const uint MaximumBlockLength = CaptureFile.MaximumFrameLength + (1 << 17);
    private const int MaximumInterfaces = 4096;
    private const int BlockOverhead = 12;

    private readonly List<Interface> _interfaces = [];
    private bool _bigEndian;
    private int _number;

    public CaptureProblem? Problem { get; private set; }

    public CaptureFrame? Next()
    {
        while (Problem is null)
        {
            var start = stream.Position;
            var header = new byte[8];
            var count = stream.Read(header);
            if (count == 0 && stream.Broken.Length == 0)
                return null;
            if (count < header.Length)
                return Fail(start, "block header", $"ends after {count} of 8 octets");
            var type = BinaryPrimitives.ReadUInt32BigEndian(header) == SectionHeader ? SectionHeader : U32(header);
            if (type == SectionHeader && !TryBeginSection(start))
                return null;
            var length = U32(header.AsSpan(4));
            if (length < BlockOverhead || length % 4 != 0)
                return Fail(start + 4, "Block Total Length", $"{length}, must be a multiple of 4 of at least {BlockOverhead}");
            if (length > MaximumBlockLength)
            {
                if (type is EnhancedPacket or SimplePacket or ObsoletePacket or InterfaceDescription or SectionHeader)
                    return Fail(start + 4, "Block Total Length", $"{length} octets, at most {MaximumBlockLength} are read");
                if (!stream.Skip(length - 8))
                    return Fail(start, "Block Body", $"ends before its {length} octets");
                continue;
            }
            var rest = new byte[length - 8];
            count = stream.Read(rest);
            if (count < rest.Length)
                return Fail(start + 8, "Block Body", $"ends after {count + 8} of {length} octets");
            if (U32(rest.AsSpan(rest.Length - 4)) != length)
                return Fail(start + length - 4, "Block Total Length", $"{U32(rest.AsSpan(rest.Length - 4))}, but {length} at the block's start");
            var body = rest.AsSpan(..^4);
            var frame = type switch
            {
                InterfaceDescription => AddInterface(body, start),
                EnhancedPacket => Enhanced(body, start),
                SimplePacket => Simple(body, start),
                ObsoletePacket => Obsolete(body, start),
                _ => null,
            };
            if (frame is not null)
                return frame;
        }
        return null;
    }

    private bool TryBeginSection(long start)
    {
        var magic = stream.Peek(4);
        _interfaces.Clear();
        if (magic is [0x1a, 0x2b, 0x3c, 0x4d])
            _bigEndian = true;
        else if (magic is [0x4d, 0x3c, 0x2b, 0x1a])
            _bigEndian = false;
        else
            Fail(start + 8, "Byte-Order Magic", Convert.ToHexStringLower(magic));
        return Problem is null;
    }

    private CaptureFrame? AddInterface(ReadOnlySpan<byte> body, long start)
    {
        if (body.Length < 8)
            return Fail(start + 8, "Interface Description", $"{body.Length} octets, needs 8");
        if (_interfaces.Count == MaximumInterfaces)
            return Fail(start + 8, "Interface Description", $"more than {MaximumInterfaces} interfaces");
        var resolution = (byte)6;
        long offset = 0;
        for (var options = body[8..]; options.Length >= 4;)
        {
            var code = U16(options);
            var length = U16(options[2..]);
            var padded = (length + 3) & ~3;
            if (code == 0)
                break;
            if (padded > options.Length - 4)
                return Fail(start + 8 + body.Length - options.Length, "Option Length", $"{length}, but {options.Length - 4} octets are left");
            if (code == 9 && length == 1)
                resolution = options[4];
            else if (code == 14 && length == 8)
                offset = _bigEndian ? BinaryPrimitives.ReadInt64BigEndian(options[4..]) : BinaryPrimitives.ReadInt64LittleEndian(options[4..]);
            options = options[(4 + padded)..];
        }
        _interfaces.Add(new(U16(body), U32(body[4..]), resolution, offset));
        return null;
    }

    private CaptureFrame? Enhanced(ReadOnlySpan<byte> body, long start)
    {
        if (body.Length < 20)
            return Fail(start + 8, "Enhanced Packet", $"{body.Length} octets, needs 20");
        return Frame(U32(body), (ulong)U32(body[4..]) << 32 | U32(body[8..]), U32(body[12..]), U32(body[16..]), body[20..], start);
    }

    private CaptureFrame? Obsolete(ReadOnlySpan<byte> body, long start)
    {
        if (body.Length < 20)
            return Fail(start + 8, "Packet", $"{body.Length} octets, needs 20");
        return Frame(U16(body), (ulong)U32(body[4..]) << 32 | U32(body[8..]), U32(body[12..]), U32(body[16..]), body[20..], start);
    }

    private CaptureFrame? Simple(ReadOnlySpan<byte> body, long start)
    {
        if (body.Length < 4)
            return Fail(start + 8, "Simple Packet", $"{body.Length} octets, needs 4");
        var original = U32(body);
        var snap = _interfaces.Count > 0 && _interfaces[0].SnapLength > 0 ? _interfaces[0].SnapLength : uint.MaxValue;
        return Frame(0, 0, Math.Min(original, snap), original, body[4..], start);
    }

    private CaptureFrame? Frame(uint number, ulong timestamp, uint captured, uint original, ReadOnlySpan<byte> data, long start)
    {
        if (number >= _interfaces.Count)
            return Fail(start + 8, "Interface ID", $"{number}, but {_interfaces.Count} interfaces are described");
        if (captured > data.Length || captured > CaptureFile.MaximumFrameLength)
            return Fail(start + 20, "Captured Packet Length", $"{captured}, but the block has {data.Length} octets");
        var link = _interfaces[(int)number];
        return new(++_number, link.Time(timestamp), link.LinkType, data[..(int)captured].ToArray(), original);
    }

    private CaptureFrame? Fail(long offset, string field, string reason)
    {
        Problem = new(offset, field, stream.Broken.Length == 0 ? reason : $"{reason}; {stream.Broken}");
        return null;
    }

    private ushort U16(ReadOnlySpan<byte> octets) =>
        _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(octets) : BinaryPrimitives.ReadUInt16LittleEndian(octets);

    private uint U32(ReadOnlySpan<byte> octets) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);

    /// <param name="Resolution">if_tsresol: a negative power of 10, or of 2 with the highest bit set.</param>
    /// <param name="Offset">if_tsoffset: seconds to add.</param>
    private readonly record struct Interface(ushort LinkType, uint SnapLength, byte Resolution, long Offset)
    {
        public DateTimeOffset Time(ulong timestamp)
        {
            var perSecond = (Resolution & 0x80) != 0 ? Math.Pow(2, Resolution & 0x7f) : Math.Pow(10, Resolution);
            var exact = Resolution == 9 ? timestamp / 100 : Resolution == 6 ? timestamp * 10 : (ulong?)null;
            var ticks = (exact is { } known && timestamp < ulong.MaxValue / 10 ? known : timestamp / perSecond * TimeSpan.TicksPerSecond)
                + (double)Offset * TimeSpan.TicksPerSecond;
            // Exact arithmetic where a double would round.
            if (Offset == 0 && exact is { } whole && whole < 2_000_000_000_000_000_000)
                return DateTimeOffset.UnixEpoch.AddTicks((long)whole);
            return ticks is >= 0 and < 2e18 ? DateTimeOffset.UnixEpoch.AddTicks((long)ticks) : DateTimeOffset.UnixEpoch;
        }
    }
}
