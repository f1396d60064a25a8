using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>
/// IKE_AUTH with EAP as the responder has it (RFC 7296 section 2.16): it proves itself by its certificate, then the initiator by EAP, then both confirm that with AUTH. The first
/// request, which has no AUTH, is kept: what it asks for is answered at the end.
/// </summary>
internal sealed class EapResponder : IDisposable
{
    private readonly EapServer _server;
    private readonly ImmutableArray<Payload> _request;
    private readonly IdentificationPayload _initiator, _own;

    private EapResponder(EapServer server, ImmutableArray<Payload> request, IdentificationPayload initiator, IdentificationPayload own) =>
        (_server, _request, _initiator, _own) = (server, request, initiator, own);

    /// <summary>Begins EAP where the request has no AUTH and the peer is one that proves itself so; false: it does not, and nothing was answered.</summary>
    public static bool TryBegin(IkeContext context, IkeSa sa, IkeHeader header, ImmutableArray<Payload> request)
    {
        if (request.OfType<AuthenticationPayload>().Any() || sa.Connection.Certificate is null
            || request.OfType<IdentificationPayload>().FirstOrDefault(payload => payload.Side == PayloadType.IdentificationInitiator) is not { } initiator
            || Authentication.Find(context, sa.Connection, initiator) is not { Eap: { Methods.IsEmpty: false } credential } entry)
            return false;
        var identity = Authentication.OwnIdentity(sa);
        if (Authentication.Prove(context, sa, identity) is not { } proof)
            return false;
        sa.PeerEntry = entry;
        sa.Eap = new(new(credential, context.Random), request, initiator, identity);
        sa.Respond(header, [identity, .. CertificateRequests.Present(sa.Connection, sa.PeerLooksUp), proof, sa.Eap._server.Current]);
        return true;
    }

    /// <summary>A further request: EAP's, or after its success the one with AUTH.</summary>
    public void Handle(IkeContext context, IkeSa sa, DateTimeOffset now, IkeHeader header, ImmutableArray<Payload> request)
    {
        if (_server.HasSucceeded)
        {
            Conclude(context, sa, now, header, request);
            return;
        }
        if (request.OfType<ExtensibleAuthenticationPayload>().FirstOrDefault() is not { } response)
        {
            InitialResponder.Refuse(context, sa, header, "no EAP payload where one is due");
            return;
        }
        _server.Take(response);
        sa.Respond(header, [_server.Current]);
        if (!_server.HasFailed)
            return;
        context.Violation(ProtocolViolation.AuthenticationFailed, sa.Remote, "EAP");
        sa.Close("EAP has failed");
    }

    public void Dispose() => _server.Dispose();

    private void Conclude(IkeContext context, IkeSa sa, DateTimeOffset now, IkeHeader header, ImmutableArray<Payload> request)
    {
        if (request.OfType<AuthenticationPayload>().FirstOrDefault() is not { Method: AuthenticationMethod.SharedKey } authentication
            || !Authentication.IsByKey(sa, _server.Key ?? sa.Keys!.SkPi, _initiator, authentication))
        {
            InitialResponder.Refuse(context, sa, header, "AUTH after EAP does not verify");
            return;
        }
        var proof = new AuthenticationPayload(AuthenticationMethod.SharedKey, Authentication.ByKey(sa, _server.Key ?? sa.Keys!.SkPr, _own));
        sa.Eap = null;
        InitialResponder.Conclude(context, sa, now, header, _request, new(_initiator.Identity, _initiator.IdType, AuthenticationMethod.SharedKey), [proof]);
        Dispose();
    }
}
