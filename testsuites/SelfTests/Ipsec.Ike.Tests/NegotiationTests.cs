using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests;

/// <summary>Which proposal and which traffic come out of what two ends offer and accept (RFC 7296 sections 2.7, 2.9, 3.3).</summary>
public sealed class NegotiationTests
{
    private static readonly Transform
        Gcm128 = Transform.Encryption(EncryptionId.AesGcm16, 128), Gcm256 = Transform.Encryption(EncryptionId.AesGcm16, 256), Cbc256 = Transform.Encryption(EncryptionId.AesCbc, 256),
        Sha256 = Transform.Integrity(IntegrityId.HmacSha256_128), Sha512 = Transform.Integrity(IntegrityId.HmacSha512_256), NoIntegrity = Transform.Integrity(IntegrityId.None),
        Short = Transform.SequenceNumbers(SequenceNumbersId.Sequential32), Extended = Transform.SequenceNumbers(SequenceNumbersId.Extended64);

    [Test]
    public void TheRespondersPreference_AmongSeveralProposals_IsChosen()
    {
        var child = Negotiate([Esp(Gcm128, Short), Esp(Cbc256, Sha256, Sha512, Short)], [Esp(Cbc256, Sha512, Short), Esp(Gcm128, Short)]);
        Assert.That((child!.Algorithms.Encryption.Id, child.Algorithms.Integrity!.Id), Is.EqualTo((EncryptionId.AesCbc, IntegrityId.HmacSha512_256)));
    }

    [Test]
    public void KeyLengths_OfOneCipher_AreDifferentTransforms() =>
        Assert.That(Negotiate([Esp(Gcm128, Gcm256, Short)], [Esp(Gcm256, Short)])!.Algorithms.KeyBits, Is.EqualTo(256));

    [Test]
    public void CombinedMode_WithIntegrityNone_IsTheSameAsWithout()
    {
        Assert.That(Negotiate([Esp(Gcm256, NoIntegrity, Short)], [Esp(Gcm256, Short)])!.Algorithms.Integrity, Is.Null);
        Assert.That(Negotiate([Esp(Gcm256, Short)], [Esp(Gcm256, NoIntegrity, Short)])!.Algorithms.Integrity, Is.Null);
    }

    [Test]
    public void CombinedMode_WithAnIntegrityAlgorithm_IsNotAccepted() => Assert.That(Negotiate([Esp(Gcm256, Sha256, Short)], [Esp(Gcm256, Sha256, Short)]), Is.Null);

    [Test]
    public void ExtendedSequenceNumbers_AreUsedWhereBothHaveThem()
    {
        Assert.That(Negotiate([Esp(Gcm256, Extended, Short)], [Esp(Gcm256, Extended)])!.Algorithms.ExtendedSequenceNumbers, Is.True);
        Assert.That(Negotiate([Esp(Gcm256, Extended, Short)], [Esp(Gcm256, Short)])!.Algorithms.ExtendedSequenceNumbers, Is.False);
        Assert.That(Negotiate([Esp(Gcm256, Extended)], [Esp(Gcm256, Short)]), Is.Null);
    }

    [Test]
    public void AuthenticationHeader_WhereThePolicyAsksForIt_HasAnIntegrityKeyAlone()
    {
        var child = Negotiate([Esp(Gcm256, Short), new(2, ProtocolId.Ah, Octets.Empty, [Sha256, Short])], [new(1, ProtocolId.Ah, Octets.Empty, [Sha256, Short])]);
        Assert.That((child!.Protocol, child.Algorithms.EncryptionKeyLength, child.Algorithms.IntegrityKeyLength), Is.EqualTo((ProtocolId.Ah, 0, 32)));
    }

    [Test]
    public void AuthenticationHeader_Rekeyed_IsDeletedAsAh()
    {
        var pair = Pair([new(1, ProtocolId.Ah, Octets.Empty, [Sha256, Short])], [new(1, ProtocolId.Ah, Octets.Empty, [Sha256, Short])]);
        pair.Connect();
        pair.OnLeft(new IkeCommand.RekeyChild("c"));
        Assert.That(pair.Ladder, Has.Exactly(2).Contains("D(AH"));
        Assert.That(pair.LeftEnd.Children.Single().OutboundSpi, Is.EqualTo(pair.RightEnd.Children.Single().InboundSpi));
    }

