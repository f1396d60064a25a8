using System.Net.NetworkInformation;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests;

/// <summary>Addresses and hosts that the tests share.</summary>
internal static class Nodes
{
    public static readonly Ipv4Address AliceAddress = Ipv4Address.Parse("192.0.2.1");
    public static readonly Ipv4Address BobAddress = Ipv4Address.Parse("192.0.2.2");
    public static readonly Ipv6Address AliceAddress6 = Ipv6Address.Parse("2001:db8::1");
    public static readonly Ipv6Address BobAddress6 = Ipv6Address.Parse("2001:db8::2");

    public static PhysicalAddress Mac(byte last) => new([0x02, 0, 0x5E, 0, 0, last]);

    public static PlainHost Alice(INetwork network) => Make(network, "alice", 1, AliceAddress, AliceAddress6);

    public static PlainHost Bob(INetwork network) => Make(network, "bob", 2, BobAddress, BobAddress6);

    public static IpAddress Bob(bool ipv6) => ipv6 ? BobAddress6 : BobAddress;

    /// <summary>Returns the packet's length in octets.</summary>
    public static int WriteIpv6(Span<byte> packet, Ipv6Address from, Ipv6Address to, byte protocol, ReadOnlySpan<byte> payload)
    {
        payload.CopyTo(packet[Ipv6View.HeaderLength..]);
        return new IpHeader(from, to, protocol).Write(packet, payload.Length) + payload.Length;
    }

    public static bool Run(this INetwork network, Func<bool> condition, TimeSpan limit)
    {
        var run = network.RunUntil(condition, network.Now + limit, CancellationToken.None);
        Assert.That(run.IsCompleted, "virtual networks run synchronously");
        return run.GetAwaiter().GetResult();
    }

    private static PlainHost Make(INetwork network, string name, byte number, Ipv4Address address, Ipv6Address address6)
    {
        var host = new PlainHost(network.Attach(name, Mac(number)), address, 24, new InnerStackOptions { Seed = number });
        host.AddAddress(address6, 64);
        return host;
    }
}

/// <summary>Notes what it receives and when.</summary>
internal sealed class Recorder : INode
{
    public List<(DateTimeOffset Time, byte[] Frame)> Frames { get; } = [];

    public List<DateTimeOffset> Advanced { get; } = [];

    public DateTimeOffset? NextDeadline { get; set; }

    public TimeSpan? Period { get; init; }

    public void Receive(DateTimeOffset now, ReadOnlySpan<byte> frame) => Frames.Add((now, frame.ToArray()));

    public void Advance(DateTimeOffset now)
    {
        Advanced.Add(now);
        NextDeadline += Period ?? TimeSpan.Zero;
    }

    public static byte[] Frame(byte to, byte from, int payload) =>
        [.. Nodes.Mac(to).GetAddressBytes(), .. Nodes.Mac(from).GetAddressBytes(), 0x88, 0xB5, .. new byte[payload]];
}
