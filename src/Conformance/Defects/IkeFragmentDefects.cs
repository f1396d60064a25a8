using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Ike;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
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
        Options("fragment-sizes-probed-once", "The size of fragments is found out in one exchange, and never again", "RFC7383-2.5.2-2", options => options with { IkeCodec = new ProbesOnce() }),
        Probing("smaller-fragments-at-once", "The next smaller size of fragments is tried after a single transmission", "RFC7383-2.5.2-3", options => options with { AttemptsPerProbe = 1 }),
        Probing("smallest-fragments-once", "In the smallest size, a request is sent once", "RFC7383-2.5.2-5", options => options with { RequestAttempts = 1 }),
        Options("probes-keep-their-timers", "A smaller size of fragments waits as long as a late retransmission", "RFC7383-2.5.2-4", options => options with { PacketFilter = new PacketFilter(sent: DropSecondOfSmaller()) }),
        Sized("long-messages-whole", "Messages are never fragmented, however long", "RFC7383-2.4-2", (_, _) => null),
        Sized("long-messages-whole-later", "After IKE_AUTH messages are not fragmented any more", "RFC7383-2.4-3", (message, size) => message.Header.ExchangeType == ExchangeType.IkeAuth ? size : null),
        Options("fragments-as-in-ipv6", "Told nothing of the path, it makes fragments for 1280 octets in IPv4 too", "RFC7383-2.5.1-4", options => options with { Ike = options.Ike with { FragmentSize = 1228 } }),
        Sized("fragments-too-large", "Fragments are 40 octets larger than fits", "RFC7383-2.5.1-1", (_, size) => size + 40),
        Options("short-messages-fragmented", "Every message goes as a fragment, the shortest too", "RFC7383-2.4-4", options => options with { IkeCodec = new FragmentsAll() }),
        Options("whole-requests-answered-in-fragments", "Whatever form a request has, the answer is a fragment", "RFC7383-2.4-5", options => options with { IkeCodec = new FragmentsAll() }),
        Options("synchronization-fragmented", "Message id synchronization comes in fragments", "RFC7383-3-1", options => options with
        {
            IkeCodec = new DefectiveCodec(onWrite: message => message.Header.ExchangeType == ExchangeType.IkeAuth ? message with { Payloads = message.Payloads.Add(new NotifyPayload(NotifyType.Ikev2MessageIdSync)) } : message),
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

    private static Defect Sized(string name, string effect, string requirement, Func<IkeMessage, int, int?> size) =>
        Options(name, effect, requirement, options => options with { IkeCodec = new MisjudgesSizes(size) });

    private static Defect Probing(string name, string effect, string requirement, Func<IkeOptions, IkeOptions> change) =>
        Options(name, effect, requirement, options => options with { Ike = change(options.Ike) });

    /// <summary>What is sent second in any size but the first is lost: the next transmission comes after a longer wait.</summary>
    private static Func<byte[], byte[]> DropSecondOfSmaller()
    {
        const int fragmentPayload = 28 + 4;
        var (first, size, number) = (0, 0, 0);
        return packet =>
        {
            if (!IpView.TryParse(packet, out var view, out _) || view.Protocol != IpProtocol.Udp || view.Transport.Length < UdpView.HeaderLength + fragmentPayload + 4)
                return packet;
            var message = view.Transport[UdpView.HeaderLength..];
            if (message[16] != (byte)PayloadType.EncryptedFragment || message[18] != (byte)ExchangeType.CreateChildSa)
                return packet;
            int total = message[fragmentPayload + 3];
            if (first == 0)
                first = total;
            if (message[fragmentPayload + 1] == 1)
                (size, number) = (total, total == size ? number + 1 : 1);
            return total != first && number == 2 ? [] : packet;
        };
    }
}

/// <summary>A codec that writes protected messages in a form of its own.</summary>
internal abstract class DefectiveForms : IIkeMessageCodec
{
    protected static readonly IIkeMessageCodec Right = IkeMessageCodec.Instance;

    public bool TryRead(ReadOnlySpan<byte> octets, out IkeMessage message, out Ipsec.Packets.ParseError error) => Right.TryRead(octets, out message, out error);

    public bool TryReadInner(PayloadType first, ReadOnlySpan<byte> octets, int offset, out ImmutableArray<Payload> payloads, out Ipsec.Packets.ParseError error) =>
        Right.TryReadInner(first, octets, offset, out payloads, out error);

    public byte[] Write(IkeMessage message) => Right.Write(message);

    public virtual byte[] WriteProtected(IkeMessage message, IkeProtection protection) => Right.WriteProtected(message, protection);

    public virtual byte[][] WriteFragments(IkeMessage message, IkeProtection protection, int size) => Right.WriteFragments(message, protection, size);
}

/// <summary>Writes a CREATE_CHILD_SA request in the size of its first fragments, whatever is asked for, once another was written in several sizes.</summary>
internal sealed class ProbesOnce : DefectiveForms
{
    private readonly Dictionary<uint, int> _sizes = [];

    public override byte[][] WriteFragments(IkeMessage message, IkeProtection protection, int size)
    {
        if (message.Header is { ExchangeType: ExchangeType.CreateChildSa, IsResponse: false } && !_sizes.TryAdd(message.Header.MessageId, size) && _sizes.Count > 1)
            size = _sizes[message.Header.MessageId];
        return base.WriteFragments(message, protection, size);
    }
}

/// <summary>Writes fragments of other sizes than it is told.</summary>
/// <param name="other">The size instead; null for no fragments.</param>
internal sealed class MisjudgesSizes(Func<IkeMessage, int, int?> other) : DefectiveForms
{
    public override byte[][] WriteFragments(IkeMessage message, IkeProtection protection, int size) =>
        other(message, size) is { } octets ? base.WriteFragments(message, protection, octets) : [WriteProtected(message, protection)];
}

/// <summary>Writes what needs no fragments as the first fragment of one.</summary>
internal sealed class FragmentsAll : DefectiveForms
{
    public override byte[] WriteProtected(IkeMessage message, IkeProtection protection)
    {
        RawPayload[] inner = [.. message.Payloads.Select(payload => payload.ToRaw())];
        return protection.SealFragment(message.Header, IkeWriter.FirstType(inner), 1, 1, IkeWriter.Chain(inner));
    }
}
