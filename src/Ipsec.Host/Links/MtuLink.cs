namespace Ipsec.Host.Links;

/// <summary>
/// Loses frames whose payload is over an MTU. Told, the node sees that MTU and fragments; untold, the link is a path MTU black hole.
/// </summary>
public sealed class MtuLink : ImpairedLink
{
    private readonly int _mtu;
    private readonly bool _told;

    /// <param name="mtu">Octets of payload, at least 68 and at most the inner link's.</param>
    /// <param name="told">Whether <see cref="Mtu"/> says so.</param>
    public MtuLink(ILink inner, INetwork clock, int mtu, bool told = true, ImpairedDirections directions = ImpairedDirections.Both)
        : base(inner, clock, directions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, 68);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mtu, inner.Mtu);
        _mtu = mtu;
        _told = told;
    }

    /// <inheritdoc/>
    public override int Mtu => _told ? _mtu : Inner.Mtu;

    /// <inheritdoc/>
    protected override void Impair(DateTimeOffset now, FrameDirection direction, ReadOnlySpan<byte> frame)
    {
        if (frame.Length <= EthernetFrame.HeaderLength + _mtu)
        {
            Pass(now, direction, frame);
        }
    }
}
