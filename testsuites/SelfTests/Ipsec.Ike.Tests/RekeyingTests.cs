using System.Text.RegularExpressions;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests;

/// <summary>CREATE_CHILD_SA in both roles: the ladders of RFC 7296 sections 1.3, 2.8 and 2.25, and what the data plane is told.</summary>
public sealed class RekeyingTests
{
    private static readonly IkeCommand RekeyChild = new IkeCommand.RekeyChild("c"), RekeyIke = new IkeCommand.RekeyIke("c");

    [Test]
    public void RekeyChild_ByOneEnd_ReplacesAndDeletesWithoutAGap()
    {
        var pair = Connected();
        var old = pair.LeftEnd.Children.Single();
        pair.OnLeft(RekeyChild);
        Assert.That(Ladder(pair), Is.EqualTo(new[]
        {
            "left CREATE_CHILD_SA request 2: N(REKEY_SA) SA Nonce TSi TSr",
            "right CREATE_CHILD_SA response 2: SA Nonce TSi TSr",
            "left INFORMATIONAL request 3: D(ESP)",
            "right INFORMATIONAL response 3: D(ESP)",
        }));
        Assert.That(pair.Installations, Is.EqualTo(new[]
        {
            "right install inbound", "left install", "left stop", "right start", "right remove", "left remove",
        }));
        AssertAgreement(pair, children: 1);
        Assert.That(pair.LeftEnd.Children.Single().InboundSpi, Is.Not.EqualTo(old.InboundSpi));
    }

    [Test]
    public void RekeyChild_ByTheOriginalResponder_WorksTheSame()
    {
        var pair = Connected();
        pair.RightEnd.Handle(pair.Now, RekeyChild);
        pair.Settle();
        Assert.That(Ladder(pair)[0], Is.EqualTo("right CREATE_CHILD_SA request 0: N(REKEY_SA) SA Nonce TSi TSr"));
        AssertAgreement(pair, children: 1);
    }

    [Test]
    public void RekeyChild_PolicyHasAGroup_HasAKeyExchangeOfItsOwn()
    {
        var pair = Connected(new(changeLeft: WithGroups(KeyExchangeId.Curve25519), changeRight: WithGroups(KeyExchangeId.Curve25519)));
        pair.OnLeft(RekeyChild);
        Assert.That(Ladder(pair)[..2], Is.EqualTo(new[]
        {
            "left CREATE_CHILD_SA request 2: N(REKEY_SA) SA Nonce KE TSi TSr", "right CREATE_CHILD_SA response 2: SA Nonce KE TSi TSr",
        }));
        AssertAgreement(pair, children: 1);
    }

    [Test]
    public void RekeyChild_ResponderWantsAnotherGroup_RetriesWithIt()
    {
        var pair = Connected(new(changeLeft: WithGroups(KeyExchangeId.Curve25519, KeyExchangeId.Ecp256), changeRight: WithGroups(KeyExchangeId.Ecp256)));
        pair.OnLeft(RekeyChild);
        Assert.That(Ladder(pair)[1], Is.EqualTo("right CREATE_CHILD_SA response 2: N(INVALID_KE_PAYLOAD)"));
        AssertAgreement(pair, children: 1);
        Assert.That(Ladder(pair), Has.Count.EqualTo(6));
    }

    [Test]
    public void RekeyChild_ByBothAtOnce_LeavesTheOneWithoutTheLowestNonce()
    {
        // Which end has the lowest nonce is chance: in a few runs both must be seen, or nothing is compared.
        var leftWon = new HashSet<bool>();
        for (var run = 0; run < 8; run++)
        {
            var pair = Connected();
            for (var before = 0; before < run; before++)
                pair.OnLeft(RekeyChild);
            pair.Ladder.Clear();
            pair.Nonces.Clear();
            var old = pair.LeftEnd.Children.Single();
            pair.Both(RekeyChild);
            AssertAgreement(pair, children: 1);
            Assert.That(Ladder(pair).Count(line => line.StartsWith("left INFORMATIONAL request")), Is.EqualTo(1), "each end deletes one: the redundant or the old");
            Assert.That(Ladder(pair).Count(line => line.StartsWith("right INFORMATIONAL request")), Is.EqualTo(1));
            var won = pair.Ladder.Single(line => line.StartsWith("left INFORMATIONAL request")).Contains($"{old.InboundSpi:x8}");
            Assert.That(pair.Nonces, Has.Count.EqualTo(4));
            Assert.That(won, Is.Not.EqualTo(pair.Nonces.MinBy(entry => $"{entry.Nonce}", StringComparer.Ordinal).LeftInitiated), "who made the lowest nonce's SA deletes it");
            leftWon.Add(won);
        }
        Assert.That(leftWon, Has.Count.EqualTo(2));
    }

