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

    public static PhysicalAddress Mac(byte last) => new([0x02, 0, 0x5E, 0, 0, last]);

    public static PlainHost Alice(INetwork network) => new(network.Attach("alice", Mac(1)), AliceAddress, 24, new InnerStackOptions { Seed = 1 });

    public static PlainHost Bob(INetwork network) => new(network.Attach("bob", Mac(2)), BobAddress, 24, new InnerStackOptions { Seed = 2 });

    public static bool Run(this INetwork network, Func<bool> condition, TimeSpan limit)
    {
        var run = network.RunUntil(condition, network.Now + limit, CancellationToken.None);
        Assert.That(run.IsCompleted, "virtual networks run synchronously");
        return run.GetAwaiter().GetResult();
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
