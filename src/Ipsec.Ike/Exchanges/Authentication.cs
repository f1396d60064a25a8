using System.Collections.Immutable;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>Both ends of mutual authentication by shared key (RFC 7296 section 2.15).</summary>
internal static class Authentication
{
    public static IdentificationPayload OwnIdentity(IkeSa sa) => new(
        sa.IsInitiator ? PayloadType.IdentificationInitiator : PayloadType.IdentificationResponder,
        sa.Connection.LocalIdentity.Type, sa.Connection.LocalIdentity.Data);

    public static AuthenticationPayload Prove(IkeSa sa, IdentificationPayload identity) => new(
        AuthenticationMethod.SharedKey,
        SharedKeyAuthentication.Compute(
            sa.Algorithms!.Prf, sa.Connection.SharedKey.Span, sa.LocalInitMessage, sa.RemoteNonce.ToArray(),
            sa.IsInitiator ? sa.Keys!.SkPi : sa.Keys!.SkPr, identity.EncodeBody()));

    /// <summary>Checks the peer's ID and AUTH; null with the reason if they are not what the connection asks for.</summary>
    public static PeerAuthentication? Verify(IkeSa sa, ImmutableArray<Payload> payloads, out string reason)
    {
        var side = sa.IsInitiator ? PayloadType.IdentificationResponder : PayloadType.IdentificationInitiator;
        var identity = payloads.OfType<IdentificationPayload>().FirstOrDefault(payload => payload.Side == side);
        var authentication = payloads.OfType<AuthenticationPayload>().FirstOrDefault();
        reason = (identity, authentication) switch
        {
            (null, _) => "no identity",
            (_, null) => "no AUTH payload",
            _ when (identity.IdType, identity.Data) != sa.Connection.RemoteIdentity => $"identity {identity.Identity} is not the expected one",
            _ when authentication.Method != AuthenticationMethod.SharedKey => $"authentication method {authentication.Method} is not the expected one",
            _ => "",
        };
        if (reason != "")
            return null;
        var expected = SharedKeyAuthentication.Compute(
            sa.Algorithms!.Prf, sa.Connection.SharedKey.Span, sa.RemoteInitMessage, sa.LocalNonce.ToArray(),
            sa.IsInitiator ? sa.Keys!.SkPr : sa.Keys!.SkPi, identity!.EncodeBody());
        if (!CryptographicOperations.FixedTimeEquals(expected, authentication!.Data.Span))
        {
            reason = "AUTH does not verify";
            return null;
        }
        return new(identity.Identity, identity.IdType, authentication.Method);
    }
}
