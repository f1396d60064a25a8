using System.Collections.Immutable;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane.Tests;

/// <summary>Every form of protection gives back what went in. That the octets between are right is judged by vectors, tshark and the Linux kernel.</summary>
public sealed class FormTests
{
    private static IEnumerable<TestCaseData> Forms()
    {
        foreach (var protocol in new[] { IpsecProtocol.Esp, IpsecProtocol.Ah })
            foreach (var mode in Enum.GetValues<IpsecMode>())
                foreach (var inner in new[] { false, true })
                    foreach (var outer in new[] { false, true })
                        foreach (var esn in new[] { false, true })
                            foreach (var udp in new[] { false, true })
                            {
                                if (mode == IpsecMode.Transport && inner != outer || udp && protocol == IpsecProtocol.Ah)
                                    continue;
                                yield return new TestCaseData(
                                    ImmutableArray.Create(new Layer(protocol, mode) { Esn = esn, OuterIpv6 = outer, Encapsulation = udp ? new(4500, 4500) : null }), inner)
                                    .SetArgDisplayNames($"{protocol} {mode} {(inner ? "v6" : "v4")} in {(outer ? "v6" : "v4")}{(esn ? " ESN" : "")}{(udp ? " UDP" : "")}");
                            }
        yield return new TestCaseData(ImmutableArray.Create(new Layer(IpsecProtocol.Esp, IpsecMode.Transport), new Layer(IpsecProtocol.Ah, IpsecMode.Transport)), false)
            .SetArgDisplayNames("AH over ESP");
        yield return new TestCaseData(ImmutableArray.Create(new Layer(IpsecProtocol.Esp, IpsecMode.Transport), new Layer(IpsecProtocol.Ah, IpsecMode.Transport)), true)
            .SetArgDisplayNames("AH over ESP, IPv6");
        yield return new TestCaseData(ImmutableArray.Create(new Layer(), new Layer(IpsecProtocol.Esp, IpsecMode.Transport)), false).SetArgDisplayNames("ESP over ESP");
        yield return new TestCaseData(ImmutableArray.Create(new Layer(), new Layer { OuterIpv6 = true }, new Layer(IpsecProtocol.Ah), new Layer()), true)
            .SetArgDisplayNames("four tunnels in each other");
        yield return new TestCaseData(ImmutableArray.Create(new Layer(IpsecProtocol.IpComp), new Layer(IpsecProtocol.Esp, IpsecMode.Transport)), false)
            .SetArgDisplayNames("IPComp tunnel inside ESP");
        yield return new TestCaseData(ImmutableArray.Create(new Layer(IpsecProtocol.IpComp, IpsecMode.Transport), new Layer(IpsecProtocol.Esp, IpsecMode.Transport)), true)
            .SetArgDisplayNames("IPComp inside ESP, IPv6 transport");
        yield return new TestCaseData(ImmutableArray.Create(new Layer(IpsecProtocol.IpComp, IpsecMode.Transport), new Layer(IpsecProtocol.Esp, IpsecMode.Transport), new Layer(IpsecProtocol.Ah, IpsecMode.Transport)), false)
            .SetArgDisplayNames("AH over ESP over IPComp");
    }

    [TestCaseSource(nameof(Forms))]
    public void EachSize_ComesOutAsItWentIn(ImmutableArray<Layer> layers, bool innerIpv6)
    {
        var ends = new Ends(layers, innerIpv6);
        for (var size = 0; size < 300; size += 7)
        {
            var packet = ends.Echo(size);
            var sent = ends.Send(packet);
            Assert.That(sent.AsSpan().IndexOf(packet.AsSpan(^8..)) >= 0, Is.EqualTo(layers.All(layer => layer.Protocol == IpsecProtocol.Ah)), "visible only under AH");
            Assert.That(ends.Receive(sent, out var delivered), Is.EqualTo(DiscardReason.None), $"{size} octets");
            Assert.That(delivered, Is.EqualTo(packet), $"{size} octets");
        }
    }

