using System.Collections.Immutable;
using Ipsec.Packets.Ike;
using static Conformance.Defects.IkeFault;

namespace Conformance.Defects;

/// <summary>Faults in fragmented messages (RFC 7383).</summary>
internal static class IkeFragmentDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Of("fragments-count-from-zero", "Fragments are numbered from 0", "RFC7383-2.5-5", (header, first, number, total) => (header, first, number - 1, total)),
        Of("fragments-all-name-a-payload", "Later fragments name a first payload too", "RFC7383-2.5-3",
            (header, first, number, total) => (header, number == 1 ? first : PayloadType.Notify, number, total)),
        Of("fragments-name-no-payload", "The first fragment names no payload", "RFC7383-2.5-2", (header, _, number, total) => (header, PayloadType.None, number, total)),
        Of("fragments-wrong-total", "The total of fragments is one too many", "RFC7383-2.5-6", (header, first, number, total) => (header, first, number, total + 1)),
        Of("fragments-other-header", "Fragments have a minor version that their message has not", "RFC7383-2.5-7",
            (header, first, number, total) => (header with { MinorVersion = 1 }, first, number, total)),
        Options("incomplete-fragments-kept", "Fragments wait for the others for a day", "RFC7383-2.6-5",
            options => options with { Ike = options.Ike with { FragmentLifetime = TimeSpan.FromDays(1) } }),
        Options("fragments-without-agreement", "Every peer is taken for one that takes fragments", "RFC7383-2.4-1", options => options with
        {
            IkeCodec = new DefectiveCodec(onRead: payloads => payloads.Any(payload => payload is NoncePayload) ? payloads.Add(new NotifyPayload(NotifyType.Ikev2FragmentationSupported)) : payloads),
        }),
        Options("fragmentation-announced-for-ike", "IKEV2_FRAGMENTATION_SUPPORTED names the protocol IKE", "RFC7383-2.3-1", options => options with
        {
            IkeCodec = new DefectiveCodec(onWrite: message => message with
            {
                Payloads = [.. message.Payloads.Select(payload => payload is NotifyPayload { NotifyType: NotifyType.Ikev2FragmentationSupported } notify ? notify with { Protocol = ProtocolId.Ike } : payload)],
            }),
        }),
    ];

    private static Defect Of(string name, string effect, string requirement, FragmentChange change) =>
        Options(name, effect, requirement, options => options with { IkeCodec = new DefectiveCodec(onFragment: change) });
}
