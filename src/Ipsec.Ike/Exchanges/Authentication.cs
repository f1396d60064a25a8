using System.Collections.Immutable;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>Both ends of mutual authentication, by shared key or by certificate (RFC 7296 section 2.15). Each end may have a proof of its own kind.</summary>
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
        return new(
            AuthenticationMethod.SharedKey,
            SharedKeyAuthentication.Compute(
                sa.Algorithms!.Prf, sa.Connection.SharedKey.Span, sa.LocalInitMessage, sa.RemoteNonce.ToArray(), skP, identity.EncodeBody()));
    }

    /// <summary>Checks the peer's ID and AUTH; null with the reason if they are not what the connection asks for.</summary>
    public static PeerAuthentication? Verify(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> payloads, out string reason)
    {
        var side = sa.IsInitiator ? PayloadType.IdentificationResponder : PayloadType.IdentificationInitiator;
        var identity = payloads.OfType<IdentificationPayload>().FirstOrDefault(payload => payload.Side == side);
        var authentication = payloads.OfType<AuthenticationPayload>().FirstOrDefault();
        var isShared = sa.Connection.TrustAnchors.IsEmpty;
        reason = (identity, authentication) switch
        {
            (null, _) => "no identity",
            (_, null) => "no AUTH payload",
            _ when (identity.IdType, identity.Data) != sa.Connection.RemoteIdentity => $"identity {identity.Identity} is not the expected one",
            _ when isShared != (authentication.Method == AuthenticationMethod.SharedKey) => $"authentication method {authentication.Method} is not the expected one",
            _ => "",
        };
        if (reason != "")
            return null;
        var skP = sa.IsInitiator ? sa.Keys!.SkPr : sa.Keys!.SkPi;
        if (!isShared)
            return VerifySignature(sa, now, payloads, identity!, authentication!, skP, out reason);
        var expected = SharedKeyAuthentication.Compute(
            sa.Algorithms!.Prf, sa.Connection.SharedKey.Span, sa.RemoteInitMessage, sa.LocalNonce.ToArray(), skP, identity!.EncodeBody());
        if (!CryptographicOperations.FixedTimeEquals(expected, authentication!.Data.Span))
        {
            reason = "AUTH does not verify";
            return null;
        }
        return new(identity.Identity, identity.IdType, authentication.Method);
    }

    private static PeerAuthentication? VerifySignature(
        IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> payloads, IdentificationPayload identity, AuthenticationPayload authentication, byte[] skP, out string reason)
    {
        if (!CertificateTrust.TryValidate(payloads, sa.Connection.TrustAnchors, identity, now, out var trusted, out reason))
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
