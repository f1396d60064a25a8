using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ah;

/// <summary>AH SAs that IKE makes, replaces and deletes (RFC 7296): their keys are integrity keys alone (section 2.17), and what is said of them names AH (sections 3.10 and 3.11).</summary>
[Needs(Capability.IkeV2, Capability.NegotiatedAh)]
public sealed class Negotiated : ScenarioFixture
{
    private const string Keys = "RFC7296-2.17-1";

    private static readonly EspSuite Standard = EspSuite.Aes256CbcSha256;

    private static readonly ConnectionPolicy Tunnel = new() { UsesAh = true, EspSuites = [Standard] };

    public sealed record Form(ConnectionPolicy Policy, bool Initiates);

    public static IEnumerable<ScenarioCase> Cases =>
        from mode in new[] { IpsecMode.Tunnel, IpsecMode.Transport }
        from initiates in new[] { false, true }
        select new ScenarioCase(
            $"AH-NEGOTIATED-{(mode == IpsecMode.Tunnel ? "TUNNEL" : "TRANSPORT")}-{(initiates ? "I" : "R")}",
            $"AH in {(mode == IpsecMode.Tunnel ? "tunnel" : "transport")} mode comes of IKE_AUTH, {(initiates ? "its" : "the tester's")} request: traffic passes, replays and wrong ICVs do not",
            new Form(Tunnel with { Mode = mode }, initiates), [Keys, "RFC4302-3.4.4-1", "RFC4302-3.4.3-4"],
            [mode == IpsecMode.Tunnel ? Capability.TunnelMode : Capability.TransportMode, .. initiates ? ImmutableArray.Create(Capability.Initiator) : []]);

    [Scenarios(nameof(Cases))]
    public async Task Protects(Form form)
    {
        await Context.Configure(form.Policy);
        var session = Tester.Use(await First(form.Initiates));
        await Answers(session, Keys, "the AH SAs of IKE_AUTH");
        var forged = Tester.NewEcho(session, out var packet);
        Tester.SendPacket(session.Seal(packet, new() { FlipIcv = true }), $"a wrong ICV: ICMP echo request {forged}");
        await Tester.ExpectNoReply(forged, "RFC4302-3.4.4-1", "no reply to a wrong ICV");
        var echo = Tester.NewEcho(session, out packet);
        var sent = session.Seal(packet);
        Tester.SendPacket(sent, $"ICMP echo request {echo}");
        if (await Tester.EchoReply(session, echo, Tester.ResponseTime) is null)
            Context.Inconclusive("no reply to a packet that is to be replayed");
        Tester.SendPacket(sent, $"ICMP echo request {echo}, the same octets again");
        await Tester.ExpectNoReply(echo, "RFC4302-3.4.3-4", "no reply to a replay");
        await Answers(session, Keys, "the AH SAs, after what was discarded");
    }

    public static IEnumerable<ScenarioCase> Algorithms =>
        from algorithm in new (string Word, string Name, EspSuite Suite, string Requirement)[]
        {
            ("SHA1", "HMAC-SHA1-96", EspSuite.Aes256CbcSha1, "RFC8221-6-5"), ("SHA384", "HMAC-SHA2-384-192", EspSuite.Aes256CbcSha384, Keys),
            ("SHA512", "HMAC-SHA2-512-256", EspSuite.Aes256CbcSha512, "RFC8221-6-12"), ("XCBC", "AES-XCBC-96", Standard with { Integrity = (ushort)IntegrityId.AesXcbc_96 }, "RFC8221-6-8"),
            ("ESN", "HMAC-SHA2-256-128 and extended sequence numbers", Standard with { ExtendedSequenceNumbers = true }, "RFC4302-2.5.1-1"),
        }
        select new ScenarioCase(
            $"AH-NEGOTIATED-{algorithm.Word}", $"AH with {algorithm.Name} comes of IKE_AUTH, and traffic passes", (algorithm.Suite, algorithm.Requirement),
            [.. new[] { Keys, algorithm.Requirement }.Distinct()], [Capability.TunnelMode, .. algorithm.Suite.ExtendedSequenceNumbers ? ImmutableArray.Create(Capability.ExtendedSequenceNumbers) : []]);

