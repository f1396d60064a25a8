using Ipsec.Packets.Ike;

namespace Ipsec.Dataplane;

/// <summary>The PAD (RFC 4301 section 4.4.3): an ordered list that says who may be a peer, how it proves that, and what it may speak for. First match wins.</summary>
public sealed class PeerAuthorizationDatabase
{
    private readonly List<PeerAuthorization> _peers = [];

    public IReadOnlyList<PeerAuthorization> Peers => _peers;

    /// <summary>Adds an entry after those that are there.</summary>
    public void Append(PeerAuthorization peer) => _peers.Add(peer);

    public void Clear() => _peers.Clear();

    /// <summary>The first entry for an asserted identity; null: no such peer is known, and it gets no SA.</summary>
    public PeerAuthorization? Find(IdentificationType type, ReadOnlySpan<byte> identity)
    {
        foreach (var peer in _peers)
            if (peer.Identity.Matches(type, identity))
                return peer;
        return null;
    }
}
