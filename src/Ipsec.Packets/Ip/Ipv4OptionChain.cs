using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// A view over the options of an IPv4 header (RFC 791 section 3.1): End of Options List and No Operation are one octet, every other option is
/// <code>
/// |C|Cls|  Number |    Length     |  data; the length counts all octets of the option
/// </code>
/// Walks without allocation and never throws. End of Options List is the last option; what follows it is <see cref="Rest"/>.
/// </summary>
/// <param name="octets">The options with their padding.</param>
/// <param name="baseOffset">Offset of the options in the packet, for errors.</param>
public ref struct Ipv4OptionChain(ReadOnlySpan<byte> octets, int baseOffset = Ipv4View.MinimumHeaderLength)
{
    private readonly ReadOnlySpan<byte> _octets = octets;
    private int _position;
    private bool _ended;

    public Ipv4Option Current { get; private set; }

    /// <summary>What follows the options walked so far.</summary>
    public readonly ReadOnlySpan<byte> Rest => _octets[_position..];

    /// <summary>Set when <see cref="MoveNext"/> returned false because of malformed octets, rather than at the end.</summary>
    public ParseError? Error { get; private set; }

    public bool MoveNext()
    {
        var rest = Rest;
        if (_ended || rest.IsEmpty)
            return false;
        var length = 1;
        if (rest[0] is not (Ipv4OptionType.EndOfOptions or Ipv4OptionType.NoOperation))
        {
            if (rest.Length < 2)
                return Fail(0, "option", $"1 octet left for option {rest[0]}, needs 2");
            length = rest[1];
            if (length < 2 || length > rest.Length)
                return Fail(1, "option length", $"{length}, but 2 to {rest.Length} are possible");
        }
        Current = new(baseOffset + _position, rest[..length]);
        _ended = rest[0] == Ipv4OptionType.EndOfOptions;
        _position += length;
        return true;
    }

    private bool Fail(int within, string field, string reason)
    {
        Error = new(baseOffset + _position + within, field, reason);
        _ended = true;
        return false;
    }
}

/// <summary>One IPv4 option, borrowed: its offset in the packet and all its octets.</summary>
public readonly ref struct Ipv4Option(int offset, ReadOnlySpan<byte> octets)
{
    public int Offset { get; } = offset;

    public ReadOnlySpan<byte> Octets { get; } = octets;

    /// <summary>See <see cref="Ipv4OptionType"/>.</summary>
    public byte Type => Octets[0];

    /// <summary>Whether it goes into every fragment.</summary>
    public bool IsCopied => (Type & 0x80) != 0;

    /// <summary>0 control, 2 debugging and measurement.</summary>
    public int Class => Type >> 5 & 3;

    /// <summary>5 bits.</summary>
    public int Number => Type & 0x1F;

    /// <summary>See <see cref="Ipv4OptionType.IsMutable"/>.</summary>
    public bool IsMutable => Ipv4OptionType.IsMutable(Type);

    /// <summary>What follows type and length; empty for options of one octet.</summary>
    public ReadOnlySpan<byte> Data => Octets.Length < 2 ? default : Octets[2..];

    /// <summary>Of Router Alert (RFC 2113 section 2.1); null for another option, or another length.</summary>
    public ushort? RouterAlert => Type == Ipv4OptionType.RouterAlert && Data.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(Data) : null;

    /// <summary>Reads Loose and Strict Source Route and Record Route.</summary>
    public bool TryReadRoute(out Ipv4Route route, out ParseError error)
    {
        route = default;
        error = default;
        if (Type is not (Ipv4OptionType.RecordRoute or Ipv4OptionType.LooseSourceRoute or Ipv4OptionType.StrictSourceRoute))
            error = new(Offset, "option type", $"{Ipv4OptionType.Name(Type)} has no route");
        else if (Octets.Length < Ipv4Route.Start || (Octets.Length - Ipv4Route.Start) % 4 != 0)
            error = new(Offset + 1, "option length", $"{Octets.Length}, which leaves no whole addresses after {Ipv4Route.Start} octets");
        else if (Octets[2] < Ipv4Route.Start + 1)
            error = new(Offset + 2, "pointer", $"{Octets[2]}, less than {Ipv4Route.Start + 1}");
        else
        {
            route = new(Octets);
            return true;
        }
        return false;
    }

    /// <summary>Reads Timestamp.</summary>
    public bool TryReadTimestamps(out Ipv4Timestamps timestamps, out ParseError error)
    {
        timestamps = default;
        error = default;
        if (Type != Ipv4OptionType.Timestamp)
            error = new(Offset, "option type", $"{Ipv4OptionType.Name(Type)} has no timestamps");
        else if (Octets.Length < Ipv4Timestamps.Start)
            error = new(Offset + 1, "option length", $"{Octets.Length}, needs {Ipv4Timestamps.Start}");
        else if (Octets[2] < Ipv4Timestamps.Start + 1)
            error = new(Offset + 2, "pointer", $"{Octets[2]}, less than {Ipv4Timestamps.Start + 1}");
        else if ((Octets.Length - Ipv4Timestamps.Start) % new Ipv4Timestamps(Octets).EntryLength != 0)
            error = new(Offset + 1, "option length", $"{Octets.Length}, which leaves no whole entries after {Ipv4Timestamps.Start} octets");
        else
        {
            timestamps = new(Octets);
            return true;
        }
        return false;
    }
}

