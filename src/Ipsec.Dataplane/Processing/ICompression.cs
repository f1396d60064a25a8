namespace Ipsec.Dataplane;

/// <summary>The compression of one IPComp association: what the data plane sees of <see cref="DeflateCompression"/>, and the seam for decorating it.</summary>
public interface ICompression : IDisposable
{
    /// <summary>Compresses in place; false, with the octets as they were, where header and result together would not be shorter (RFC 3173 section 2.2).</summary>
    /// <param name="room">The payload stands at its start.</param>
    /// <param name="length">Of the result, octets.</param>
    bool TryCompress(Span<byte> room, int payloadLength, int headerLength, out int length);

    /// <summary>False if the octets can't be decompressed, or hold more than fits.</summary>
    bool TryDecompress(ReadOnlySpan<byte> compressed, Span<byte> room, out int length);
}
