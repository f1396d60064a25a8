using System.Collections.Immutable;
using Ipsec.Dataplane;
using Ipsec.Ike;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Host;

/// <summary>The PAD as IKE asks it (RFC 4301 section 4.4.3.4): who may be a peer, and for which traffic.</summary>
internal sealed class PeerDirectory(PeerAuthorizationDatabase peers) : IPeerDirectory
{
    /// <summary>All certificates that a peer's may lead to, so that it can be asked for one of them.</summary>
    public ImmutableArray<Octets> TrustAnchors =>
        [.. peers.Peers.Select(peer => peer.Authentication).OfType<PeerAuthenticationRule.Certificate>().Select(rule => rule.TrustAnchor).Distinct()];

    public PeerEntry? Find(IdentificationType type, ReadOnlySpan<byte> identity)
    {
        if (peers.Find(type, identity) is not { } peer)
            return null;
        var name = (type, new Octets(identity));
        var entry = new PeerEntry { MaySpeakFor = (connection, traffic) => MaySpeakFor(peer, name, connection, traffic) };
        return peer.Authentication switch
        {
            PeerAuthenticationRule.SharedKey shared => entry with { SharedKey = shared.Key },
            PeerAuthenticationRule.Eap eap => entry with { Eap = new(name.Item2, eap.Password, eap.Methods) },
            PeerAuthenticationRule.Certificate certificate => entry with
            {
                TrustAnchors = [certificate.TrustAnchor],
                IdentityInCertificate = certificate.IdentityInCertificate,
                Revocation = new() { Lists = certificate.RevocationLists, IsStrict = certificate.RequiresRevocationLists },
            },
            _ => null,
        };
    }

    /// <summary>Section 4.4.3.3: by its identity a peer gets what the SPD has under its name, otherwise what lies within its addresses.</summary>
    private static bool MaySpeakFor(
        PeerAuthorization peer, (IdentificationType Type, Octets Data) name, IkeConnection connection, ImmutableArray<TrafficSelector> traffic)
    {
        if (peer.Constraint is PeerConstraint.ByIdentity)
            return connection.RemoteIdentity == name;
        var ranges = ChildInstaller.Ranges(traffic);
        return ranges.Length == traffic.Length && peer.Authorizes(ranges);
    }
}
