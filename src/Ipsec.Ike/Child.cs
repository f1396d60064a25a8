using Ipsec.Packets;

namespace Ipsec.Ike;

internal enum ChildState
{
    Live,
    /// <summary>Rekeyed; the peer is to delete it.</summary>
    Replaced,
    /// <summary>To be deleted by us: the request is under way or waits its turn.</summary>
    Deleting,
    /// <summary>No more.</summary>
    Gone,
}

/// <summary>A child SA in its life: what <see cref="ChildSa"/> says of it stays as it is but for where the peer is, this changes.</summary>
internal sealed class Child(ChildSa sa)
{
    public ChildSa Sa { get; set; } = sa;

    public ChildState State { get; set; }

    /// <summary>Our delete request has been sent: nothing is sent on it any more.</summary>
    public bool IsHalfClosed { get; set; }

    /// <summary>Our rekeying of it that is under way.</summary>
    public ChildCreation? Rekeying { get; set; }

    /// <summary>The peer's rekeying of it that came while ours was under way (RFC 7296 section 2.8.1).</summary>
    public Rival<Child>? Rival { get; set; }

    /// <summary>
    /// What it takes the place of, where the peer asked for it: traffic stays on the old one until that is gone (RFC 7296 section 2.8). Null when it sends.
    /// </summary>
    public Child? Replaces { get; set; }

    /// <summary>Its rekeying was refused, or never answered.</summary>
    public bool RekeyingFailed { get; set; }

    /// <summary>When it is to be replaced, and when it must not be used any more.</summary>
    public Lifetime Lifetime { get; set; }
}

/// <summary>What a peer's colliding rekeying made, with the lower of its two nonces.</summary>
internal sealed record Rival<T>(T Made, Octets LowerNonce);
