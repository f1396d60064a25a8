using Ipsec.Packets.Ip;

namespace Ipsec.Packets.Tests.Ip;

public sealed class Ipv4Tests
{
    // A header whose checksum is known: the widely printed example of RFC 1071's algorithm.
    private static readonly byte[] KnownHeader = Convert.FromHexString("45000073000040004011b861c0a80001c0a800c7");

    private static byte[] KnownPacket => [.. KnownHeader, .. new byte[0x73 - 20]];

    [Test]
    public void Checksum_KnownHeader_IsValid()
    {
        Ipv4View.TryParse(KnownPacket, out var view, out _);
        Assert.That(view.HeaderChecksum, Is.EqualTo(0xB861));
        Assert.That(view.HasValidChecksum);
    }

    [Test]
    public void Checksum_Rfc1071Example_GivesItsSum() =>
        Assert.That(InternetChecksum.Compute([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]), Is.EqualTo(0xFFFF - 0xDDF2));

    [Test]
    public void Checksum_OddLength_CountsAsPadded() =>
        Assert.That(InternetChecksum.Compute([1, 2, 3]), Is.EqualTo(InternetChecksum.Compute([1, 2, 3, 0])));

    [Test]
    public void ChecksumAdjust_ChangedOctets_EqualsComputingAnew()
    {
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            var before = new byte[20];
            random.NextBytes(before);
            var after = (byte[])before.Clone();
            random.NextBytes(after.AsSpan(4, 6));
            var adjusted = InternetChecksum.Adjust(InternetChecksum.Compute(before), before.AsSpan(4, 6), after.AsSpan(4, 6));
            Assert.That(adjusted, Is.EqualTo(InternetChecksum.Compute(after)));
        }
    }

    [Test]
    public void View_KnownHeader_ReadsEveryField()
    {
        Assert.That(Ipv4View.TryParse(KnownPacket, out var view, out _));
        Assert.That(view.TotalLength, Is.EqualTo(0x73));
        Assert.That(view.DontFragment);
        Assert.That(view.IsFragment, Is.False);
        Assert.That(view.TimeToLive, Is.EqualTo(64));
        Assert.That(view.Protocol, Is.EqualTo(IpProtocol.Udp));
        Assert.That(view.Source.ToString(), Is.EqualTo("192.168.0.1"));
        Assert.That(view.Destination, Is.EqualTo(Ipv4Address.Parse("192.168.0.199")));
    }

    [Test]
    public void View_LinkPadding_IsCut()
    {
        byte[] padded = [.. KnownPacket, 0xAA, 0xBB];
        Assert.That(Ipv4View.TryParse(padded, out var view, out _));
        Assert.That(view.Octets.Length, Is.EqualTo(0x73));
        Assert.That(view.Payload.Length, Is.EqualTo(0x73 - 20));
    }

    [TestCase("", 0, "Version")]
    [TestCase("65", 0, "Version")]
    [TestCase("4500", 2, "Header")]
    [TestCase("44000014000000004011000000000000000000000", 0, "IHL")]
    [TestCase("450000130000000040110000c0a80001c0a800c7", 2, "Total Length")]
    [TestCase("450000150000000040110000c0a80001c0a800c7", 2, "Total Length")]
    [TestCase("460000140000000040110000c0a80001c0a800c7", 2, "Total Length")]
    public void View_MalformedHeader_SaysOffsetAndField(string hex, int offset, string field)
    {
        Assert.That(Ipv4View.TryParse(Convert.FromHexString(hex[..(hex.Length / 2 * 2)]), out _, out var error), Is.False);
        Assert.That(error.Offset, Is.EqualTo(offset));
        Assert.That(error.Field, Is.EqualTo(field));
    }

    [Test]
    public void View_RandomOctets_NeverThrows()
    {
        var random = new Random(2);
        for (var i = 0; i < 20_000; i++)
        {
            var octets = new byte[random.Next(100)];
            random.NextBytes(octets);
            if (octets.Length > 3)
            {
                octets[0] = (byte)(0x40 | (octets[0] & 0x0F));
                octets[2] = 0;
            }

            if (Ipv4View.TryParse(octets, out var view, out _))
            {
                _ = view.Options.Length + view.Payload.Length + view.FragmentOffset + (view.HasValidChecksum ? 1 : 0);
                _ = UdpView.TryParse(view.Payload, out var udp, out _) && udp.HasValidChecksum(view.Source, view.Destination);
            }
        }
    }

    [Test]
    public void Header_WrittenFromParsed_GivesTheSameOctets()
    {
        var random = new Random(3);
        var parsed = 0;
        for (var i = 0; i < 1000; i++)
        {
            var options = new byte[random.Next(11) * 4];
            random.NextBytes(options);
            var header = new Ipv4Header(new Ipv4Address((uint)random.Next()), new Ipv4Address((uint)random.Next()), (byte)random.Next(256))
            {
                TrafficClass = (byte)random.Next(256),
                Identification = (ushort)random.Next(65536),
                DontFragment = random.Next(2) == 0,
                MoreFragments = random.Next(2) == 0,
                FragmentOffset = random.Next(8192) * 8,
                TimeToLive = (byte)random.Next(256),
            };
            var payload = new byte[random.Next(200)];
            var buffer = new byte[300];
            var length = header.WritePacket(buffer, payload, options);
            Assert.That(Ipv4View.TryParse(buffer.AsSpan(0, length), out var view, out _));
            Assert.That(view.HasValidChecksum);
            Assert.That(Ipv4Header.From(view), Is.EqualTo(header));
            var again = new byte[300];
            var lengthAgain = Ipv4Header.From(view).WritePacket(again, view.Payload, view.Options);
            Assert.That(again.AsSpan(0, lengthAgain).SequenceEqual(view.Octets));
            parsed++;
        }

        Assert.That(parsed, Is.EqualTo(1000));
    }

    [Test]
    public void Header_ImpossibleValues_AreRefused()
    {
        var header = new Ipv4Header(default, default, 0);
        Assert.That(() => header.Write(new byte[100], 65516), Throws.ArgumentException);
        Assert.That(() => header.Write(new byte[100], 0, new byte[3]), Throws.ArgumentException);
        Assert.That(() => header.Write(new byte[19], 0), Throws.ArgumentException);
        Assert.That(() => (header with { FragmentOffset = 4 }).Write(new byte[100], 0), Throws.ArgumentException);
    }

    [Test]
    public void Codecs_HotPath_AllocateNothing()
    {
        var payload = new byte[1000];
        var packet = new byte[1500];
        var fragment = new byte[600];
        var header = new Ipv4Header(new Ipv4Address(1), new Ipv4Address(2), IpProtocol.Udp);
        Pass();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Pass();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Pass()
        {
            var udpLength = new UdpHeader(1, 2).WriteDatagram(packet.AsSpan(20), header.Source, header.Destination, payload);
            var length = header.Write(packet, udpLength) + udpLength;
            Ipv4View.TryParse(packet.AsSpan(0, length), out var view, out _);
            UdpView.TryParse(view.Payload, out var udp, out _);
            _ = view.HasValidChecksum && udp.HasValidChecksum(view.Source, view.Destination);
            var fragmenter = new Ipv4Fragmenter(view, 576);
            while (fragmenter.TryNext(fragment, out _))
            {
            }
        }
    }

    [TestCase("10.0.0.1", "10.0.0.255", 24, true)]
    [TestCase("10.0.0.1", "10.0.1.1", 24, false)]
    [TestCase("10.0.0.1", "172.0.0.1", 0, true)]
    [TestCase("10.0.0.1", "10.0.0.2", 32, false)]
    public void Address_Prefix_IsCompared(string one, string other, int length, bool shares) =>
        Assert.That(Ipv4Address.Parse(one).SharesPrefix(Ipv4Address.Parse(other), length), Is.EqualTo(shares));
}
