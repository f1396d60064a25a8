using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Ikev2;

/// <summary>SAs that a packet wants: its selectors come first (RFC 7296 sections 2.9 and 2.23.1).</summary>
public sealed class WantedByPacket : Ikev2Scenario
{
    private const string First = "RFC7296-2.9-1", FirstThroughNat = "RFC7296-2.23.1-2", Specific = "RFC7296-2.23.1-6";
    private const ushort OwnPort = 40123, PeerPort = 7;

    // RFC 5737: documentation, so nobody's own.
    private static readonly IPEndPoint Inside = new(IPAddress.Parse("203.0.113.5"), 500);

    [Scenario("IKEV2-PACKET-001", "A datagram wants SAs: the selectors of IKE_AUTH begin with its addresses, protocol and ports", Needs = [Capability.Initiator, Capability.InitiatesOnTraffic])]
    [Covers("RFC7296-2.9-1")]
    public async Task FirstChildIsWanted()
    {
        await Context.Configure(new() { InitiatesOnTraffic = true });
        var auth = await Tester.AwaitAuthRequest(From, To);
        CheckFirst(First, First, auth);
        if (Tester.AnswerAuth(auth) is { } trouble)
            Context.Inconclusive($"its IKE_AUTH request can't be answered: {trouble}");
        Context.Check(First, await Tester.Carries(auth.Session!.Children[0]), "traffic over the child SA", "no echo reply in ESP");
    }

    [Scenario("IKEV2-PACKET-002", "Transport mode through a NAT, a datagram wants SAs: the selectors of IKE_AUTH begin with its protocol and ports", Needs = [Capability.Initiator, Capability.InitiatesOnTraffic, Capability.TransportMode, Capability.NatTraversal])]
    [Covers("RFC7296-2.23.1-2", "RFC7296-2.23.1-6")]
    public async Task TransportModeIsWanted()
    {
        await Context.Configure(new() { InitiatesOnTraffic = true, Mode = IpsecMode.Transport });
        var auth = await Tester.AwaitAuthRequest(From, To, session => session.Inside = Inside);
        CheckFirst(FirstThroughNat, Specific, auth);
    }

    [Scenario("IKEV2-PACKET-003", "A datagram wants a child SA where the IKE SA is there: the selectors of CREATE_CHILD_SA begin with its addresses, protocol and ports", Needs = [Capability.Initiator, Capability.InitiatesOnTraffic, Capability.OrderDeleteChild])]
    [Covers("RFC7296-2.9-1")]
    public async Task FurtherChildIsWanted()
    {
        await Context.Configure(new() { InitiatesOnTraffic = true });
        var session = await Tester.BeEstablished();
        if (!await Tester.Carries(session.Children[0]))
            Context.Inconclusive("preamble: its child SA carries nothing");
        await Tester.Order(SaOrder.DeleteChild);
        if (!await IsDeleted(session, session.Children[0].OutboundSpi))
            Context.Inconclusive("preamble: its child SA is not deleted");
        await Tester.SendFromImplementation(From, To);
        var request = await Tester.AwaitRequest(session, ExchangeType.CreateChildSa);
        CheckFirst(First, First, request);
        var child = Tester.AnswerChild(request);
        Context.Check(First, await Tester.Carries(child), "traffic over the child SA", "no echo reply in ESP");
    }

    private bool IsTransport => Context.Policy.Mode == IpsecMode.Transport;

    private IPEndPoint From => new(IsTransport ? Places.Iut : Places.IutInner, OwnPort);

    private IPEndPoint To => new(IsTransport ? Places.Tester : Places.TesterInner, PeerPort);

    /// <param name="requirement">Of addresses and protocol.</param>
    /// <param name="ports">The requirement of the ports.</param>
    private void CheckFirst(string requirement, string ports, ReceivedIke request)
    {
        foreach (var (side, end) in new[] { (PayloadType.TrafficSelectorInitiator, From), (PayloadType.TrafficSelectorResponder, To) })
        {
            var first = request.Selectors(side).FirstOrDefault();
            var actual = first?.ToString() ?? Text(request);
            if (first is null)
            {
                Context.Check(requirement, false, $"selectors in {side.Notation()}", actual);
                continue;
            }
            Context.Check(requirement, first.StartAddress.Equals(end.Address) && first.EndAddress.Equals(end.Address), $"{side.Notation()} begins with {end.Address} alone", actual);
            Context.Check(requirement, first.IpProtocol == IpProtocol.Udp, $"the first of {side.Notation()} is for UDP", actual);
            Context.Check(ports, (first.StartPort, first.EndPort) == (end.Port, end.Port), $"the first of {side.Notation()} is for port {end.Port}", actual);
        }
    }
}
