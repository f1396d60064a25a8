using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Conformance.Implementations;

/// <summary>One entry of a PAD in neutral terms (RFC 4301 section 4.4.3): which identities it is for, and for which traffic they may speak.</summary>
/// <param name="Type">The kind of identity.</param>
/// <param name="Names">
/// One identity of that kind, or several: ".example" for every domain name below it, "@example" for all mail addresses there, "C=DE, O=Example, *" for every distinguished name
/// that begins so, "192.0.2.0-192.0.2.99" for a range of addresses. A key id, as ASCII, is always whole.
/// </param>
public sealed record AuthorizedPeer(IdentificationType Type, string Names)
{
    private const string NameSubtree = ", *";

    /// <summary>All addresses of both families.</summary>
    public static ImmutableArray<string> AnyAddress { get; } = ["0.0.0.0-255.255.255.255", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"];

    /// <summary>Ranges that its traffic must lie within, as "10.2.0.0-10.2.0.99", of either family; empty: it gets what the policy has under its name (<see cref="NamedTraffic"/>).</summary>
    public ImmutableArray<string> Addresses { get; init; } = AnyAddress;

    /// <summary>With certificates: the identity must be one of the certificate's names.</summary>
    public bool IdentityInCertificate { get; init; } = true;

    public bool IsNameSubtree => Type == IdentificationType.DerAsn1Dn && Names.EndsWith(NameSubtree, StringComparison.Ordinal);

    /// <summary>A distinguished name, or the one that a subtree is below.</summary>
    public string DistinguishedName => IsNameSubtree ? Names[..^NameSubtree.Length] : Names;

    /// <summary>First and last address of a range; the same one where it is a single address.</summary>
    public static (string First, string Last) Ends(string range) => range.Split('-') is [var first, var last] ? (first, last) : (range, range);
}

/// <summary>A policy entry with a name (RFC 4301 section 4.4.1.1): which of the implementation's subnets the peer of that identity gets, from whatever address of its own.</summary>
public sealed record NamedTraffic(PolicyIdentity Name, ImmutableArray<string> LocalSubnets);
