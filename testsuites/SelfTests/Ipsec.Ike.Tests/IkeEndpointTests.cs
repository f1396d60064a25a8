using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests;

/// <summary>What the state machine does with time, loss and hostile octets. Whether it does what the RFC says is judged by the scenarios.</summary>
public sealed class IkeEndpointTests
{
    [Test]
    public void Connect_ToAWillingPeer_EstablishesBothEnds()
    {
        var pair = new IkePair();
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.Single().OutboundSpi, Is.EqualTo(pair.RightEnd.Children.Single().InboundSpi));
        Assert.That(pair.RightEnd.Children.Single().Peer.Identity, Is.EqualTo("left"));
        Assert.That(pair.Sent, Has.Count.EqualTo(4));
    }

    [Test]
    public void Connect_EveryDatagramLostOnce_IsEstablishedAllTheSame()
    {
        var pair = new IkePair();
        var seen = new HashSet<string>();
        pair.Delivers = (_, datagram) => !seen.Add(Convert.ToHexString(datagram.Message.Span));
        pair.Connect();
        for (var round = 0; round < 20 && !pair.LeftEnd.Children.Any(); round++)
            pair.Advance();
        Assert.That(pair.LeftEnd.Children, Is.Not.Empty);
        Assert.That(pair.RightEnd.Children, Has.Exactly(1).Items);
    }

    [Test]
    public void Connect_ToNobody_BacksOffExponentiallyAndGivesUp()
    {
        var pair = new IkePair { Delivers = (_, _) => false };
        var start = pair.Now;
        pair.Connect();
        var times = new List<double> { 0 };
        while (pair.Advance())
            times.Add((pair.Now - start).TotalSeconds);
        Assert.That(times, Is.EqualTo(new double[] { 0, 1, 3, 7, 15, 31, 63 }));
        Assert.That(pair.Sent.Select(sent => Convert.ToHexString(sent.Message)).Distinct(), Has.Exactly(1).Items, "retransmissions are bitwise identical");
        Assert.That(pair.LeftEvents.OfType<IkeEvent.Failed>(), Is.Not.Empty);
    }

    [Test]
    public void Connect_CookiesAlwaysRequired_CostsOneMoreRoundTrip()
    {
        var pair = new IkePair(new() { CookieThreshold = 0 });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children, Is.Not.Empty);
        Assert.That(pair.Sent, Has.Count.EqualTo(6));
    }

    [Test]
    public void Connect_ResponderWantsAnotherGroup_RetriesWithIt()
    {
        var pair = new IkePair(changeRight: right => right with
        {
            IkeProposals = [right.IkeProposals[0] with { Transforms = [.. right.IkeProposals[0].Transforms.Where(transform => transform.Id != (ushort)KeyExchangeId.Curve25519 || transform.Type != TransformType.KeyExchange)] }],
        });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children, Is.Not.Empty);
        Assert.That(pair.Sent, Has.Count.EqualTo(6));
    }

    [Test]
    public void Connect_SharedKeysDiffer_EstablishesNeitherEnd()
    {
        var pair = new IkePair(changeRight: right => right with { SharedKey = "other"u8.ToArray() });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.Concat(pair.RightEnd.Children), Is.Empty);
        Assert.That(pair.RightEvents.OfType<IkeEvent.Misbehaved>().Select(misbehaved => misbehaved.Violation), Does.Contain(ProtocolViolation.AuthenticationFailed));
    }

    [Test]
    public void Connect_NoCommonChildProposal_KeepsTheIkeSaWithoutChild()
    {
        var pair = new IkePair(changeRight: right => right with
        {
            ChildProposals = [right.ChildProposals[0] with { Transforms = [Transform.Encryption(EncryptionId.ChaCha20Poly1305), Transform.SequenceNumbers(SequenceNumbersId.Sequential32)] }],
        });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.Concat(pair.RightEnd.Children), Is.Empty);
        Assert.That(pair.LeftEvents.OfType<IkeEvent.Established>(), Is.Not.Empty);
        Assert.That(pair.LeftEvents.OfType<IkeEvent.ChildFailed>().Single().Reason, Is.EqualTo("NO_PROPOSAL_CHOSEN"));
    }

    [Test]
    public void HalfOpen_NeverAuthenticated_IsForgottenInTime()
    {
        var pair = new IkePair { Delivers = (toRight, datagram) => datagram.Message.Span[18] == (byte)ExchangeType.IkeSaInit };
        pair.Connect();
        while (pair.Advance())
        {
        }
        Assert.That(pair.RightEvents.OfType<IkeEvent.Failed>().Single().Reason, Does.Contain("did not authenticate"));
        Assert.That(pair.RightEnd.NextDeadline, Is.Null);
    }

    [Test]
    public void Flood_OfInitRequests_IsMetWithCookiesAndBoundedState()
    {
        var pair = new IkePair(new() { UnprotectedErrorsPerSecond = 1_000_000 });
        pair.Connect();
        var request = pair.Sent[0].Message;
        var cookies = 0;
        for (var number = 1; number <= 500; number++)
        {
            var forged = (byte[])request.Clone();
            forged[0] = (byte)(number >> 8);
            forged[1] = (byte)number;
            pair.Sent.Clear();
            pair.Inject(toRight: true, forged);
            if (pair.Sent.Any(sent => IkeMessage.TryParse(sent.Message, out var message, out _) && message.Notify(NotifyType.Cookie) is not null))
                cookies++;
        }
        Assert.That(cookies, Is.EqualTo(500 - new IkeOptions().CookieThreshold));
    }

    [Test]
    public void Disconnect_ByOneEnd_ClosesBoth()
    {
        var pair = new IkePair();
        pair.Connect();
        pair.LeftEnd.Handle(pair.Now, new IkeCommand.Disconnect("c"));
        pair.Settle();
        Assert.That(pair.LeftEnd.Children.Concat(pair.RightEnd.Children), Is.Empty);
        Assert.That(pair.RightEvents.OfType<IkeEvent.Closed>(), Is.Not.Empty);
    }

    [Test]
    public void DeadPeer_AskedForLife_IsGivenUpWithItsChildren()
    {
        var pair = new IkePair();
        pair.Connect();
        pair.Delivers = (_, _) => false;
        pair.LeftEnd.Handle(pair.Now, new IkeCommand.CheckLiveness("c"));
        pair.Settle();
        while (pair.LeftEnd.NextDeadline is not null && pair.Advance())
        {
        }
        Assert.That(pair.LeftEnd.Children, Is.Empty);
        Assert.That(pair.LeftEvents.OfType<IkeEvent.Closed>().Single().Reason, Does.Contain("does not answer"));
    }

    [Test]
    public void AnyOctets_ToBothEnds_ThrowNothingAndLeaveTheSaAlone()
    {
        var pair = new IkePair();
        pair.Connect();
        var genuine = pair.Sent.ToArray();
        var random = new Random(11);
        for (var round = 0; round < 20_000; round++)
        {
            var (toRight, message) = genuine[random.Next(genuine.Length)];
            var mutated = message[..random.Next(1, message.Length + 1)];
            for (var flips = random.Next(1, 5); flips > 0; flips--)
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            pair.Inject(toRight, mutated);
        }
        Assert.That(pair.LeftEnd.Children.Single().OutboundSpi, Is.EqualTo(pair.RightEnd.Children.First().InboundSpi));
    }

    [Test]
    public void SameSeed_Twice_SendsTheSameOctets()
    {
        static List<string> Run()
        {
            var pair = new IkePair();
            pair.Connect();
            return [.. pair.Sent.Select(sent => Convert.ToHexString(sent.Message))];
        }
        Assert.That(Run(), Is.EqualTo(Run()));
    }
}
