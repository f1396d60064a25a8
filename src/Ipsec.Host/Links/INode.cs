namespace Ipsec.Host.Links;

/// <summary>
/// What lives at the end of a link: sans-IO, driven by the network's loop. Neither method may block, and neither may throw for
/// any octets that a link delivers.
/// </summary>
public interface INode
{
    /// <summary>One Ethernet frame without FCS. The octets are borrowed for the call.</summary>
    void Receive(DateTimeOffset now, ReadOnlySpan<byte> frame);

    /// <summary>Time has come to (or past) <see cref="NextDeadline"/>.</summary>
    void Advance(DateTimeOffset now);

    /// <summary>When <see cref="Advance"/> wants to be called next, null for never. Changes only inside calls to this node.</summary>
    DateTimeOffset? NextDeadline { get; }
}
