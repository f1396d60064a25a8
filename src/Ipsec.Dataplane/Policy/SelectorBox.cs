using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>
/// A set of packets as one interval per selector: what is left of an SPD entry when the entries before it are taken out (RFC 4301 appendix B). Unlike a
/// traffic selector it can say "all protocols but UDP", so it is for looking up and comparing, not for IKE.
/// </summary>
/// <param name="FirstPort">Of the local side. Ports run from 0 to 65535, then <see cref="Opaque"/>; ANY is all of them.</param>
public readonly record struct SelectorBox(
    IpAddress FirstLocal, IpAddress LastLocal, IpAddress FirstRemote, IpAddress LastRemote, byte FirstProtocol, byte LastProtocol,
    int FirstPort, int LastPort, int FirstRemotePort, int LastRemotePort)
{
    /// <summary>The value of a port that can't be seen.</summary>
    public const int Opaque = 65536;

    /// <summary>Null if no packet can match both sides.</summary>
    public static SelectorBox? Of(in TrafficRange local, in TrafficRange remote)
    {
        if (local.First.IsIpv6 != remote.First.IsIpv6 || local.Protocol != 0 && remote.Protocol != 0 && local.Protocol != remote.Protocol)
            return null;
        var protocol = local.Protocol != 0 ? local.Protocol : remote.Protocol;
        var (firstPort, lastPort) = Ports(local);
        var (firstRemotePort, lastRemotePort) = Ports(remote);
        if (local.First > local.Last || remote.First > remote.Last || firstPort > lastPort || firstRemotePort > lastRemotePort)
            return null;
        return new(
            local.First, local.Last, remote.First, remote.Last, protocol, protocol == 0 ? byte.MaxValue : protocol,
            firstPort, lastPort, firstRemotePort, lastRemotePort);
    }

    public bool Contains(in PacketSelectors packet, Direction direction)
    {
        var seen = direction == Direction.Outbound ? packet : packet.Reversed;
        return seen.Source >= FirstLocal && seen.Source <= LastLocal && seen.Destination >= FirstRemote && seen.Destination <= LastRemote
            && seen.Protocol >= FirstProtocol && seen.Protocol <= LastProtocol
            && (seen.SourcePort ?? Opaque) >= FirstPort && (seen.SourcePort ?? Opaque) <= LastPort
            && (seen.DestinationPort ?? Opaque) >= FirstRemotePort && (seen.DestinationPort ?? Opaque) <= LastRemotePort;
    }

    public bool Overlaps(in SelectorBox other) =>
        FirstLocal.IsIpv6 == other.FirstLocal.IsIpv6
        && FirstLocal <= other.LastLocal && other.FirstLocal <= LastLocal && FirstRemote <= other.LastRemote && other.FirstRemote <= LastRemote
        && FirstProtocol <= other.LastProtocol && other.FirstProtocol <= LastProtocol
        && FirstPort <= other.LastPort && other.FirstPort <= LastPort && FirstRemotePort <= other.LastRemotePort && other.FirstRemotePort <= LastRemotePort;

    /// <summary>This set without another that overlaps it, as at most ten sets of which no two overlap.</summary>
    public void Subtract(in SelectorBox other, List<SelectorBox> pieces)
    {
        var rest = this;
        // Selector by selector: what lies below and above the other is a piece, what lies within goes on.
        if (rest.FirstLocal < other.FirstLocal)
            pieces.Add(rest with { LastLocal = other.FirstLocal.Offset(-1) });
        if (rest.LastLocal > other.LastLocal)
            pieces.Add(rest with { FirstLocal = other.LastLocal.Offset(1) });
        rest = rest with { FirstLocal = Later(rest.FirstLocal, other.FirstLocal), LastLocal = Earlier(rest.LastLocal, other.LastLocal) };
        if (rest.FirstRemote < other.FirstRemote)
            pieces.Add(rest with { LastRemote = other.FirstRemote.Offset(-1) });
        if (rest.LastRemote > other.LastRemote)
            pieces.Add(rest with { FirstRemote = other.LastRemote.Offset(1) });
        rest = rest with { FirstRemote = Later(rest.FirstRemote, other.FirstRemote), LastRemote = Earlier(rest.LastRemote, other.LastRemote) };
        if (rest.FirstProtocol < other.FirstProtocol)
            pieces.Add(rest with { LastProtocol = (byte)(other.FirstProtocol - 1) });
        if (rest.LastProtocol > other.LastProtocol)
            pieces.Add(rest with { FirstProtocol = (byte)(other.LastProtocol + 1) });
        rest = rest with { FirstProtocol = Math.Max(rest.FirstProtocol, other.FirstProtocol), LastProtocol = Math.Min(rest.LastProtocol, other.LastProtocol) };
        if (rest.FirstPort < other.FirstPort)
            pieces.Add(rest with { LastPort = other.FirstPort - 1 });
        if (rest.LastPort > other.LastPort)
            pieces.Add(rest with { FirstPort = other.LastPort + 1 });
        rest = rest with { FirstPort = Math.Max(rest.FirstPort, other.FirstPort), LastPort = Math.Min(rest.LastPort, other.LastPort) };
        if (rest.FirstRemotePort < other.FirstRemotePort)
            pieces.Add(rest with { LastRemotePort = other.FirstRemotePort - 1 });
        if (rest.LastRemotePort > other.LastRemotePort)
            pieces.Add(rest with { FirstRemotePort = other.LastRemotePort + 1 });
    }

    private static (int First, int Last) Ports(in TrafficRange range) =>
        range.IsAnyPort ? (0, Opaque) : range.IsOpaquePort ? (Opaque, Opaque) : (range.FirstPort, range.LastPort);

    private static IpAddress Later(IpAddress left, IpAddress right) => left > right ? left : right;

    private static IpAddress Earlier(IpAddress left, IpAddress right) => left < right ? left : right;
}
