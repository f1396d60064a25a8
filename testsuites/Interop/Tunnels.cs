using Conformance.Implementations;
using Conformance.Scenarios;

namespace Conformance.Suites.Interop;

/// <summary>The in-house stack meets the implementation: whole connections in both roles, with ICMP, UDP and TCP through each.</summary>
public sealed class Tunnels : ScenarioFixture
{
    private static readonly ConnectionPolicy Gcm256 = new();
    private static readonly ConnectionPolicy Gcm128 = new() { IkeSuites = [IkeSuite.Aes128GcmSha256Ecp256], EspSuites = [EspSuite.Aes128Gcm] };
    private static readonly ConnectionPolicy CbcSha256 = new() { IkeSuites = [IkeSuite.Aes256CbcSha256Modp2048], EspSuites = [EspSuite.Aes256CbcSha256] };
    private static readonly ConnectionPolicy CbcSha384 = new() { IkeSuites = [IkeSuite.Aes256CbcSha384Ecp384], EspSuites = [EspSuite.Aes256CbcSha384] };
    private static readonly ConnectionPolicy CbcSha512 = new() { IkeSuites = [IkeSuite.Aes256CbcSha512Modp3072], EspSuites = [EspSuite.Aes256CbcSha512] };
    private static readonly ConnectionPolicy Esn = new() { EspSuites = [EspSuite.Aes256GcmEsn] };
    private static readonly ConnectionPolicy Transport = new() { Mode = IpsecMode.Transport };
    private static readonly ConnectionPolicy Udp = new() { ForceUdpEncapsulation = true };

    [Scenario("INTEROP-GCM256-001", "AES-256-GCM, Curve25519, the stack initiates: ICMP, UDP and TCP flow through the tunnel")]
    [Covers("RFC7296-1.2-2")]
    public Task Gcm256StackInitiates() => Meet(Gcm256, stackInitiates: true);

