using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Architecture;

/// <summary>What IKE negotiated binds the data plane: selectors, mode, fragments (RFC 4301 sections 4.1, 4.4.2 and 7.3).</summary>
[Needs(Capability.IkeV2, Capability.TunnelMode)]
public sealed class NegotiatedSelectors : ScenarioFixture
{
    private const ushort EchoService = 7, OwnPort = 4000;

    [Scenario("ARCH-NEGOTIATED-001", "Of two child SAs for an address of the peer each, either carries its own, and nothing of the other, whom policy would allow")]
    [Covers("RFC4301-4.4.2-2")]
    public async Task NarrowSelectorsBind()
    {
        const string requirement = "RFC4301-4.4.2-2";
        await Context.Configure(new());
        IpAddress own = Iut.Topology.TesterInner, neighbour = own.Offset(1);
        var child = await Child((_, payload) => For(payload, own));
        var session = child.Session;
        ImmutableArray<Payload> request = [.. session.ChildRequestPayloads(out var other).Select(payload => payload is TrafficSelectorPayload selectors ? For(selectors, neighbour) : payload)];
        Tester.Watch(other);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.CreateChildSa, request));
        if (response is null || session.TakeChildResponse(response, other) is not null)
            Context.Inconclusive($"preamble: no second child SA: {response?.Summary}");
        // What an SA has no narrow selectors for, it is not held to; and which of two with the same an answer comes on is chance.
        if (!response!.Selectors(PayloadType.TrafficSelectorInitiator).All(granted => granted.StartAddress.Equals(neighbour.ToIPAddress()) && granted.EndAddress.Equals(neighbour.ToIPAddress())))
            Context.Inconclusive($"preamble: the child SA is not for {neighbour} alone: {string.Join(", ", response.Selectors(PayloadType.TrafficSelectorInitiator))}");
        if (!await Answers(child, own) || !await Answers(other, neighbour))
            Context.Inconclusive("preamble: no echo replies through both child SAs");
        // An answer would have the other SA to come back on.
        var echo = Ask(child, neighbour);
        await Tester.ExpectNoReply(echo, requirement, "no reply to an address outside of what was negotiated");
        Context.Check(requirement, await Answers(child, own), "what was negotiated is carried on", "no reply");
    }

    public static IEnumerable<ScenarioCase> SubnetCases =>
        from initiates in new[] { false, true }
        select new ScenarioCase(
            $"ARCH-NEGOTIATED-SUBNETS-{(initiates ? "I" : "R")}",
            $"A child SA for two subnets of the tester's, {(initiates ? "its" : "the tester's")} request: traffic of both is carried, and none from between them", initiates, ["RFC4301-4.4.2-2", "RFC7296-2.9-2"],
            initiates ? [Capability.Initiator] : []);

    [Scenarios(nameof(SubnetCases))]
    public async Task SeveralSubnets(bool initiates)
    {
        // Their neighbours on either side are between them and behind them.
        IpAddress own = Iut.Topology.TesterInner, other = own.Offset(128), between = own.Offset(64);
        await Context.Configure(new() { RemoteSubnets = [Subnet(own), Subnet(other)] });
        var session = initiates ? await Tester.BeEstablished() : await Tester.Establish();
        var child = session.Children[0];
        if (!await Answers(child, own))
            Context.Inconclusive("preamble: no echo reply through the child SA");
        Context.Check("RFC7296-2.9-2", await Answers(child, other), $"an echo reply to {other}, of the second subnet", "none");
        await Tester.ExpectNoReply(Ask(child, between), "RFC4301-4.4.2-2", $"no reply to {between}, of neither subnet");
        Context.Check("RFC4301-4.4.2-2", await Answers(child, other), "what was negotiated is carried on", "no reply");

        static string Subnet(IpAddress address) => $"{address.Prefix(26).First}/26";
    }

    private static TrafficSelectorPayload For(TrafficSelectorPayload payload, IpAddress address) => payload.Side == PayloadType.TrafficSelectorInitiator
        ? payload with { Selectors = [TrafficSelector.Range(address.ToIPAddress(), address.ToIPAddress())] }
        : payload;

    private ushort Ask(EspSession child, IpAddress from)
    {
        var echo = Tester.NewEcho(from, child.PeerAddress, out var packet);
        Tester.SendEsp(child, child.Seal(packet), $"ESP {child.OutboundSpi:x8} sequence {child.SequenceNumber}: ICMP echo request {echo} from {from}");
        return echo;
    }

    private async Task<bool> Answers(EspSession child, IpAddress from)
    {
        for (var attempt = 0; attempt < 3; attempt++)
            if (await Tester.EchoReply(child, Ask(child, from), Tester.ResponseTime / 3) is not null)
                return true;
        return false;
    }

    [Scenario("ARCH-NEGOTIATED-002", "Asked for transport mode between the networks behind both ends, a gateway grants a tunnel or nothing")]
    [Covers("RFC4301-4.1-12")]
    public async Task NetworksGetNoTransportMode()
    {
        const string requirement = "RFC4301-4.1-12";
        await Context.Configure(new());
        var (response, child) = await Authenticate(payloads => [new NotifyPayload(NotifyType.UseTransportMode), .. payloads]);
        Context.Check(requirement, response.Notify(NotifyType.UseTransportMode) is null, "no N(USE_TRANSPORT_MODE) in the response", response.Summary);
        if (response.AnyError is null && child.Session.TakeAuthResponse(response, child) is null)
            Context.Check(requirement, await Tester.Carries(child), "a tunnel that carries traffic", "no echo reply");
    }

    [Scenario("ARCH-NEGOTIATED-003", "Offered fragments without ports on an SA for one port, it takes them if its answer says so")]
    [Covers("RFC4301-7.3-3")]
    public Task FragmentsAreTakenAsAgreed() => FragmentsFollowTheAnswer(new());

    [Scenario("ARCH-NEGOTIATED-004", "Told to agree on fragments without ports on an SA for one port, it says so and takes them", Needs = [Capability.NonFirstFragments])]
    [Covers("RFC4301-7.3-3")]
    public async Task FragmentsAreAgreedOn()
    {
        var agreed = await FragmentsFollowTheAnswer(new() { NonFirstFragments = true });
        Context.Check("RFC4301-7.3-3", agreed, "N(NON_FIRST_FRAGMENTS_ALSO) in the response", "none");
    }

    [Scenario("ARCH-NEGOTIATED-005", "Fragments without ports come on an SA for one port only from an end that announced them")]
    [Covers("RFC4301-7.3-2")]
    public Task FragmentsAreAnnounced() => OnlyAnnouncedFragmentsCome(new());

    [Scenario("ARCH-NEGOTIATED-006", "Told to agree on them, it announces the fragments without ports that it sends on an SA for one port", Needs = [Capability.NonFirstFragments])]
    [Covers("RFC4301-7.3-2")]
    public Task AgreedFragmentsAreAnnounced() => OnlyAnnouncedFragmentsCome(new() { NonFirstFragments = true });

    /// <summary>Whether the implementation agreed.</summary>
    private async Task<bool> FragmentsFollowTheAnswer(ConnectionPolicy policy)
    {
        await Context.Configure(policy);
        var (child, agreed) = await ChildForOnePort();
        await Preamble(child);
        var data = Tester.Random.Bytes(1200);
        var whole = Testing.Tester.UdpPacket(child.OwnAddress, child.PeerAddress, OwnPort, EchoService, data);
        IpHeader.SetLength(whole);
        Ipv4View.TryParse(whole, out var view, out _);
        var buffer = new byte[800];
        var fragmenter = new Ipv4Fragmenter(view, buffer.Length);
        while (fragmenter.TryNext(buffer, out var length))
            Tester.SendEsp(child, child.Seal(buffer[..length]), $"ESP sequence {child.SequenceNumber}: a fragment of a datagram to port {EchoService}");
        if (agreed)
            Context.Check("RFC4301-7.3-3", await Echo(child, data) is not null, "an echo: N(NON_FIRST_FRAGMENTS_ALSO) was in the response", "none");
        return agreed;
    }

    private async Task OnlyAnnouncedFragmentsCome(ConnectionPolicy policy)
    {
        await Context.Configure(policy);
        var (child, announced) = await ChildForOnePort();
        await Preamble(child);
        var datagram = Testing.Tester.UdpPacket(child.OwnAddress, child.PeerAddress, OwnPort, EchoService, Tester.Random.Bytes(3000));
        Tester.SendEsp(child, child.Seal(datagram), $"ESP sequence {child.SequenceNumber}: 3000 octets to port {EchoService}");
        var later = await Tester.Receive<ReceivedEsp>(
            received => received.Child == child && IpView.TryParse(received.Inner, out var inner, out _) && inner.FragmentOffset != 0, Tester.ResponseTime / 2);
        Context.Check("RFC4301-7.3-2", later is null || announced, "no later fragment, for none was announced", later?.Summary ?? "");
    }

    private async Task Preamble(EspSession child)
    {
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var data = Tester.Random.Bytes(24);
            Tester.SendEsp(
                child, child.Seal(Testing.Tester.UdpPacket(child.OwnAddress, child.PeerAddress, OwnPort, EchoService, data)), $"ESP sequence {child.SequenceNumber}: UDP to port {EchoService}");
            if (await Echo(child, data) is not null)
                return;
        }
        Context.Inconclusive("preamble: no UDP echo through the child SA");
    }

    private Task<ReceivedEsp?> Echo(EspSession child, byte[] data) =>
        Tester.Receive<ReceivedEsp>(received => received.Child == child && received.Inner?.AsSpan().EndsWith(data.AsSpan(^24..)) == true, Tester.ResponseTime / 2);

    private async Task<(EspSession Child, bool Agreed)> ChildForOnePort()
    {
        var agreed = false;
        var child = await Child(
            (topology, payload) =>
            {
                var (address, port) = payload.Side == PayloadType.TrafficSelectorInitiator ? (topology.TesterInner, OwnPort) : (topology.IutInner, EchoService);
                return payload with { Selectors = [TrafficSelector.Range(address, address) with { IpProtocol = IpProtocol.Udp, StartPort = port, EndPort = port }] };
            },
            new NotifyPayload(NotifyType.NonFirstFragmentsAlso), response => agreed = response.Notify(NotifyType.NonFirstFragmentsAlso) is not null);
        return (child, agreed);
    }

    /// <summary>The child SA of IKE_AUTH with other selectors; inconclusive where they are refused.</summary>
    private async Task<EspSession> Child(
        Func<Topology, TrafficSelectorPayload, TrafficSelectorPayload> select, Payload? added = null, Action<ReceivedIke>? look = null)
    {
        var (response, child) = await Authenticate(payloads =>
        [
            .. added is null ? [] : new[] { added },
            .. payloads.Select(payload => payload is TrafficSelectorPayload selectors ? select(Iut.Topology, selectors) : payload),
        ]);
        if (child.Session.TakeAuthResponse(response, child) is { } trouble)
            Context.Inconclusive($"preamble: {trouble}");
        look?.Invoke(response);
        return child;
    }

    private async Task<(ReceivedIke Response, EspSession Child)> Authenticate(Func<ImmutableArray<Payload>, ImmutableArray<Payload>> change)
    {
        var session = Tester.NewSession();
        if (session.TakeInitResponse(await Tester.ExchangeInit(session)) is { } trouble)
            Context.Inconclusive($"preamble: IKE_SA_INIT: {trouble}");
        var payloads = session.AuthRequestPayloads(out var child);
        Tester.Watch(child);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, change(payloads)));
        if (response is null)
            Context.Inconclusive("no IKE_AUTH response");
        return (response!, child);
    }
}
