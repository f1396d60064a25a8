namespace Ipsec.Packets.Ip;

/// <summary>
/// Splits one IPv4 packet into fragments that fit an MTU (RFC 791, 3.2). A packet that fits comes out once, unchanged; a fragment can be
/// split further. Options without the copied flag stay on the first fragment only. Allocates nothing:
/// <code>
/// var fragmenter = new Ipv4Fragmenter(packet, mtu);
/// while (fragmenter.TryNext(buffer, out var length)) { Send(buffer[..length]); }
/// </code>
/// Don't Fragment is the caller's question (<see cref="Ipv4View.DontFragment"/>): this splits what it is told to.
/// </summary>
public ref struct Ipv4Fragmenter
{
    private readonly Ipv4View _packet;
    private readonly int _mtu;
    private int _done;
    private bool _finished;

    /// <param name="mtu">Largest fragment in octets, header included; at least 68 (RFC 791).</param>
    /// <exception cref="ArgumentOutOfRangeException">The MTU is less than 68.</exception>
    public Ipv4Fragmenter(Ipv4View packet, int mtu)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, 68);
        _packet = packet;
        _mtu = mtu;
    }

    /// <summary>Writes the next fragment; false when all are out.</summary>
    /// <param name="destination">At least min(MTU, Total Length) octets.</param>
    /// <param name="length">Octets written.</param>
    public bool TryNext(Span<byte> destination, out int length)
    {
        length = 0;
        if (_finished)
        {
            return false;
        }

        if (_packet.TotalLength <= _mtu)
        {
            _finished = true;
            _packet.Octets.CopyTo(destination);
            length = _packet.TotalLength;
            return true;
        }

        Span<byte> copied = stackalloc byte[40];
        var options = _done == 0 ? _packet.Options : copied[..CopyOptions(_packet.Options, copied)];
        var remaining = _packet.Payload[_done..];
        var room = _mtu - Ipv4View.MinimumHeaderLength - options.Length;
        _finished = remaining.Length <= room;
        var part = _finished ? remaining : remaining[..(room / 8 * 8)];
        var header = Ipv4Header.From(_packet) with
        {
            MoreFragments = !_finished || _packet.MoreFragments,
            FragmentOffset = _packet.FragmentOffset + _done,
        };
        length = header.WritePacket(destination, part, options);
        _done += part.Length;
        return true;
    }

    // RFC 791, 3.1: the first bit of an option's type says that it goes into every fragment. A malformed rest is left out.
    private static int CopyOptions(ReadOnlySpan<byte> options, Span<byte> destination)
    {
        var length = 0;
        var chain = new Ipv4OptionChain(options);
        while (chain.MoveNext())
        {
            if (!chain.Current.IsCopied)
            {
                continue;
            }

            chain.Current.Octets.CopyTo(destination[length..]);
            length += chain.Current.Octets.Length;
        }

        while (length % 4 != 0)
        {
            destination[length++] = Ipv4OptionType.EndOfOptions;
        }

        return length;
    }
}
