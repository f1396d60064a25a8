using System.Collections.Immutable;
using System.Text;
using Conformance.Implementations;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Defects;

/// <summary>Faults in who may be a peer, and for which traffic (RFC 7296 section 3.5, RFC 4301 sections 4.4.1 and 4.4.3).</summary>
internal static class PeerDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        // Identities.
        Unknown("key-ids-unknown", "ID_KEY_ID is not understood", "RFC7296-3.5-4", IdentificationType.KeyId),
        Unknown("ipv6-identities-unknown", "ID_IPV6_ADDR is not understood", "RFC7296-3.5-6", IdentificationType.Ipv6Addr),
        Unknown("distinguished-names-unknown", "ID_DER_ASN1_DN is not understood", "RFC7296-3.5-5", IdentificationType.DerAsn1Dn),
        Misreading("key-ids-in-other-letters", "Key ids are the same in capitals", "RFC4301-4.4.3.1-4", policy => policy.RemoteIdentity.Type == IdentificationType.KeyId && policy.AuthorizedPeers.IsEmpty
            ? policy with { AuthorizedPeers = [KeyId(policy.RemoteIdentity.Data), KeyId(Capitals(policy.RemoteIdentity.Data))] }
            : policy),
        Misreading("key-ids-by-their-beginning", "Longer key ids are the same", "RFC4301-4.4.3.1-4", Peers(peer =>
            peer.Type == IdentificationType.KeyId ? [peer, peer with { Names = peer.Names + "-2" }] : [peer])),

        // The PAD.
        Misreading("subtree-of-names-unknown", "The dot before a domain is taken for part of a name", "RFC4301-4.4.3.1-1", Peers(peer =>
            peer.Type == IdentificationType.Fqdn ? [peer with { Names = $"x{peer.Names}" }] : [peer])),
        Misreading("subtree-of-names-ends-anywhere", "A name that ends like the domain is taken for one below it", "RFC4301-4.4.3.1-1", Peers(peer =>
            peer.Type == IdentificationType.Fqdn ? [peer, peer with { Names = $"tester-{peer.Names[1..]}" }] : [peer])),
        Misreading("distinguished-names-whole-only", "A subtree of distinguished names is its top alone", "RFC4301-4.4.3.1-1", Peers(peer =>
            peer.IsNameSubtree ? [peer with { Names = peer.DistinguishedName }] : [peer])),
        Misreading("distinguished-names-by-country", "Distinguished names are compared by their first component", "RFC4301-4.4.3.1-1", Peers(peer =>
            peer.IsNameSubtree ? [peer with { Names = $"{peer.Names.Split(',')[0]}, *" }] : [peer])),
        Misreading("address-range-without-its-end", "The last address of a range does not belong to it", "RFC4301-4.4.3.1-3", Peers(peer =>
            IsAddress(peer) ? [peer with { Names = $"{AuthorizedPeer.Ends(peer.Names).First}-{AuthorizedPeer.Ends(peer.Names).Last[..^1]}8" }] : [peer])),
        Misreading("address-range-too-long", "The address behind a range belongs to it", "RFC4301-4.4.3.1-3", Peers(peer =>
            peer.Type == IdentificationType.Ipv4Addr ? [peer, peer with { Names = "198.51.101.10" }] : [peer])),
        Misreading("certificate-need-not-have-the-name", "A certificate proves any identity", "RFC4301-4.4.3.2-2", Peers(peer => [peer with { IdentityInCertificate = false }])),
        Misreading("certificate-must-have-the-name", "A certificate proves none but its own names, demanded or not", "RFC4301-4.4.3.2-2", Peers(peer => [peer with { IdentityInCertificate = true }])),
        Misreading("peers-speak-for-anything", "A peer gets whatever traffic it asks for", "RFC4301-4.4.3.3-1", Peers(peer => [peer with { Addresses = AuthorizedPeer.AnyAddress }])),
        Misreading("peers-speak-for-ipv4-only", "Address ranges of IPv6 are forgotten", "RFC4301-4.4.3.3-1", Peers(peer => [peer with { Addresses = [.. peer.Addresses.Where(range => !range.Contains(':'))] }])),

        // Names in policy entries.
        Misreading("names-in-policy-unknown", "Policy entries with names are no use", "RFC4301-4.4.1.2-3", policy => policy with { NamedTraffic = [] }),
        Misreading("names-in-policy-not-compared", "Any peer gets what the first name has", "RFC4301-4.4.1.1-7", policy => policy with
        {
            NamedTraffic = [.. policy.NamedTraffic.Select(_ => policy.NamedTraffic[0] with { Name = policy.RemoteIdentity })],
        }),
        Misreading("mail-addresses-in-policy-unknown", "Policy entries are not found by mail address", "RFC4301-4.4.1.2-3", policy => policy with
        {
            NamedTraffic = [.. policy.NamedTraffic.Where(named => named.Name.Type != IdentificationType.Rfc822Addr)],
        }),
    ];

    private static Defect Unknown(string name, string effect, string requirement, IdentificationType type) => new(name, effect, requirement)
    {
        Inject = options => options with
        {
            IkeCodec = new DefectiveCodec(onRead: payloads => [.. payloads.Select(payload => payload is IdentificationPayload identity && identity.IdType == type
                ? identity with { IdType = (IdentificationType)201 }
                : payload)]),
        },
    };

    private static Defect Misreading(string name, string effect, string requirement, Func<ConnectionPolicy, ConnectionPolicy> change) => new(name, effect, requirement) { MisreadPolicy = change };

    private static Func<ConnectionPolicy, ConnectionPolicy> Peers(Func<AuthorizedPeer, ImmutableArray<AuthorizedPeer>> change) =>
        policy => policy with { AuthorizedPeers = [.. policy.AuthorizedPeers.SelectMany(peer => change(peer))] };

    private static bool IsAddress(AuthorizedPeer peer) => peer.Type is IdentificationType.Ipv4Addr or IdentificationType.Ipv6Addr;

    private static AuthorizedPeer KeyId(Octets octets) => new(IdentificationType.KeyId, Encoding.ASCII.GetString(octets.Span));

    /// <summary>The first letter of each word, that is.</summary>
    private static Octets Capitals(Octets octets) =>
        Encoding.ASCII.GetBytes(System.Globalization.CultureInfo.InvariantCulture.TextInfo.ToTitleCase(Encoding.ASCII.GetString(octets.Span)));
}
