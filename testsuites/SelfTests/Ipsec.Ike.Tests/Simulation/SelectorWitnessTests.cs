using System.Collections.Immutable;
using System.Net;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests.Simulation;

/// <summary>What the simulation says of selectors can fail: each rule is broken once, by hand.</summary>
public sealed class SelectorWitnessTests
{
    private static readonly TrafficSelector
        Net1 = Range("10.1.0.0", "10.1.0.255"), Half1 = Range("10.1.0.0", "10.1.0.127"), Host1 = Range("10.1.0.1", "10.1.0.1"),
        Net2 = Range("10.2.0.0", "10.2.0.255"), Host2 = Range("10.2.0.1", "10.2.0.1"), Net6 = Range("2001:db8::", "2001:db8::ff");

    private static readonly TrafficPolicy Left = new([Net1], [Net2]);

    [Test]
    public void Exchanges_AsTheRfcHasThem_AreRight()
    {
        var witness = new SelectorWitness(Left, new([Net2], [Half1]));
        Offer(witness, [Host1, Net1], [Host2, Net2]);
        Answer(witness, [Host1, Half1], [Host2, Net2]);
        witness.Installed(isLeft: false, Child(1, 2, [Net2], [Half1]));
        witness.Installed(isLeft: true, Child(2, 1, [Half1], [Net2]));
        Offer(witness, [Half1], [Net2], rekeyed: 2);
        Answer(witness, [Half1], [Net2]);
        Assert.That(witness.Broken, Is.Null);
        Assert.That(witness.Answers, Is.EquivalentTo(new Dictionary<string, int> { ["narrowed"] = 1, ["whole"] = 1 }));
    }

    [Test]
    public void Offers_OverTheOwnPolicy_AreNoticed()
    {
        Assert.That(Offered(Left with { Local = [Half1] }, [Net1], [Net2]), Does.StartWith("left offers"));
        Assert.That(Offered(Left with { SinglePairs = true }, [Net1], [Net2]), Does.StartWith("left offers"));
        Assert.That(Offered(Left with { SinglePairs = true }, [Host1], [Host2]), Is.Null);
    }

    [Test]
    public void Answers_OverTheOffer_AreNoticed() => Assert.That(Answered(Left.Mirror, [Half1], [Net2], [Net1], [Net2]), Does.EndWith("which is wider"));

    [Test]
    public void Answers_WithoutTheFirstSelectors_AreNoticed() =>
        Assert.That(Answered(Left.Mirror, [Host1, Net1], [Host2, Net2], [Range("10.1.0.2", "10.1.0.255")], [Net2]), Does.Contain("without the first selectors"));

    [Test]
    public void Refusals_WithoutReason_AreNoticed()
    {
        Assert.That(Answered(Left.Mirror, [Half1], [Net2], NotifyType.TsUnacceptable), Does.Contain("with TS_UNACCEPTABLE"));
        Assert.That(Answered(new([Net2], [Range("10.9.0.0", "10.9.0.9")]), [Half1], [Net2], NotifyType.TsUnacceptable), Is.Null);
        Assert.That(Answered(Left.Mirror, [Half1], [Net2], NotifyType.SinglePairRequired), Does.Contain("with SINGLE_PAIR_REQUIRED"));
        Assert.That(Answered(Left.Mirror with { SinglePairs = true }, [Host1], [Host2], NotifyType.SinglePairRequired), Does.Contain("with SINGLE_PAIR_REQUIRED"));
        Assert.That(Answered(Left.Mirror with { SinglePairs = true }, [Half1], [Net2], NotifyType.SinglePairRequired), Is.Null);
    }

    [Test]
    public void AdditionalSelectors_WhereAllIsGranted_AreNoticed()
    {
        var witness = new SelectorWitness(Left, Left.Mirror);
        Offer(witness, [Net1], [Net2]);
        Answer(witness, [Net1], [Net2], new NotifyPayload(NotifyType.AdditionalTsPossible));
        Assert.That(witness.Broken, Does.Contain("ADDITIONAL_TS_POSSIBLE"));
    }

    [Test]
    public void Rekeying_WithLess_IsNoticed()
    {
        var witness = new SelectorWitness(Left, Left.Mirror);
        witness.Installed(isLeft: true, Child(2, 1, [Net1], [Net2]));
        Offer(witness, [Half1], [Net2], rekeyed: 2);
        Assert.That(witness.Broken, Does.StartWith("left rekeys with less"));

        witness = new(Left, Left.Mirror);
        witness.Installed(isLeft: true, Child(2, 1, [Net1], [Net2]));
        Offer(witness, [Net1], [Net2], rekeyed: 2);
        Answer(witness, [Half1], [Net2]);
        Assert.That(witness.Broken, Does.EndWith("less than what it replaces"));
    }

