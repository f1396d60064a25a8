using System.Collections.Immutable;
using Ipsec.Packets.Ip;

namespace Ipsec.Packets.Tests.Ip;

public sealed class Ipv6FragmenterTests
{
    private static readonly Ipv6Address From = Ipv6Address.Parse("2001:db8::1"), To = Ipv6Address.Parse("2001:db8::2");
    private static readonly Ipv6ExtensionHeader HopByHop = new(IpProtocol.Ipv6HopByHop, new byte[] { 0, 1, 4, 0, 0, 0, 0 });
    private static readonly Ipv6ExtensionHeader Routing = new(IpProtocol.Ipv6Routing, new byte[] { 0, 0, 0, 0, 0, 0, 0 });
    private static readonly Ipv6ExtensionHeader Options = new(IpProtocol.Ipv6DestinationOptions, new byte[] { 0, 1, 4, 0, 0, 0, 0 });

    [TestCase(0, 1280)]
    [TestCase(1, 1280)]
    [TestCase(2, 1400)]
    [TestCase(3, 1500)]
    public void AnyHeaders_PartsFitAndReassembleInAnyOrder(int headers, int mtu)
    {
        var packet = Packet(5000, [.. new[] { HopByHop, Routing, Options }.Take(headers)]);
        var fragments = Split(packet, mtu);
        Assert.That(fragments.Select(fragment => fragment.Length), Is.All.AtMost(mtu));
        Assert.That(fragments, Has.Length.GreaterThanOrEqualTo(4));
        new Random(mtu).Shuffle(fragments);
        var reassembler = new Ipv6Reassembler();
        for (var i = 0; i < fragments.Length; i++)
        {
            Ipv6View.TryParse(fragments[i], out var view, out _);
            var outcome = reassembler.Add(DateTimeOffset.UnixEpoch, view, out var whole);
            Assert.That(outcome, Is.EqualTo(i == fragments.Length - 1 ? ReassemblyOutcome.Complete : ReassemblyOutcome.Incomplete));
            Assert.That(i < fragments.Length - 1 || whole.Span.SequenceEqual(packet));
        }
    }

    [Test]
    public void HeadersThatRoutersRead_AreInEveryFragment_OthersInTheFirst()
    {
        foreach (var (fragment, index) in Split(Packet(3000, [HopByHop, Routing, Options]), 1280).Select((fragment, index) => (fragment, index)))
        {
            Assert.That(Ipv6Packet.TryParse(fragment, out var read, out _));
            byte[] common = [IpProtocol.Ipv6HopByHop, IpProtocol.Ipv6Routing, IpProtocol.Ipv6Fragment];
            Assert.That(read.Extensions.Select(extension => extension.Type), Is.EqualTo(index == 0 ? [.. common, IpProtocol.Ipv6DestinationOptions] : common));
        }
    }

    [Test]
    public void PacketThatFits_ComesOutUnchanged()
    {
        var packet = Packet(1240, []);
        Assert.That(Split(packet, 1280).Single().SequenceEqual(packet));
    }

    [Test]
    public void Fragment_OverTheMtu_IsTooLarge()
    {
        var fragment = Split(Packet(3000, []), 1500)[0];
        Ipv6View.TryParse(fragment, out var view, out _);
        Assert.That(new Ipv6Fragmenter(view, 1280, 1).IsTooLarge);
        Assert.That(Split(fragment, 1280), Is.Empty);
        Assert.That(Split(fragment, 1500), Has.Length.EqualTo(1));
    }

    private static byte[] Packet(int payload, ImmutableArray<Ipv6ExtensionHeader> extensions)
    {
        var data = new byte[payload];
        new Random(payload).NextBytes(data);
        return new Ipv6Packet(From, To, 253, data, extensions).Encode();
    }

    private static byte[][] Split(byte[] packet, int mtu)
    {
        Ipv6View.TryParse(packet, out var view, out _);
        var fragmenter = new Ipv6Fragmenter(view, mtu, 77);
        var parts = new List<byte[]>();
        var buffer = new byte[mtu];
        while (fragmenter.TryNext(buffer, out var length))
            parts.Add(buffer[..length]);
        return [.. parts];
    }
}
