using System.Buffers.Binary;

namespace Ipsec.Packets.Ikev1;

/// <summary>
/// A view over a chain of payloads, each with the generic payload header (RFC 2408 section 3.2), 4 octets:
/// <code>
/// | Next Payload  |   RESERVED    |         Payload Length        |
/// </code>
/// Walks without allocation and never throws. What follows the last payload is <see cref="Rest"/>: padding, where the chain was encrypted.
/// </summary>
public ref struct IsakmpPayloadChain(IsakmpPayloadType first, ReadOnlySpan<byte> octets, int baseOffset = 0)
{
    /// <summary>Octets of the generic payload header.</summary>
    public const int GenericHeaderSize = 4;

    private readonly ReadOnlySpan<byte> _octets = octets;
    private int _position;
    private IsakmpPayloadType _next = first;

    public IsakmpPayloadView Current { get; private set; }

    /// <summary>Set when <see cref="MoveNext"/> returned false because of malformed octets, rather than at the end.</summary>
    public ParseError? Error { get; private set; }

    /// <summary>What was not walked yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _octets[_position..];

    /// <summary>Offset of <see cref="Rest"/> in the message.</summary>
    public readonly int RestOffset => baseOffset + _position;

    public bool MoveNext()
    {
        if (_next == IsakmpPayloadType.None)
            return false;
        var rest = Rest;
        if (rest.Length < GenericHeaderSize)
            return Fail("generic payload header", $"{rest.Length} octets left for {_next.Notation()}, needs {GenericHeaderSize}");
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        if (length < GenericHeaderSize)
            return Fail("Payload Length", $"{length} of {_next.Notation()} is shorter than its header", 2);
        if (length > rest.Length)
            return Fail("Payload Length", $"{length} of {_next.Notation()}, but {rest.Length} octets are left", 2);
        Current = new(_next, rest[1], baseOffset + _position, rest[GenericHeaderSize..length]);
        _position += length;
        _next = (IsakmpPayloadType)rest[0];
        return true;
    }

    private bool Fail(string field, string reason, int within = 0)
    {
        Error = new(baseOffset + _position + within, field, reason);
        _next = IsakmpPayloadType.None;
        return false;
    }
}

/// <summary>One payload of a chain, borrowed.</summary>
public readonly ref struct IsakmpPayloadView(IsakmpPayloadType type, byte reserved, int offset, ReadOnlySpan<byte> body)
{
    public IsakmpPayloadType Type { get; } = type;

    public byte Reserved { get; } = reserved;

    /// <summary>Offset of the generic header in the message.</summary>
    public int Offset { get; } = offset;

    /// <summary>What follows the generic header.</summary>
    public ReadOnlySpan<byte> Body { get; } = body;
}
