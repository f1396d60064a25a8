using Ipsec.Host.Links;

namespace Conformance.Experiments;

/// <summary>IPv4 packets that entered something, and those that came out of it.</summary>
internal sealed class PacketCounters
{
    public long Sent { get; set; }

    public long Received { get; set; }

    /// <summary>Lost inside, once nothing is under way any more.</summary>
    public long Lost => Sent - Received;

    /// <summary>1 for an IPv4 packet of this direction, else 0.</summary>
    public static int Is(FrameDirection direction, FrameDirection wanted, ReadOnlySpan<byte> frame) =>
        direction == wanted && frame is [_, _, _, _, _, _, _, _, _, _, _, _, 0x08, 0x00, ..] ? 1 : 0;

    /// <summary>Counts what the owner of a link sends and receives.</summary>
    public void Count(ILink link) => link.Observed += (_, direction, frame) =>
    {
        Sent += Is(direction, FrameDirection.Sent, frame);
        Received += Is(direction, FrameDirection.Received, frame);
    };

    public void Reset() => Sent = Received = 0;
}
