using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>IPCOMP_SUPPORTED (RFC 7296 section 2.22): which algorithms are accepted, and that no other is used.</summary>
[Needs(Capability.IkeV2, Capability.NegotiatedIpComp)]
public sealed class CompressionOffers : Ikev2Scenario
{
    private const string Requirement = "RFC7296-2.22-4";

    // Of no child SA here.
    private const ushort OtherCpi = 0x4e21;

    // Enough that any end would compress it: most kernels and RFC 2394 leave short packets alone.
    private const int Compressible = 1000;

    [Scenario("IKEV2-IPCOMP-001", "Offered LZS and DEFLATE it accepts one, DEFLATE if it is told so; what it then compresses has the CPI of that")]
    [Covers("RFC7296-2.22-4")]
    public async Task OneOfSeveralIsAccepted()
    {
        await Context.Configure(new() { Compression = true });
        var (child, accepted) = await Offer(own => [Supported(OtherCpi, CompressionId.Lzs), Supported(own, CompressionId.Deflate)]);
        Context.Check(Requirement, accepted is [] or [{ Data.Length: 3 }], "one algorithm at most", $"{accepted.Length}");
        if (accepted is not [var only])
        {
            Context.Inconclusive("it accepts none");
            return;
        }
        Context.Check(Requirement, only.Data[2] == (byte)CompressionId.Deflate, "DEFLATE", $"{only.Data[2]}");
        child.Compress(Cpi(only));
        await ExpectCompressed(child);
    }

    [Scenario("IKEV2-IPCOMP-002", "Offered LZS alone it accepts nothing that was not offered, and compresses nothing by DEFLATE")]
    [Covers("RFC7296-2.22-4")]
    public async Task NothingElseIsAccepted()
    {
        await Context.Configure(new() { Compression = true });
        var (child, accepted) = await Offer(own => [Supported(own, CompressionId.Lzs)]);
        Context.Check(Requirement, accepted.All(notify => notify.Data is { Length: >= 3 } data && data[2] == (byte)CompressionId.Lzs), "no algorithm but LZS", $"{string.Join(' ', accepted.Select(notify => notify.Data))}");
        if (accepted.IsEmpty)
            await ExpectUncompressed(child, "LZS was not accepted");
    }

    [Scenario("IKEV2-IPCOMP-003", "Not offered any IPComp it accepts none, and compresses nothing")]
    [Covers("RFC7296-2.22-4")]
    public async Task NothingIsAcceptedUnasked()
    {
        await Context.Configure(new() { Compression = true });
        var (child, accepted) = await Offer(_ => []);
        Context.Check(Requirement, accepted.IsEmpty, "no IPCOMP_SUPPORTED", $"{accepted.Length}");
        await ExpectUncompressed(child, "nothing was offered");
    }

