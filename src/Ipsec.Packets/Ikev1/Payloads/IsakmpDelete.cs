using System.Collections.Immutable;

namespace Ipsec.Packets.Ikev1;

/// <summary>
/// Delete payload (RFC 2408 section 3.15):
/// <code>
/// |              Domain of Interpretation  (DOI)                  |
/// |  Protocol-Id  |   SPI Size    |           # of SPIs           |
/// |               Security Parameter Index(es) (SPI)              |
/// </code>
/// </summary>
/// <param name="SpiSize">Octets: 16 (both cookies) for ISAKMP, 4 for ESP and AH, 2 for IPComp.</param>
public sealed record IsakmpDelete(DomainOfInterpretation Doi, IpsecProtocolId Protocol, byte SpiSize, ImmutableArray<Octets> Spis) : IsakmpPayload
{
    public override IsakmpPayloadType Type => IsakmpPayloadType.Delete;

    public override string Notation => $"D({Protocol})";

    public override byte[] EncodeBody()
    {
        var body = new List<byte>();
        BigEndian.Add(body, (uint)Doi);
        body.AddRange([(byte)Protocol, SpiSize, (byte)(Spis.Length >> 8), (byte)Spis.Length]);
        foreach (var spi in Spis)
            body.AddRange(spi.Span);
        return [.. body];
    }

    internal static IsakmpDelete Parse(ref FieldReader reader)
    {
        var doi = (DomainOfInterpretation)reader.U32("DOI");
        var protocol = (IpsecProtocolId)reader.U8("Protocol-Id");
        var size = reader.U8("SPI Size");
        var count = reader.U16("# of SPIs");
        if (reader.Remaining != size * count)
            reader.Fail("# of SPIs", $"{count} of {size} octets, but {reader.Remaining} octets are there");
        // With SPI size 0 the count says nothing that the octets bear out: keep it out of memory.
        if (size == 0 && count != 0)
            reader.Fail("# of SPIs", $"{count} SPIs of 0 octets");
        var spis = ImmutableArray.CreateBuilder<Octets>();
        for (var index = 0; index < count && reader.Error is null; index++)
            spis.Add(reader.Bytes(size, "SPI"));
        return new(doi, protocol, size, spis.DrainToImmutable());
    }
}
