using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>
/// Who has which MAC address, and the packets that wait for an answer (RFC 826; RFC 1122, 2.3.2; RFC 4861 section 7.2). Everything is bounded:
/// entries, packets per address, tries. An entry that got old is asked for anew, without probing it first. Sends nothing itself.
/// </summary>
internal sealed class NeighbourCache
{
    private const int MaximumEntries = 1024;
    private const int MaximumUnresolved = 64;
    private const int MaximumWaitingPackets = 64;
    private const int MaximumTries = 4;

    // MAX_MULTICAST_SOLICIT of RFC 4861 section 10.
    private const int MaximumIpv6Tries = 3;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<IpAddress, (MacAddress Mac, DateTimeOffset Expiry)> _known = [];
    private readonly Dictionary<IpAddress, Resolution> _unresolved = [];

    public DateTimeOffset? NextDeadline { get; private set; }

    public bool TryFind(DateTimeOffset now, IpAddress address, out MacAddress mac)
    {
        if (_known.TryGetValue(address, out var entry) && entry.Expiry > now)
        {
            mac = entry.Mac;
            return true;
        }

        mac = default;
        return false;
    }

    /// <summary>Learns an address; of an unknown sender only if <paramref name="add"/>, instead of another known one only if <paramref name="replace"/>.</summary>
    /// <returns>Packets that waited for it, in order.</returns>
    public IReadOnlyCollection<byte[]> Learn(DateTimeOffset now, IpAddress address, MacAddress mac, bool add, bool replace = true)
    {
        var waited = _unresolved.Remove(address, out var resolution);
        if (!waited && !add && !_known.ContainsKey(address))
        {
            return [];
        }

        if (_known.TryGetValue(address, out var known)
            && (known.Expiry == DateTimeOffset.MaxValue || (!replace && known.Mac != mac && known.Expiry > now)))
        {
            return [];
        }

        Remember(address, mac, now + Lifetime);
        UpdateDeadline();
        return resolution?.Packets ?? [];
    }

    /// <summary>An entry that neither expires nor is overwritten.</summary>
    public void Pin(IpAddress address, MacAddress mac) => Remember(address, mac, DateTimeOffset.MaxValue);

    /// <summary>Keeps a copy of a packet until the address is known. A full queue loses its oldest packet.</summary>
    /// <param name="ask">Whether a request must be sent now.</param>
    /// <returns>Packets lost for want of room.</returns>
    public int Wait(DateTimeOffset now, IpAddress address, ReadOnlySpan<byte> packet, out bool ask)
    {
        ask = false;
        if (!_unresolved.TryGetValue(address, out var resolution))
        {
            if (_unresolved.Count >= MaximumUnresolved)
            {
                return 1;
            }

            resolution = new Resolution { Retry = now + RetryInterval, Tries = 1 };
            _unresolved.Add(address, resolution);
            ask = true;
            UpdateDeadline();
        }

        var lost = 0;
        if (resolution.Packets.Count >= MaximumWaitingPackets)
        {
            resolution.Packets.Dequeue();
            lost = 1;
        }

        resolution.Packets.Enqueue(packet.ToArray());
        return lost;
    }

    /// <summary>Says for which addresses to ask again; those that never answered are given up.</summary>
    /// <param name="lost">Gets the packets that waited in vain.</param>
    public void Advance(DateTimeOffset now, List<IpAddress> askAgain, List<byte[]> lost)
    {
        foreach (var (address, resolution) in _unresolved)
        {
            if (resolution.Retry > now)
            {
                continue;
            }

            if (resolution.Tries >= (address.IsIpv6 ? MaximumIpv6Tries : MaximumTries))
            {
                _unresolved.Remove(address);
                lost.AddRange(resolution.Packets);
                continue;
            }

            resolution.Tries++;
            resolution.Retry = now + RetryInterval;
            askAgain.Add(address);
        }

        UpdateDeadline();
    }

    private void Remember(IpAddress address, MacAddress mac, DateTimeOffset expiry)
    {
        if (_known.Count >= MaximumEntries && !_known.ContainsKey(address))
        {
            _known.Remove(_known.MinBy(entry => entry.Value.Expiry).Key);
        }

        _known[address] = (mac, expiry);
    }

    private void UpdateDeadline() => NextDeadline = _unresolved.Count == 0 ? null : _unresolved.Values.Min(resolution => resolution.Retry);

    private sealed class Resolution
    {
        public Queue<byte[]> Packets { get; } = new();

        public int Tries { get; set; }

        public DateTimeOffset Retry { get; set; }
    }
}