    [TestCase("10.0.0.0-10.0.0.255", "10.0.0.128-10.0.1.255", "10.0.0.128-10.0.0.255")]
    [TestCase("2001:db8::-2001:db8::ff", "2001:db8::10-2001:db8::20", "2001:db8::10-2001:db8::20")]
    [TestCase("10.0.0.0-10.0.0.255", "10.0.1.0-10.0.1.255", null)]
    [TestCase("10.0.0.0-10.0.0.255", "2001:db8::-2001:db8::ff", null)]
    [TestCase("10.0.0.1-10.0.0.1/17/1-100", "10.0.0.0-10.0.0.255/0/50-200", "10.0.0.1-10.0.0.1/17/50-100")]
    [TestCase("10.0.0.1-10.0.0.1/6/0-65535", "10.0.0.1-10.0.0.1/17/0-65535", null)]
    [TestCase("10.0.0.1-10.0.0.1/6/80-80", "10.0.0.1-10.0.0.1/6/81-90", null)]
    [TestCase("10.0.0.1-10.0.0.1/132/65535-0", "10.0.0.1-10.0.0.1/0/0-65535", "10.0.0.1-10.0.0.1/132/65535-0")]
    [TestCase("10.0.0.1-10.0.0.1/132/65535-0", "10.0.0.1-10.0.0.1/132/1-2", null)]
    public void Narrowing_LeavesWhatBothHave(string offered, string policy, string? expected)
    {
        TrafficSelector[] others = [Selector("10.9.0.0-10.9.0.255"), Selector("2001:db8:9::-2001:db8:9::ff")];
        var pair = new IkePair(
            changeLeft: left => left with { LocalTraffic = [Selector(offered)], RemoteTraffic = [.. others] },
            changeRight: right => right with { LocalTraffic = [.. others], RemoteTraffic = [Selector(policy)] });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.FirstOrDefault()?.LocalTraffic[0], Is.EqualTo(expected is null ? null : Selector(expected)));
        Assert.That(pair.RightEnd.Children.FirstOrDefault()?.RemoteTraffic[0], Is.EqualTo(expected is null ? null : Selector(expected)));
    }

    [Test]
    public void Narrowing_BothFamilies_KeepsEach()
    {
        TrafficSelector[] both = [Selector("10.0.0.0-10.0.0.255"), Selector("2001:db8::-2001:db8::ff")];
        var pair = new IkePair(changeLeft: left => left with { LocalTraffic = [.. both] }, changeRight: right => right with { RemoteTraffic = [.. both.Reverse()] });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.Single().LocalTraffic, Is.EqualTo(both));
    }

    [TestCase(true, true, true)]
    [TestCase(false, true, null)]
    [TestCase(true, false, null)]
    public void TransportMode_WhereBothWantIt(bool left, bool right, bool? expected)
    {
        var pair = new IkePair(changeLeft: connection => connection with { TransportMode = left }, changeRight: connection => connection with { TransportMode = right });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.SingleOrDefault()?.TransportMode, Is.EqualTo(expected));
        Assert.That(pair.RightEnd.Children.Count(), Is.EqualTo(expected is null ? 0 : 1), "what the initiator can't use it deletes");
    }

    [TestCase(true, true)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    public void Compression_WhereBothWantIt_HasCpisThatFitAlsoWhenRekeyed(bool left, bool right)
    {
        var pair = new IkePair(changeLeft: connection => connection with { Compression = left }, changeRight: connection => connection with { Compression = right });
        pair.Connect();
        AssertCpis();
        pair.OnLeft(new IkeCommand.RekeyChild("c"));
        AssertCpis();

        void AssertCpis()
        {
            var (own, other) = (pair.LeftEnd.Children.Single().Cpis, pair.RightEnd.Children.Single().Cpis);
            Assert.That(own is not null, Is.EqualTo(left && right));
            Assert.That((own?.Inbound, own?.Outbound), Is.EqualTo((other?.Outbound, other?.Inbound)));
        }
    }

    [Test]
    public void FlowPadding_IsRefusedByEachEndForItself([Values] bool left, [Values] bool right)
    {
        var pair = new IkePair(
            changeLeft: connection => connection with { RefusesFlowPadding = left }, changeRight: connection => connection with { RefusesFlowPadding = right });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.Single().PeerRefusesFlowPadding, Is.EqualTo(right));
        Assert.That(pair.RightEnd.Children.Single().PeerRefusesFlowPadding, Is.EqualTo(left));
    }

    [Test]
    public void SinglePairs_WithoutAPacket_AreRequiredAndWithOneGranted()
    {
        var pair = SinglePairs();
        pair.Connect();
        Assert.That(pair.LeftEvents, Does.Contain(new IkeEvent.ChildFailed("c", "SINGLE_PAIR_REQUIRED")));
        pair.OnLeft(new IkeCommand.CreateChild("c") { Packet = (Selector("10.1.0.1-10.1.0.1/6/4000-4000"), Selector("10.2.0.1-10.2.0.1/6/80-80")) });
        var child = pair.LeftEnd.Children.Single();
        Assert.That(child.LocalTraffic, Is.EqualTo(new[] { Selector("10.1.0.1-10.1.0.1/6/4000-4000"), Selector("10.1.0.1-10.1.0.1") }));
        Assert.That(child.RemoteTraffic, Is.EqualTo(new[] { Selector("10.2.0.1-10.2.0.1/6/80-80"), Selector("10.2.0.1-10.2.0.1") }));
        Assert.That(pair.Ladder, Has.One.Contains("ADDITIONAL_TS_POSSIBLE"));
    }

    [Test]
    public void SinglePairRequired_WithAPacket_AsksForItsPairAlone()
    {
        // The responder's policy has no place for this packet, so that its selectors are not the first that remain.
        var pair = SinglePairs();
        pair.Connect();
        pair.OnLeft(new IkeCommand.CreateChild("c") { Packet = (Selector("10.1.0.1-10.1.0.1/6/4000-4000"), Selector("10.2.1.1-10.2.1.1/6/80-80")) });
        Assert.That(pair.Ladder.Count(line => line.StartsWith("left CREATE_CHILD_SA request", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(pair.LeftEvents[^1], Is.EqualTo(new IkeEvent.ChildFailed("c", "TS_UNACCEPTABLE")), "asked once more, not again and again");
    }

    [Test]
    public void SinglePairs_WantedByTheInitiator_AreAllThatItOffers()
    {
        var pair = new IkePair(
            changeLeft: left => left with { SinglePairs = true, LocalTraffic = [Selector("10.1.0.0-10.1.0.255")], RemoteTraffic = [Selector("2001:db8::-2001:db8::ff"), Selector("10.2.0.0-10.2.0.255")] },
            changeRight: right => right with { LocalTraffic = [Selector("10.2.0.0-10.2.0.255")], RemoteTraffic = [Selector("10.1.0.0-10.1.0.255")] });
        pair.Connect();
        pair.OnLeft(new IkeCommand.CreateChild("c") { Packet = (Selector("10.1.0.7-10.1.0.7/6/4000-4000"), Selector("10.2.0.7-10.2.0.7/6/80-80")) });
        var (first, wanted) = (pair.LeftEnd.Children.First(), pair.LeftEnd.Children.Last());
        Assert.That((first.LocalTraffic.Single(), first.RemoteTraffic.Single()), Is.EqualTo((Selector("10.1.0.0-10.1.0.0"), Selector("10.2.0.0-10.2.0.0"))), "no packet: the first pair there is");
        Assert.That(wanted.LocalTraffic, Is.EqualTo(new[] { Selector("10.1.0.7-10.1.0.7/6/4000-4000"), Selector("10.1.0.7-10.1.0.7") }));
        Assert.That(wanted.RemoteTraffic, Is.EqualTo(new[] { Selector("10.2.0.7-10.2.0.7/6/80-80"), Selector("10.2.0.7-10.2.0.7") }));
        Assert.That(pair.Ladder, Has.None.Contains("ADDITIONAL_TS_POSSIBLE"));
    }

    [TestCase("10.1.0.0-10.1.0.255/6/0-65535", "10.2.0.0-10.2.0.255/17/0-65535")]
    [TestCase("10.1.0.0-10.1.0.255", "2001:db8::-2001:db8::ff")]
    [TestCase("10.1.0.0-10.1.0.255/6/65535-0", "10.2.0.0-10.2.0.255/6/80-80")]
    public void Narrowing_ToWhatNoPacketIsFor_IsUnacceptable(string local, string remote)
    {
        // The left end has traffic, the right end has none; what both have is no more.
        var pair = new IkePair(
            changeLeft: left => left with
            {
                LocalTraffic = [Selector(local), Selector("2001:db8:1::-2001:db8:1::ff"), Selector("10.3.0.0-10.3.0.255")],
                RemoteTraffic = [Selector(remote), Selector("2001:db8:2::-2001:db8:2::ff"), Selector("10.4.0.0-10.4.0.255")],
            },
            changeRight: right => right with { LocalTraffic = [Selector(remote)], RemoteTraffic = [Selector(local)] });
        pair.Connect();
        Assert.That(pair.LeftEvents, Does.Contain(new IkeEvent.ChildFailed("c", "TS_UNACCEPTABLE")));
        Assert.That(pair.LeftEnd.Children.Concat(pair.RightEnd.Children), Is.Empty);
    }

    private static IkePair SinglePairs() => new(
        changeLeft: left => left with { LocalTraffic = [Selector("10.1.0.0-10.1.0.255")], RemoteTraffic = [Selector("10.2.0.0-10.2.1.255")] },
        changeRight: right => right with { SinglePairs = true, LocalTraffic = [Selector("10.2.0.0-10.2.0.255")], RemoteTraffic = [Selector("10.1.0.0-10.1.0.255")] });

    private static ChildSa? Negotiate(Proposal[] left, Proposal[] right)
    {
        var pair = Pair(left, right);
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.SingleOrDefault()?.Algorithms, Is.EqualTo(pair.RightEnd.Children.SingleOrDefault()?.Algorithms));
        return pair.LeftEnd.Children.SingleOrDefault();
    }

    private static IkePair Pair(Proposal[] left, Proposal[] right) => new(
        changeLeft: connection => connection with { ChildProposals = [.. left] }, changeRight: connection => connection with { ChildProposals = [.. right] });

    private static Proposal Esp(params Transform[] transforms) => new(1, ProtocolId.Esp, Octets.Empty, [.. transforms]);

    private static TrafficSelector Selector(string text) => TrafficSelectorNarrowingTests.Selector(text);
}
