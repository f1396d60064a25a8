using System.Net.NetworkInformation;

namespace Ipsec.Host.Links;

/// <summary>Called for each frame that crosses a link. The octets are borrowed: copy what must outlive the call.</summary>
public delegate void FrameObserver(DateTimeOffset time, FrameDirection direction, ReadOnlySpan<byte> frame);

/// <summary>Direction of a frame, seen from the node that owns the link.</summary>
public enum FrameDirection
{
    Received,
    Sent,
}

/// <summary>
/// A node's attachment to an Ethernet segment, virtual or real. Frames are Ethernet II without FCS.
/// Not thread-safe: a link is used only from the loop of the <see cref="INetwork"/> that made it.
/// </summary>
public interface ILink : IDisposable
{
    /// <summary>Name for captures and messages, unique in its network.</summary>
    string Name { get; }

    /// <summary>The node's own MAC address; frames to it, to broadcast and to multicast addresses are delivered.</summary>
    PhysicalAddress Address { get; }

    /// <summary>Largest payload of a frame, in octets, without the Ethernet header.</summary>
    int Mtu { get; }

    /// <summary>Who receives this link's frames; null drops them (they are still observed).</summary>
    INode? Node { get; set; }

    /// <summary>Every frame sent or received, in order, with its (virtual or capture) time.</summary>
    event FrameObserver? Observed;

    /// <summary>Sends one Ethernet frame. Frames over the MTU are dropped, as a wire would.</summary>
    void Send(ReadOnlySpan<byte> frame);
}
