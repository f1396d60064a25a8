using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>Where packets to a prefix go.</summary>
/// <param name="PrefixLength">Bits: 0 (a default route) to 32 or 128.</param>
/// <param name="NextHop">Null: the prefix is on the link.</param>
public sealed record Route(IpAddress Prefix, int PrefixLength, IpAddress? NextHop)
{
    public bool Covers(IpAddress address) => Prefix.SharesPrefix(address, PrefixLength);

    /// <summary>"10.1.0.0/16" or "10.1.0.0/16 via 192.0.2.1".</summary>
    public override string ToString() => $"{Prefix}/{PrefixLength}{(NextHop is { } hop ? $" via {hop}" : "")}";
}

/// <summary>The routes of one port, both families; the longest matching prefix wins, of equal ones that which was there first.</summary>
public sealed class RoutingTable
{
    private readonly List<Route> _routes = [];

    /// <summary>Longest prefix first.</summary>
    public IReadOnlyList<Route> Routes => _routes;

    /// <exception cref="ArgumentException">The prefix is longer than an address, or the next hop is of another family.</exception>
    public void Add(IpAddress prefix, int prefixLength, IpAddress? nextHop = null)
    {
        if (prefixLength < 0 || prefixLength > prefix.Bits)
        {
            throw new ArgumentException($"an address of {prefix.Bits} bits has no prefix of {prefixLength}", nameof(prefixLength));
        }

        if (nextHop is { } hop && hop.IsIpv6 != prefix.IsIpv6)
        {
            throw new ArgumentException($"{hop} is no next hop for {prefix}", nameof(nextHop));
        }

        var at = _routes.FindIndex(route => route.PrefixLength < prefixLength);
        _routes.Insert(at < 0 ? _routes.Count : at, new(prefix.Prefix(prefixLength).First, prefixLength, nextHop));
    }

    /// <summary>Routes everything of the next hop's family there that no longer prefix covers.</summary>
    public void AddDefault(IpAddress nextHop) => Add(IpAddress.Lowest(nextHop.IsIpv6), 0, nextHop);

    /// <summary>Null: no route.</summary>
    public Route? Find(IpAddress destination)
    {
        foreach (var route in _routes)
        {
            if (route.Covers(destination))
            {
                return route;
            }
        }

        return null;
    }
}
