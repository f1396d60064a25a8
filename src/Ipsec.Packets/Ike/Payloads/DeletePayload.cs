using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Ipsec.Packets.Ike;

/// <summary>
/// Delete payload (RFC 7296 section 3.11):
/// <code>
/// | Protocol ID   |   SPI Size    |          Num of SPIs          |
/// |               Security Parameter Index(es) (SPI)              |
/// </code>
/// </summary>
/// <param name="SpiSize">Octets: 0 for the IKE SA, 4 for ESP and AH.</param>
/// <param name="Spis">Each of <paramref name="SpiSize"/> octets; for ESP and AH the sender's inbound SPIs.</param>
public sealed record DeletePayload(ProtocolId Protocol, byte SpiSize, ImmutableArray<Octets> Spis) : Payload
{
    public static DeletePayload IkeSa { get; } = new(ProtocolId.Ike, 0, []);

    public static DeletePayload Esp(params ReadOnlySpan<uint> spis) => Children(ProtocolId.Esp, spis);

    /// <param name="protocol">ESP or AH.</param>
    public static DeletePayload Children(ProtocolId protocol, params ReadOnlySpan<uint> spis)
    {
        var octets = ImmutableArray.CreateBuilder<Octets>(spis.Length);
        foreach (var spi in spis)
        {
            var encoded = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(encoded, spi);
            octets.Add(encoded);
        }
        return new(protocol, 4, octets.MoveToImmutable());
    }

    public override PayloadType Type => PayloadType.Delete;

    public override string Notation => $"D({(Protocol == ProtocolId.Ike ? "IKE" : $"{Protocol.ToString().ToUpperInvariant()} {string.Join(' ', Spis)}")})";

    public override IEnumerable<string> Describe() => [$"{Protocol}", .. Spis.Select(spi => $"spi {spi}")];

    public override byte[] EncodeBody() =>
        [(byte)Protocol, SpiSize, (byte)(Spis.Length >> 8), (byte)Spis.Length, .. Spis.SelectMany(spi => spi.ToArray())];

    internal static DeletePayload Parse(ref FieldReader reader)
    {
        var protocol = (ProtocolId)reader.U8("Protocol ID");
        var size = reader.U8("SPI Size");
        var count = reader.U16("Num of SPIs");
        if (reader.Remaining != size * count)
            reader.Fail("Num of SPIs", $"{count} of {size} octets, but {reader.Remaining} octets are there");
        var spis = ImmutableArray.CreateBuilder<Octets>();
        // With SPI size 0 the count says nothing that the octets bear out: keep it out of memory.
        for (var index = 0; index < count && size > 0 && reader.Error is null; index++)
            spis.Add(reader.Bytes(size, "SPI"));
        if (size == 0 && count != 0)
            reader.Fail("Num of SPIs", $"{count} SPIs of 0 octets");
        return new(protocol, size, spis.DrainToImmutable());
    }
}
