using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>Puts fragments of either family together, each within its own limits. Not thread-safe.</summary>
public sealed class Reassembler
{
    private readonly Ipv4Reassembler _ipv4 = new();
    private readonly Ipv6Reassembler _ipv6 = new();

    /// <param name="whole">The whole packet when the outcome is <see cref="ReassemblyOutcome.Complete"/>, else empty.</param>
    public ReassemblyOutcome Add(DateTimeOffset now, ReadOnlySpan<byte> fragment, out ReadOnlyMemory<byte> whole)
    {
        whole = default;
        if (Ipv4View.TryParse(fragment, out var ipv4, out _))
        {
            return _ipv4.Add(now, ipv4, out whole);
        }

        return Ipv6View.TryParse(fragment, out var ipv6, out _) ? _ipv6.Add(now, ipv6, out whole) : ReassemblyOutcome.Inconsistent;
    }
}
