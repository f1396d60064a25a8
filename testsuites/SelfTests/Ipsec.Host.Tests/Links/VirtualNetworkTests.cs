using Ipsec.Host.Links;

namespace Ipsec.Host.Tests.Links;

public sealed class VirtualNetworkTests
{
    [Test]
    public void Clock_NoEvents_JumpsToTheDeadline()
    {
        var network = new VirtualNetwork();
        Assert.That(network.Now, Is.EqualTo(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        Assert.That(network.Run(() => false, TimeSpan.FromDays(365)), Is.False);
        Assert.That(network.Now, Is.EqualTo(VirtualNetwork.Epoch.AddDays(365)));
    }

    [Test]
    public void Deadlines_OfANode_AreCalledInTimeAndOrder()
    {
        var network = new VirtualNetwork();
        var one = new Recorder { NextDeadline = network.Now.AddSeconds(1), Period = TimeSpan.FromSeconds(1) };
        network.Attach("one", Nodes.Mac(1)).Node = one;
        network.Run(() => false, TimeSpan.FromSeconds(3));
        Assert.That(one.Advanced, Is.EqualTo(new[] { 1, 2, 3 }.Select(second => VirtualNetwork.Epoch.AddSeconds(second))));
    }

    [Test]
    public void Frame_ToOneAddress_ReachesOnlyItsOwnerAfterTheLatency()
    {
        var network = new VirtualNetwork();
        var (one, two, three) = Three(network, out var sender);
        sender.Send(Recorder.Frame(2, 1, 50));
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(one.Frames, Is.Empty);
        Assert.That(three.Frames, Is.Empty);
        Assert.That(two.Frames.Single().Time, Is.EqualTo(VirtualNetwork.Epoch + network.Latency));
    }

    [TestCase(0xFF)]
    [TestCase(0x01)]
    public void Frame_ToAGroup_ReachesAllOthers(byte firstOctet)
    {
        var network = new VirtualNetwork();
        var (one, two, three) = Three(network, out var sender);
        var frame = Recorder.Frame(2, 1, 50);
        frame.AsSpan(0, 6).Fill(firstOctet);
        sender.Send(frame);
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That((one.Frames.Count, two.Frames.Count, three.Frames.Count), Is.EqualTo((0, 1, 1)));
    }

    [Test]
    public void Frame_OverTheMtuOrTooShort_IsLost()
    {
        var network = new VirtualNetwork();
        var (_, two, _) = Three(network, out var sender);
        sender.Send(Recorder.Frame(2, 1, 1501));
        sender.Send(new byte[13]);
        sender.Send(Recorder.Frame(2, 1, 1500));
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(two.Frames, Has.Count.EqualTo(1));
    }

    [Test]
    public void Frame_OtherSegment_IsNotHeard()
    {
        var network = new VirtualNetwork();
        var inside = new Recorder();
        network.Attach("inside", Nodes.Mac(2), "inside").Node = inside;
        network.Attach("outside", Nodes.Mac(1)).Send(Recorder.Frame(2, 1, 50));
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(inside.Frames, Is.Empty);
    }

    [Test]
    public void Node_ThatNeverMovesItsDeadline_FailsTheNetworkByName()
    {
        var network = new VirtualNetwork();
        network.Attach("stuck", Nodes.Mac(1)).Node = new Recorder { NextDeadline = network.Now };
        var run = network.RunUntil(() => false, network.Now.AddSeconds(1), CancellationToken.None);
        Assert.That(async () => await run, Throws.TypeOf<NetworkFailedException>().With.Message.Contains("'stuck'"));
    }

    [Test]
    public void Cancellation_Requested_CancelsTheRun()
    {
        var run = new VirtualNetwork().RunUntil(() => false, DateTimeOffset.MaxValue, new CancellationToken(canceled: true));
        Assert.That(async () => await run, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Observers_SeeSentAndReceivedFramesWithTheirTimes()
    {
        var network = new VirtualNetwork();
        var seen = new List<string>();
        var sender = network.Attach("a", Nodes.Mac(1));
        var receiver = network.Attach("b", Nodes.Mac(2));
        sender.Observed += (time, direction, frame) => seen.Add($"a {direction} {frame.Length} {(time - VirtualNetwork.Epoch).TotalMicroseconds}");
        receiver.Observed += (time, direction, frame) => seen.Add($"b {direction} {frame.Length} {(time - VirtualNetwork.Epoch).TotalMicroseconds}");
        sender.Send(Recorder.Frame(2, 1, 46));
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(seen, Is.EqualTo(new[] { "a Sent 60 0", "b Received 60 100" }));
    }

    private static (Recorder One, Recorder Two, Recorder Three) Three(VirtualNetwork network, out ILink sender)
    {
        var nodes = new[] { new Recorder(), new Recorder(), new Recorder() };
        sender = null!;
        for (byte i = 3; i >= 1; i--)
        {
            sender = network.Attach($"node {i}", Nodes.Mac(i));
            sender.Node = nodes[i - 1];
        }

        return (nodes[0], nodes[1], nodes[2]);
    }
}
