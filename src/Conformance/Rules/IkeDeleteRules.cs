using System.Buffers.Binary;
using Conformance.Decoding;
using Ipsec.Packets.Ike;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>Delete payloads (RFC 7296 sections 1.4.1 and 3.11).</summary>
internal static class IkeDeleteRules
{
    public static IEnumerable<Rule> All =>
    [
        Delete("001", "The SPI size of a delete is zero for IKE and four for ESP and AH", "RFC7296-3.11-3", (_, delete) =>
            That(delete.SpiSize == (delete.Protocol == ProtocolId.Ike ? 0 : 4), delete.Protocol == ProtocolId.Ike ? "SPI size 0" : "SPI size 4", $"{delete.SpiSize}")),
        Delete("002", "A delete is of IKE, AH or ESP", "RFC7296-3.11-1 RFC7296-3.11-2", (_, delete) =>
            That(delete.Protocol is ProtocolId.Ike or ProtocolId.Ah or ProtocolId.Esp, "protocol 1, 2 or 3", $"{(byte)delete.Protocol}")),
        Delete("003", "A delete names the SAs that its sender receives on", "RFC7296-1.4.1-2", (ike, delete) => Each(Spis(delete), spi =>
            ike.Pair?.Child(ike.Sender, spi) is not null
                ? Held
                : ike.Pair?.Child(ike.Receiver, spi) is not null ? That(false, "an SPI that its sender chose", $"0x{spi:x8}, which the peer chose") : NotExercised)),
        Delete("004", "Where deletes cross, the response does not name the SAs again", "RFC7296-1.4.1-5", (ike, delete) => ike.IsResponse && ike.History?.Of(ike.Sender) is { } end
            ? Each(Spis(delete), spi => That(!end.Deleted.Contains((delete.Protocol, spi)), "SAs that its own request had not deleted", $"0x{spi:x8}"))
            : NotExercised),
        Rule.Of<IkeSighting>("RULE-IKE-DELETE-005", "The last request on an IKE SA is the delete of itself", "RFC7296-2.8-6", ike =>
            ike.IsReassembled || ike.IsResponse || ike.History?.Of(ike.Sender)?.Leaving is not { } leaving
                ? NotExercised
                : That(leaving == ike.Frame || !ike.IsNew, $"no request after the delete in frame {leaving}", $"{ike.Header.ExchangeType.Notation()} {ike.Header.MessageId}")),
        Rule.Of<IkeSighting>("RULE-IKE-DELETE-006", "Deletes go in INFORMATIONAL exchanges of the IKE SA that made what they delete, or its successor", "RFC7296-1.4-3 RFC7296-1.4-2", ike =>
            ike.Find<DeletePayload>() is null ? NotExercised : That(ike.IsEncrypted && ike.Is(ExchangeType.Informational), "INFORMATIONAL, encrypted", $"{ike.Header.ExchangeType.Notation()}")),
    ];

    private static Rule Delete(string number, string title, string covers, Func<IkeSighting, DeletePayload, Judgement> judge) =>
        Rule.Of<IkeSighting>($"RULE-IKE-DELETE-{number}", title, covers, ike => Each(ike.All<DeletePayload>(), delete => judge(ike, delete)));

    private static IEnumerable<uint> Spis(DeletePayload delete) =>
        delete.Spis.Where(spi => spi.Length == 4).Select(spi => BinaryPrimitives.ReadUInt32BigEndian(spi.Span));
}
