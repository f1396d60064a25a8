using Ipsec.Host;
using Ipsec.Packets.Ike;

namespace Conformance.Defects;

/// <summary>How faults of IKE are made: messages changed on their way out or in, and options changed.</summary>
internal static class IkeFault
{
    public static SecurityAssociationPayload Proposals(SecurityAssociationPayload offer, Func<Proposal, Proposal> change) => new([.. offer.Proposals.Select(change)]);

    public static SecurityAssociationPayload Transforms(SecurityAssociationPayload offer, Func<Transform, Transform> change) =>
        Proposals(offer, proposal => proposal with { Transforms = [.. proposal.Transforms.Select(change)] });

    public static Defect Options(string name, string effect, string requirement, Func<IpsecHostOptions, IpsecHostOptions> inject) => new(name, effect, requirement) { Inject = inject };

    public static Defect Sending(string name, string effect, string requirement, Func<IkeMessage, IkeMessage> change) =>
        Options(name, effect, requirement, options => options with { IkeCodec = new DefectiveCodec(onWrite: change) });

    /// <summary>Changes one kind of payload in all messages.</summary>
    public static Defect Writing<T>(string name, string effect, string requirement, Func<T, Payload> change) where T : Payload =>
        Sending(name, effect, requirement, message => Changed(message, change));

    /// <summary>Changes one kind of payload in responses.</summary>
    public static Defect Answering<T>(string name, string effect, string requirement, Func<T, Payload> change) where T : Payload => Sending(
        name, effect, requirement, message => message.Header.IsResponse ? Changed(message, change) : message);

    public static Defect Reading(string name, string effect, string requirement, Func<Payload, Payload> change) =>
        Options(name, effect, requirement, options => options with { IkeCodec = new DefectiveCodec(onRead: payloads => [.. payloads.Select(change)]) });

    public static Func<IkeMessage, IkeMessage> Without(NotifyType type) =>
        message => message with { Payloads = [.. message.Payloads.Where(payload => payload is not NotifyPayload notify || notify.NotifyType != type)] };

    public static IkeMessage Without<T>(IkeMessage message) where T : Payload => message with { Payloads = [.. message.Payloads.Where(payload => payload is not T)] };

    /// <summary>Changes one kind of payload in one message.</summary>
    public static IkeMessage Changed<T>(IkeMessage message, Func<T, Payload> change) where T : Payload =>
        message with { Payloads = [.. message.Payloads.Select(payload => payload is T one ? change(one) : payload)] };
}
