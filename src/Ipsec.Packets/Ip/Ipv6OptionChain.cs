namespace Ipsec.Packets.Ip;

/// <summary>
/// A view over the options of a Hop-by-Hop or Destination Options header (RFC 8200 section 4.2): Pad1 is one octet of zero, every other option is
/// <code>
/// |Act|C|  type   |  Opt Data Len |  Option Data
/// </code>
/// Act says what a node does that doesn't know the option, C that its data may change en route. Walks without allocation and never throws.
/// </summary>
/// <param name="octets">What follows the header's first two octets.</param>
/// <param name="baseOffset">Offset of the options in the packet, for errors.</param>
public ref struct Ipv6OptionChain(ReadOnlySpan<byte> octets, int baseOffset = 0)
{
    private readonly ReadOnlySpan<byte> _octets = octets;
    private int _position;

    public Ipv6Option Current { get; private set; }

    /// <summary>Set when <see cref="MoveNext"/> returned false because of malformed octets, rather than at the end.</summary>
    public ParseError? Error { get; private set; }

    public bool MoveNext()
    {
        var rest = _octets[_position..];
        if (rest.IsEmpty || Error is not null)
            return false;
        var length = 1;
        if (rest[0] != Ipv6Option.Pad1)
        {
            if (rest.Length < 2)
                return Fail(0, "Option Type", $"1 octet left for option {rest[0]}, needs 2");
            length = 2 + rest[1];
            if (length > rest.Length)
                return Fail(1, "Opt Data Len", $"{rest[1]}, but {rest.Length - 2} octets are left");
        }
        Current = new(baseOffset + _position, rest[..length]);
        _position += length;
        return true;
    }

    private bool Fail(int within, string field, string reason)
    {
        Error = new(baseOffset + _position + within, field, reason);
        return false;
    }
}

/// <summary>What a node does with an option that it doesn't know (RFC 8200 section 4.2).</summary>
public enum Ipv6OptionAction
{
    Skip = 0,
    Discard = 1,
    /// <summary>Discard, and send ICMPv6 Parameter Problem, code 2.</summary>
    DiscardAndReport = 2,
    /// <summary>The same, unless the destination was multicast.</summary>
    DiscardAndReportUnicast = 3,
}

/// <summary>One IPv6 option, borrowed: its offset in the packet and all its octets.</summary>
public readonly ref struct Ipv6Option(int offset, ReadOnlySpan<byte> octets)
{
    public const byte Pad1 = 0;
    public const byte PadN = 1;
    public const byte TunnelEncapsulationLimit = 4;
    /// <summary>RFC 2711.</summary>
    public const byte RouterAlert = 5;
    /// <summary>RFC 5570.</summary>
    public const byte Calipso = 7;
    /// <summary>RFC 2675.</summary>
    public const byte JumboPayload = 0xC2;
    /// <summary>RFC 6275.</summary>
    public const byte HomeAddress = 0xC9;

    public int Offset { get; } = offset;

    public ReadOnlySpan<byte> Octets { get; } = octets;

    /// <summary>All 8 bits: an option is the same only with the same action and C.</summary>
    public byte Type => Octets[0];

    public Ipv6OptionAction UnknownAction => (Ipv6OptionAction)(Type >> 6);

    /// <summary>Whether the data may change en route: AH then takes the data, but not type and length, as zeros (RFC 4302 section 3.3.3.1.2.2).</summary>
    public bool MayChange => (Type & 0x20) != 0;

    /// <summary>What follows type and length; empty for Pad1.</summary>
    public ReadOnlySpan<byte> Data => Octets.Length < 2 ? default : Octets[2..];

    /// <summary>The usual name; the number for those without one here.</summary>
    public static string Name(byte type) => type switch
    {
        Pad1 => "Pad1",
        PadN => "PadN",
        TunnelEncapsulationLimit => "Tunnel Encapsulation Limit",
        RouterAlert => "Router Alert",
        Calipso => "CALIPSO",
        JumboPayload => "Jumbo Payload",
        HomeAddress => "Home Address",
        _ => $"option {type}",
    };
}
