using System.Buffers.Binary;

namespace Ipsec.Packets.Ike;

/// <summary>
/// A view over a chain of payloads, each with the generic payload header (RFC 7296 section 3.2), 4 octets:
/// <code>
/// | Next Payload  |C|  RESERVED   |         Payload Length        |
/// </code>
/// Walks without allocation and never throws. An encrypted payload (SK, SKF) ends the chain: its next-payload field names what is inside it.
/// </summary>
public ref struct PayloadChain
{
    /// <summary>Octets of the generic payload header.</summary>
    public const int GenericHeaderSize = 4;

    private readonly ReadOnlySpan<byte> _octets;
    private readonly int _base;
    private int _position;
    private PayloadType _next;

    /// <param name="first">Type of the first payload, from whatever precedes the chain.</param>
    /// <param name="octets">The chain and nothing else.</param>
    /// <param name="baseOffset">Offset of the chain in its message, for errors.</param>
    public PayloadChain(PayloadType first, ReadOnlySpan<byte> octets, int baseOffset = 0)
    {
        _octets = octets;
        _base = baseOffset;
        _next = first;
    }

    public PayloadView Current { get; private set; }

    /// <summary>Set when <see cref="MoveNext"/> returned false because of malformed octets, rather than at the end.</summary>
    public ParseError? Error { get; private set; }

    public bool MoveNext()
    {
        if (_next == PayloadType.None)
        {
            if (_position != _octets.Length)
                Fail("Next Payload", $"chain ends, but {_octets.Length - _position} octets follow");
            return false;
        }
        var rest = _octets[_position..];
        if (rest.Length < GenericHeaderSize)
            return Fail("generic payload header", $"{rest.Length} octets left for {_next.Notation()}, needs {GenericHeaderSize}");
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        if (length < GenericHeaderSize)
            return Fail("Payload Length", $"{length} of {_next.Notation()} is shorter than its header", 2);
        if (length > rest.Length)
            return Fail("Payload Length", $"{length} of {_next.Notation()}, but {rest.Length} octets are left", 2);
        Current = new(_next, rest[1], (PayloadType)rest[0], _base + _position, rest[GenericHeaderSize..length]);
        _position += length;
        _next = Current.Type is PayloadType.Encrypted or PayloadType.EncryptedFragment ? PayloadType.None : Current.NextPayload;
        return true;
    }

    private bool Fail(string field, string reason, int within = 0)
    {
        Error = new(_base + _position + within, field, reason);
        _next = PayloadType.None;
        return false;
    }
}

/// <summary>One payload of a chain, borrowed.</summary>
public readonly ref struct PayloadView(PayloadType type, byte flags, PayloadType nextPayload, int offset, ReadOnlySpan<byte> body)
{
    public PayloadType Type { get; } = type;

    /// <summary>Critical bit (0x80) and seven reserved bits.</summary>
    public byte Flags { get; } = flags;

    public bool IsCritical => (Flags & 0x80) != 0;

    public PayloadType NextPayload { get; } = nextPayload;

    /// <summary>Offset of the generic header in the message.</summary>
    public int Offset { get; } = offset;

    /// <summary>What follows the generic header.</summary>
    public ReadOnlySpan<byte> Body { get; } = body;
}
