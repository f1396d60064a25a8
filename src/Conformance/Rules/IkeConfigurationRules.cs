using Conformance.Decoding;
using Ipsec.Packets.Ike;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>Configuration payloads and EAP (RFC 7296 sections 2.19, 3.15 and 3.16).</summary>
internal static class IkeConfigurationRules
{
    public static IEnumerable<Rule> All =>
    [
        Configuration("001", "The reserved bit of configuration attributes is zero", "RFC7296-3.15.1-1", (_, cp) =>
            Each(cp.Attributes, attribute => That(!attribute.Reserved, "R clear", $"set in {attribute.Type}"))),
        Configuration("002", "A request for configuration has an address attribute", "RFC7296-2.19-4", (ike, cp) => cp.ConfigurationType == ConfigurationType.Request && ike.Is(ExchangeType.IkeAuth)
            ? That(cp.Attributes.Any(IsAddress), "an address attribute", $"{string.Join(' ', cp.Attributes)}")
            : NotExercised),
        Configuration("003", "No CFG_REPLY comes without CFG_REQUEST", "RFC7296-2.19-6", (ike, cp) => cp.ConfigurationType == ConfigurationType.Reply && ike.Request is { IsReadable: true } request && !EndsEap(request)
            ? That(request.All<ConfigurationPayload>().Any(asked => asked.ConfigurationType == ConfigurationType.Request), "CFG_REQUEST in the request", "none")
            : NotExercised),
        Configuration("004", "There is at most one netmask, and only with an IPv4 address", "RFC7296-3.15.1-6", (_, cp) => Count(cp, ConfigurationAttributeType.InternalIp4Netmask) is > 0 and var count
            ? That(count == 1 && Count(cp, ConfigurationAttributeType.InternalIp4Address) > 0, "one netmask with an address", $"{string.Join(' ', cp.Attributes)}")
            : NotExercised),
        Configuration("005", "A netmask in a request is empty", "RFC7296-3.15.1-7", (_, cp) => cp.ConfigurationType == ConfigurationType.Request
            ? Each(cp.Attributes, attribute => attribute.Type == ConfigurationAttributeType.InternalIp4Netmask ? That(attribute.Value.IsEmpty, "no value", $"{attribute}") : NotExercised)
            : NotExercised),
    ];

    private static Rule Configuration(string number, string title, string covers, Func<IkeSighting, ConfigurationPayload, Judgement> judge) =>
        Rule.Of<IkeSighting>($"RULE-IKE-CONFIGURATION-{number}", title, covers, ike => Each(ike.All<ConfigurationPayload>(), cp => judge(ike, cp)));

    /// <summary>With EAP it is the first of several requests that asks (section 2.19).</summary>
    private static bool EndsEap(IkeSighting request) => request.Is(ExchangeType.IkeAuth) && request.Header.MessageId > 1;

    private static bool IsAddress(ConfigurationAttribute attribute) =>
        attribute.Type is ConfigurationAttributeType.InternalIp4Address or ConfigurationAttributeType.InternalIp6Address;

    private static int Count(ConfigurationPayload cp, ConfigurationAttributeType type) => cp.Attributes.Count(attribute => attribute.Type == type);
}
