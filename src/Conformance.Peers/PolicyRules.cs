using System.Net;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Peers;

/// <summary>What holds for a policy in any daemon's configuration language: no text in it can be taken for the language itself.</summary>
internal static class PolicyRules
{
    /// <exception cref="UnsupportedPolicyException">A field does not keep to its own documentation.</exception>
    public static void Check(ConnectionPolicy policy)
    {
        Demand(policy.Name.Length > 0 && policy.Name.All(char.IsAsciiLetterOrDigit),
            nameof(policy.Name), $"\"{policy.Name}\" is not letters and digits");
        Demand(policy.PreSharedKey.Length > 0 && policy.PreSharedKey.All(c => c is >= ' ' and <= '~'),
            nameof(policy.PreSharedKey), "not printable ASCII");
        Demand(IsWellFormed(policy.LocalIdentity), nameof(policy.LocalIdentity), $"\"{policy.LocalIdentity}\" is not an identity of its kind");
        Demand(IsWellFormed(policy.RemoteIdentity), nameof(policy.RemoteIdentity), $"\"{policy.RemoteIdentity}\" is not an identity of its kind");
        Demand(policy.IkeSuites.Length > 0, nameof(policy.IkeSuites), "no suite");
        Demand(policy.EspSuites.Length > 0, nameof(policy.EspSuites), "no suite");
        Demand(policy.NamedTraffic.IsEmpty, nameof(policy.NamedTraffic), "the driver makes one connection, whoever the peer is");
        Demand(policy.WindowSize == 1, nameof(policy.WindowSize), "no daemon here can be told to take several requests at once");
        Demand(
            policy.Certificates?.HashAndUrl is null || policy.Certificates.HashAndUrl.Base.All(c => char.IsAsciiLetterOrDigit(c) || ":/.[]".Contains(c)), nameof(policy.Certificates),
            "not the URL of a folder");
        Demand(Ages(policy.Timers).All(age => age.Ticks % TimeSpan.TicksPerSecond == 0), nameof(policy.Timers), "no daemon here counts in less than seconds");
        Demand(policy is { DummyInterval: null, RefusesFlowPadding: false, SinglePairs: false }, nameof(policy.DummyInterval), "no daemon here can be told of dummy packets, to refuse padding, or to want single pairs");
        Demand(
            policy is { Assignment: AddressAssignment.None, AsksForAddress: false } or { Mode: IpsecMode.Tunnel, LocalSubnets.Length: <= 1, RemoteSubnets.Length: <= 1 },
            nameof(policy.Assignment), "inner addresses are of tunnels, and out of one subnet");
        foreach (var subnet in policy.LocalSubnets)
            Demand(IPNetwork.TryParse(subnet, out _), nameof(policy.LocalSubnets), $"\"{subnet}\" is not a subnet");
        foreach (var subnet in policy.RemoteSubnets)
            Demand(IPNetwork.TryParse(subnet, out _), nameof(policy.RemoteSubnets), $"\"{subnet}\" is not a subnet");
    }

    /// <summary>Where the tester's inner address comes from, if the implementation gives it one.</summary>
    public static IPNetwork Pool(ConnectionPolicy policy, Topology topology) =>
        policy.RemoteSubnets is [{ } only] ? IPNetwork.Parse(only) : PolicyTraffic.Around(topology.TesterInner);

    /// <summary>A combined mode cipher has no integrity algorithm beside it, any other has one.</summary>
    /// <exception cref="UnsupportedPolicyException">It is otherwise, and the daemon can't be told so.</exception>
    public static void RequireFittingIntegrity(ushort encryption, ushort integrity, string field, string daemon) => Demand(
        Algorithms.Encryption((EncryptionId)encryption) is not { } cipher || cipher.IsAead == (integrity == 0),
        field, $"{daemon} takes no integrity algorithm with a combined mode cipher, and demands one with others");

    /// <summary>Names of letters that need no quotes anywhere; what else there is goes as an address or in hex.</summary>
    private static bool IsWellFormed(PolicyIdentity identity) => identity.Type switch
    {
        IdentificationType.Fqdn => IsDomain(identity.ToString()),
        IdentificationType.Rfc822Addr => identity.ToString().Split('@') is [{ } user, { } domain] && IsDomain(user) && IsDomain(domain),
        IdentificationType.Ipv4Addr => identity.Data.Length == 4,
        IdentificationType.Ipv6Addr => identity.Data.Length == 16,
        IdentificationType.Null => identity.Data.IsEmpty,
        IdentificationType.DerAsn1Dn or IdentificationType.KeyId => !identity.Data.IsEmpty,
        _ => false,
    };

    private static bool IsDomain(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-');

    private static IEnumerable<TimeSpan> Ages(PolicyTimers? timers) =>
        new[] { timers?.ChildRekeying, timers?.ChildEnd, timers?.IkeRekeying, timers?.IkeEnd, timers?.Liveness, timers?.Reauthentication }.OfType<TimeSpan>();

    private static void Demand(bool kept, string field, string reason)
    {
        if (!kept)
            throw new UnsupportedPolicyException(field, reason);
    }
}
