using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>What became of one fragment.</summary>
public enum ReassemblyOutcome
{
    /// <summary>The packet is no fragment: it is whole already.</summary>
    NotAFragment,

    /// <summary>Kept; other fragments are still missing.</summary>
    Incomplete,

    /// <summary>The datagram is whole.</summary>
    Complete,

    /// <summary>An exact repetition of octets already held: ignored.</summary>
    Duplicate,

    /// <summary>The fragment overlaps another one: the whole datagram is given up (as RFC 5722 asks of IPv6; the IPv4 attacks are the same).</summary>
    Overlap,

    /// <summary>Impossible lengths: an odd-sized middle fragment, an end before octets already held, a datagram over 65535 octets.</summary>
    Inconsistent,

    /// <summary>A limit was reached: the fragment was dropped.</summary>
    OverLimit,
}

/// <summary>What a reassembler may hold.</summary>
/// <param name="Datagrams">Datagrams under way; the oldest makes room for a new one.</param>
/// <param name="Octets">Payload octets held, over all datagrams.</param>
/// <param name="FragmentsPerDatagram">Pieces of one datagram.</param>
/// <param name="Lifetime">From a datagram's first fragment until it is given up. RFC 1122, 3.3.2 says 60 to 120 seconds; Linux uses 30.</param>
public sealed record ReassemblyLimits(int Datagrams, int Octets, int FragmentsPerDatagram, TimeSpan Lifetime)
{
    public static readonly ReassemblyLimits Default = new(64, 1 << 20, 256, TimeSpan.FromSeconds(30));
}

/// <summary>Puts IPv4 fragments together (RFC 791, 3.2; RFC 815). Time is an argument; memory is bounded. Not thread-safe.</summary>
public sealed class Ipv4Reassembler(ReassemblyLimits? limits = null)
{
    private readonly ReassemblyLimits _limits = limits ?? ReassemblyLimits.Default;
    private readonly Dictionary<Key, Datagram> _datagrams = [];
    private int _heldOctets;

    /// <summary>Datagrams under way (with those given up for an overlap, which are remembered until their lifetime ends).</summary>
    public int Count => _datagrams.Count;

    /// <summary>Payload octets held.</summary>
    public int HeldOctets => _heldOctets;

    /// <summary>Takes one packet.</summary>
    /// <param name="whole">The whole packet with the first fragment's header when the outcome is <see cref="ReassemblyOutcome.Complete"/>, else empty.</param>
    public ReassemblyOutcome Add(DateTimeOffset now, Ipv4View fragment, out ReadOnlyMemory<byte> whole)
    {
        whole = default;
        if (!fragment.IsFragment)
        {
            return ReassemblyOutcome.NotAFragment;
        }

        Expire(now);
        var start = fragment.FragmentOffset;
        var end = start + fragment.Payload.Length;
        if (fragment.Payload.IsEmpty || (fragment.MoreFragments && fragment.Payload.Length % 8 != 0)
            || end > Ipv4Header.MaximumTotalLength - Ipv4View.MinimumHeaderLength)
        {
            return ReassemblyOutcome.Inconsistent;
        }

        var key = new Key(fragment.Source, fragment.Destination, fragment.Protocol, fragment.Identification);
        if (!_datagrams.TryGetValue(key, out var datagram))
        {
            if (_datagrams.Count >= _limits.Datagrams)
            {
                RemoveOldest();
            }

            datagram = new Datagram(now + _limits.Lifetime);
            _datagrams.Add(key, datagram);
        }

        if (datagram.GivenUp)
        {
            return ReassemblyOutcome.Overlap;
        }

        if (datagram.Holds(start, fragment.Payload))
        {
            return ReassemblyOutcome.Duplicate;
        }

        if (datagram.Overlaps(start, end))
        {
            _heldOctets -= datagram.HeldOctets;
            datagram.GiveUp();
            return ReassemblyOutcome.Overlap;
        }

        if (!datagram.Agrees(end, isLast: !fragment.MoreFragments))
        {
            return ReassemblyOutcome.Inconsistent;
        }

        if (_heldOctets + fragment.Payload.Length > _limits.Octets || datagram.FragmentCount >= _limits.FragmentsPerDatagram)
        {
            return ReassemblyOutcome.OverLimit;
        }

        _heldOctets += fragment.Payload.Length;
        datagram.Insert(start, fragment);
        if (!datagram.IsComplete)
        {
            return ReassemblyOutcome.Incomplete;
        }

        _datagrams.Remove(key);
        _heldOctets -= datagram.HeldOctets;
        return datagram.TryBuild(out whole) ? ReassemblyOutcome.Complete : ReassemblyOutcome.Inconsistent;
    }

    /// <summary>Gives up the datagrams whose lifetime is over. <see cref="Add"/> does it too.</summary>
    public void Expire(DateTimeOffset now)
    {
        foreach (var (key, datagram) in _datagrams)
        {
            if (datagram.Deadline <= now)
            {
                Remove(key, datagram);
            }
        }
    }

    private void RemoveOldest()
    {
        var (key, datagram) = _datagrams.MinBy(pair => pair.Value.Deadline);
        Remove(key, datagram);
    }

    private void Remove(Key key, Datagram datagram)
    {
        _heldOctets -= datagram.HeldOctets;
        _datagrams.Remove(key);
    }

    private readonly record struct Key(Ipv4Address Source, Ipv4Address Destination, byte Protocol, ushort Identification);

    private sealed class Datagram(DateTimeOffset deadline)
    {
        private readonly SortedList<int, byte[]> _parts = [];
        private byte[]? _header;
        private int? _length;

        public DateTimeOffset Deadline { get; } = deadline;

        public int HeldOctets { get; private set; }

        public int FragmentCount => _parts.Count;

        public bool GivenUp { get; private set; }

        public bool IsComplete => _length == HeldOctets && _header is not null;

        public bool Holds(int start, ReadOnlySpan<byte> octets) => _parts.TryGetValue(start, out var part) && octets.SequenceEqual(part);

        public bool Overlaps(int start, int end)
        {
            foreach (var (partStart, part) in _parts)
            {
                if (partStart < end && start < partStart + part.Length)
                {
                    return true;
                }
            }

            return false;
        }

        public bool Agrees(int end, bool isLast) =>
            isLast ? _length is null && (_parts.Count == 0 || end >= LastEnd) : _length is null || end <= _length;

        private int LastEnd => _parts.Keys[^1] + _parts.Values[^1].Length;

        public void Insert(int start, Ipv4View fragment)
        {
            _parts.Add(start, fragment.Payload.ToArray());
            HeldOctets += fragment.Payload.Length;
            if (start == 0)
            {
                _header = fragment.Header.ToArray();
            }

            if (!fragment.MoreFragments)
            {
                _length = start + fragment.Payload.Length;
            }
        }

        public void GiveUp()
        {
            GivenUp = true;
            _parts.Clear();
            HeldOctets = 0;
        }

        public bool TryBuild(out ReadOnlyMemory<byte> whole)
        {
            whole = default;
            var header = _header!;
            var total = header.Length + HeldOctets;
            if (total > Ipv4Header.MaximumTotalLength)
            {
                return false;
            }

            var packet = new byte[total];
            header.CopyTo(packet, 0);
            foreach (var (start, part) in _parts)
            {
                part.CopyTo(packet, header.Length + start);
            }

            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)total);
            var flags = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(6));
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), (ushort)(flags & 0xC000));
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), 0);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Compute(packet.AsSpan(0, header.Length)));
            whole = packet;
            return true;
        }
    }
}
