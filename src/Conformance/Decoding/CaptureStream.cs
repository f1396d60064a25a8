namespace Conformance.Decoding;

/// <summary>A stream with a short look ahead and a count of what was read. A broken gzip stream reads as one that ends.</summary>
internal sealed class CaptureStream(Stream stream)
{
    private byte[] _peeked = [];

    /// <summary>Octets read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Why the stream ended, when it is not simply its end; else empty.</summary>
    public string Broken { get; private set; } = "";

    /// <summary>The next octets, without taking them; fewer at the end.</summary>
    public byte[] Peek(int count)
    {
        if (_peeked.Length < count)
        {
            var more = new byte[count];
            _peeked.CopyTo(more, 0);
            var length = _peeked.Length + Fill(more.AsSpan(_peeked.Length));
            _peeked = more[..length];
        }
        return _peeked;
    }

    /// <summary>Reads exactly so many octets; fewer at the end.</summary>
    public int Read(Span<byte> target)
    {
        var fromPeek = Math.Min(_peeked.Length, target.Length);
        _peeked.AsSpan(0, fromPeek).CopyTo(target);
        _peeked = _peeked[fromPeek..];
        var count = fromPeek + Fill(target[fromPeek..]);
        Position += count;
        return count;
    }

    /// <summary>Reads what is there, one octet at least, none at the end.</summary>
    public int ReadSome(Span<byte> target)
    {
        if (_peeked.Length > 0)
            return Read(target[..Math.Min(_peeked.Length, target.Length)]);
        var count = stream.Read(target);
        Position += count;
        return count;
    }

    /// <summary>Passes octets over, in pieces; false if there are fewer.</summary>
    public bool Skip(long count)
    {
        Span<byte> piece = stackalloc byte[4096];
        while (count > 0)
        {
            var length = (int)Math.Min(count, piece.Length);
            if (Read(piece[..length]) < length)
                return false;
            count -= length;
        }
        return true;
    }

    private int Fill(Span<byte> target)
    {
        try
        {
            return stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException error)
        {
            Broken = $"the compressed data is broken: {error.Message}";
            return 0;
        }
    }
}
