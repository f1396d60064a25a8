using System.IO.Compression;

namespace Ipsec.Dataplane;

/// <summary>
/// DEFLATE for IPComp (RFC 2394), each packet on its own (RFC 3173 section 2.1). Allocates per packet. Not thread-safe.
/// </summary>
public sealed class DeflateCompression : IDisposable
{
    /// <summary>Shorter payloads are sent as they are (RFC 2394 section 3.2), octets.</summary>
    public const int Threshold = 90;

    private readonly MemoryStream _compressed = new();

    /// <summary>Compresses in place; false, with the octets as they were, where header and result together would not be shorter (RFC 3173 section 2.2).</summary>
    public bool TryCompress(Span<byte> payload, int headerLength, out int length)
    {
        length = 0;
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

    public void Dispose() => _compressed.Dispose();
}
