using System.Net;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Packets.Ike;
using static Ipsec.Host.Tests.TestHosts;

namespace Ipsec.Host.Tests;

/// <summary>A host that gets its inner address from the gateway, and sends from it (RFC 7296 section 2.19).</summary>
public sealed class AddressAssignmentTests
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1"), Gateway = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress Home = IPAddress.Parse("10.2.0.9"), Inside = IPAddress.Parse("10.2.0.1");

    [Test]
    public async Task AssignedAddress_IsUsedAndGoesWithTheIkeSa()
    {
        await using var network = new VirtualNetwork();
        var any = TrafficSelector.Range(IPAddress.Any, IPAddress.Broadcast);
        var client = Make(network, 1, Client, Home, Connection(Client, Gateway, Home, Inside, "left", "right", transport: false, udp: false) with
        {
            LocalTraffic = [any],
            RequestedAttributes = [ConfigurationAttributeType.InternalIp4Address],
        });
        var gateway = Make(network, 2, Gateway, Inside, Connection(Gateway, Client, Inside, Home, "right", "left", transport: false, udp: false) with
        {
            RemoteTraffic = [any],
            InternalNetwork = new() { Pools = [IPNetwork.Parse("10.77.0.0/24")], IsRequired = true },
        });
        string Log() => string.Join('\n', client.Events.Concat(gateway.Events));

        client.Command(network.Now, new IkeCommand.Connect("c"));
        Assert.That(await network.RunUntil(() => !client.Children.IsEmpty && !gateway.Children.IsEmpty, network.Now.AddSeconds(30), default), Log);
        client.InnerStack.Ping(network.Now, Inside, new byte[100], 1, 1);
        Assert.That(await network.RunUntil(() => client.InnerStack.EchoReplies.Count == 1, network.Now.AddSeconds(5), default), Log);
        gateway.InnerStack.Ping(network.Now, IPAddress.Parse("10.77.0.1"), new byte[100], 1, 1);
        Assert.That(await network.RunUntil(() => gateway.InnerStack.EchoReplies.Count == 1, network.Now.AddSeconds(5), default), Log);
        Assert.That(client.InnerStack.SourceFor(Inside).ToIPAddress(), Is.EqualTo(IPAddress.Parse("10.77.0.1")));

        client.Command(network.Now, new IkeCommand.Disconnect("c"));
        Assert.That(await network.RunUntil(() => gateway.Children.IsEmpty && client.IkeSas.IsEmpty, network.Now.AddSeconds(5), default), Log);
        Assert.That(client.InnerStack.SourceFor(Inside).ToIPAddress(), Is.EqualTo(Home));
    }
}