    [Scenarios(nameof(Algorithms))]
    public async Task EachAlgorithm((EspSuite Suite, string Requirement) given)
    {
        await Context.Configure(Tunnel with { EspSuites = [given.Suite] });
        await Answers(Tester.Use(await First(initiates: false)), given.Requirement, "the AH SAs of IKE_AUTH");
    }

    [Scenario("AH-NEGOTIATED-CHOICE-001", "Told to use AH, it takes the proposal of AH that comes behind one of ESP")]
    [Covers("RFC7296-3.3.6-1", "RFC7296-3.3.4-5")]
    public async Task BehindEsp()
    {
        await Context.Configure(Tunnel);
        var (session, child, response) = await Offer(offers => [Esp(1), offers[0] with { Number = 2 }]);
        var trouble = session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-3.3.6-1", trouble is null, "the proposal of AH", trouble ?? "");
        Context.Check("RFC7296-3.3.6-1", response.Find<SecurityAssociationPayload>() is { Proposals: [{ Number: 2, Protocol: ProtocolId.Ah }] }, "number 2, of AH", response.Summary);
        await Answers(Tester.Use(child), "RFC7296-3.3.4-5", "the AH SAs");
    }

    [Scenario("AH-NEGOTIATED-CHOICE-002", "Told to use AH, it refuses ESP with NO_PROPOSAL_CHOSEN, and keeps the IKE SA")]
    [Covers("RFC7296-3.3.4-6", "RFC7296-1.3.1-4")]
    public async Task EspAlone()
    {
        await Context.Configure(Tunnel);
        var (session, _, response) = await Offer(_ => [Esp(1)]);
        Context.Check(
            "RFC7296-3.3.4-6", response.Find<SecurityAssociationPayload>() is null && response.Notify(NotifyType.NoProposalChosen) is not null, "N(NO_PROPOSAL_CHOSEN) and no SA", response.Summary);
        Context.Check("RFC7296-1.3.1-4", response.Find<AuthenticationPayload>() is not null, "AUTH", response.Summary);
        await Tester.ProbeLiveness(session);
    }

    public static IEnumerable<ScenarioCase> KeyExchanges =>
        from pfs in new[] { false, true }
        select new ScenarioCase(
            $"AH-NEGOTIATED-CREATE-{(pfs ? "002" : "001")}", $"AH comes of CREATE_CHILD_SA, {(pfs ? "with" : "without")} a key exchange of its own, and carries traffic beside the first",
            pfs, [Keys, "RFC7296-2.8-8"], [Capability.TunnelMode]);

    [Scenarios(nameof(KeyExchanges))]
    public async Task CreatedLater(bool pfs)
    {
        await Context.Configure(pfs ? WithKeyExchange : Tunnel);
        var first = await First(initiates: false);
        var second = await Tester.CreateChild(first.Session);
        // The replies may come on either pair.
        var sessions = new[] { Tester.Use(first), Tester.Use(second) };
        foreach (var (requirement, through) in new[] { (Keys, sessions[1]), ("RFC7296-2.8-8", sessions[0]) })
            Context.Check(requirement, await IsAnswered(through, sessions), "an echo reply in AH", "none");
    }

    [Scenarios(nameof(Rekeyings))]
    public async Task Rekeyed(bool pfs)
    {
        await Context.Configure(pfs ? WithKeyExchange : Tunnel);
        var old = await First(initiates: false);
        var made = await Tester.CreateChild(old.Session, old);
        var (before, after) = (Tester.Use(old), Tester.Use(made));
        Context.Check("RFC7296-2.8-9", await IsAnswered(after, [before, after]), "an echo reply in AH, through the new SAs", "none");
        await IsDeleted(old);
        await Answers(after, Keys, "the new AH SAs alone");
    }

