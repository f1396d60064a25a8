namespace Ipsec.Packets.Ikev1;

/// <summary>
/// Notification payload (RFC 2408 section 3.14):
/// <code>
/// |              Domain of Interpretation  (DOI)                  |
/// |  Protocol-ID  |   SPI Size    |      Notify Message Type      |
/// |                Security Parameter Index (SPI)                 |
/// |                       Notification Data                       |
/// </code>
/// </summary>
public sealed record IsakmpNotification(
    DomainOfInterpretation Doi, IpsecProtocolId Protocol, Octets Spi, IsakmpNotifyType NotifyType, Octets Data) : IsakmpPayload
{
    public override IsakmpPayloadType Type => IsakmpPayloadType.Notification;

    public override string Notation => $"N({NotifyType})";

    public override byte[] EncodeBody()
    {
        var body = new List<byte>();
        BigEndian.Add(body, (uint)Doi);
        body.AddRange([(byte)Protocol, (byte)Spi.Length, (byte)((ushort)NotifyType >> 8), (byte)NotifyType]);
        body.AddRange(Spi.Span);
        body.AddRange(Data.Span);
        return [.. body];
    }

    internal static IsakmpNotification Parse(ref FieldReader reader)
    {
        var doi = (DomainOfInterpretation)reader.U32("DOI");
        var protocol = (IpsecProtocolId)reader.U8("Protocol-ID");
        var spiSize = reader.U8("SPI Size");
        var type = (IsakmpNotifyType)reader.U16("Notify Message Type");
        return new(doi, protocol, reader.Bytes(spiSize, "SPI"), type, reader.Rest());
    }
}
