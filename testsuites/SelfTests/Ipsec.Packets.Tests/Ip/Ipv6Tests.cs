using CsCheck;
using Ipsec.Packets.Ip;

namespace Ipsec.Packets.Tests.Ip;

public sealed class Ipv6Tests
{
    private static readonly Ipv6Address One = Ipv6Address.Parse("2001:db8::1");
    private static readonly Ipv6Address Other = Ipv6Address.Parse("2001:db8::2");

    private static readonly Gen<Ipv6ExtensionHeader> Extension = Gen.Select(Gen.OneOf(new byte[] { 0, 43, 60, 135, 139, 140 }.Select(type => Gen.Const(type)).ToArray()), Gen.Int[0, 4], Gen.Byte)
        .Select((type, units, fill) => new Ipv6ExtensionHeader(type, new byte[] { (byte)units }.Concat(Enumerable.Repeat(fill, 6 + units * 8)).ToArray()));

    [Test]
    public void Packet_WithAnyExtensionHeaders_ParsesBackToTheSameOctets() =>
        Gen.Select(Extension.Array[0, 6], Gen.Byte.Array[0, 100], Gen.Byte, Gen.UInt[0, 0xFFFFF]).Sample((extensions, payload, traffic, label) =>
        {
            var octets = new Ipv6Packet(One, Other, IpProtocol.Udp, payload, [.. extensions]) { TrafficClass = traffic, FlowLabel = label }.Encode();
            return Ipv6Packet.TryParse(octets, out var packet, out _) && packet.Protocol == IpProtocol.Udp && packet.Extensions.Length == extensions.Length
                && packet.FlowLabel == label && packet.TrafficClass == traffic && octets.AsSpan().SequenceEqual(packet.Encode());
        }, seed: "0N0XIzNsQ0O2", iter: 2000);

    [TestCase(0, 5, "Header")]
    [TestCase(44, 4, "Payload Length")]
    public void View_Cut_SaysOffsetAndField(int keep, int offset, string field)
    {
        var octets = new Ipv6Packet(One, Other, IpProtocol.Udp, new byte[20], []).Encode();
        Assert.That(Ipv6View.TryParse(octets.AsSpan(0, Math.Max(keep, offset)), out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((offset, field)));
    }

    [Test]
    public void Extensions_LengthBeyondThePacket_SaysTheOctet()
    {
        var octets = new Ipv6Packet(One, Other, IpProtocol.Udp, Octets.Empty, [new(IpProtocol.Ipv6Routing, new byte[] { 9, 0, 0, 0, 0, 0, 0 })]).Encode();
        Assert.That(Ipv6Packet.TryParse(octets, out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((41, "Hdr Ext Len")));
    }

    [Test]
    public void Reassembler_FragmentsInAnyOrder_GiveThePacketWithoutFragmentHeader()
    {
        var hop = new Ipv6ExtensionHeader(IpProtocol.Ipv6HopByHop, new byte[] { 0, 1, 4, 0, 0, 0, 0 });
        var data = Enumerable.Range(0, 50).Select(i => (byte)i).ToArray();
        var reassembler = new Ipv6Reassembler();
        Assert.That(Add(reassembler, Fragment(hop, data[32..], 32, more: false), out _), Is.EqualTo(ReassemblyOutcome.Incomplete));
        Assert.That(Add(reassembler, Fragment(hop, data[..16], 0, more: true), out _), Is.EqualTo(ReassemblyOutcome.Incomplete));
        Assert.That(Add(reassembler, Fragment(hop, data[16..32], 16, more: true), out var whole), Is.EqualTo(ReassemblyOutcome.Complete));
        Assert.That(whole.ToArray(), Is.EqualTo(new Ipv6Packet(One, Other, IpProtocol.Udp, data, [hop]).Encode()));
        Assert.That((reassembler.Count, reassembler.HeldOctets), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Reassembler_Overlap_GivesThePacketUp()
    {
        var reassembler = new Ipv6Reassembler();
        Add(reassembler, Fragment(null, new byte[16], 0, more: true), out _);
        Assert.That(Add(reassembler, Fragment(null, new byte[16], 8, more: true), out _), Is.EqualTo(ReassemblyOutcome.Overlap));
        Assert.That(Add(reassembler, Fragment(null, new byte[16], 16, more: false), out _), Is.EqualTo(ReassemblyOutcome.Overlap));
        Assert.That(reassembler.HeldOctets, Is.Zero);
    }

    [Test]
    public void Reassembler_Flood_StaysWithinItsLimits()
    {
        var reassembler = new Ipv6Reassembler(new(Datagrams: 8, Octets: 1000, FragmentsPerDatagram: 4, TimeSpan.FromSeconds(30)));
        for (uint id = 0; id < 1000; id++)
            Add(reassembler, Fragment(null, new byte[104], 8, more: true, id), out _);
        Assert.That(reassembler.Count, Is.LessThanOrEqualTo(8));
        Assert.That(reassembler.HeldOctets, Is.LessThanOrEqualTo(1000));
    }

    private static byte[] Fragment(Ipv6ExtensionHeader? before, byte[] data, int offset, bool more, uint id = 7)
    {
        var field = offset | (more ? 1 : 0);
        var header = new Ipv6ExtensionHeader(IpProtocol.Ipv6Fragment, new byte[] { 0, (byte)(field >> 8), (byte)field, (byte)(id >> 24), (byte)(id >> 16), (byte)(id >> 8), (byte)id });
        return new Ipv6Packet(One, Other, IpProtocol.Udp, data, before is null ? [header] : [before, header]).Encode();
    }

    private static ReassemblyOutcome Add(Ipv6Reassembler reassembler, byte[] packet, out ReadOnlyMemory<byte> whole)
    {
        Assert.That(Ipv6View.TryParse(packet, out var view, out _));
        return reassembler.Add(DateTimeOffset.UnixEpoch, view, out whole);
    }
}
