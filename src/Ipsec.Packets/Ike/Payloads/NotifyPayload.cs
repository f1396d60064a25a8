using System.Text.RegularExpressions;

namespace Ipsec.Packets.Ike;

/// <summary>
/// Notify payload (RFC 7296 section 3.10):
/// <code>
/// |  Protocol ID  |   SPI Size    |      Notify Message Type      |
/// |                Security Parameter Index (SPI)                 |
/// |                       Notification Data                       |
/// </code>
/// </summary>
public sealed partial record NotifyPayload(ProtocolId Protocol, Octets Spi, NotifyType NotifyType, Octets Data) : Payload
{
    /// <summary>A notification about no SA, or about the IKE SA that carries it.</summary>
    public NotifyPayload(NotifyType type, Octets data = default)
        : this(ProtocolId.None, Octets.Empty, type, data)
    {
    }

    public override PayloadType Type => PayloadType.Notify;

    /// <summary>Types below 16384 report errors (RFC 7296 section 3.10.1).</summary>
    public bool IsError => (ushort)NotifyType < 16384;

    public override string Notation => $"N({NotifyName(NotifyType)})";

    public override IEnumerable<string> Describe()
    {
        if (!Spi.IsEmpty || Protocol != ProtocolId.None)
            yield return $"{Protocol} spi {Spi}";
        if (!Data.IsEmpty)
            yield return $"data {Data}";
    }

    public override byte[] EncodeBody() =>
        [(byte)Protocol, (byte)Spi.Length, (byte)((ushort)NotifyType >> 8), (byte)NotifyType, .. Spi.Span, .. Data.Span];

    /// <summary>The registry's spelling: NO_PROPOSAL_CHOSEN; the number for types without a name.</summary>
    public static string NotifyName(NotifyType type) =>
        Enum.IsDefined(type) ? WordStart().Replace(type.ToString(), "_$1").ToUpperInvariant() : $"{(ushort)type}";

    internal static NotifyPayload Parse(ref FieldReader reader)
    {
        var protocol = (ProtocolId)reader.U8("Protocol ID");
        var spiSize = reader.U8("SPI Size");
        var type = (NotifyType)reader.U16("Notify Message Type");
        return new(protocol, reader.Bytes(spiSize, "SPI"), type, reader.Rest());
    }

    [GeneratedRegex("(?<!^)([A-Z])")]
    private static partial Regex WordStart();
}
