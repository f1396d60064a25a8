using System.Net;
using Ipsec.Host.Links;
using Ipsec.Ike;
using static Ipsec.Host.Tests.TestHosts;

namespace Ipsec.Host.Tests;

/// <summary>Transport mode between hosts that see each other at other addresses (RFC 7296 section 2.23.1, RFC 3948 section 3.1.2).</summary>
public sealed class TransportModeNatTests
{
    private static readonly IPAddress Left = IPAddress.Parse("192.0.2.1"), Right = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress LeftInner = IPAddress.Parse("10.1.0.1"), RightInner = IPAddress.Parse("10.2.0.1");
    private static readonly IPAddress LeftOutside = IPAddress.Parse("192.0.2.101"), RightOutside = IPAddress.Parse("192.0.2.110");

    [Test]
    public async Task TcpAndUdp_WithTheirChecksumsMended_PassBothWays([Values] bool leftIsBehindNat, [Values] bool rightIsBehindNat, [Values] bool rekeys, [Values] bool compresses)
    {
        await using var network = new VirtualNetwork();
        var (leftSeen, rightSeen) = (leftIsBehindNat ? LeftOutside : Left, rightIsBehindNat ? RightOutside : Right);
        var left = Make(
            network, 1, Left, LeftInner, Connection(Left, rightSeen, Left, rightSeen, "left", "right", transport: true, udp: false) with { Compression = compresses },
            link => leftIsBehindNat ? Behind(link, network, Left, LeftOutside) : link);
        var right = Make(
            network, 2, Right, RightInner, Connection(Right, leftSeen, Right, leftSeen, "right", "left", transport: true, udp: false) with { Compression = compresses },
            link => rightIsBehindNat ? Behind(link, network, Right, RightOutside) : link);
        left.Command(network.Now, new IkeCommand.Connect("c"));
        string Log() => string.Join('\n', left.Events.Concat(right.Events));
        Assert.That(await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddSeconds(30), default), Log);
        if (rekeys)
        {
            // Its responder is the initiator of this exchange.
            var first = left.Children[0].InboundSpi;
            right.Command(network.Now, new IkeCommand.RekeyChild("c"));
            Assert.That(await network.RunUntil(
                () => left.Children.Length == 1 && left.Children[0].InboundSpi != first && right.Children.Length == 1, network.Now.AddSeconds(30), default), Log);
        }
        Assert.That(right.Children[0].Original is not null, Is.EqualTo(leftIsBehindNat || rightIsBehindNat));

        var connection = left.OuterStack.ConnectTcp(network.Now, rightSeen, 7);
        int sent = 0, received = 0;
        var buffer = new byte[4096];
        Assert.That(await network.RunUntil(
            () =>
            {
                if (sent < 10_000 && connection.SendSpace > 0)
                    sent += connection.Send(network.Now, new byte[Math.Min(connection.SendSpace, 10_000 - sent)]);
                while (connection.Available > 0)
                    received += connection.Read(network.Now, buffer);
                return received == 10_000;
            },
            network.Now.AddSeconds(30), default), Log);
        using var socket = left.OuterStack.BindUdp();
        socket.Send(network.Now, rightSeen, 7, new byte[500]);
        Assert.That(await network.RunUntil(() => socket.Available == 1, network.Now.AddSeconds(5), default), Log);
    }

    private static NatLink Behind(ILink link, INetwork network, IPAddress inside, IPAddress outside)
    {
        var nat = new NatLink(link, network, inside, outside);
        nat.Forward(500, 500);
        nat.Forward(4500, 4500);
        return nat;
    }
}
