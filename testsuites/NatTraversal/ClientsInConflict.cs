using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Suites.NatTraversal;

/// <summary>
/// Two clients of different names whose traffic looks alike to the implementation (RFC 3948 sections 5.1 and 5.2): it keeps them apart, or refuses the second. The
/// tester is both: one NAT with two ports, or, as far as inner addresses go, two NATs.
/// </summary>
[Needs(Capability.IkeV2, Capability.NatTraversal)]
public sealed class ClientsInConflict : ScenarioFixture
{
    private const int Rounds = 3;

    private static readonly ImmutableArray<AuthorizedPeer> Clients = [new(IdentificationType.Fqdn, ".example")];

    // RFC 5737: documentation, so nobody's own.
    private static readonly Client
        Ari = new("ari.example", IPAddress.Parse("203.0.113.3"), 40503, 44503),
        Bob = new("bob.example", IPAddress.Parse("203.0.113.4"), 40504, 44504);

    [Scenario("NAT-CONFLICT-001", "Two clients behind NATs with the same inner address: what is for one never goes to the other", Needs = [Capability.TunnelMode])]
    [Covers("RFC3948-5.1-1")]
    public Task SameInnerAddress() => MeetInConflict(IpsecMode.Tunnel, "RFC3948-5.1-1");

    [Scenario("NAT-CONFLICT-002", "Transport mode, two clients behind one NAT with the same selectors: what is for one never goes to the other", Needs = [Capability.TransportMode, Capability.TransportThroughNat])]
    [Covers("RFC3948-5.2-1")]
    public Task SameSelectors() => MeetInConflict(IpsecMode.Transport, "RFC3948-5.2-1");

    [Scenario("NAT-CONFLICT-003", "Transport mode, two clients behind one NAT, one for ICMP and one for UDP: what is for one never goes to the other", Needs = [Capability.TransportMode, Capability.TransportThroughNat])]
    [Covers("RFC3948-5.2-1")]
    public async Task DisjointSelectors()
    {
        const string requirement = "RFC3948-5.2-1";
        await Context.Configure(new() { OuterIpv6 = false, Mode = IpsecMode.Transport, AuthorizedPeers = Clients });
        var ari = await Connect(Ari, IpProtocol.Icmp);
        if (ari is null || !await Tester.Carries(ari))
        {
            Context.Inconclusive("preamble: no echo reply through the first client's child SA");
            return;
        }
        var bob = await Connect(Bob, IpProtocol.Udp);
        for (var round = 0; round < Rounds; round++)
        {
            await AnswerStaysApart(ari, requirement, Ari.Name);
            if (bob is null)
                continue;
            Tester.SendEsp(bob, bob.Seal(Testing.Tester.UdpPacket(bob.OwnAddress, bob.PeerAddress, 40007, 7, "whose is this?"u8.ToArray())), $"UDP datagram of {Bob.Name} to the echo service");
            var answer = await Tester.Receive<ReceivedEsp>(received => IsAnswerToUdp(received.Inner), Tester.ResponseTime);
            Context.Check(requirement, answer is null || answer.Child == bob, $"the answer to {Bob.Name} over its own SA", $"{answer?.Summary}, over another");
        }
        await Tester.ProbeLiveness(ari.Session);
    }

    private async Task MeetInConflict(IpsecMode mode, string requirement)
    {
        await Context.Configure(new() { OuterIpv6 = false, Mode = mode, AuthorizedPeers = Clients });
        var ari = await Connect(Ari);
        if (ari is null || !await Tester.Carries(ari))
        {
            Context.Inconclusive("preamble: no echo reply through the first client's child SA");
            return;
        }
        var bob = await Connect(Bob);
        if (bob is null)
        {
            // Refused: who was there first keeps what it has.
            Context.Check(requirement, await Tester.Carries(ari), $"traffic of {Ari.Name} goes on where {Bob.Name} is refused", "no echo reply");
            return;
        }
        for (var round = 0; round < Rounds; round++)
        {
            await AnswerStaysApart(ari, requirement, Ari.Name);
            await AnswerStaysApart(bob, requirement, Bob.Name);
        }
    }

    /// <summary>An answer may be missing, where another client has displaced this one; it must not go to another.</summary>
    private async Task AnswerStaysApart(EspSession child, string requirement, string name)
    {
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendEsp(child, child.Seal(packet), $"ESP {child.OutboundSpi:x8}: ICMP echo request {echo} of {name}");
        var reply = await Tester.AnyEchoReply(echo, Tester.ResponseTime);
        Context.Check(requirement, reply is null || reply.Child == child, $"the echo reply to {name} over its own SA", $"{reply?.Summary}, over another");
    }

    /// <summary>IKE SA and child SA of one client; null if the implementation refuses it.</summary>
    /// <param name="protocol">The only one that its child SA is for; 0 for all.</param>
    private async Task<EspSession?> Connect(Client client, byte protocol = 0)
    {
        var session = Tester.NewSession();
        session.Inside = new(client.Address, UdpEncapsulation.IkePort);
        session.Identity = client.Name;
        Tester.UsePorts(session, client.IkePort, UdpEncapsulation.IkePort);
        if (session.TakeInitResponse(await Tester.ExchangeInit(session)) is { } trouble)
            Context.Inconclusive($"preamble: IKE_SA_INIT: {trouble}");
        Tester.UsePorts(session, client.NatPort, UdpEncapsulation.NatTraversalPort);
        ImmutableArray<Payload> payloads =
        [
            .. session.AuthRequestPayloads(out var child).Select(payload => payload is TrafficSelectorPayload selectors
                ? selectors with { Selectors = [.. selectors.Selectors.Select(selector => selector with { IpProtocol = protocol })] }
                : payload),
        ];
        Tester.Watch(child);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, payloads));
        return response is not null && session.TakeAuthResponse(response, child) is null ? child : null;
    }

    private static bool IsAnswerToUdp(byte[]? packet)
    {
        const byte unreachable = 3;
        return IpView.TryParse(packet, out var view, out _)
            && (view.Protocol == IpProtocol.Udp || (view.Protocol == IpProtocol.Icmp && view.Transport is [unreachable, unreachable, ..]));
    }

    /// <param name="Address">Behind its NAT.</param>
    /// <param name="IkePort">What its NAT makes of port 500, and <paramref name="NatPort"/> of port 4500.</param>
    private sealed record Client(string Name, IPAddress Address, ushort IkePort, ushort NatPort);
}