    [Test]
    public void RekeyChild_RequestOvertakenByThePeersWholeRekeying_IsMetWithChildSaNotFound()
    {
        var pair = Connected();
        // The ladder of section 2.8.1: the left end's request is lost until the right one is done.
        var isLost = true;
        pair.Delivers = (toRight, datagram) => !(isLost && toRight && datagram.Message.Span[18] == (byte)ExchangeType.CreateChildSa && (datagram.Message.Span[19] & (byte)IkeFlags.Response) == 0);
        pair.Both(RekeyChild);
        isLost = false;
        pair.Pass(TimeSpan.FromSeconds(2));
        Assert.That(Ladder(pair)[^1], Is.EqualTo("right CREATE_CHILD_SA response 2: N(CHILD_SA_NOT_FOUND)"));
        AssertAgreement(pair, children: 1);
    }

    [Test]
    public void RekeyIke_ByOneEnd_HandsTheChildrenToANewSaWithIdsFromZero()
    {
        var pair = Connected();
        var child = pair.LeftEnd.Children.Single();
        pair.OnLeft(RekeyIke);
        Assert.That(Ladder(pair), Is.EqualTo(new[]
        {
            "left CREATE_CHILD_SA request 2: SA Nonce KE", "right CREATE_CHILD_SA response 2: SA Nonce KE",
            "left INFORMATIONAL request 3: D(IKE)", "right INFORMATIONAL response 3: (empty)",
        }));
        Assert.That(pair.LeftEnd.Children.Single(), Is.SameAs(child));
        Assert.That(pair.Installations, Is.Empty);
        AssertAgreement(pair, children: 1);

        pair.Ladder.Clear();
        pair.OnLeft(RekeyChild);
        Assert.That(Ladder(pair)[0], Does.StartWith("left CREATE_CHILD_SA request 0: N(REKEY_SA)"));
        AssertAgreement(pair, children: 1);
    }

    [Test]
    public void RekeyIke_ByBothAtOnce_LeavesOneIkeSaWithTheChildren()
    {
        for (var run = 0; run < 6; run++)
        {
            var pair = Connected();
            pair.Both(RekeyIke);
            for (var again = 0; again < run; again++)
                pair.Both(RekeyIke);
            AssertAgreement(pair, children: 1);
        }
    }

    [Test]
    public void RekeyIke_WhileTheOtherRekeysAChild_BothMeetTemporaryFailureAndTryAgain()
    {
        var pair = Connected();
        pair.LeftEnd.Handle(pair.Now, RekeyIke);
        pair.RightEnd.Handle(pair.Now, RekeyChild);
        pair.Settle();
        Assert.That(pair.Ladder.Count(line => line.EndsWith("N(TEMPORARY_FAILURE)")), Is.EqualTo(2));
        pair.Pass(TimeSpan.FromSeconds(20));
        Assert.That(pair.Ladder.Count(line => line.Contains("D(IKE)")), Is.EqualTo(1));
        AssertAgreement(pair, children: 1);
    }

