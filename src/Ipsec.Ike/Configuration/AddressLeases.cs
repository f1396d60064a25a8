using System.Buffers.Binary;
using System.Net;

namespace Ipsec.Ike;

/// <summary>
/// Addresses that peers have at the time. One that authenticates again has its address twice for a while: it is free when both IKE SAs are gone.
/// </summary>
internal sealed class AddressLeases
{
    private readonly Dictionary<IPAddress, Lease> _leases = [];

    /// <summary>The host part that is wanted if it is free or the peer's already (RFC 7296 section 3.15.3), else the lowest that is free; null if none is.</summary>
    public IPAddress? Take(IPNetwork pool, IPAddress? wanted, PeerAuthentication peer)
    {
        var length = pool.BaseAddress.GetAddressBytes().Length;
        var hostBits = length * 8 - pool.PrefixLength;
        var hosts = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        var network = Number(pool.BaseAddress);
        if (wanted is not null && (Number(wanted) & hosts) is var part && IsHost(part, hosts) && TryTake(Address(network | part, length), peer) is { } own)
            return own;
        // Of one more than there are leases, one is free.
        for (UInt128 host = hosts > 1 ? 1u : 0u; host <= hosts && host <= (UInt128)_leases.Count + 1; host++)
            if (IsHost(host, hosts) && Address(network | host, length) is var address && !_leases.ContainsKey(address))
                return TryTake(address, peer);
        return null;
    }

    public void Release(IPAddress address)
    {
        if (_leases.TryGetValue(address, out var lease) && --lease.Uses == 0)
            _leases.Remove(address);
    }

    private IPAddress? TryTake(IPAddress address, PeerAuthentication peer)
    {
        if (!_leases.TryGetValue(address, out var lease))
            _leases.Add(address, lease = new(peer));
        if (!lease.Holder.IsSame(peer))
            return null;
        lease.Uses++;
        return address;
    }

    private static bool IsHost(UInt128 host, UInt128 hosts) => hosts <= 1 || (host != 0 && host != hosts);

    private static UInt128 Number(IPAddress address)
    {
        var number = UInt128.Zero;
        foreach (var octet in address.GetAddressBytes())
            number = number << 8 | octet;
        return number;
    }

    private static IPAddress Address(UInt128 number, int length)
    {
        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(octets, number);
        return new(octets[^length..]);
    }

    private sealed class Lease(PeerAuthentication holder)
    {
        public PeerAuthentication Holder => holder;

        public int Uses { get; set; }
    }
}
