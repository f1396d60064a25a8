using System.Collections.Immutable;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using static Conformance.Defects.IkeFault;

namespace Conformance.Defects;

/// <summary>Faults in authentication that counts for a time only (RFC 4478).</summary>
internal static class ReauthenticationDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Sending("authentication-lifetime-not-told", "The responder ends IKE SAs whose authentication is old, and has told nobody when", "RFC4478-2-2", Without(NotifyType.AuthLifetime)),
        Sending("authentication-lifetime-in-clear", "AUTH_LIFETIME is told in IKE_SA_INIT", "RFC4478-2-6", message => message.Header is { IsResponse: true, ExchangeType: ExchangeType.IkeSaInit }
            ? WithLifetime(message)
            : message),
        Writing("authentication-lifetime-of-ike", "AUTH_LIFETIME says protocol IKE", "RFC4478-3-1",
            (NotifyPayload notify) => notify.NotifyType == NotifyType.AuthLifetime ? notify with { Protocol = ProtocolId.Ike } : notify),
        new("authentication-lifetime-not-kept", "The responder says when it will end an IKE SA that is not authenticated again, and ends none", "RFC4478-2-3")
        {
            MisreadPolicy = policy => policy with { Timers = null },
            Inject = options => options with
            {
                IkeCodec = new DefectiveCodec(onWrite: message => message.Header is { IsResponse: true, ExchangeType: ExchangeType.IkeAuth }
                    ? WithLifetime(message)
                    : message),
            },
        },
        Reading("authentication-lifetime-unheeded", "The initiator does not care for AUTH_LIFETIME", "RFC4478-2-4", WithoutLifetime),
        Reading("authentication-goes-stale", "The initiator leaves it to the responder to end what is not authenticated any more", "RFC4478-1-1", WithoutLifetime),
        Reading("authentication-lifetime-of-zero-taken-for-long", "AUTH_LIFETIME of zero has the initiator wait for a day", "RFC4478-2-4",
            payload => payload is NotifyPayload { NotifyType: NotifyType.AuthLifetime, Data: { Length: 4 } data } notify && data == new Octets(new byte[4]) ? notify with { Data = new byte[] { 0, 1, 0x51, 0x80 } } : payload),
        Options("unauthenticated-sa-not-deleted", "The IKE SA that was authenticated again stays as well", "RFC4478-2-8", options => options with
        {
            IkeCodec = new DefectiveCodec(swallowed: message => !message.Header.IsResponse && message.Find<DeletePayload>() is { Protocol: ProtocolId.Ike }),
        }),
    ];

    private static IkeMessage WithLifetime(IkeMessage message) =>
        message with { Payloads = message.Payloads.Add(new NotifyPayload(NotifyType.AuthLifetime, new byte[] { 0, 0, 0, 20 })) };

    private static Payload WithoutLifetime(Payload payload) =>
        payload is NotifyPayload { NotifyType: NotifyType.AuthLifetime } ? new NotifyPayload((NotifyType)40997) : payload;
}