    public static IEnumerable<ScenarioCase> Rekeyings =>
        from pfs in new[] { false, true }
        select new ScenarioCase(
            $"AH-NEGOTIATED-REKEY-{(pfs ? "002" : "001")}", $"AH is rekeyed by the tester, {(pfs ? "with" : "without")} a key exchange: the new SAs carry traffic, the old ones are deleted by their protocol and SPI",
            pfs, [Keys, "RFC7296-2.8-9", "RFC7296-1.4.1-2", "RFC7296-1.4.1-3", "RFC7296-3.11-2"], [Capability.TunnelMode]);

    [Scenario("AH-NEGOTIATED-REKEY-003", "Told to rekey AH, it names protocol and SPI of the old SA, deletes it, and the new ones carry traffic", Needs = [Capability.TunnelMode, Capability.OrderRekeyChild])]
    [Covers("RFC7296-1.3.3-1", "RFC7296-3.10-1", "RFC7296-3.11-2", "RFC7296-1.4.1-2", Keys)]
    public async Task RekeyedByImplementation()
    {
        await Context.Configure(Tunnel);
        var old = await First(initiates: false);
        var request = await Tester.AwaitOrdered(old.Session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        var rekey = request.Notify(NotifyType.RekeySa);
        Context.Check("RFC7296-1.3.3-1", rekey is not null && rekey.Spi == Delete(old.OutboundSpi).Spis[0], $"N(REKEY_SA) with SPI {old.OutboundSpi:x8}", $"{rekey?.Spi}");
        Context.Check("RFC7296-3.10-1", rekey!.Protocol == ProtocolId.Ah, "protocol AH", $"{rekey.Protocol}");
        var made = Tester.AnswerChild(request);
        await DeletesItself(old);
        await Answers(Tester.Use(made), Keys, "the new AH SAs");
    }

    [Scenario("AH-NEGOTIATED-DELETE-001", "A delete of AH is answered with one of AH, and the SAs are gone")]
    [Covers("RFC7296-1.4.1-2", "RFC7296-1.4.1-3", "RFC7296-3.11-2")]
    public async Task Deleted()
    {
        await Context.Configure(Tunnel);
        var child = await First(initiates: false);
        if ((await Iut.SecurityAssociations(Context.Cancellation)).All(sa => sa.InboundSpi != child.OutboundSpi))
            Context.Inconclusive("it does not list the AH SAs that it has");
        await IsDeleted(child);
        await Tester.ExpectNoChild("RFC7296-1.4.1-3");
        var session = Tester.Use(child);
        var echo = Tester.NewEcho(session, out var packet);
        Tester.SendPacket(session.Seal(packet), $"AH of the SAs that are gone: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, "RFC7296-1.4.1-3", "no reply to what comes on a deleted SA");
        await Tester.ProbeLiveness(child.Session);
    }

    [Scenario("AH-NEGOTIATED-DELETE-002", "A delete of ESP with the SPI of AH deletes nothing")]
    [Covers("RFC7296-3.11-2", "RFC7296-2.25.1-6", "RFC7296-1.4-4")]
    public async Task DeletedAsEsp()
    {
        await Context.Configure(Tunnel);
        var child = await First(initiates: false);
        var response = await Tester.ExpectResponse(Tester.Send(child.Session, ExchangeType.Informational, DeletePayload.Esp(child.InboundSpi)), "RFC7296-1.4-4");
        Context.Check("RFC7296-2.25.1-6", response.Find<DeletePayload>() is null, "no Delete payload", response.Summary);
        await Answers(Tester.Use(child), "RFC7296-3.11-2", "the AH SAs, which stay");
    }

    [Scenario("AH-NEGOTIATED-DELETE-003", "Told to delete AH, it names protocol and SPI, and keeps the IKE SA", Needs = [Capability.OrderDeleteChild])]
    [Covers("RFC7296-1.4.1-2", "RFC7296-3.11-2", "RFC7296-3.11-3", "RFC7296-1.4.1-3")]
    public async Task DeletedByImplementation()
    {
        await Context.Configure(Tunnel);
        var child = await First(initiates: false);
        await Tester.Order(SaOrder.DeleteChild);
        await DeletesItself(child);
        await Tester.ExpectNoChild("RFC7296-1.4.1-3");
        await Tester.ProbeLiveness(child.Session);
    }

    private static ConnectionPolicy WithKeyExchange => Tunnel with { EspSuites = [Standard with { KeyExchange = (ushort)KeyExchangeId.Ecp256 }] };

    private static Proposal Esp(byte number) => new(
        number, ProtocolId.Esp, new byte[] { 0xC0, 0, 0, 0x1E },
        [Transform.Encryption(EncryptionId.AesGcm16, 256), Transform.SequenceNumbers(SequenceNumbersId.Sequential32)]);

    private static DeletePayload Delete(uint spi) => DeletePayload.Children(ProtocolId.Ah, spi);

    /// <summary>The child SAs of IKE_AUTH, whoever begins.</summary>
    private async Task<EspSession> First(bool initiates) => (initiates ? await Tester.BeEstablished() : await Tester.Establish()).Children[0];

    /// <summary>IKE_AUTH with other proposals for the child SAs.</summary>
    private async Task<(IkeSession Session, EspSession Child, ReceivedIke Response)> Offer(Func<ImmutableArray<Proposal>, ImmutableArray<Proposal>> change)
    {
        var session = Tester.NewSession();
        if (session.TakeInitResponse(await Tester.ExchangeInit(session)) is { } trouble)
            Context.Inconclusive($"preamble: IKE_SA_INIT: {trouble}");
        var payloads = session.AuthRequestPayloads(out var child);
        var offer = payloads.OfType<SecurityAssociationPayload>().Single();
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, payloads.Replace(offer, new SecurityAssociationPayload(change(offer.Proposals)))));
        if (response is null)
            Context.Inconclusive("no IKE_AUTH response");
        return (session, child, response!);
    }

