using System.Buffers.Binary;
using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>
/// IPCOMP_SUPPORTED (RFC 7296 section 2.22), whose data is the CPI that its sender receives with, 2 octets in network order, and a transform id. DEFLATE is the
/// only transform that this end has, and it has no attributes.
/// </summary>
internal static class Compression
{
    private const int DataLength = 3;

    /// <param name="cpi">Of this end; null says nothing.</param>
    public static Payload[] Announce(ushort? cpi) =>
        cpi is { } own ? [new NotifyPayload(NotifyType.IpcompSupported, new byte[] { (byte)(own >> 8), (byte)own, (byte)CompressionId.Deflate })] : [];

    /// <summary>The CPI of what the initiator offers and this end has; null if there is none.</summary>
    public static ushort? Choose(ImmutableArray<Payload> request) => Notifications(request).Select(Read).FirstOrDefault(cpi => cpi is not null);

    /// <summary>Reads an answer: at most one algorithm, and one that was offered (section 2.22).</summary>
    /// <param name="cpi">The responder's; null where it wants no compression.</param>
    /// <returns>False if it accepts what was not offered, or more than one.</returns>
    public static bool TryReadAnswer(ImmutableArray<Payload> response, bool wasOffered, out ushort? cpi)
    {
        NotifyPayload[] accepted = [.. Notifications(response)];
        cpi = accepted is [var only] ? Read(only) : null;
        return accepted.Length == 0 || (wasOffered && cpi is not null);
    }

    private static IEnumerable<NotifyPayload> Notifications(ImmutableArray<Payload> payloads) =>
        payloads.OfType<NotifyPayload>().Where(notify => notify.NotifyType == NotifyType.IpcompSupported);

    /// <summary>RFC 3173 section 3.3: below 256 only the well-known CPI that is the algorithm's own number.</summary>
    private static ushort? Read(NotifyPayload notify) =>
        notify.Data.Length == DataLength && notify.Data[DataLength - 1] == (byte)CompressionId.Deflate
        && BinaryPrimitives.ReadUInt16BigEndian(notify.Data.Span) is var cpi and (>= 256 or (ushort)CompressionId.Deflate)
            ? cpi
            : null;
}
