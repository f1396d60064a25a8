using System.Net;
using Ipsec.Host.Links;
using Ipsec.Ike;
using static Ipsec.Host.Tests.TestHosts;

namespace Ipsec.Host.Tests;

/// <summary>A NAT that forgets its mappings, or gets another address: who is not behind one follows the peer (RFC 7296 section 2.23).</summary>
public sealed class NatMappingTests
{
    private static readonly IPAddress Left = IPAddress.Parse("192.0.2.1"), Right = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress LeftInner = IPAddress.Parse("10.1.0.1"), RightInner = IPAddress.Parse("10.2.0.1");
    private static readonly IPAddress Outside = IPAddress.Parse("192.0.2.101"), OtherOutside = IPAddress.Parse("192.0.2.102");

    [Test]
    public async Task ForgottenMapping_IsFollowedByEspOrIke([Values] bool byEsp, [Values] bool otherAddress, [Values] bool rekeysIke)
    {
        await using var network = new VirtualNetwork();
        var (left, right, nat) = await Connected(network, rightIsBehindNat: false);
        var before = right.Children[0].UdpPorts;
        nat.ForgetMappings();
        if (otherAddress)
            nat.PublicAddress = (Packets.Ip.Ipv4Address)OtherOutside;
        if (byEsp)
            left.InnerStack.Ping(network.Now, RightInner, new byte[100], 1, 1);
        else
            left.Command(network.Now, new IkeCommand.CheckLiveness("c"));
        string Log() => string.Join('\n', left.Events.Concat(right.Events));
        Assert.That(await network.RunUntil(() => byEsp ? left.InnerStack.EchoReplies.Count == 1 : right.Children[0].UdpPorts != before, network.Now.AddSeconds(5), default), Log);
        Assert.That(right.Children[0].UdpPorts, Is.Not.EqualTo(before), Log);
        Assert.That(right.Children[0].Remote, Is.EqualTo(otherAddress ? OtherOutside : Outside));
        // What is not behind the NAT can reach the other end now, by both protocols.
        right.InnerStack.Ping(network.Now, LeftInner, new byte[100], 2, 1);
        Assert.That(await network.RunUntil(() => right.InnerStack.EchoReplies.Count == 1, network.Now.AddSeconds(5), default), Log);
        right.Command(network.Now, rekeysIke ? new IkeCommand.RekeyIke("c") : new IkeCommand.RekeyChild("c"));
        await network.RunUntil(() => false, network.Now.AddSeconds(1), default);
        Assert.That((left.Children.Length, right.Children.Length, right.IkeSas.Length), Is.EqualTo((1, 1, 1)), Log);
        right.InnerStack.Ping(network.Now, LeftInner, new byte[100], 2, 2);
        Assert.That(await network.RunUntil(() => right.InnerStack.EchoReplies.Count == 2, network.Now.AddSeconds(5), default), Log);
        right.Command(network.Now, new IkeCommand.Disconnect("c"));
        Assert.That(await network.RunUntil(() => left.Children.IsEmpty && !right.DataPlane.Associations.Outbound.Any(), network.Now.AddSeconds(5), default), Log);
    }

    [Test]
    public async Task ForgottenMapping_IsNotFollowedFromBehindANat()
    {
        await using var network = new VirtualNetwork();
        var (left, right, nat) = await Connected(network, rightIsBehindNat: true);
        var before = right.Children[0];
        nat.ForgetMappings();
        left.InnerStack.Ping(network.Now, RightInner, new byte[100], 1, 1);
        left.Command(network.Now, new IkeCommand.CheckLiveness("c"));
        await network.RunUntil(() => false, network.Now.AddSeconds(5), default);
        Assert.That(right.Children[0], Is.EqualTo(before));
        Assert.That(left.InnerStack.EchoReplies, Is.Empty);
        Assert.That(left.Events, Has.Some.Contains("PeerAlive"), "a response goes where the request came from all the same");
    }

    /// <summary>The left end is behind a NAT that gives it another port, and has connected.</summary>
    private static async Task<(IpsecHost Left, IpsecHost Right, NatLink Nat)> Connected(VirtualNetwork network, bool rightIsBehindNat)
    {
        NatLink? nat = null;
        var rightSeen = rightIsBehindNat ? IPAddress.Parse("192.0.2.110") : Right;
        var left = Make(
            network, 1, Left, LeftInner, Connection(Left, rightSeen, LeftInner, RightInner, "left", "right", transport: false, udp: false),
            link => nat = new NatLink(link, network, Left, Outside));
        var right = Make(
            network, 2, Right, RightInner, Connection(Right, IPAddress.Any, RightInner, LeftInner, "right", "left", transport: false, udp: false),
            link =>
            {
                if (!rightIsBehindNat)
                    return link;
                var forwarding = new NatLink(link, network, Right, rightSeen);
                forwarding.Forward(500, 500);
                forwarding.Forward(4500, 4500);
                return forwarding;
            });
        left.Command(network.Now, new IkeCommand.Connect("c"));
        Assert.That(await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddSeconds(30), default),
            () => string.Join('\n', left.Events.Concat(right.Events)));
        return (left, right, nat!);
    }
}