    /// <summary>Some kernels install SAs a moment after their daemon has answered: the first echo may be lost to that.</summary>
    private async Task Answers(ManualSession session, string requirement, string through) =>
        Context.Check(requirement, await IsAnswered(session, [session]), $"an echo reply in AH, through {through}", "none");

    /// <summary>Whether an echo request through these SAs has a reply through some of those.</summary>
    private async Task<bool> IsAnswered(ManualSession through, ManualSession[] back)
    {
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var echo = Tester.NewEcho(through, out var packet);
            Tester.SendPacket(through.Seal(packet), $"AH {through.ToImplementation[0].Parameters.Spi:x8}: ICMP echo request {echo}");
            if (await Tester.AnyKeyedEchoReply(back, echo, Tester.ResponseTime / 4) is not null)
                return true;
        }
        return false;
    }

    /// <summary>The tester deletes a pair; the response must name the other half.</summary>
    private async Task IsDeleted(EspSession child)
    {
        var response = await Tester.ExpectResponse(Tester.Send(child.Session, ExchangeType.Informational, Delete(child.InboundSpi)), "RFC7296-1.4.1-3");
        Named(response, child);
    }

    /// <summary>The implementation deletes a pair, and is answered.</summary>
    private async Task DeletesItself(EspSession child)
    {
        var request = await Tester.Receive<ReceivedIke>(
            received => Testing.Tester.IsRequest(received, child.Session, ExchangeType.Informational) && received.Find<DeletePayload>() is not null, Tester.ResponseTime);
        if (request is not null)
            Tester.Respond(request, Delete(child.InboundSpi));
        Named(request, child);
    }

    private void Named(ReceivedIke? message, EspSession child)
    {
        var deletes = message?.Payloads.OfType<DeletePayload>().ToArray() ?? [];
        Context.Check(
            "RFC7296-1.4.1-2", deletes.Any(delete => delete.Spis.Contains(Delete(child.OutboundSpi).Spis[0])), $"D(AH {child.OutboundSpi:x8}), what it receives on", message?.Summary ?? "nothing");
        Context.Check("RFC7296-3.11-2", deletes.All(delete => delete is { Protocol: ProtocolId.Ah, SpiSize: 4 }), "protocol AH, SPIs of 4 octets", message?.Summary ?? "nothing");
    }
}
