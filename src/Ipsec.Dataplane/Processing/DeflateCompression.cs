using System.IO.Compression;

namespace Ipsec.Dataplane;

/// <summary>
/// DEFLATE for IPComp (RFC 2394), each packet on its own (RFC 3173 section 2.1). Allocates per packet. Not thread-safe.
/// </summary>
public sealed class DeflateCompression : ICompression
{
    /// <summary>Shorter payloads are sent as they are (RFC 2394 section 3.2), octets.</summary>
    public const int Threshold = 90;

    private readonly MemoryStream _compressed = new();

    /// <inheritdoc/>
    public bool TryCompress(Span<byte> room, int payloadLength, int headerLength, out int length)
    {
        length = 0;
        var payload = room[..payloadLength];
        if (payload.Length < Threshold)
            return false;
        _compressed.SetLength(0);
        using (var deflate = new DeflateStream(_compressed, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(payload);
        length = (int)_compressed.Length;
        if (length + headerLength >= payload.Length)
            return false;
        _compressed.GetBuffer().AsSpan(0, length).CopyTo(payload);
        return true;
    }

    /// <summary>False if the octets are no whole DEFLATE stream or hold more than fits: the work is bounded by the room.</summary>
    public static bool TryDecompress(ReadOnlySpan<byte> compressed, Span<byte> room, out int length)
    {
        length = 0;
        try
        {
            using var inflate = new DeflateStream(new MemoryStream(compressed.ToArray()), CompressionMode.Decompress);
            while (length < room.Length)
            {
                var count = inflate.Read(room[length..]);
                if (count == 0)
                    return length > 0;
                length += count;
            }
            return inflate.ReadByte() < 0;
        }
        catch (InvalidDataException)
        {
            // The library's word for a malformed stream.
            return false;
        }
    }

    bool ICompression.TryDecompress(ReadOnlySpan<byte> compressed, Span<byte> room, out int length) => TryDecompress(compressed, room, out length);

    public void Dispose() => _compressed.Dispose();
}