    [Test]
    public void Associations_OverThePolicyOrOfNoUse_AreNoticed()
    {
        Assert.That(Installed(Left with { Local = [Half1] }, Child(2, 1, [Net1], [Net2])), Does.Contain("its policy is"));
        Assert.That(Installed(Left with { SinglePairs = true }, Child(2, 1, [Net1], [Net2])), Does.EndWith("wants single pairs"));
        Assert.That(Installed(Left with { Remote = [Net6] }, Child(2, 1, [Net1], [Net6])), Does.EndWith("which no packet is for"));
    }

    [Test]
    public void Associations_WithOtherTrafficAtTheOtherEnd_AreNoticed()
    {
        var witness = new SelectorWitness(Left, Left.Mirror);
        witness.Installed(isLeft: false, Child(1, 2, [Net2], [Half1]));
        witness.Installed(isLeft: true, Child(2, 1, [Net1], [Net2]));
        Assert.That(witness.Broken, Does.Contain("right has it for"));
    }

    private static string? Offered(TrafficPolicy policy, ImmutableArray<TrafficSelector> initiator, ImmutableArray<TrafficSelector> responder)
    {
        var witness = new SelectorWitness(policy, policy.Mirror);
        Offer(witness, initiator, responder);
        return witness.Broken;
    }

    private static string? Answered(
        TrafficPolicy right, ImmutableArray<TrafficSelector> initiator, ImmutableArray<TrafficSelector> responder,
        ImmutableArray<TrafficSelector> answeredInitiator, ImmutableArray<TrafficSelector> answeredResponder)
    {
        var witness = new SelectorWitness(Left, right);
        Offer(witness, initiator, responder);
        Answer(witness, answeredInitiator, answeredResponder);
        return witness.Broken;
    }

    private static string? Answered(TrafficPolicy right, ImmutableArray<TrafficSelector> initiator, ImmutableArray<TrafficSelector> responder, NotifyType refusal)
    {
        var witness = new SelectorWitness(Left, right);
        Offer(witness, initiator, responder);
        witness.Sees(isLeft: false, Message(isResponse: true, [new NotifyPayload(refusal)]));
        return witness.Broken;
    }

    private static string? Installed(TrafficPolicy policy, ChildSa child)
    {
        var witness = new SelectorWitness(policy, policy.Mirror);
        witness.Installed(isLeft: true, child);
        return witness.Broken;
    }

    private static void Offer(SelectorWitness witness, ImmutableArray<TrafficSelector> initiator, ImmutableArray<TrafficSelector> responder, byte? rekeyed = null) =>
        witness.Sees(isLeft: true, Message(isResponse: false,
        [
            .. rekeyed is { } spi ? [new NotifyPayload(ProtocolId.Esp, new byte[] { 0, 0, 0, spi }, NotifyType.RekeySa, default)] : ImmutableArray<Payload>.Empty,
            .. Selectors(initiator, responder),
        ]));

    private static void Answer(SelectorWitness witness, ImmutableArray<TrafficSelector> initiator, ImmutableArray<TrafficSelector> responder, params Payload[] notifications) =>
        witness.Sees(isLeft: false, Message(isResponse: true, [.. notifications, .. Selectors(initiator, responder)]));

    private static Payload[] Selectors(ImmutableArray<TrafficSelector> initiator, ImmutableArray<TrafficSelector> responder) =>
        [new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, initiator), new TrafficSelectorPayload(PayloadType.TrafficSelectorResponder, responder)];

    private static IkeMessage Message(bool isResponse, ImmutableArray<Payload> payloads) =>
        new(
        new IkeHeader { InitiatorSpi = 1, ResponderSpi = 2, ExchangeType = ExchangeType.CreateChildSa, Flags = isResponse ? IkeFlags.Response : IkeFlags.Initiator, MessageId = 2 }, payloads);

    private static ChildSa Child(uint inbound, uint outbound, ImmutableArray<TrafficSelector> local, ImmutableArray<TrafficSelector> remote) => new(
        "c", ProtocolId.Esp, inbound, outbound, new EspAlgorithms(Algorithms.Encryption(EncryptionId.AesGcm16)!, 256, null, false), false, true,
        IPAddress.Loopback, IPAddress.Loopback, null, local, remote, PeerAuthentication.Nobody);

    private static TrafficSelector Range(string start, string end) => TrafficSelector.Range(IPAddress.Parse(start), IPAddress.Parse(end));
}
