using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>
/// Transport mode through a NAT (RFC 7296 section 2.23.1): the peer's selectors hold addresses as the peer sees them. They become those that this end sees,
/// and the original ones are what received checksums were made over.
/// </summary>
internal static class TransportModeNat
{
    /// <summary>Translates both sides, if a NAT was found and each side is a single address.</summary>
    /// <returns>The addresses that the peer sends from and to, as it sees them; null where nothing needs to be translated.</returns>
    public static OriginalAddresses? Translate(IkeSa sa, ref ImmutableArray<TrafficSelector> local, ref ImmutableArray<TrafficSelector> remote)
    {
        if (!sa.LocalIsBehindNat && !sa.RemoteIsBehindNat || SingleAddress(local) is not { } localAddress || SingleAddress(remote) is not { } remoteAddress)
            return null;
        if (sa.LocalIsBehindNat)
            local = At(local, sa.Local.Address);
        if (sa.RemoteIsBehindNat)
            remote = At(remote, sa.Remote.Address);
        return new(remoteAddress, localAddress);
    }

    private static IPAddress? SingleAddress(ImmutableArray<TrafficSelector> selectors) =>
        selectors is [{ Opaque: null } first, ..] && selectors.All(selector =>
            selector.Opaque is null && selector.StartAddress.Equals(first.StartAddress) && selector.EndAddress.Equals(first.StartAddress))
            ? first.StartAddress
            : null;

    private static ImmutableArray<TrafficSelector> At(ImmutableArray<TrafficSelector> selectors, IPAddress address) =>
        [.. selectors.Select(selector => TrafficSelector.Range(address, address) with
        {
            IpProtocol = selector.IpProtocol,
            StartPort = selector.StartPort,
            EndPort = selector.EndPort,
        })];
}
