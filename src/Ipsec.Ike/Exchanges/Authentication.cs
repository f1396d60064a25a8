using System.Collections.Immutable;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>
/// Both ends of mutual authentication, by shared key or by certificate (RFC 7296 section 2.15), or by nothing (RFC 7619). Each end may have a proof of its own kind. What EAP has beside it
/// is in <see cref="EapResponder"/> and <see cref="InitialInitiator"/>.
/// </summary>
internal static class Authentication
{
    public static IdentificationPayload OwnIdentity(IkeSa sa) => new(
        sa.IsInitiator ? PayloadType.IdentificationInitiator : PayloadType.IdentificationResponder,
        sa.Connection.LocalIdentity.Type, sa.Connection.LocalIdentity.Data);

    /// <summary>Null if this end's certificate is of no use for a method that the peer can take.</summary>
    public static AuthenticationPayload? Prove(IkeContext context, IkeSa sa, IdentificationPayload identity)
    {
        var skP = sa.IsInitiator ? sa.Keys!.SkPi : sa.Keys!.SkPr;
        if (sa.Connection.Certificate is { } credential)
            return SignatureChoice.Sign(credential, sa.PeerHashes, SignedOctets(sa, sa.LocalInitMessage, sa.RemoteNonce, skP, identity), context.Random);
        return sa.Connection.IsAnonymous
            ? new(AuthenticationMethod.NullAuthentication, ByKey(sa, skP, identity))
            : new(AuthenticationMethod.SharedKey, ByKey(sa, SharedKey(context, sa).Span, identity));
    }

    /// <summary>AUTH data of this end with a key: the shared one, what EAP made, or its own SK_p where there is none.</summary>
    public static byte[] ByKey(IkeSa sa, ReadOnlySpan<byte> key, IdentificationPayload identity) => SharedKeyAuthentication.Compute(
        sa.Algorithms!.Prf, key, sa.LocalInitMessage, sa.RemoteNonce.ToArray(), sa.IsInitiator ? sa.Keys!.SkPi : sa.Keys!.SkPr, identity.EncodeBody());

    /// <summary>Whether AUTH data of the peer is made with this key.</summary>
    public static bool IsByKey(IkeSa sa, ReadOnlySpan<byte> key, IdentificationPayload identity, AuthenticationPayload authentication) =>
        CryptographicOperations.FixedTimeEquals(
            authentication.Data.Span,
            SharedKeyAuthentication.Compute(sa.Algorithms!.Prf, key, sa.RemoteInitMessage, sa.LocalNonce.ToArray(), PeerSkP(sa), identity.EncodeBody()));

    /// <summary>SK_pi or SK_pr, the peer's.</summary>
    public static byte[] PeerSkP(IkeSa sa) => sa.IsInitiator ? sa.Keys!.SkPr : sa.Keys!.SkPi;

    /// <summary>Checks the peer's ID and AUTH; null with the reason if they are not what the connection and the PAD ask for.</summary>
    public static PeerAuthentication? Verify(IkeContext context, IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> payloads, out string reason)
    {
        var side = sa.IsInitiator ? PayloadType.IdentificationResponder : PayloadType.IdentificationInitiator;
        var identity = payloads.OfType<IdentificationPayload>().FirstOrDefault(payload => payload.Side == side);
        var authentication = payloads.OfType<AuthenticationPayload>().FirstOrDefault();
        // RFC 7619 section 2.2: who proves nothing is not looked up by what it calls itself.
        var isAnonymous = authentication?.Method == AuthenticationMethod.NullAuthentication;
        var entry = identity is null ? null : isAnonymous ? PeerEntry.OfAnonymous(sa.Connection) : Find(context, sa.Connection, identity);
        var isShared = entry is { TrustAnchors.IsEmpty: true };
        reason = (identity, authentication) switch
        {
            (null, _) => "no identity",
            (_, null) => "no AUTH payload",
            ({ IdType: IdentificationType.Null, Data.IsEmpty: false }, _) => "an ID_NULL with data",
            _ when isAnonymous => entry is null ? "a peer must prove who it is" : "",
            _ when entry is null => $"identity {identity.Identity} is not the expected one",
            _ when isShared && entry.SharedKey.IsEmpty => $"no key is known for {identity.Identity}",
            _ when isShared != (authentication.Method == AuthenticationMethod.SharedKey) => $"authentication method {authentication.Method} is not the expected one",
            _ => "",
        };
        if (reason != "")
            return null;
        sa.PeerEntry = entry!;
        if (!isShared)
            return VerifySignature(context, sa, now, payloads, identity!, authentication!, PeerSkP(sa), out reason);
        if (!IsByKey(sa, isAnonymous ? PeerSkP(sa) : entry!.SharedKey.Span, identity!, authentication!))
        {
            reason = "AUTH does not verify";
            return null;
        }
        return isAnonymous ? PeerAuthentication.Nobody : new(identity!.Identity, identity.IdType, authentication!.Method);
    }

    /// <summary>What is known of who asserts this identity.</summary>
    public static PeerEntry? Find(IkeContext context, IkeConnection connection, IdentificationPayload identity) =>
        identity.IdType == IdentificationType.Null ? null : Find(context, connection, (identity.IdType, identity.Data));

    private static PeerEntry? Find(IkeContext context, IkeConnection connection, (IdentificationType Type, Octets Data) identity)
    {
        if (connection.RemoteIdentity is { } only && only != identity)
            return null;
        if (context.Options.Peers is { } peers)
            return peers.Find(identity.Type, identity.Data.Span);
        return connection.RemoteIdentity is null ? null : PeerEntry.Of(connection);
    }

    /// <summary>The key that this end proves itself with to the peer: which may not have said yet who it is.</summary>
    private static ReadOnlyMemory<byte> SharedKey(IkeContext context, IkeSa sa) =>
        !sa.IsInitiator ? sa.PeerEntry.SharedKey
        : sa.Connection.RemoteIdentity is { } remote && Find(context, sa.Connection, remote) is { } entry ? entry.SharedKey
        : sa.Connection.SharedKey;

    private static PeerAuthentication? VerifySignature(
        IkeContext context, IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> payloads, IdentificationPayload identity, AuthenticationPayload authentication, byte[] skP,
        out string reason)
    {
        if (!CertificateTrust.TryValidate(payloads, sa.PeerEntry, identity, context.Options.CertificateChecks, now, out var trusted, out reason))
            return null;
        var signed = SignedOctets(sa, sa.RemoteInitMessage, sa.LocalNonce, skP, identity);
        if (!SignatureChoice.Verify(authentication, hasAnnounced: !sa.PeerHashes.IsEmpty, trusted.PublicKey, signed))
        {
            reason = "AUTH does not verify";
            return null;
        }
        return new(identity.Identity, identity.IdType, authentication.Method) { Chain = trusted.Chain };
    }

    /// <summary>The sender's first message, the other's nonce, and prf(SK_p, the sender's ID payload body).</summary>
    private static byte[] SignedOctets(IkeSa sa, byte[] message, Octets peerNonce, byte[] skP, IdentificationPayload identity) =>
        [.. message, .. peerNonce.Span, .. sa.Algorithms!.Prf.Compute(skP, identity.EncodeBody())];
}
