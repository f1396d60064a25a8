using System.Net;
using Ipsec.Crypto;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Host.Tests.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests;

/// <summary>
/// A Linux kernel that knows nothing of cryptography behind one of our gateways, alice behind the other: the kernel's own ping and TCP go through the tunnel, and
/// its TCP hears what fits into it.
/// </summary>
[Category("Live")]
[NonParallelizable]
public sealed class LiveVpnTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly IPAddress LeftOutside = IPAddress.Parse("203.0.113.1"), RightOutside = IPAddress.Parse("203.0.113.2");
    private static readonly IPNetwork[] LeftNetworks = [IPNetwork.Parse("10.1.0.0/16"), IPNetwork.Parse("2001:db8:a::/64")];
    private static readonly IPNetwork[] RightNetworks = [IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("2001:db8::/64")];

    [TestCase(false)]
    [TestCase(true)]
    public async Task KernelBehindAGateway_PingsAndTransfersThroughTheTunnel(bool ipv6)
    {
        using var kernel = KernelPeer.CreateOrIgnore();
        await using var network = RealNetwork.Open(kernel.Bridge);
        var left = Gateway(network, 1, LeftOutside, RightOutside, LeftNetworks, RightNetworks);
        var right = Gateway(network, 2, RightOutside, LeftOutside, RightNetworks, LeftNetworks);
        var alice = new PlainHost(network.Attach("alice", Nodes.Mac(3)), IPAddress.Parse("10.1.0.1"), 16);
        alice.AddAddress(IPAddress.Parse("2001:db8:a::1"), 64);
        alice.Port.Routes.AddDefault(IPAddress.Parse("10.1.0.254"));
        alice.Port.Routes.AddDefault(IPAddress.Parse("2001:db8:a::fe"));
        await Finish(kernel.Start("ip", "route", "add", "10.1.0.0/16", "via", "192.0.2.254"));
        await Finish(kernel.Start("ip", "-6", "route", "add", "2001:db8:a::/64", "via", "2001:db8::fe"));
        var address = ipv6 ? "2001:db8:a::1" : "10.1.0.1";

        // The first packet asks for the SA.
        alice.Stack.Ping(network.Now, ipv6 ? KernelPeer.Address6 : KernelPeer.Address, [], 1, 1);
        Assert.That(
            await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now + Patience, default),
            () => string.Join('\n', left.Events.Concat(right.Events)));

        var ping = kernel.Start("ping", "-n", "-c", "20", "-i", "0.01", "-s", "1000", "-W", "2", address);
        await network.RunUntil(() => ping.HasExited, network.Now + Patience, default);
        Assert.That(await ping.StandardOutput.ReadToEndAsync(), Does.Contain("20 packets transmitted, 20 received, 0% packet loss"));

        var data = new byte[200_000];
        new Random(9).NextBytes(data);
        var socat = kernel.Start("socat", "-t", "10", "-", ipv6 ? $"TCP6:[{address}]:7" : $"TCP4:{address}:7");
        var (write, received) = (Write(), new MemoryStream());
        var read = socat.StandardOutput.BaseStream.CopyToAsync(received);
        await network.RunUntil(() => socat.HasExited && read.IsCompleted, network.Now + Patience, default);
        Assert.That(received.ToArray().AsSpan().SequenceEqual(data), $"{received.Length} octets came back");
        await Task.WhenAll(write, read);

        // 1500 less IPv4, ESP, IV, trailer and ICV, rounded down to what AES-GCM pads to: what the gateway told the kernel.
        var route = kernel.Start("ip", "route", "get", address);
        Assert.That(await route.StandardOutput.ReadToEndAsync(), Does.Contain("mtu 1446"));

        async Task Write()
        {
            await socat.StandardInput.BaseStream.WriteAsync(data);
            socat.StandardInput.Close();
        }

        async Task Finish(System.Diagnostics.Process process)
        {
            await process.WaitForExitAsync();
            Assert.That(process.ExitCode, Is.Zero, await process.StandardError.ReadToEndAsync());
        }
    }

    private static SecurityGateway Gateway(INetwork network, byte number, IPAddress outside, IPAddress peer, IPNetwork[] own, IPNetwork[] peers)
    {
        var router = new Router(number);
        var port = router.AddPort(network.Attach($"gateway {number}", Nodes.Mac((byte)(10 + number))), outside, 24);
        port.Routes.AddDefault(peer);
        port.Routes.Add(IpAddress.Lowest(ipv6: true), 0);
        var inside = router.AddPort(network.Attach($"gateway {number} inside", Nodes.Mac((byte)(20 + number))), ((IpAddress)own[0].BaseAddress).Offset(254), own[0].PrefixLength);
        router.AddAddress(inside, ((IpAddress)own[1].BaseAddress).Offset(254), own[1].PrefixLength);
        var gateway = new SecurityGateway(router, port, new() { Random = RandomSource.Seeded(number) });
        gateway.Add(SecurityGatewayTests.Connection($"gateway {outside}", outside, own, $"gateway {peer}", peer, peers));
        return gateway;
    }
}
