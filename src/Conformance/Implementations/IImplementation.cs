using System.Collections.Immutable;
using System.Net;
using Ipsec.Host.Links;

namespace Conformance.Implementations;

/// <summary>
/// An implementation under test (IUT), started and reachable: the in-house stack in memory, a daemon in a container, a device.
/// Scenarios see only this. Calls are not concurrent: one scenario holds an implementation at a time.
/// </summary>
public interface IImplementation : IAsyncDisposable
{
    /// <summary>What it is, for reports: product, version, where its ESP is done.</summary>
    ImplementationDescription Description { get; }

    /// <summary>What it declares to support (PICS).</summary>
    Capabilities Capabilities { get; }

    /// <summary>The ESP suite that it likes best: for policies that leave the choice to it.</summary>
    EspSuite StandardEspSuite => EspSuite.Aes256Gcm;

    /// <summary>Whether it is met over IPv6 where a policy does not say.</summary>
    bool IsMetOverIpv6 => false;

    /// <summary>The segment on which the tester meets it.</summary>
    INetwork Network { get; }

    /// <summary>Addresses and timers by which the tester reaches it (PIXIT).</summary>
    Topology Topology { get; }

    /// <summary>
    /// Forgets every SA and connection it has, silently if it can, and takes this policy instead.
    /// </summary>
    /// <exception cref="UnsupportedPolicyException">The implementation can't express the policy; the field is named.</exception>
    /// <exception cref="ImplementationFailedException">It can't be driven any more.</exception>
    Task Configure(ConnectionPolicy policy, CancellationToken cancellation);

    /// <summary>
    /// Forgets every SA and policy it has and takes these instead, without IKE. With <see cref="Capability.ManualKeying"/>.
    /// </summary>
    /// <exception cref="UnsupportedPolicyException">The implementation can't express it or refuses it; the field is named, the reason is its own.</exception>
    /// <exception cref="ImplementationFailedException">It can't be driven any more.</exception>
    Task Install(ManualConfiguration configuration, CancellationToken cancellation) =>
        throw new UnsupportedPolicyException(nameof(Capability.ManualKeying), $"{Description.Name} is keyed by IKE");

    /// <summary>
    /// Its counters of discarded packets, by name, since it was started: for a Linux kernel those of <c>/proc/net/xfrm_stat</c>. Empty if it has none.
    /// </summary>
    Task<ImmutableDictionary<string, long>> Counters(CancellationToken cancellation) => Task.FromResult(ImmutableDictionary<string, long>.Empty);

    /// <summary>Asks it to set up the configured connection (IKE SA and child SA). Returns without waiting for the outcome.</summary>
    Task Initiate(CancellationToken cancellation);

    /// <summary>Sends one UDP datagram from one of its addresses, inner or outer. With <see cref="Capability.InitiatesOnTraffic"/>.</summary>
    /// <exception cref="UnsupportedPolicyException">It can't be asked for that.</exception>
    Task SendDatagram(IPEndPoint from, IPEndPoint to, CancellationToken cancellation) =>
        throw new UnsupportedPolicyException(nameof(Capability.InitiatesOnTraffic), $"{Description.Name} can't be told to send packets");

    /// <summary>Asks it to delete the IKE SA with all children, telling the other end.</summary>
    Task Terminate(CancellationToken cancellation);

    /// <summary>Asks it to do something with the SAs that it has. Returns without waiting for the outcome.</summary>
    /// <exception cref="UnsupportedPolicyException">It can't be asked for that.</exception>
    Task Order(SaOrder order, CancellationToken cancellation) =>
        throw new UnsupportedPolicyException(nameof(SaOrder), $"{Description.Name} can't be told to {order}");

    /// <summary>The child SAs it says it has, with their traffic counters, in no order.</summary>
    Task<ImmutableArray<SecurityAssociationInfo>> SecurityAssociations(CancellationToken cancellation);

    /// <summary>Whether it still runs and answers its control interface: what a liveness probe asks when the wire is silent.</summary>
    Task<bool> IsAlive(CancellationToken cancellation);

    /// <summary>What it logged since the last <see cref="Configure"/>; empty if it logs nothing.</summary>
    Task<string> Log(CancellationToken cancellation);

    /// <summary>The configured policy in the implementation's own configuration language, secrets included (test secrets only).</summary>
    string RenderedConfiguration { get; }
}

