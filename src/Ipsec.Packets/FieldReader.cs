using System.Buffers.Binary;

namespace Ipsec.Packets;

/// <summary>
/// Reads fields in network byte order from borrowed octets. The first read past the end, and the first explicit
/// <see cref="Fail(string, string)"/>, sets <see cref="Error"/>; from then on every read yields zeros, so that a parser reads on without checks and its caller looks once.
/// </summary>
internal ref struct FieldReader(ReadOnlySpan<byte> octets, int offset)
{
    private readonly ReadOnlySpan<byte> _octets = octets;
    private readonly int _offset = offset;
    private int _position;
    private int _lastStart;
    private string _lastField = "";

    public ParseError? Error { get; private set; }

    public readonly int Remaining => Error is null ? _octets.Length - _position : 0;

    /// <summary>Offset of the next octet in the message.</summary>
    public readonly int Position => _offset + _position;

    public byte U8(string field) => Take(1, field) is { Length: 1 } octets ? octets[0] : (byte)0;

    public ushort U16(string field) => Take(2, field) is { Length: 2 } octets ? BinaryPrimitives.ReadUInt16BigEndian(octets) : (ushort)0;

    public uint U24(string field) => Take(3, field) is { Length: 3 } octets ? (uint)(octets[0] << 16 | octets[1] << 8 | octets[2]) : 0;

    public uint U32(string field) => Take(4, field) is { Length: 4 } octets ? BinaryPrimitives.ReadUInt32BigEndian(octets) : 0;

    public Octets Bytes(int count, string field) => new(Take(count, field));

    public Octets Rest() => new(Take(Remaining, "rest"));

    /// <summary>A reader over the next <paramref name="count"/> octets, which this reader skips.</summary>
    public FieldReader Sub(int count, string field)
    {
        var start = Position;
        return new(Take(count, field), start);
    }

    public ReadOnlySpan<byte> Take(int count, string field)
    {
        if (Error is not null)
            return default;
        if (count < 0 || count > _octets.Length - _position)
        {
            Fail(new ParseError(Position, field, $"needs {count} octets, {_octets.Length - _position} are left"));
            return default;
        }
        var taken = _octets.Slice(_position, count);
        _lastStart = Position;
        _lastField = field;
        _position += count;
        return taken;
    }

    /// <summary>An error in the field that was read last, at its offset; of any other field, at the offset of the next.</summary>
    public void Fail(string field, string reason) => Error ??= new ParseError(field == _lastField ? _lastStart : Position, field, reason);

    public void Fail(ParseError error) => Error ??= error;
}
