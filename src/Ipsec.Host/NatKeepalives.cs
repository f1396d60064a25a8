using System.Net;
using Ipsec.Ike;

namespace Ipsec.Host;

/// <summary>
/// Keeps NAT mappings alive (RFC 3948 sections 2.3 and 4): on each UDP path that child SAs take, one octet 0xFF when nothing else was sent for a while. Looked at
/// twice in the interval, so that no silence is longer than it.
/// </summary>
/// <param name="interval">The longest silence.</param>
internal sealed class NatKeepalives(TimeSpan interval, DatagramSender send)
{
    private static readonly byte[] Keepalive = [0xff];

    private readonly Dictionary<(IPEndPoint Local, IPEndPoint Remote), Path> _paths = [];

    public DateTimeOffset? NextDeadline => _paths.Count == 0 ? null : _paths.Values.Min(path => path.NextLook);

    /// <summary>Follows the paths of these child SAs, and only those.</summary>
    public void Follow(DateTimeOffset now, IReadOnlyCollection<ChildSa> children)
    {
        var current = children.Where(child => child.UdpPorts is not null).Select(PathOf).ToHashSet();
        foreach (var gone in _paths.Keys.Where(path => !current.Contains(path)).ToList())
            _paths.Remove(gone);
        foreach (var path in current)
            _paths.TryAdd(path, new() { NextLook = now + interval / 2, HasSent = true });
    }

    /// <summary>A datagram of IKE went out.</summary>
    public void Sent(IPEndPoint local, IPEndPoint remote)
    {
        if (_paths.TryGetValue((local, remote), out var path))
            path.HasSent = true;
    }

    /// <param name="packetsSent">How many packets a child SA has sent in all.</param>
    public void Advance(DateTimeOffset now, IReadOnlyCollection<ChildSa> children, Func<ChildSa, long> packetsSent)
    {
        foreach (var (ends, path) in _paths)
        {
            if (path.NextLook > now)
                continue;
            var packets = children.Where(child => child.UdpPorts is not null && PathOf(child).Equals(ends)).Sum(packetsSent);
            if (!path.HasSent && packets == path.Packets)
                send(now, ends.Local, ends.Remote, Keepalive);
            path.Packets = packets;
            path.HasSent = false;
            path.NextLook = now + interval / 2;
        }
    }

    private static (IPEndPoint Local, IPEndPoint Remote) PathOf(ChildSa child) =>
        (new(child.Local, child.UdpPorts!.Value.Local), new(child.Remote, child.UdpPorts.Value.Remote));

    private sealed class Path
    {
        public DateTimeOffset NextLook { get; set; }

        public bool HasSent { get; set; }

        public long Packets { get; set; }
    }
}