/// <summary>What an implementation can be asked to do with the SAs of its connection; each has a <see cref="Capability"/> of its name.</summary>
public enum SaOrder
{
    /// <summary>Replace the child SA by a new one.</summary>
    RekeyChild,
    /// <summary>Replace the IKE SA by a new one.</summary>
    RekeyIke,
    /// <summary>Delete the child SA, and keep the IKE SA.</summary>
    DeleteChild,
    /// <summary>Make one more child SA with the same traffic under the IKE SA.</summary>
    CreateChild,
    /// <summary>Ask the peer whether it is alive.</summary>
    CheckLiveness,
}

/// <param name="Name">Short name by which users select it: <c>in-house</c>, <c>strongswan</c>, <c>libreswan</c>.</param>
/// <param name="Product">Product and version as it says itself.</param>
/// <param name="DataPlane">Who does ESP: "in-house", "guest kernel 7.2", "host kernel 6.12".</param>
public sealed record ImplementationDescription(string Name, string Product, string DataPlane);

/// <summary>Addresses, IPv4 first. Inner addresses are single hosts inside the protected networks.</summary>
/// <param name="Iut">Outer address of the implementation.</param>
/// <param name="Tester">Outer address of the tester (or of the in-house stack that meets the implementation).</param>
/// <param name="PrefixLength">Prefix length of the outer segment, bits.</param>
/// <param name="IutInner">An address behind the implementation that answers ICMP echo, and UDP and TCP echo on port 7.</param>
/// <param name="TesterInner">An address behind the tester.</param>
/// <param name="ResponseTime">How long to wait for an answer that is due, before it counts as missing.</param>
/// <param name="SilenceTime">How long to watch when nothing may come.</param>
public sealed record Topology(
    IPAddress Iut, IPAddress Tester, int PrefixLength, IPAddress IutInner, IPAddress TesterInner, TimeSpan ResponseTime, TimeSpan SilenceTime)
{
    /// <summary>The same places in IPv6; null for an implementation without it.</summary>
    public Ipv6Places? Ipv6 { get; init; }

    /// <summary>The same with the addresses of a policy's families in the first places. What else is in IPv6 stays where it is.</summary>
    /// <exception cref="UnsupportedPolicyException">The policy asks for IPv6, and there is none.</exception>
    public Topology Of(ConnectionPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy is { OuterIpv6: not true, InnerIpv6: false })
            return this;
        var ipv6 = Ipv6 ?? throw new UnsupportedPolicyException(nameof(Ipv6), "the implementation has no IPv6 addresses");
        var outer = policy.OuterIpv6 is true ? this with { Iut = ipv6.Iut, Tester = ipv6.Tester, PrefixLength = ipv6.PrefixLength } : this;
        return policy.InnerIpv6 ? outer with { IutInner = ipv6.IutInner, TesterInner = ipv6.TesterInner } : outer;
    }
}

/// <summary>The IPv6 addresses of a <see cref="Topology"/>.</summary>
/// <param name="PrefixLength">Prefix length of the outer segment, bits.</param>
public sealed record Ipv6Places(IPAddress Iut, IPAddress Tester, int PrefixLength, IPAddress IutInner, IPAddress TesterInner)
{
    /// <summary>Unique local addresses (RFC 4193), for segments that meet no other.</summary>
    public static Ipv6Places Standard { get; } = new(
        IPAddress.Parse("fd1c:f000::2"), IPAddress.Parse("fd1c:f000::10"), 64, IPAddress.Parse("fd1c:f001::1"), IPAddress.Parse("fd1c:f002::1"));
}

/// <summary>One child SA as its owner reports it. Counters are null where the owner has none.</summary>
public sealed record SecurityAssociationInfo(
    uint InboundSpi, uint OutboundSpi, string Mode, string Peer, string AuthenticatedIdentity, string AuthenticatedBy, long? PacketsIn, long? PacketsOut);

/// <summary>The policy asks for what this implementation can't do.</summary>
public sealed class UnsupportedPolicyException(string field, string reason) : Exception($"{field}: {reason}")
{
    public string Field { get; } = field;
}

/// <summary>The implementation, or what it runs in, failed in a way that is the harness's to report, not a verdict. The message says what, where and what to do.</summary>
public sealed class ImplementationFailedException(string message, Exception? inner = null) : Exception(message, inner);