/// <summary>The addresses of a route option, borrowed. The pointer counts octets of the option from 1.</summary>
public readonly ref struct Ipv4Route
{
    /// <summary>Octets before the first address.</summary>
    public const int Start = 3;

    private readonly ReadOnlySpan<byte> _option;

    internal Ipv4Route(ReadOnlySpan<byte> option) => _option = option;

    /// <summary>4, 8, 12 … to just beyond the option.</summary>
    public byte Pointer => _option[2];

    /// <summary>Addresses that there is room for.</summary>
    public int Count => (_option.Length - Start) / 4;

    /// <summary>Addresses before the pointer: recorded, or visited.</summary>
    public int Done => Math.Min(Count, (Pointer - Start - 1) / 4);

    public Ipv4Address this[int index] => Ipv4Address.Read(_option[(Start + 4 * index)..]);

    /// <summary>Of a source route: where the packet will end up, if hops are left; else where it says that it goes.</summary>
    public Ipv4Address FinalDestination(Ipv4Address destination) => Done < Count ? this[Count - 1] : destination;
}

/// <summary>
/// The Timestamp option, borrowed:
/// <code>
/// |01000100|    length     |    pointer    |overflw|  flag |
/// |  timestamp, or address and timestamp, 4 octets each    |
/// </code>
/// </summary>
public readonly ref struct Ipv4Timestamps
{
    /// <summary>Octets before the first entry.</summary>
    public const int Start = 4;

    private readonly ReadOnlySpan<byte> _option;

    internal Ipv4Timestamps(ReadOnlySpan<byte> option) => _option = option;

    /// <summary>5, 9, 13 … to just beyond the option; counts octets of the option from 1.</summary>
    public byte Pointer => _option[2];

    /// <summary>Hosts that found no room.</summary>
    public int Overflow => _option[3] >> 4;

    /// <summary>0 timestamps only, 1 each with its address, 3 addresses given by the sender.</summary>
    public int Flag => _option[3] & 0x0F;

    /// <summary>Octets of an entry.</summary>
    public int EntryLength => Flag == 0 ? 4 : 8;

    /// <summary>Entries that there is room for.</summary>
    public int Count => (_option.Length - Start) / EntryLength;

    /// <summary>Null where entries have none.</summary>
    public Ipv4Address? Address(int index) => Flag == 0 ? default(Ipv4Address?) : Ipv4Address.Read(_option[(Start + index * EntryLength)..]);

    /// <summary>Milliseconds since midnight UT, or with the top bit set whatever the host has.</summary>
    public uint Timestamp(int index) => BinaryPrimitives.ReadUInt32BigEndian(_option[(Start + (index + 1) * EntryLength - 4)..]);
}
