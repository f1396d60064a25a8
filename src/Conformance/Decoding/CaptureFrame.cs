namespace Conformance.Decoding;

/// <summary>One frame of a capture file.</summary>
/// <param name="Number">From 1, as Wireshark counts.</param>
/// <param name="Time">To 100 ns.</param>
/// <param name="LinkType">LINKTYPE number: 1 Ethernet, 101 raw IP …</param>
/// <param name="OriginalLength">Octets on the wire; more than <paramref name="Octets"/> has where the capture cut the frame.</param>
public sealed record CaptureFrame(int Number, DateTimeOffset Time, int LinkType, byte[] Octets, uint OriginalLength);

/// <summary>Reads frames one after the other; holds one at a time.</summary>
public interface ICaptureReader
{
    /// <summary>
    /// The next frame, or null at the end or where the file can't be read any further. Never throws on octets; the stream may throw <see cref="IOException"/>.
    /// </summary>
    CaptureFrame? Next();

    /// <summary>Why reading stopped before the file's end. The offset counts in the file, after decompression.</summary>
    CaptureProblem? Problem { get; }
}

/// <summary>A capture file that can't be read to its end.</summary>
/// <param name="Offset">Octets from the start of the file, after decompression.</param>
public sealed record CaptureProblem(long Offset, string Field, string Reason)
{
    public override string ToString() => $"capture file, offset {Offset}, {Field}: {Reason}";
}
