using System.Collections.Immutable;
using Ipsec.Packets;

namespace Ipsec.Ike;

/// <summary>What is known of certificates that were revoked, and what follows where too little is (RFC 5280 section 6.3, RFC 4945 section 5.2).</summary>
public sealed record RevocationPolicy
{
    /// <summary>CRLs, DER, that this end has got somewhere; what the peer sends in CERT payloads is looked at beside them. A list counts only with its issuer's signature.</summary>
    public ImmutableArray<Octets> Lists { get; init; } = [];

    /// <summary>
    /// Whether each certificate below the trust anchor needs a list of its issuer that is current and does not name it. Otherwise nothing is known of a certificate
    /// without such a list, and it is taken. Whom a list names is refused in any case, however old the list is.
    /// </summary>
    public bool IsStrict { get; init; }
}
