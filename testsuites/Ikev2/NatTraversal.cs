using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Udp;

namespace Conformance.Suites.Ikev2;

/// <summary>IKE through NATs (RFC 7296 sections 2.11 and 2.23, RFC 3948). The tester pretends: its notifications have the hashes of other addresses.</summary>
[Needs(Capability.NatTraversal)]
public sealed class NatTraversal : Ikev2Scenario
{
    [Scenario("IKEV2-NAT-001", "A request from any port is answered to that port, from the port that it went to")]
    [Covers("RFC7296-2.11-1", "RFC7296-2.11-2", "RFC7296-2.23-1")]
    public async Task AnyPort()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        Tester.UsePorts(session, 23456, UdpEncapsulation.IkePort);
        var response = await Tester.ResponseTo(Tester.SendInit(session, session.InitRequestPayloads()));
        Context.Check("RFC7296-2.11-1", response is not null, "a response at port 23456", "nothing");
        Context.Check("RFC7296-2.23-1", response!.Local.Port == 23456, "at port 23456", $"{response.Local.Port}");
        Context.Check("RFC7296-2.11-2", response.Remote.Equals(session.Remote), $"from {session.Remote}", $"{response.Remote}");
    }

    [Scenario("IKEV2-NAT-002", "IKE_SA_INIT at port 4500 is answered there, with four zero octets before it")]
    [Covers("RFC7296-2-3", "RFC7296-2.23-1", "RFC7296-2.11-2")]
    public async Task WholeAtPort4500()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        Tester.UsePorts(session, UdpEncapsulation.NatTraversalPort, UdpEncapsulation.NatTraversalPort);
        var response = await Tester.ResponseTo(Tester.SendInit(session, session.InitRequestPayloads()));
        // What has no marker at port 4500 is no IKE message to the tester.
        Context.Check("RFC7296-2-3", response?.Find<SecurityAssociationPayload>() is not null, "a response behind the non-ESP marker", Text(response));
        Context.Check("RFC7296-2.11-2", response!.Remote.Port == UdpEncapsulation.NatTraversalPort, "from port 4500", $"{response.Remote.Port}");
        Context.Check("RFC7296-2.23-1", session.TakeInitResponse(response) is null && (await Authenticate(session)).Response is { AnyError: null }, "IKE_AUTH there as well", "it fails");
    }

    [Scenario("IKEV2-NAT-003", "IKE_SA_INIT is answered with both NAT detection notifications, and they fit")]
    [Covers("RFC7296-2.23-7")]
    public async Task BothNotificationsInResponse()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var response = await Tester.ResponseTo(Tester.SendInit(session, session.InitRequestPayloads()));
        BothNotifications(response);
        var trouble = session.TakeInitResponse(response!);
        Context.Check("RFC7296-2.23-7", trouble is null && !session.HasNat, "hashes of the addresses and ports that are used", trouble ?? "others");
    }

    [Scenario("IKEV2-NAT-004", "Its IKE_SA_INIT request has both NAT detection notifications", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.23-7")]
    public async Task BothNotificationsInRequest()
    {
        await Context.Configure(new());
        BothNotifications(await Tester.AwaitInitiation());
    }

    [Scenario("IKEV2-NAT-005", "An initiator that finds a NAT goes on from port 4500 to port 4500, IKE and ESP alike", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.23-11", "RFC7296-2.23-2", "RFC7296-2-3", "RFC7296-2.23-5", "RFC7296-2.23-3", "RFC3948-1-2")]
    public async Task InitiatorMovesToPort4500()
    {
        await Context.Configure(new());
        var session = await BehindNat();
        var auth = await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime);
        Context.Check("RFC7296-2.23-11", auth is { Local.Port: 4500 }, "IKE_AUTH at port 4500", auth is null ? "nothing" : $"port {auth.Local.Port}");
        Context.Check("RFC7296-2.23-2", auth!.Remote.Port == UdpEncapsulation.NatTraversalPort, "from port 4500", $"{auth.Remote.Port}");
        Context.Check("RFC7296-2-3", auth.IsProtected, "a non-ESP marker, then the message", auth.Summary);
        Tester.UsePorts(session, UdpEncapsulation.NatTraversalPort, UdpEncapsulation.NatTraversalPort);
        var trouble = Tester.AnswerAuth(auth);
        if (trouble is not null)
            Context.Inconclusive($"IKE_AUTH: {trouble}");
        var child = session.Children[0];
        ReceivedEsp? reply = null;
        // The first packets may be lost while it installs the SAs.
        for (var attempt = 0; attempt < 4 && reply is null; attempt++)
        {
            var echo = Tester.NewEcho(child, out var packet);
            Tester.SendEncapsulatedEsp(child, child.Seal(packet), $"ESP in UDP: ICMP echo request {echo}");
            reply = await Tester.EchoReply(child, echo, Tester.ResponseTime / 2);
        }
        Context.Check("RFC7296-2.23-5", reply is { IsEncapsulated: true }, "an echo reply in ESP in UDP", reply?.Summary ?? "nothing");
        Context.Check("RFC3948-1-2", reply!.Inner is not null, "in tunnel mode", reply.Summary);
        Context.Check("RFC7296-2.23-3", reply.IsEncapsulated, "at port 4500, where ESP in UDP belongs", reply.Summary);
    }

    [Scenario("IKEV2-NAT-006", "Without a NAT, ESP in UDP is taken, as is ESP directly above IP")]
    [Covers("RFC7296-2.23-12", "RFC7296-2.23-4")]
    public async Task BothFormsWithoutNat()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        Tester.UsePorts(session, UdpEncapsulation.NatTraversalPort, UdpEncapsulation.NatTraversalPort);
        Context.Check("RFC7296-2.23-12", await Answers(session.Children[0], encapsulated: true), "a reply to ESP in UDP", "nothing");
        Context.Check("RFC7296-2.23-4", await Answers(session.Children[0], encapsulated: false), "a reply to ESP above IP", "nothing");
    }

    [Scenario("IKEV2-NAT-007", "With a NAT, ESP directly above IP is taken, as is ESP in UDP")]
    [Covers("RFC7296-2.23-4")]
    public async Task BothFormsWithNat()
    {
        await Context.Configure(new() { ForceUdpEncapsulation = true });
        var session = await Tester.Establish();
        if (!session.HasNat)
            Context.Inconclusive("no NAT was found");
        Context.Check("RFC7296-2.23-4", await Answers(session.Children[0], encapsulated: true), "a reply to ESP in UDP", "nothing");
        Context.Check("RFC7296-2.23-4", await Answers(session.Children[0], encapsulated: false), "a reply to ESP above IP", "nothing");
    }

    [Scenario("IKEV2-NAT-008", "In transport mode it proposes one address on each side, those of the IKE SA, be there a NAT or not", Needs = [Capability.Initiator, Capability.TransportMode])]
    [Covers("RFC7296-2.23-13", "RFC7296-2.23.1-1", "RFC7296-2.23.1-4", "RFC7296-2.23.1-5")]
    public async Task TransportModeSelectors()
    {
        await Context.Configure(new() { Mode = IpsecMode.Transport });
        var session = await BehindNat();
        var auth = await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime);
        ImmutableArray<TrafficSelector>[] sides = [auth?.Selectors(PayloadType.TrafficSelectorInitiator) ?? [], auth?.Selectors(PayloadType.TrafficSelectorResponder) ?? []];
        if (sides.Any(side => side.IsEmpty))
            Context.Inconclusive($"no IKE_AUTH request with TSi and TSr: {Text(auth)}");
        Context.Check("RFC7296-2.23-13", sides.All(side => side.All(selector => selector.StartAddress.Equals(selector.EndAddress))), "single addresses", auth!.Message?.Describe(auth.Inner) ?? "");
        Context.Check("RFC7296-2.23.1-1", sides.All(side => side.Select(selector => selector.StartAddress).Distinct().Count() == 1), "one address on each side", auth.Summary);
        Context.Check("RFC7296-2.23.1-4", sides[0][0].StartAddress.Equals(Places.Iut), $"TSi {Places.Iut}", $"{sides[0][0]}");
        Context.Check("RFC7296-2.23.1-5", sides[1][0].StartAddress.Equals(Places.Tester), $"TSr {Places.Tester}", $"{sides[1][0]}");
    }

    [Scenario("IKEV2-NAT-009", "Behind a NAT and without traffic it sends keepalives of one octet, 0xFF, between the ports of its ESP", Needs = [Capability.Initiator, Capability.Timers])]
    [Covers("RFC3948-2.3-1", "RFC3948-2.3-4", "RFC3948-4-3", "RFC7296-2.23-10")]
    public async Task Keepalives()
    {
        await Context.Configure(new() { Timers = new() });
        var session = await BehindNat();
        if (await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime) is not { } auth || Tester.AnswerAuth(auth) is not null)
        {
            Context.Inconclusive("IKE_AUTH failed");
            return;
        }
        var keepalive = await Tester.Receive<ReceivedKeepalive>(_ => true, TimeSpan.FromSeconds(90));
        foreach (var requirement in new[] { "RFC3948-4-3", "RFC7296-2.23-10" })
            Context.Check(requirement, keepalive is not null, "a keepalive within 90 s", "nothing");
        if (keepalive is null)
            return;
        Context.Check("RFC3948-2.3-4", keepalive.Octets.Length == 1 && keepalive.Octets[0] == 0xff, "one octet, 0xFF", $"{keepalive.Octets}");
        Context.Check("RFC3948-2.3-1", (keepalive.Remote.Port, keepalive.Local.Port) == (4500, 4500), "from port 4500 to port 4500", $"{keepalive.Remote.Port} to {keepalive.Local.Port}");
    }

    [Scenario("IKEV2-NAT-010", "Keepalives are no sign that the peer lives: it asks all the same, and gives up", Needs = [Capability.Timers])]
    [Covers("RFC3948-4-1", "RFC3948-2.3-3")]
    public async Task KeepalivesAreNoLife()
    {
        await Context.Configure(new() { ForceUdpEncapsulation = true, Timers = new() { Liveness = TimeSpan.FromSeconds(10) } });
        var session = await Tester.Establish();
        Tester.IsCourteous = false;
        ReceivedIke? asked = null;
        for (var second = 0; second < 30 && asked is null; second++)
        {
            Tester.SendDatagram(session, [0xff], "NAT keepalive");
            asked = await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.Informational), TimeSpan.FromSeconds(1));
        }
        Context.Check("RFC3948-4-1", asked is not null, "a liveness check, keepalives or not", "nothing within 30 s");
        Tester.IsCourteous = true;
        Tester.Respond(asked!);
        Context.Check("RFC3948-2.3-3", await Tester.Carries(session.Children[0]), "the child SA carries traffic after all those keepalives", "no echo reply in ESP");
    }

    [Scenario("IKEV2-NAT-011", "When an authentic request comes from another port than before, requests go there from then on", Needs = [Capability.OrderDeleteChild])]
    [Covers("RFC7296-2.23-14")]
    public async Task FollowsIke()
    {
        var session = await EstablishFromBehindNat();
        Tester.UsePorts(session, 34567, UdpEncapsulation.NatTraversalPort);
        if (await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational)) is null)
            Context.Inconclusive("no response at the new port");
        await ExpectRequestAt(34567, session, "RFC7296-2.23-14");
    }

    [Scenario("IKEV2-NAT-012", "Behind a NAT it answers where a request came from, and goes on sending to where the peer was", Needs = [Capability.Initiator, Capability.OrderDeleteChild])]
    [Covers("RFC7296-2.23-15", "RFC7296-2.23-1")]
    public async Task DoesNotFollowFromBehindNat()
    {
        await Context.Configure(new());
        var session = await BehindNat();
        if (await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime) is not { } auth || Tester.AnswerAuth(auth) is not null)
            Context.Inconclusive("IKE_AUTH failed");
        Tester.UsePorts(session, UdpEncapsulation.NatTraversalPort, UdpEncapsulation.NatTraversalPort);
        session.HasNat = true;
        if (!await Tester.Carries(session.Children[0]))
            Context.Inconclusive("no echo reply in ESP");
        Tester.UsePorts(session, 34569, UdpEncapsulation.NatTraversalPort);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational));
        Context.Check("RFC7296-2.23-1", response?.Local.Port == 34569, "a response at port 34569", Text(response));
        Tester.UsePorts(session, UdpEncapsulation.NatTraversalPort, UdpEncapsulation.NatTraversalPort);
        await ExpectRequestAt(UdpEncapsulation.NatTraversalPort, session, "RFC7296-2.23-15");
    }

    [Scenario("IKEV2-NAT-013", "When the hash of the tester's address does not match, its ESP comes in UDP")]
    [Covers("RFC7296-2.23-9")]
    public async Task MismatchTurnsEncapsulationOn()
    {
        await Context.Configure(new());
        var session = await Tester.Establish(inside: new(IPAddress.Parse("10.99.0.1"), UdpEncapsulation.IkePort));
        ReceivedEsp? reply = null;
        for (var attempt = 0; reply is null && attempt < 3; attempt++)
            reply = await Tester.Ping(session.Children[0]);
        Context.Check("RFC7296-2.23-9", reply is { IsEncapsulated: true }, "an echo reply in ESP in UDP", reply is null ? "none" : "one in ESP above IP");
    }

    /// <summary>The tester initiates as if behind a NAT, at port 4500, and its child SA carries traffic.</summary>
    private async Task<IkeSession> EstablishFromBehindNat()
    {
        await Context.Configure(new());
        var session = await Tester.Establish(inside: new(IPAddress.Parse("10.99.0.1"), UdpEncapsulation.IkePort));
        if (!await Tester.Carries(session.Children[0]))
            Context.Inconclusive("no echo reply in ESP");
        return session;
    }

    private async Task ExpectRequestAt(ushort port, IkeSession session, string requirement)
    {
        var request = await Tester.AwaitOrdered(session, SaOrder.DeleteChild, ExchangeType.Informational);
        Context.Check(requirement, request.Local.Port == port, $"a request at port {port}", $"at port {request.Local.Port}");
        Tester.Respond(request);
    }

    /// <summary>The implementation initiates, and the tester's answer makes it find itself behind a NAT.</summary>
    private async Task<IkeSession> BehindNat()
    {
        var init = await Tester.AwaitInitiation();
        if (init is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        var session = Tester.NewResponder();
        if (session.AnswerInitRequest(init!, out var trouble) is not { } answer)
        {
            Context.Inconclusive($"its request can't be answered: {trouble}");
            return session;
        }
        ImmutableArray<Payload> changed =
        [
            .. answer.Select(payload => payload is NotifyPayload { NotifyType: NotifyType.NatDetectionDestinationIp } ? new NotifyPayload(NotifyType.NatDetectionDestinationIp, new byte[20]) : payload),
        ];
        session.OwnInit = Tester.SendMessage(session, session.Header(ExchangeType.IkeSaInit, 0, isResponse: true), changed, init).Octets;
        return session;
    }

    private void BothNotifications(ReceivedIke? message)
    {
        Context.Check("RFC7296-2.23-7", message?.Notify(NotifyType.NatDetectionSourceIp) is { Data.Length: 20 }, "N(NAT_DETECTION_SOURCE_IP) with 20 octets", Text(message));
        Context.Check("RFC7296-2.23-7", message?.Notify(NotifyType.NatDetectionDestinationIp) is { Data.Length: 20 }, "N(NAT_DETECTION_DESTINATION_IP) with 20 octets", Text(message));
    }

    private async Task<bool> Answers(EspSession child, bool encapsulated)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var echo = Tester.NewEcho(child, out var packet);
            var esp = child.Seal(packet);
            if (encapsulated)
                Tester.SendEncapsulatedEsp(child, esp, $"ESP in UDP: ICMP echo request {echo}");
            else
                Tester.SendPlainEsp(child, esp, $"ESP: ICMP echo request {echo}");
            if (await Tester.EchoReply(child, echo, Tester.ResponseTime / 3) is not null)
                return true;
        }
        return false;
    }
}