    [Test]
    public void TemporaryFailure_ForMinutes_ClosesTheIkeSa()
    {
        var pair = Connected(new(new() { TemporaryFailureLimit = TimeSpan.FromMinutes(1), RequestAttempts = 20 }));
        // The right end's rekeying never ends: the left end's answers to it are lost.
        pair.Delivers = (toRight, datagram) => !toRight || (datagram.Message.Span[19] & (byte)IkeFlags.Response) == 0;
        pair.RightEnd.Handle(pair.Now, RekeyIke);
        pair.LeftEnd.Handle(pair.Now, RekeyChild);
        pair.Settle();
        pair.Pass(TimeSpan.FromMinutes(2));
        Assert.That(pair.Ladder, Has.Some.Matches("^left INFORMATIONAL request .*D\\(IKE\\)"));
    }

    [Test]
    public void CreateChild_Several_LiveUnderOneIkeSa()
    {
        var pair = Connected();
        pair.OnLeft(new IkeCommand.CreateChild("c"));
        pair.OnLeft(new IkeCommand.CreateChild("c"));
        Assert.That(Ladder(pair)[0], Is.EqualTo("left CREATE_CHILD_SA request 2: SA Nonce TSi TSr"));
        AssertAgreement(pair, children: 3);
    }

    [Test]
    public void CreateChild_MoreThanThePeerTakes_IsRefusedAndLeavesTheRest()
    {
        var pair = Connected(new(new() { MaximumChildren = 1 }));
        pair.OnLeft(new IkeCommand.CreateChild("c"));
        Assert.That(Ladder(pair)[1], Is.EqualTo("right CREATE_CHILD_SA response 2: N(NO_ADDITIONAL_SAS)"));
        AssertAgreement(pair, children: 1);
    }

    [Test]
    public void CreateChild_TrafficOutsideThePeersPolicy_IsTsUnacceptable()
    {
        var pair = Connected();
        pair.OnLeft(new IkeCommand.CreateChild("c") { RemoteTraffic = [TrafficSelector.Range(IkePair.Left, IkePair.Left)] });
        Assert.That(Ladder(pair)[1], Is.EqualTo("right CREATE_CHILD_SA response 2: N(TS_UNACCEPTABLE)"));
        AssertAgreement(pair, children: 1);
    }

    [Test]
    public void CreateChild_UnderAWindow_GoesOutTogether()
    {
        var pair = Connected(new(new() { WindowSize = 4 }));
        pair.Delivers = (_, _) => false;
        for (var count = 0; count < 6; count++)
            pair.LeftEnd.Handle(pair.Now, new IkeCommand.CreateChild("c"));
        pair.Settle();
        Assert.That(pair.Ladder, Has.Count.EqualTo(4));
        pair.Delivers = (_, _) => true;
        pair.Pass(TimeSpan.FromSeconds(2));
        AssertAgreement(pair, children: 7);
    }

    [Test]
    public void DeleteChildren_ByBothAtOnce_AnswersWithoutDeletePayloads()
    {
        var pair = Connected();
        pair.Both(new IkeCommand.DeleteChildren("c"));
        Assert.That(Ladder(pair).Where(line => line.Contains("response")), Is.EquivalentTo(new[]
        {
            "left INFORMATIONAL response 0: (empty)", "right INFORMATIONAL response 2: (empty)",
        }));
        AssertAgreement(pair, children: 0);
    }

    [Test]
    public void Disconnect_ByBothAtOnce_ClosesBoth()
    {
        var pair = Connected();
        pair.Both(new IkeCommand.Disconnect("c"));
        Assert.That(pair.LeftEnd.Associations.Concat(pair.RightEnd.Associations), Is.Empty);
    }

    [TestCase(ExchangeType.IkeSaInit)]
    [TestCase(ExchangeType.IkeAuth)]
    public void Disconnect_WhileTheSaIsBeingSetUp_LeavesNothing(ExchangeType reached)
    {
        var pair = new IkePair();
        pair.Delivers = (toRight, datagram) => toRight || datagram.Message.Span[18] < (byte)reached;
        pair.Connect();
        pair.OnLeft(new IkeCommand.Disconnect("c"));
        pair.Delivers = (_, _) => true;
        pair.Pass(TimeSpan.FromMinutes(2));
        Assert.That(pair.LeftEnd.Associations.Concat(pair.RightEnd.Associations), Is.Empty);
    }

