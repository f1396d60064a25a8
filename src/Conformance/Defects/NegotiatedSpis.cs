using System.Buffers.Binary;
using System.Collections.Immutable;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Defects;

/// <summary>SPIs of child SAs in SA payloads.</summary>
internal static class NegotiatedSpis
{
    public static uint? Of(ImmutableArray<Payload> payloads) =>
        payloads.OfType<SecurityAssociationPayload>().SelectMany(sa => sa.Proposals).FirstOrDefault(proposal => proposal.Spi.Length == 4) is { } child
            ? BinaryPrimitives.ReadUInt32BigEndian(child.Spi.Span)
            : null;

    public static Octets Octets(uint spi)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, spi);
        return octets;
    }
}
