using System.Collections.Immutable;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>Who may be a peer (the PAD, RFC 4301 section 4.4.3).</summary>
public interface IPeerDirectory
{
    /// <summary>The entry for an identity that a peer asserts, as the body of its ID payload; null: it gets no SA.</summary>
    PeerEntry? Find(IdentificationType type, ReadOnlySpan<byte> identity);
}

/// <summary>What a peer must prove itself with, and what it may speak for.</summary>
public sealed record PeerEntry
{
    /// <summary>Used where there are no trust anchors. Zeroed by its owner; never logged.</summary>
    public ReadOnlyMemory<byte> SharedKey { get; init; }

    /// <summary>Certificates, DER, that the peer's must lead to; empty where it proves itself with the shared key.</summary>
    public ImmutableArray<Octets> TrustAnchors { get; init; } = [];

    /// <summary>With trust anchors: which certificates are no longer good.</summary>
    public RevocationPolicy Revocation { get; init; } = new();

    /// <summary>What the peer proves itself with as an initiator by EAP; null without EAP.</summary>
    public EapCredential? Eap { get; init; }

    /// <summary>A peer that proves nothing (RFC 7619).</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>Whether the asserted identity must be one of the certificate's names (RFC 4301 section 4.4.3.2).</summary>
    public bool IdentityInCertificate { get; init; } = true;

    /// <summary>Whether the peer may have a child SA of this connection for this traffic of its side (RFC 4301 section 4.4.3.3).</summary>
    public Func<IkeConnection, ImmutableArray<TrafficSelector>, bool> MaySpeakFor { get; init; } = (_, _) => true;

    /// <summary>The entry that a connection is itself.</summary>
    internal static PeerEntry Of(IkeConnection connection) => new()
    {
        SharedKey = connection.SharedKey,
        TrustAnchors = connection.TrustAnchors,
        Revocation = connection.Revocation,
        Eap = connection.PeerEap,
    };

    /// <summary>The entry for all who prove nothing: null where the connection is not for them.</summary>
    internal static PeerEntry? OfAnonymous(IkeConnection connection) =>
        connection.AcceptsAnonymous ? new() { SharedKey = connection.SharedKey, IsAnonymous = true } : null;
}
