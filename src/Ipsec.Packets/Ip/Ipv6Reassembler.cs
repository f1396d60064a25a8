using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// Puts IPv6 fragments together (RFC 8200 section 4.5, RFC 5722: overlaps give the whole packet up). Time is an argument; memory is bounded.
/// Not thread-safe.
/// </summary>
public sealed class Ipv6Reassembler(ReassemblyLimits? limits = null)
{
    private readonly ReassemblyLimits _limits = limits ?? ReassemblyLimits.Default;
    private readonly Dictionary<Key, Packet> _packets = [];

    /// <summary>Packets under way, with those given up for an overlap, which are remembered until their lifetime ends.</summary>
    public int Count => _packets.Count;

    /// <summary>Octets of fragments held.</summary>
    public int HeldOctets { get; private set; }

    /// <summary>Takes one packet.</summary>
    /// <param name="whole">
    /// When the outcome is <see cref="ReassemblyOutcome.Complete"/>, the packet with the first fragment's headers before the fragment header; else empty.
    /// </param>
    public ReassemblyOutcome Add(DateTimeOffset now, Ipv6View view, out ReadOnlyMemory<byte> whole)
    {
        whole = default;
        var chain = view.Extensions;
        var nextAt = 6;
        var isFragment = false;
        while (!isFragment && chain.MoveNext())
        {
            isFragment = chain.Current.Type == IpProtocol.Ipv6Fragment;
            if (!isFragment)
                nextAt = chain.Current.Offset;
        }
        if (!isFragment)
            return chain.Error is null ? ReassemblyOutcome.NotAFragment : ReassemblyOutcome.Inconsistent;

        Expire(now);
        var header = chain.Current;
        var data = chain.Rest;
        var start = header.FragmentOffset;
        var end = start + data.Length;
        // An atomic fragment (RFC 6946) stands for itself.
        if (start == 0 && !header.MoreFragments)
            return TryBuild(view.Octets[..header.Offset].ToArray(), nextAt, header.NextHeader, [data.ToArray()], out whole)
                ? ReassemblyOutcome.Complete
                : ReassemblyOutcome.Inconsistent;
        if (data.IsEmpty || (header.MoreFragments && data.Length % 8 != 0) || end > ushort.MaxValue)
            return ReassemblyOutcome.Inconsistent;

        var key = new Key(view.Source, view.Destination, header.Identification);
        if (!_packets.TryGetValue(key, out var packet))
        {
            if (_packets.Count >= _limits.Datagrams)
                RemoveOldest();
            _packets.Add(key, packet = new Packet(now + _limits.Lifetime));
        }
        if (packet.GivenUp)
            return ReassemblyOutcome.Overlap;
        if (packet.Holds(start, data))
            return ReassemblyOutcome.Duplicate;
        if (packet.Overlaps(start, end))
        {
            HeldOctets -= packet.HeldOctets;
            packet.GiveUp();
            return ReassemblyOutcome.Overlap;
        }
        if (!packet.Agrees(end, isLast: !header.MoreFragments))
            return ReassemblyOutcome.Inconsistent;
        if (HeldOctets + data.Length > _limits.Octets || packet.Count >= _limits.FragmentsPerDatagram)
            return ReassemblyOutcome.OverLimit;
        HeldOctets += data.Length;
        packet.Insert(start, data, isLast: !header.MoreFragments);
        if (start == 0)
            packet.SetHeader(view.Octets[..header.Offset].ToArray(), nextAt, header.NextHeader);
        if (!packet.IsComplete)
            return ReassemblyOutcome.Incomplete;
        Remove(key, packet);
        return TryBuild(packet.Header!, packet.NextAt, packet.NextHeader, packet.Parts, out whole)
            ? ReassemblyOutcome.Complete
            : ReassemblyOutcome.Inconsistent;
    }

    /// <summary>Gives up the packets whose lifetime is over. <see cref="Add"/> does it too.</summary>
    public void Expire(DateTimeOffset now)
    {
        foreach (var (key, packet) in _packets)
            if (packet.Deadline <= now)
                Remove(key, packet);
    }

    private void RemoveOldest()
    {
        var (key, packet) = _packets.MinBy(pair => pair.Value.Deadline);
        Remove(key, packet);
    }

    private void Remove(Key key, Packet packet)
    {
        HeldOctets -= packet.HeldOctets;
        _packets.Remove(key);
    }

    private static bool TryBuild(byte[] header, int nextAt, byte nextHeader, IEnumerable<byte[]> parts, out ReadOnlyMemory<byte> whole)
    {
        byte[] packet = [.. header, .. parts.SelectMany(part => part)];
        whole = default;
        if (packet.Length - Ipv6View.HeaderLength > ushort.MaxValue)
            return false;
        packet[nextAt] = nextHeader;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(packet.Length - Ipv6View.HeaderLength));
        whole = packet;
        return true;
    }

    private readonly record struct Key(Ipv6Address Source, Ipv6Address Destination, uint Identification);

    private sealed class Packet(DateTimeOffset deadline)
    {
        private readonly SortedList<int, byte[]> _parts = [];
        private int? _length;

        public DateTimeOffset Deadline => deadline;

        public int HeldOctets { get; private set; }

        public int Count => _parts.Count;

        public bool GivenUp { get; private set; }

        public bool IsComplete => _length == HeldOctets && Header is not null;

        public IEnumerable<byte[]> Parts => _parts.Values;

        /// <summary>The first fragment's headers before its fragment header.</summary>
        public byte[]? Header { get; private set; }

        /// <summary>Where in <see cref="Header"/> the octet stands that named the fragment header.</summary>
        public int NextAt { get; private set; }

        public byte NextHeader { get; private set; }

        public bool Holds(int start, ReadOnlySpan<byte> octets) => _parts.TryGetValue(start, out var part) && octets.SequenceEqual(part);

        public bool Overlaps(int start, int end) => _parts.Any(part => part.Key < end && start < part.Key + part.Value.Length);

        public bool Agrees(int end, bool isLast) => isLast
            ? _length is null && (_parts.Count == 0 || end >= _parts.Keys[^1] + _parts.Values[^1].Length)
            : _length is null || end <= _length;

        public void Insert(int start, ReadOnlySpan<byte> data, bool isLast)
        {
            _parts.Add(start, data.ToArray());
            HeldOctets += data.Length;
            if (isLast)
                _length = start + data.Length;
        }

        public void SetHeader(byte[] header, int nextAt, byte nextHeader) => (Header, NextAt, NextHeader) = (header, nextAt, nextHeader);

        public void GiveUp()
        {
            GivenUp = true;
            _parts.Clear();
            HeldOctets = 0;
        }
    }
}