    [Scenario("IKEV2-IPCOMP-004", "Its offer of IPComp is accepted: what it compresses has the tester's CPI", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.22-4")]
    public async Task AcceptedOfferIsUsed()
    {
        await Context.Configure(new() { Compression = true });
        var (auth, offered) = await AwaitOffer();
        var child = Answer(auth, own => [Supported(own, CompressionId.Deflate)]);
        child.Compress(Cpi(offered));
        await ExpectCompressed(child);
    }

    [Scenario("IKEV2-IPCOMP-005", "Its offer of IPComp is not taken up: it compresses nothing", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.22-4")]
    public async Task DeclinedOfferIsNotUsed()
    {
        await Context.Configure(new() { Compression = true });
        var (auth, _) = await AwaitOffer();
        await ExpectUncompressed(Answer(auth, _ => []), "its offer was not taken up");
    }

    [Scenario("IKEV2-IPCOMP-006", "Its offer of DEFLATE is answered with LZJH, which it did not offer: it does not compress", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.22-4")]
    public async Task AnotherAlgorithmIsNotTaken()
    {
        await Context.Configure(new() { Compression = true });
        var (auth, _) = await AwaitOffer();
        await ExpectNothingCompressed(auth, own => [Supported(own, CompressionId.Lzjh)], "an algorithm that was not offered");
    }

    [Scenario("IKEV2-IPCOMP-007", "Its offer is answered with two algorithms: it does not take the one that it did not offer", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.22-4")]
    public async Task TwoAlgorithmsAreNotTaken()
    {
        await Context.Configure(new() { Compression = true });
        var (auth, _) = await AwaitOffer();
        await ExpectNothingCompressed(auth, own => [Supported(OtherCpi, CompressionId.Lzjh), Supported(own, CompressionId.Lzjh)], "two algorithms that were not offered");
    }

    /// <summary>IKE_AUTH with these notifications before the SA payload; the child and what was accepted.</summary>
    private async Task<(EspSession Child, ImmutableArray<NotifyPayload> Accepted)> Offer(Func<ushort, ImmutableArray<Payload>> notifications)
    {
        var session = await HalfOpen();
        var payloads = session.AuthRequestPayloads(out var child);
        Tester.Watch(child);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, payloads.InsertRange(payloads.IndexOf(Offer(payloads)), notifications(child.InboundCpi))));
        if (response is null || session.TakeAuthResponse(response, child) is not null)
            Context.Inconclusive($"no child SA: {Text(response)}");
        return (child, [.. Compressions(response!)]);
    }

    private async Task<(ReceivedIke Auth, NotifyPayload Offered)> AwaitOffer()
    {
        var auth = await Tester.AwaitAuthRequest();
        var offered = Compressions(auth).FirstOrDefault(notify => notify.Data is { Length: 3 } data && data[2] == (byte)CompressionId.Deflate);
        if (offered is null)
            Context.Inconclusive("it does not offer DEFLATE");
        return (auth, offered!);
    }

    private EspSession Answer(ReceivedIke auth, Func<ushort, ImmutableArray<Payload>> notifications)
    {
        if (auth.Session!.AnswerAuthRequest(auth, out var child, out var trouble) is not { } payloads)
        {
            Context.Inconclusive($"its IKE_AUTH request can't be answered: {trouble}");
            return child;
        }
        Tester.Watch(child);
        Tester.Respond(auth, payloads.InsertRange(payloads.IndexOf(Offer(payloads)), notifications(child.InboundCpi)));
        return child;
    }

    private async Task ExpectCompressed(EspSession child)
    {
        if (!await Tester.Carries(child))
            Context.Inconclusive("no echo reply through the child SA");
        var reply = await Reply(child);
        Context.Check(Requirement, reply is not null, $"an echo reply to {Compressible} octets of zero that came compressed", "none that can be read");
        if (reply is { IsCompressed: false })
            Context.Inconclusive("it compresses nothing, which it may");
    }

    private async Task ExpectUncompressed(EspSession child, string why)
    {
        if (!await Tester.Carries(child))
            Context.Inconclusive("no echo reply through the child SA");
        var reply = await Reply(child);
        Context.Check(Requirement, reply is { IsCompressed: false }, $"an echo reply without IPComp: {why}", reply is null ? "none that can be read" : "IPComp");
    }

    /// <summary>Whether or not it takes the child SA, it must not use what it is told to.</summary>
    private async Task ExpectNothingCompressed(ReceivedIke auth, Func<ushort, ImmutableArray<Payload>> notifications, string what)
    {
        var child = Answer(auth, notifications);
        Send(child);
        var compressed = await Tester.Receive<ReceivedEsp>(received => received.Child == child && received.IsCompressed, Tester.ResponseTime);
        Context.Check(Requirement, compressed is null, $"nothing compressed after {what} came back", $"{compressed?.Summary}, with IPComp");
        // It may give the IKE SA up over this.
        await Tester.ProbeLiveness();
    }

    private async Task<ReceivedEsp?> Reply(EspSession child) => await Tester.EchoReply(child, Send(child), Tester.ResponseTime);

    private ushort Send(EspSession child)
    {
        var echo = Tester.NewZeroEcho(child, out var packet, Compressible);
        Tester.SendEsp(child, child.Seal(packet), $"ESP {child.OutboundSpi:x8} sequence {child.SequenceNumber}: ICMP echo request {echo}, {Compressible} octets of zero");
        return echo;
    }

    private static IEnumerable<NotifyPayload> Compressions(ReceivedIke message) =>
        message.Payloads.OfType<NotifyPayload>().Where(notify => notify.NotifyType == NotifyType.IpcompSupported);

    private static ushort Cpi(NotifyPayload notify) => (ushort)(notify.Data[0] << 8 | notify.Data[1]);

    private static NotifyPayload Supported(ushort cpi, CompressionId algorithm) =>
        new(NotifyType.IpcompSupported, new byte[] { (byte)(cpi >> 8), (byte)cpi, (byte)algorithm });
}
