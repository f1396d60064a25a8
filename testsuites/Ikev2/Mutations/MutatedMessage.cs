using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2.Mutations;

/// <summary>Which message is edited. Its name is in the ids.</summary>
public enum Message
{
    Init,
    Auth,
    Child,
    ChildRekey,
    IkeRekey,
    Info,
}

/// <summary>One edit of one payload of one message.</summary>
/// <param name="ToInitiator">The message is a response, and the implementation began the exchange.</param>
/// <param name="InFragments">The message goes in fragments (RFC 7383).</param>
public sealed record MutatedMessage(Message Message, PayloadType Payload, StructuralEdit Edit, bool ToInitiator, bool InFragments)
{
    public Expected Expected => Edit.Expected(Payload);

    public string Title => $"{(ToInitiator ? "The response" : "A request")} of {Exchange}{(InFragments ? ", in fragments," : "")} whose {Payload.Notation()} payload {Edit.Effect} is {Outcome}";

    public ScenarioCase Case(string topic) => new(
        $"IKEV2-{topic}-{Message.ToString().ToUpperInvariant()}-{PayloadName}-{Edit.Name}-{(InFragments ? "F" : "")}{(ToInitiator ? "I" : "R")}",
        Title, this, Covers, Needs)
    {
        // An initiator that takes a nonce of another length derives other keys than the tester has written down.
        Despite = ToInitiator && Message == Message.Init && Payload == PayloadType.Nonce ? ["RULE-IKE-PAYLOAD-022"] : [],
    };

    /// <summary>The payloads that each message has, as edits find them.</summary>
    public static ImmutableArray<PayloadType> PayloadsOf(Message message, bool toInitiator) => message switch
    {
        Message.Init => [PayloadType.SecurityAssociation, PayloadType.KeyExchange, PayloadType.Nonce, PayloadType.Notify],
        Message.Auth =>
        [
            toInitiator ? PayloadType.IdentificationResponder : PayloadType.IdentificationInitiator, PayloadType.Authentication, PayloadType.SecurityAssociation,
            PayloadType.TrafficSelectorInitiator, PayloadType.TrafficSelectorResponder,
        ],
        Message.Child => [PayloadType.SecurityAssociation, PayloadType.Nonce, PayloadType.TrafficSelectorInitiator, PayloadType.TrafficSelectorResponder],
        Message.ChildRekey => [PayloadType.Notify],
        Message.IkeRekey => [PayloadType.SecurityAssociation, PayloadType.Nonce, PayloadType.KeyExchange],
        _ => [PayloadType.Notify, PayloadType.Delete],
    };

    private string PayloadName => Payload switch
    {
        PayloadType.SecurityAssociation => "SA",
        PayloadType.KeyExchange => "KE",
        PayloadType.Nonce => "NONCE",
        PayloadType.IdentificationInitiator => "IDI",
        PayloadType.IdentificationResponder => "IDR",
        PayloadType.Authentication => "AUTH",
        PayloadType.TrafficSelectorInitiator => "TSI",
        PayloadType.TrafficSelectorResponder => "TSR",
        PayloadType.Delete => "D",
        _ => "N",
    };

    private string Exchange => Message switch
    {
        Message.Init => "IKE_SA_INIT",
        Message.Auth => "IKE_AUTH",
        Message.Child => "CREATE_CHILD_SA",
        Message.ChildRekey => "CREATE_CHILD_SA that rekeys a child SA",
        Message.IkeRekey => "CREATE_CHILD_SA that rekeys the IKE SA",
        _ => "INFORMATIONAL",
    };

    private string Outcome => Expected switch
    {
        _ when ToInitiator => "survived",
        Expected.Accepted => "taken as if nothing were wrong",
        Expected.Refused => "refused",
        Expected.RefusedAsCritical => "refused with UNSUPPORTED_CRITICAL_PAYLOAD",
        _ => "survived",
    };

    private ImmutableArray<string> Covers => (ToInitiator, Expected, Message) switch
    {
        (true, _, _) or (_, Expected.Survived, _) => [],
        (_, Expected.Accepted, _) => [AcceptedBy],
        (_, Expected.RefusedAsCritical, Message.Auth) => ["RFC7296-2.5-8", "RFC7296-4-3", "RFC7296-2.21.2-3"],
        (_, Expected.RefusedAsCritical, _) => ["RFC7296-2.5-8", "RFC7296-4-3"],
        (_, _, Message.Init) => Payload == PayloadType.SecurityAssociation ? ["RFC7296-3.3-4"] : [],
        (_, _, Message.Auth) => ["RFC7296-2.21.2-3"],
        _ => ["RFC7296-2.21.3-1", "RFC7296-3.10.1-4"],
    };

    /// <summary>The requirement by which an edit that changes nothing is to be taken.</summary>
    public string AcceptedBy => Edit.Name switch
    {
        "RESERVED" => "RFC7296-3.2-6",
        "CRITICAL" => "RFC7296-3.2-3",
        "LASTFIRST" => "RFC7296-1.7-5",
        _ => "RFC7296-4-2",
    };

    private ImmutableArray<Capability> Needs =>
    [
        .. ToInitiator ? Message switch
        {
            Message.Init or Message.Auth => [Capability.Initiator],
            Message.Child or Message.ChildRekey => [Capability.OrderRekeyChild],
            Message.IkeRekey => [Capability.OrderRekeyIke],
            _ => [Capability.OrderDeleteChild],
        } : ImmutableArray<Capability>.Empty,
        .. InFragments ? [Capability.IkeFragmentation] : ImmutableArray<Capability>.Empty,
    ];
}
