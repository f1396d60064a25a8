using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Robustness;

/// <summary>What anybody can send to an IKE responder in quantity: SAs that exist live on, and new ones can be made.</summary>
[Needs(Capability.IkeV2)]
public sealed class IkeFloods : ScenarioFixture
{
    private const int Flood = 500;

    [Scenario("ROBUST-HALFOPEN-001", "After five hundred IKE SAs from two hundred addresses that nobody goes on with, an honest one is still made, and the one before lives")]
    public async Task HalfOpenFlood()
    {
        var (session, child) = await Working();
        // From many addresses: an implementation may well stop to listen to one that begins too much.
        var other = Tester.NewSession();
        RawPayload[] payloads = [.. other.InitRequestPayloads().Select(payload => payload.ToRaw())];
        var source = Places.Tester.GetAddressBytes();
        for (var number = 0; number < Flood; number++)
        {
            source[^1] = (byte)(20 + number % 200);
            var message = IkeWriter.Message(other.Header(ExchangeType.IkeSaInit, 0) with { InitiatorSpi = Tester.Random.NextUInt64() | 1 }, payloads);
            Tester.SendPacket(Testing.Tester.UdpPacket(new IPAddress(source), Places.Iut, 500, 500, message), $"IKE_SA_INIT {number + 1} of {Flood}, from .{source[^1]}");
        }
        await Tester.Receive<ReceivedIke>(_ => false, Iut.Topology.SilenceTime);
        await StillWorks(session, child);
        await UntilLetIn();
        var honest = await Tester.Establish();
        if (!await Tester.Carries(honest.Children[0], orAnother: true))
            Context.Fail("after the flood, a new child SA carries no traffic");
    }

    /// <summary>An initiator that gives back its cookie, patient as initiators are: for 20 seconds, asking every two.</summary>
    private async Task UntilLetIn()
    {
        for (var attempt = 1; attempt <= 10; attempt++)
        {
            var session = Tester.NewSession();
            var payloads = session.InitRequestPayloads();
            var response = await Tester.ResponseTo(Tester.SendInit(session, payloads));
            if (response?.Notify(NotifyType.Cookie) is { } cookie)
                response = await Tester.ResponseTo(Tester.SendInit(session, payloads.Insert(0, new NotifyPayload(NotifyType.Cookie, cookie.Data))));
            if (response?.Find<SecurityAssociationPayload>() is not null)
                return;
            await Tester.Receive<ReceivedIke>(_ => false, TimeSpan.FromSeconds(2));
        }
        Context.Fail("after the flood, an initiator that gives back its cookie is not let in for 20 s");
    }

    [Scenario("ROBUST-GARBAGE-001", "A thousand random datagrams to the port of IKE harm nothing")]
    public Task GarbageToPort500() => Garbage(500);

    [Scenario("ROBUST-GARBAGE-002", "A thousand random datagrams to the port of NAT traversal harm nothing")]
    public Task GarbageToPort4500() => Garbage(4500);

    [Scenario("ROBUST-GARBAGE-003", "Random octets behind a right IKE header, with the SPIs of a live SA, harm nothing")]
    public async Task GarbageBehindAHeader()
    {
        var (session, child) = await Working();
        foreach (var exchange in new[] { ExchangeType.IkeSaInit, ExchangeType.IkeAuth, ExchangeType.CreateChildSa, ExchangeType.Informational })
            for (var number = 0; number < Flood / 4; number++)
            {
                var header = session.Header(exchange, session.NextRequestId, isResponse: number % 2 == 1) with { NextPayload = (PayloadType)(33 + number % 22) };
                var body = Tester.Random.Bytes(number);
                var octets = new byte[IkeHeader.Size + body.Length];
                (header with { Length = (uint)octets.Length }).Write(octets);
                body.CopyTo(octets, IkeHeader.Size);
                Tester.SendOctets(session, octets, $"{exchange} with {body.Length} random octets behind its header", "", header);
            }
        await StillWorks(session, child);
    }

    [Scenario("ROBUST-FORGED-001", "Five hundred messages under a live SA with a wrong ICV are not answered and change nothing")]
    [Covers("RFC7296-3.14-6")]
    public async Task ForgedMessages()
    {
        var (session, child) = await Working();
        var sealedRequest = session.OwnProtection.Seal(session.Header(ExchangeType.Informational, session.NextRequestId), PayloadType.None, []);
        for (var number = 0; number < Flood; number++)
        {
            var forged = sealedRequest.ToArray();
            forged[^(1 + number % 12)] ^= (byte)(1 << number % 8);
            Tester.SendOctets(session, forged, "INFORMATIONAL with a wrong ICV", "", session.Header(ExchangeType.Informational, session.NextRequestId));
        }
        var answer = await Tester.Receive<ReceivedIke>(received => received.Session == session && received.Header.IsResponse, Iut.Topology.SilenceTime);
        Context.Check("RFC7296-3.14-6", answer is null, "no answer to a forged message", answer?.Summary ?? "");
        await StillWorks(session, child);
    }

    private async Task Garbage(ushort port)
    {
        var (session, child) = await Working();
        var other = Tester.NewSession();
        Tester.UsePorts(other, port, port);
        for (var number = 0; number < 2 * Flood; number++)
            Tester.SendDatagram(other, Tester.Random.Bytes(number % 700), $"{number % 700} random octets to port {port}");
        await StillWorks(session, child);
    }

    private async Task<(IkeSession, EspSession)> Working()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var child = session.Children[0];
        if (!await Tester.Carries(child))
            Context.Inconclusive("preamble: no echo reply through the child SA");
        return (session, child);
    }

    private async Task StillWorks(IkeSession session, EspSession child)
    {
        await Tester.ProbeLiveness(session);
        if (!await Tester.Carries(child))
            Context.Fail("after the flood, the child SA carries no traffic any more");
    }
}
