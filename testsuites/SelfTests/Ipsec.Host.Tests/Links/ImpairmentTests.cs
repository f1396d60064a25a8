using Ipsec.Host.Links;

namespace Ipsec.Host.Tests.Links;

public sealed class ImpairmentTests
{
    private static readonly Impairments Everything = new()
    {
        Loss = 0.1,
        Duplication = 0.1,
        Reordering = 0.1,
        Delay = TimeSpan.FromMilliseconds(5),
        Jitter = TimeSpan.FromMilliseconds(1),
    };

    [Test]
    public void Seed_Same_GivesTheSameArrivals() => Assert.That(Arrivals(Everything, 7), Is.EqualTo(Arrivals(Everything, 7)));

    [Test]
    public void Seed_Other_GivesOtherArrivals() => Assert.That(Arrivals(Everything, 7), Is.Not.EqualTo(Arrivals(Everything, 8)));

    [Test]
    public void Loss_TenPercent_LosesAboutThat() =>
        Assert.That(Arrivals(new Impairments { Loss = 0.1 }, 1), Has.Length.InRange(870, 930));

    [Test]
    public void Duplication_TenPercent_RepeatsAboutThat() =>
        Assert.That(Arrivals(new Impairments { Duplication = 0.1 }, 1), Has.Length.InRange(1070, 1130));

    [Test]
    public void Reordering_LosesNothingAndChangesTheOrder()
    {
        var arrivals = Arrivals(new Impairments { Reordering = 0.1 }, 1).Select(arrival => arrival.Number).ToArray();
        Assert.That(arrivals, Is.Not.Ordered);
        Assert.That(arrivals.Order(), Is.EqualTo(Enumerable.Range(0, 1000)));
    }

    [Test]
    public void Delay_IsAddedToTheLatency()
    {
        var first = Arrivals(new Impairments { Delay = TimeSpan.FromMilliseconds(5) }, 1)[0];
        Assert.That(first.Time, Is.EqualTo(VirtualNetwork.Epoch.AddMicroseconds(5100)));
    }

    [TestCase(true, 600)]
    [TestCase(false, 1500)]
    public void Mtu_OversizedFrame_IsLost(bool told, int shown)
    {
        var network = new VirtualNetwork();
        var receiver = new Recorder();
        network.Attach("receiver", Nodes.Mac(2)).Node = receiver;
        var link = new MtuLink(network.Attach("sender", Nodes.Mac(1)), network, 600, told);
        link.Send(Recorder.Frame(2, 1, 600));
        link.Send(Recorder.Frame(2, 1, 601));
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(receiver.Frames, Has.Count.EqualTo(1));
        Assert.That(link.Mtu, Is.EqualTo(shown));
    }

    [TestCase(ImpairedDirections.Sent, 0, 1)]
    [TestCase(ImpairedDirections.Received, 1, 0)]
    [TestCase(ImpairedDirections.Both, 0, 0)]
    public void Direction_OnlyTheChosenOne_IsImpaired(ImpairedDirections directions, int sent, int received)
    {
        var network = new VirtualNetwork();
        var (near, far) = (new Recorder(), new Recorder());
        var farLink = network.Attach("far", Nodes.Mac(2));
        farLink.Node = far;
        var link = new LossyLink(network.Attach("near", Nodes.Mac(1)), network, 1.0, new Random(1), directions) { Node = near };
        link.Send(Recorder.Frame(2, 1, 50));
        farLink.Send(Recorder.Frame(1, 2, 50));
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That((far.Frames.Count, near.Frames.Count), Is.EqualTo((sent, received)));
    }

    // A thousand numbered frames, one each 100 µs.
    private static (DateTimeOffset Time, int Number)[] Arrivals(Impairments impairments, int seed)
    {
        var network = new VirtualNetwork(impairments, seed);
        var receiver = new Recorder();
        var sender = network.Attach("sender", Nodes.Mac(1));
        network.Attach("receiver", Nodes.Mac(2)).Node = receiver;
        for (var i = 0; i < 1000; i++)
        {
            sender.Send([.. Recorder.Frame(2, 1, 0), (byte)(i >> 8), (byte)i]);
            network.Run(() => false, TimeSpan.FromMicroseconds(100));
        }

        network.Run(() => false, TimeSpan.FromSeconds(1));
        return [.. receiver.Frames.Select(arrival => (arrival.Time, (arrival.Frame[14] << 8) | arrival.Frame[15]))];
    }
}
