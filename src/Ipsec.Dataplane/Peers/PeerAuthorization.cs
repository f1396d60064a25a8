using System.Collections.Immutable;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>How a peer proves who it is (RFC 4301 section 4.4.3.2).</summary>
public abstract record PeerAuthenticationRule
{
    /// <param name="Key">Zeroed by its owner; never logged.</param>
    public sealed record SharedKey(ReadOnlyMemory<byte> Key) : PeerAuthenticationRule
    {
        public override string ToString() => "pre-shared key";
    }

    /// <summary>As initiator it proves itself by EAP, under the identity that it asserts (RFC 7296 section 2.16): by nothing else.</summary>
    /// <param name="Password">ASCII. Zeroed by its owner; never logged.</param>
    /// <param name="Methods">Best first.</param>
    public sealed record Eap(ReadOnlyMemory<byte> Password, ImmutableArray<EapMethod> Methods) : PeerAuthenticationRule
    {
        public override string ToString() => $"EAP, {string.Join(" or ", Methods)}";
    }

    /// <param name="TrustAnchor">A certificate in DER, from which the peer's must lead.</param>
    /// <param name="IdentityInCertificate">The asserted identity must be the certificate's subject or one of its alternative names.</param>
    public sealed record Certificate(Octets TrustAnchor, bool IdentityInCertificate = true) : PeerAuthenticationRule
    {
        /// <summary>CRLs, DER, that are at hand for the peer's certificate and those between it and the anchor.</summary>
        public ImmutableArray<Octets> RevocationLists { get; init; } = [];

        /// <summary>Each of those certificates needs a current list of its issuer.</summary>
        public bool RequiresRevocationLists { get; init; }
    }
}

/// <summary>What an authenticated peer may speak for (RFC 4301 section 4.4.3.3).</summary>
public abstract record PeerConstraint
{
    /// <summary>Its identity is looked up in the SPD as a name.</summary>
    public sealed record ByIdentity : PeerConstraint;

    /// <summary>Its traffic selectors must lie within these addresses, of either family.</summary>
    public sealed record ByAddress(ImmutableArray<AddressRange> Addresses) : PeerConstraint
    {
        /// <summary>Whether every address that a selector names is one of those that the peer speaks for.</summary>
        public bool Covers(in TrafficRange selector)
        {
            var next = selector.First;
            // The ranges may adjoin or overlap in any order: each step extends what is covered from the start, or ends.
            for (var step = 0; step <= Addresses.Length; step++)
            {
                AddressRange? extending = null;
                foreach (var range in Addresses)
                    if (range.Contains(next) && (extending is null || range.Last > extending.Value.Last))
                        extending = range;
                if (extending is null)
                    return false;
                if (extending.Value.Last >= selector.Last)
                    return true;
                next = extending.Value.Last.Offset(1);
            }
            return false;
        }
    }
}

/// <summary>A range of addresses of one family; both ends belong to it.</summary>
public readonly record struct AddressRange(IpAddress First, IpAddress Last)
{
    public bool Contains(IpAddress address) => address.IsIpv6 == First.IsIpv6 && address >= First && address <= Last;
}

/// <summary>A PAD entry (RFC 4301 section 4.4.3).</summary>
/// <param name="Gateway">Where the peer is found, if it stands behind a gateway.</param>
public sealed record PeerAuthorization(PeerIdentityRule Identity, PeerAuthenticationRule Authentication, PeerConstraint Constraint, IpAddress? Gateway = null)
{
    /// <summary>Whether the peer may have a child SA for this traffic of its side. With <see cref="PeerConstraint.ByIdentity"/> the SPD entry of its name decides.</summary>
    public bool Authorizes(ImmutableArray<TrafficRange> peersSide) => Constraint switch
    {
        PeerConstraint.ByAddress byAddress => !peersSide.IsEmpty && peersSide.All(selector => byAddress.Covers(selector)),
        _ => true,
    };
}
