using Ipsec.Packets.Ip;

namespace Ipsec.Packets.Tests.Ip;

public sealed class FragmentTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [TestCase(68)]
    [TestCase(576)]
    [TestCase(1500)]
    public void Fragmenter_AnyMtu_PartsFitAndReassembleInAnyOrder(int mtu)
    {
        var packet = Packet(3000);
        var fragments = Split(packet, mtu);
        Assert.That(fragments, Has.All.Length.AtMost(mtu));
        new Random(mtu).Shuffle(fragments);
        var reassembler = new Ipv4Reassembler();
        for (var i = 0; i < fragments.Length; i++)
        {
            var outcome = Add(reassembler, Start, fragments[i], out var whole);
            Assert.That(outcome, Is.EqualTo(i == fragments.Length - 1 ? ReassemblyOutcome.Complete : ReassemblyOutcome.Incomplete));
            Assert.That(i < fragments.Length - 1 || whole.Span.SequenceEqual(packet));
        }

        Assert.That((reassembler.Count, reassembler.HeldOctets), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Fragmenter_PacketThatFits_ComesOutUnchanged()
    {
        var packet = Packet(100);
        Assert.That(Split(packet, 120), Is.EqualTo(new[] { packet }));
    }

    [Test]
    public void Fragmenter_FragmentOfFragment_KeepsOffsetsAndMoreFragments()
    {
        var packet = Packet(3000);
        var twice = Split(packet, 1500).SelectMany(fragment => Split(fragment, 576)).ToArray();
        var reassembler = new Ipv4Reassembler();
        ReadOnlyMemory<byte> whole = default;
        foreach (var fragment in twice)
        {
            Add(reassembler, Start, fragment, out whole);
        }

        Assert.That(whole.Span.SequenceEqual(packet));
    }

    [Test]
    public void Fragmenter_Options_OnlyCopiedOnesStayOnLaterFragments()
    {
        byte[] options = [0x07, 0x03, 0x04, 0x94, 0x04, 0x00, 0x00, 0x00]; // record route (not copied), router alert (copied)
        var buffer = new byte[3000];
        var length = new Ipv4Header(new Ipv4Address(1), new Ipv4Address(2), 17).WritePacket(buffer, new byte[2000], options);
        var fragments = Split(buffer[..length], 1000);
        Ipv4View.TryParse(fragments[0], out var first, out _);
        Ipv4View.TryParse(fragments[1], out var second, out _);
        Assert.That(first.Options.ToArray(), Is.EqualTo(options));
        Assert.That(second.Options.ToArray(), Is.EqualTo(new byte[] { 0x94, 0x04, 0x00, 0x00 }));
    }

    [Test]
    public void Reassembler_Overlap_DropsTheDatagramForGood()
    {
        var reassembler = new Ipv4Reassembler();
        Assert.That(Add(reassembler, Start, Fragment(0, 64, more: true), out _), Is.EqualTo(ReassemblyOutcome.Incomplete));
        Assert.That(Add(reassembler, Start, Fragment(56, 64, more: true), out _), Is.EqualTo(ReassemblyOutcome.Overlap));
        Assert.That(Add(reassembler, Start, Fragment(64, 8, more: false), out _), Is.EqualTo(ReassemblyOutcome.Overlap));
        Assert.That(reassembler.HeldOctets, Is.Zero);
    }

    [Test]
    public void Reassembler_ExactRepetition_IsIgnored()
    {
        var reassembler = new Ipv4Reassembler();
        Add(reassembler, Start, Fragment(0, 64, more: true), out _);
        Assert.That(Add(reassembler, Start, Fragment(0, 64, more: true), out _), Is.EqualTo(ReassemblyOutcome.Duplicate));
        Assert.That(Add(reassembler, Start, Fragment(64, 8, more: false), out _), Is.EqualTo(ReassemblyOutcome.Complete));
    }

    [Test]
    public void Reassembler_ImpossibleFragments_AreInconsistent()
    {
        var reassembler = new Ipv4Reassembler();
        Assert.That(Add(reassembler, Start, Fragment(0, 63, more: true), out _), Is.EqualTo(ReassemblyOutcome.Inconsistent));
        Assert.That(Add(reassembler, Start, Fragment(65528, 100, more: false), out _), Is.EqualTo(ReassemblyOutcome.Inconsistent));
        Add(reassembler, Start, Fragment(64, 8, more: false), out _);
        Assert.That(Add(reassembler, Start, Fragment(72, 8, more: true), out _), Is.EqualTo(ReassemblyOutcome.Inconsistent));
    }

    [Test]
    public void Reassembler_LifetimeOver_ForgetsTheDatagram()
    {
        var reassembler = new Ipv4Reassembler();
        Add(reassembler, Start, Fragment(0, 64, more: true), out _);
        Assert.That(Add(reassembler, Start.AddSeconds(30), Fragment(64, 8, more: false), out _), Is.EqualTo(ReassemblyOutcome.Incomplete));
    }

    [Test]
    public void Reassembler_Limits_BoundWhatIsHeld()
    {
        var reassembler = new Ipv4Reassembler(new ReassemblyLimits(4, 1000, 3, TimeSpan.FromSeconds(30)));
        for (ushort i = 0; i < 100; i++)
        {
            Add(reassembler, Start.AddMilliseconds(i), Fragment(0, 64, more: true, i), out _);
            Assert.That(reassembler.Count, Is.LessThanOrEqualTo(4));
        }

        Assert.That(Add(reassembler, Start, Fragment(64, 960, more: true, 99), out _), Is.EqualTo(ReassemblyOutcome.OverLimit));
        Add(reassembler, Start, Fragment(64, 8, more: true, 99), out _);
        Add(reassembler, Start, Fragment(72, 8, more: true, 99), out _);
        Assert.That(Add(reassembler, Start, Fragment(80, 8, more: true, 99), out _), Is.EqualTo(ReassemblyOutcome.OverLimit));
    }

    private static byte[] Packet(int payloadLength)
    {
        var payload = new byte[payloadLength];
        new Random(payloadLength).NextBytes(payload);
        var packet = new byte[20 + payloadLength];
        new Ipv4Header(new Ipv4Address(1), new Ipv4Address(2), 17) { Identification = 7 }.WritePacket(packet, payload);
        return packet;
    }

    private static byte[] Fragment(int offset, int length, bool more, ushort identification = 9)
    {
        var packet = new byte[20 + length];
        new Ipv4Header(new Ipv4Address(1), new Ipv4Address(2), 17)
        {
            Identification = identification,
            FragmentOffset = offset,
            MoreFragments = more,
        }.WritePacket(packet, new byte[length]);
        return packet;
    }

    private static byte[][] Split(byte[] packet, int mtu)
    {
        Assert.That(Ipv4View.TryParse(packet, out var view, out _));
        var fragments = new List<byte[]>();
        var buffer = new byte[mtu];
        var fragmenter = new Ipv4Fragmenter(view, mtu);
        while (fragmenter.TryNext(buffer, out var length))
        {
            fragments.Add(buffer[..length]);
        }

        return [.. fragments];
    }

    private static ReassemblyOutcome Add(Ipv4Reassembler reassembler, DateTimeOffset now, byte[] fragment, out ReadOnlyMemory<byte> whole)
    {
        Assert.That(Ipv4View.TryParse(fragment, out var view, out _));
        Assert.That(view.HasValidChecksum);
        return reassembler.Add(now, view, out whole);
    }
}
