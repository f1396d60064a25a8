using Ipsec.Host.Links;

namespace Ipsec.Host;

/// <summary>What a hook decided about a packet.</summary>
public enum ForwardingVerdict
{
    /// <summary>The router goes on with it.</summary>
    Pass,

    /// <summary>The hook has it: it sent something else instead, dealt with it, or dropped it.</summary>
    Taken,
}

/// <summary>
/// The place in a <see cref="Router"/> at which a security gateway stands: every packet that is about to leave passes it, every packet for the router itself too.
/// What the hook sends in a packet's stead goes to <see cref="Router.Transmit"/>, which does not ask it again; what it opened goes to
/// <see cref="Router.Forward"/>. Octets are borrowed for the call.
/// </summary>
public interface IForwardingHook
{
    /// <summary>When <see cref="Advance"/> wants to be called, null for never.</summary>
    DateTimeOffset? NextDeadline { get; }

    /// <summary>Time has come to <see cref="NextDeadline"/>.</summary>
    void Advance(DateTimeOffset now);

    /// <summary>A packet is about to leave, its hop limit already counted down; its length has not been held against the MTU yet.</summary>
    /// <param name="from">Where it came in; null for the router's own packets, and for those that the hook opened.</param>
    ForwardingVerdict Leaving(DateTimeOffset now, ReadOnlySpan<byte> packet, EthernetPort? from, EthernetPort to);

    /// <summary>A whole packet came for an address of the router itself.</summary>
    ForwardingVerdict Arrived(DateTimeOffset now, ReadOnlySpan<byte> packet, EthernetPort from);
}
