using Conformance.Rules;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Decoding;

/// <summary>An IKEv2 message, or one fragment of one; a message put together from fragments is seen once more as a whole.</summary>
internal sealed class IkeSighting(Dissection dissection) : Sighting(dissection)
{
    /// <summary>The message as it was sent; of a reassembled one the last fragment.</summary>
    public required ReadOnlyMemory<byte> Octets { get; init; }

    public required IkeHeader Header { get; init; }

    /// <summary>Payloads that stand in clear, SK and SKF among them.</summary>
    public required IReadOnlyList<SeenPayload> Outer { get; init; }

    /// <summary>What SK has inside; null if there is none or it could not be opened.</summary>
    public IReadOnlyList<SeenPayload>? Inner { get; set; }

    /// <summary>Why the chain of payloads could not be walked to its end, outside or inside.</summary>
    public ParseError? ChainError { get; set; }

    /// <summary>Put together from fragments.</summary>
    public bool IsReassembled { get; init; }

    /// <summary>How SK or SKF was opened; null without keys.</summary>
    public OpenedIke? Opened { get; set; }

    /// <summary>Of SK or SKF.</summary>
    public IcvState Icv { get; set; } = IcvState.NotChecked;

    public bool IsResponse => Header.IsResponse;

    public bool Is(ExchangeType exchange) => Header.ExchangeType == exchange;

    /// <summary>One of several, its content a part of a message's.</summary>
    public bool IsFragment => !IsReassembled && Fragment is not null;

    public EncryptedFragmentPayload? Fragment => Outer.Count > 0 ? Outer[^1].Payload as EncryptedFragmentPayload : null;

    public bool IsEncrypted => Outer.Any(payload => payload.Type is PayloadType.Encrypted or PayloadType.EncryptedFragment);

    /// <summary>Whether all that the message says is known, and well-formed.</summary>
    public bool IsReadable => ChainError is null && (Inner is not null || !IsEncrypted) && Content.All(payload => payload.Payload is not null);

    /// <summary>Every payload that can be read, but for SK and SKF themselves.</summary>
    public IEnumerable<SeenPayload> Content =>
        Outer.Where(payload => payload.Type is not (PayloadType.Encrypted or PayloadType.EncryptedFragment)).Concat(Inner ?? []);

    public IEnumerable<T> All<T>() where T : Payload => Content.Select(payload => payload.Payload).OfType<T>();

    public T? Find<T>() where T : Payload => All<T>().FirstOrDefault();

    public NotifyPayload? Notify(NotifyType type) => All<NotifyPayload>().FirstOrDefault(notify => notify.NotifyType == type);

    public TrafficSelectorPayload? Selectors(PayloadType side) => All<TrafficSelectorPayload>().FirstOrDefault(payload => payload.Side == side);

    public bool HasError => All<NotifyPayload>().Any(notify => notify.IsError);

    public UdpSighting? Udp => Carrier as UdpSighting;

    /// <summary>What is known of its IKE SA; null where too much is to be remembered.</summary>
    public IkeHistory? History { get; set; }

    /// <summary>The same kind of message with the same message id from the same sender, seen first; null if this is the first.</summary>
    public IkeSighting? Earlier { get; set; }

    /// <summary>Whether these very octets came from this sender before.</summary>
    public bool IsRepeat { get; set; }

    /// <summary>What a response answers; null for requests, and where no request or more than one different could be meant.</summary>
    public IkeSighting? Request { get; set; }

    /// <summary>The last request of the other end under the id of this response, whatever it says; null if none was seen.</summary>
    public IkeSighting? LastRequest { get; set; }

    /// <summary>How many requests came under the id of this response, fragments counted one by one.</summary>
    public int RequestsSeen { get; set; }

    /// <summary>How many messages came from this sender under its id, this one included.</summary>
    public int TimesSeen { get; set; }

    /// <summary>Between the last three times that these octets were sent; null before the third.</summary>
    public (TimeSpan Before, TimeSpan Last)? Pauses { get; set; }

    /// <summary>A request under an id that its sender had not used.</summary>
    public bool IsNew { get; set; }

    /// <summary>Of a new request: how many of the sender's own are unanswered.</summary>
    public int Unanswered { get; set; }

    /// <summary>Of a new request: the lowest id of those.</summary>
    public uint? OldestUnanswered { get; set; }

    /// <summary>Of a new request: the highest id that its sender had used; null for none.</summary>
    public uint? HighestRequest { get; set; }

    public bool NonceIsReused { get; set; }

    /// <summary>The sender had named the same SPI for another IKE SA.</summary>
    public bool IkeSpiIsReused { get; set; }

    public bool PublicValueIsReused { get; set; }

    /// <summary>An SPI for a child SA that an earlier exchange had named already; null if there is none.</summary>
    public uint? ReusedSpi { get; set; }

    /// <summary>The frame of another message with the same IV under the same key; null if there is none.</summary>
    public int? SameIv { get; set; }
}
