using System.Net;
using Ipsec.Host.Links;
using Ipsec.Ike;
using static Ipsec.Host.Tests.TestHosts;

namespace Ipsec.Host.Tests;

/// <summary>Lifetimes that the data plane counts and IKE acts on (RFC 4301 section 4.4.2.1), and traffic as a sign of life (RFC 7296 section 2.4).</summary>
public sealed class ChildLifetimeTests
{
    private static readonly IPAddress Left = IPAddress.Parse("192.0.2.1"), Right = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress LeftInner = IPAddress.Parse("10.1.0.1"), RightInner = IPAddress.Parse("10.2.0.1");

    [TestCase(null, 20L)]
    [TestCase(3000L, null)]
    public async Task SoftLimit_RekeysWithoutLosingAPacket(long? octets, long? packets)
    {
        await using var network = new VirtualNetwork();
        var (left, right) = await Connect(network, options => options with { ChildLifetime = new(SoftOctets: octets, SoftPackets: packets) });
        var spis = new HashSet<uint>();
        for (ushort sequence = 0; sequence < 100; sequence++)
        {
            left.InnerStack.Ping(network.Now, RightInner, new byte[100], 1, sequence);
            await network.RunUntil(() => false, network.Now.AddMilliseconds(100), default);
            spis.UnionWith(left.Children.Select(child => child.InboundSpi));
        }
        Assert.That(left.InnerStack.EchoReplies, Has.Count.EqualTo(100), () => string.Join('\n', left.Events.Concat(right.Events)));
        Assert.That(spis, Has.Count.InRange(5, 8), "about one SA in 20 packets or 3000 octets of packets that are 128 octets long");
    }

    [Test]
    public async Task HardLimit_EndsTheSa()
    {
        await using var network = new VirtualNetwork();
        var (left, _) = await Connect(network, options => options with { ChildLifetime = new(HardPackets: 10) });
        for (ushort sequence = 0; sequence < 20; sequence++)
        {
            left.InnerStack.Ping(network.Now, RightInner, new byte[100], 1, sequence);
            await network.RunUntil(() => false, network.Now.AddMilliseconds(100), default);
        }
        Assert.That(left.InnerStack.EchoReplies, Has.Count.EqualTo(10));
        Assert.That(left.Children, Is.Empty);
        Assert.That(left.IkeSas, Has.Length.EqualTo(1), "the IKE SA stays");
    }

    [Test]
    public async Task TrafficOnAChild_MakesAskingForLifeNeedless()
    {
        await using var network = new VirtualNetwork();
        var asked = 0;
        ILink Watch(ILink link)
        {
            link.Observed += (time, direction, frame) =>
            {
                if (direction == FrameDirection.Sent && Packets.Ip.Ipv4View.TryParse(frame[14..], out var packet, out _) && packet.Protocol == Packets.Ip.IpProtocol.Udp)
                    asked++;
            };
            return link;
        }
        var (left, _) = await Connect(
            network, options => options with { Ike = options.Ike with { LivenessInterval = TimeSpan.FromSeconds(10) } }, Watch);
        asked = 0;
        for (ushort sequence = 0; sequence < 100; sequence++)
        {
            left.InnerStack.Ping(network.Now, RightInner, new byte[100], 1, sequence);
            await network.RunUntil(() => false, network.Now.AddSeconds(1), default);
        }
        Assert.That(asked, Is.Zero);
        await network.RunUntil(() => false, network.Now.AddSeconds(100), default);
        Assert.That(asked, Is.InRange(8, 10), "silence is asked about");
    }

    private static async Task<(IpsecHost Left, IpsecHost Right)> Connect(
        VirtualNetwork network, Func<IpsecHostOptions, IpsecHostOptions> change, Func<ILink, ILink>? decorate = null)
    {
        var left = Make(network, 1, Left, LeftInner, Connection(Left, Right, LeftInner, RightInner, "left", "right", transport: false, udp: false), decorate, change);
        var right = Make(network, 2, Right, RightInner, Connection(Right, Left, RightInner, LeftInner, "right", "left", transport: false, udp: false));
        left.Command(network.Now, new IkeCommand.Connect("c"));
        Assert.That(await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddSeconds(30), default));
        return (left, right);
    }
}