    [Scenario("INTEROP-GCM256-002", "AES-256-GCM, Curve25519, the implementation initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.Initiator])]
    [Covers("RFC7296-1.2-2")]
    public Task Gcm256IutInitiates() => Meet(Gcm256, stackInitiates: false);

    [Scenario("INTEROP-GCM128-001", "AES-128-GCM, ECP-256, the stack initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.EcpGroups])]
    [Covers("RFC7296-1.2-2")]
    public Task Gcm128StackInitiates() => Meet(Gcm128, stackInitiates: true);

    [Scenario("INTEROP-GCM128-002", "AES-128-GCM, ECP-256, the implementation initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.Initiator, Capability.EcpGroups])]
    [Covers("RFC7296-1.2-2")]
    public Task Gcm128IutInitiates() => Meet(Gcm128, stackInitiates: false);

    [Scenario("INTEROP-CBC256-001", "AES-CBC, HMAC-SHA2-256, MODP-2048, the stack initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.ModpGroups, Capability.AesCbcHmacSha2])]
    [Covers("RFC7296-1.2-2")]
    public Task CbcSha256StackInitiates() => Meet(CbcSha256, stackInitiates: true);

    [Scenario("INTEROP-CBC256-002", "AES-CBC, HMAC-SHA2-256, MODP-2048, the implementation initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.Initiator, Capability.ModpGroups, Capability.AesCbcHmacSha2])]
    [Covers("RFC7296-1.2-2")]
    public Task CbcSha256IutInitiates() => Meet(CbcSha256, stackInitiates: false);

    [Scenario("INTEROP-CBC384-001", "AES-CBC, HMAC-SHA2-384, ECP-384, the stack initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.EcpGroups, Capability.AesCbcHmacSha2])]
    [Covers("RFC7296-1.2-2")]
    public Task CbcSha384StackInitiates() => Meet(CbcSha384, stackInitiates: true);

    [Scenario("INTEROP-CBC384-002", "AES-CBC, HMAC-SHA2-384, ECP-384, the implementation initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.Initiator, Capability.EcpGroups, Capability.AesCbcHmacSha2])]
    [Covers("RFC7296-1.2-2")]
    public Task CbcSha384IutInitiates() => Meet(CbcSha384, stackInitiates: false);

    [Scenario("INTEROP-CBC512-001", "AES-CBC, HMAC-SHA2-512, MODP-3072, the stack initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.ModpGroups, Capability.AesCbcHmacSha2])]
    [Covers("RFC7296-1.2-2")]
    public Task CbcSha512StackInitiates() => Meet(CbcSha512, stackInitiates: true);

    [Scenario("INTEROP-CBC512-002", "AES-CBC, HMAC-SHA2-512, MODP-3072, the implementation initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.Initiator, Capability.ModpGroups, Capability.AesCbcHmacSha2])]
    [Covers("RFC7296-1.2-2")]
    public Task CbcSha512IutInitiates() => Meet(CbcSha512, stackInitiates: false);

    [Scenario("INTEROP-ESN-001", "Extended sequence numbers, the stack initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.ExtendedSequenceNumbers])]
    [Covers("RFC4303-2.2.1-2")]
    public Task EsnStackInitiates() => Meet(Esn, stackInitiates: true);

    [Scenario("INTEROP-ESN-002", "Extended sequence numbers, the implementation initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.Initiator, Capability.ExtendedSequenceNumbers])]
    [Covers("RFC4303-2.2.1-2")]
    public Task EsnIutInitiates() => Meet(Esn, stackInitiates: false);

    [Scenario("INTEROP-TRANSPORT-001", "Transport mode, the stack initiates: ICMP, UDP and TCP flow between the outer addresses", Needs = [Capability.TransportMode])]
    [Covers("RFC7296-1.3.1-2")]
    public Task TransportStackInitiates() => Meet(Transport, stackInitiates: true);

    [Scenario("INTEROP-TRANSPORT-002", "Transport mode, the implementation initiates: ICMP, UDP and TCP flow between the outer addresses", Needs = [Capability.Initiator, Capability.TransportMode])]
    [Covers("RFC7296-1.3.1-2")]
    public Task TransportIutInitiates() => Meet(Transport, stackInitiates: false);

    [Scenario("INTEROP-UDP-001", "ESP in UDP, the stack initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.NatTraversal])]
    [Covers("RFC7296-2.23-5")]
    public Task UdpStackInitiates() => Meet(Udp, stackInitiates: true);

    [Scenario("INTEROP-UDP-002", "ESP in UDP, the implementation initiates: ICMP, UDP and TCP flow through the tunnel", Needs = [Capability.Initiator, Capability.NatTraversal])]
    [Covers("RFC7296-2.23-5")]
    public Task UdpIutInitiates() => Meet(Udp, stackInitiates: false);

    private async Task Meet(ConnectionPolicy policy, bool stackInitiates)
    {
        await Context.Configure(policy);
        var stack = Context.Stack;
        var requirement = Context.Scenario.Covers[0].Id;
        var up = stackInitiates ? await stack.Initiate() : await stack.BeInitiated();
        Context.Check(requirement, up, "an IKE SA and a child SA", "none came about");
        Context.Check(requirement, stack.Peer?.Identity == policy.LocalIdentity.ToString(), $"the stack knows who is there: {policy.LocalIdentity}", $"{stack.Peer}");
        if (policy.ForceUdpEncapsulation)
            Context.Check(requirement, stack.IsEncapsulated, "ESP in UDP", "ESP directly above IP");
        // Some kernels install the SA a moment after their daemon has answered: the first echo may be lost to that.
        await stack.Ping(8);
        int[] sizes = [0, 56, 1000, 2500];
        var pings = await stack.Ping(sizes);
        Context.Check(requirement, pings == sizes.Length, $"{sizes.Length} ICMP echo replies", $"{pings}");
        var datagrams = await stack.EchoUdp(1, 512, 1300);
        Context.Check(requirement, datagrams == 3, "3 UDP datagrams echoed", $"{datagrams}");
        const int transfer = 256 * 1024;
        var octets = await stack.EchoTcp(transfer);
        Context.Check(requirement, octets == transfer, $"{transfer} octets echoed over TCP", $"{octets}");
        Context.Check(requirement, await stack.Disconnect(), "no child SA after the delete", "some");
    }
}