    [TestCaseSource(nameof(Forms))]
    public void AnyProtectedOctetChanged_IsDiscarded(ImmutableArray<Layer> layers, bool innerIpv6)
    {
        var ends = new Ends(layers, innerIpv6);
        var packet = ends.Echo(100);
        var sent = ends.Send(packet);
        var headers = IpHeader.LengthOf(sent[0] >> 4 == 6) + (sent[9] == IpProtocol.Udp || sent[6] == IpProtocol.Udp ? 8 : 0);
        for (var offset = headers; offset < sent.Length; offset++)
        {
            sent[offset] ^= 0x10;
            Assert.That(ends.Receive(sent, out _), Is.Not.EqualTo(DiscardReason.None), $"octet {offset}");
            sent[offset] ^= 0x10;
        }
        Assert.That(ends.Receive(sent, out _), Is.EqualTo(DiscardReason.None), "the honest packet after all of them");
    }

    // DEFLATE allocates per packet, and says so.
    private static IEnumerable<TestCaseData> FormsWithoutCompression() =>
        Forms().Where(form => !((ImmutableArray<Layer>)form.Arguments[0]!).Any(layer => layer.Protocol == IpsecProtocol.IpComp));

    [TestCaseSource(nameof(FormsWithoutCompression))]
    public void KnownFlow_OncePerPacket_AllocatesNothing(ImmutableArray<Layer> layers, bool innerIpv6)
    {
        var ends = new Ends(layers, innerIpv6);
        var packet = ends.Echo(1000);
        var sent = new byte[3000];
        var length = 0;
        PacketHandler keep = octets => { octets.CopyTo(sent); length = octets.Length; };
        var encapsulated = layers[^1].Encapsulation is not null;
        void Once()
        {
            ends.LeftPlane.Outbound(default, packet, keep, out _);
            DiscardReason reason;
            if (encapsulated)
            {
                IpView.TryParse(sent.AsSpan(0, length), out var view, out _);
                ends.RightPlane.InboundEncapsulated(default, view, out _, out reason);
            }
            else
            {
                ends.RightPlane.Inbound(default, sent.AsSpan(0, length), out _, out reason);
            }
            if (reason != DiscardReason.None)
                throw new InvalidOperationException($"{reason}");
        }
        for (var warmUp = 0; warmUp < 50; warmUp++)
            Once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 200; round++)
            Once();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Compression_WhatItCannotShorten_IsSentWithoutIpCompAndAccepted()
    {
        var ends = new Ends([new(IpsecProtocol.IpComp, IpsecMode.Transport), new(IpsecProtocol.Ah, IpsecMode.Transport)]);
        var noise = new byte[400];
        new Random(3).NextBytes(noise);
        var packet = Ends.Packet(ends.LeftInside, ends.RightInside, 253, noise);
        var sent = ends.Send(packet);
        Assert.That(sent[20], Is.EqualTo(253), "AH's next header");
        Assert.That(ends.Receive(sent, out var delivered), Is.EqualTo(DiscardReason.None));
        Assert.That(delivered, Is.EqualTo(packet));

        sent = ends.Send(Ends.Packet(ends.LeftInside, ends.RightInside, 253, new byte[400]));
        Assert.That(sent[20], Is.EqualTo(IpProtocol.IpComp), "AH's next header");
        Assert.That(sent, Has.Length.LessThan(200));
    }

    [Test]
    public void Compression_BombOrRubbish_IsDiscarded()
    {
        var packet = new byte[30];
        Assert.That(DeflateCompression.TryDecompress(packet, new byte[100], out _), Is.False);
        using var output = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(output, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(new byte[10_000_000]);
        Assert.That(DeflateCompression.TryDecompress(output.ToArray(), new byte[65535], out _), Is.False);
    }
}
