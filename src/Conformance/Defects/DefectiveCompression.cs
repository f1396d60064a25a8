using System.IO.Compression;
using Ipsec.Dataplane;

namespace Conformance.Defects;

/// <summary>Compression that does as told, but for what a defect changes.</summary>
internal abstract class DefectiveCompression(ICompression right) : ICompression
{
    public virtual bool TryCompress(Span<byte> room, int payloadLength, int headerLength, out int length) =>
        right.TryCompress(room, payloadLength, headerLength, out length);

    public virtual bool TryDecompress(ReadOnlySpan<byte> compressed, Span<byte> room, out int length) => right.TryDecompress(compressed, room, out length);

    public void Dispose() => right.Dispose();
}

/// <summary>Puts everything into a DEFLATE stream, shorter or not.</summary>
internal sealed class CompressesEverything(ICompression right) : DefectiveCompression(right)
{
    public override bool TryCompress(Span<byte> room, int payloadLength, int headerLength, out int length)
    {
        using var stored = new MemoryStream();
        using (var deflate = new DeflateStream(stored, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(room[..payloadLength]);
        length = (int)stored.Length;
        stored.GetBuffer().AsSpan(0, length).CopyTo(room);
        return true;
    }
}

/// <summary>Leaves out the last octets of what it compresses.</summary>
internal sealed class CompressionLosesTheEnd(ICompression right) : DefectiveCompression(right)
{
    public override bool TryCompress(Span<byte> room, int payloadLength, int headerLength, out int length) =>
        base.TryCompress(room, Math.Max(0, payloadLength - 4), headerLength, out length);
}

/// <summary>Knows how often anything was decompressed.</summary>
internal sealed class CountsDecompressions(ICompression right, Action count) : DefectiveCompression(right)
{
    public override bool TryDecompress(ReadOnlySpan<byte> compressed, Span<byte> room, out int length)
    {
        count();
        return base.TryDecompress(compressed, room, out length);
    }
}