    [Test]
    public void Lifetimes_Soft_RekeyBothKindsAndKeepTheTraffic()
    {
        var pair = Connected(new(new() { ChildSoftLifetime = TimeSpan.FromMinutes(10), IkeSoftLifetime = TimeSpan.FromMinutes(25), ChildHardLifetime = TimeSpan.FromMinutes(15) }));
        pair.Pass(TimeSpan.FromHours(1));
        Assert.That(pair.Ladder.Count(line => line.Contains("D(IKE)")), Is.InRange(2, 3));
        Assert.That(pair.Ladder.Count(line => line.Contains("N(REKEY_SA)")), Is.InRange(5, 14));
        AssertAgreement(pair, children: 1);
    }

    [Test]
    public void Lifetimes_Hard_DeleteWhatWasNotRekeyed()
    {
        var pair = Connected(new(new() { ChildHardLifetime = TimeSpan.FromMinutes(1), IkeHardLifetime = TimeSpan.FromMinutes(3) }));
        pair.Pass(TimeSpan.FromMinutes(2));
        AssertAgreement(pair, children: 0);
        pair.Pass(TimeSpan.FromMinutes(2));
        Assert.That(pair.LeftEnd.Associations.Concat(pair.RightEnd.Associations), Is.Empty);
    }

    [Test]
    public void AuthenticationLifetime_Announced_IsMetByANewIkeSaBeforeItEnds()
    {
        var pair = Connected(new(new() { AuthenticationLifetime = TimeSpan.FromMinutes(10) }));
        var first = pair.LeftEnd.Associations.Single();
        pair.Pass(TimeSpan.FromMinutes(11));
        Assert.That(pair.Ladder.Count(line => line.Contains("IKE_AUTH request")), Is.EqualTo(1));
        Assert.That(pair.LeftEnd.Associations.Single().InitiatorSpi, Is.Not.EqualTo(first.InitiatorSpi));
        AssertAgreement(pair, children: 1);
    }

    [Test]
    public void InitialContact_AfterARestart_DropsWhatThePeerStillHas()
    {
        var pair = Connected();
        pair.LeftEnd.Reset();
        pair.LeftEnd.Add(IkePair.Connection(IkePair.Left, IkePair.Right, "left", "right"));
        pair.Connect();
        AssertAgreement(pair, children: 1);
        Assert.That(pair.RightEvents.OfType<IkeEvent.Closed>().Single().Reason, Is.EqualTo("the peer has started anew"));
    }

    private static IkePair Connected(IkePair? pair = null)
    {
        pair ??= new();
        pair.Connect();
        Assert.That(pair.LeftEnd.Children, Is.Not.Empty);
        pair.Ladder.Clear();
        pair.Installations.Clear();
        return pair;
    }

    private static Func<IkeConnection, IkeConnection> WithGroups(params KeyExchangeId[] groups) => connection => connection with
    {
        ChildProposals = [connection.ChildProposals[0] with { Transforms = [.. connection.ChildProposals[0].Transforms, .. groups.Select(Transform.KeyExchange)] }],
    };

    /// <summary>The ladder with SPIs left out.</summary>
    private static List<string> Ladder(IkePair pair) => [.. pair.Ladder.Select(line => Regex.Replace(line, "D\\(ESP [^)]*\\)", "D(ESP)"))];

    private static void AssertAgreement(IkePair pair, int children)
    {
        Assert.That(pair.LeftEnd.Children.Select(child => child.OutboundSpi), Is.EquivalentTo(pair.RightEnd.Children.Select(child => child.InboundSpi)));
        Assert.That(pair.LeftEnd.Children.Select(child => child.InboundSpi), Is.EquivalentTo(pair.RightEnd.Children.Select(child => child.OutboundSpi)));
        Assert.That(pair.LeftEnd.Children.Count(), Is.EqualTo(children));
        Assert.That(pair.LeftEnd.Associations.Select(sa => sa.ResponderSpi), Is.EquivalentTo(pair.RightEnd.Associations.Select(sa => sa.ResponderSpi)));
        Assert.That(pair.LeftEnd.Associations.Count(), Is.EqualTo(1));
    }
}
