using Ipsec.Packets.Ip;

namespace Ipsec.Packets.Tests.Ip;

public sealed class UdpTests
{
    private static readonly Ipv4Address One = Ipv4Address.Parse("152.1.51.27");
    private static readonly Ipv4Address Other = Ipv4Address.Parse("152.14.94.75");

    [Test]
    public void Checksum_PublishedExample_IsComputed()
    {
        // The worked example that circulates for UDP's checksum: ports 41103 and 9876, data "bb"; the sum is EB21, its complement goes out.
        var datagram = new byte[10];
        new UdpHeader(41103, 9876).WriteDatagram(datagram, One, Other, [0x62, 0x62]);
        Assert.That(UdpView.TryParse(datagram, out var view, out _));
        Assert.That(view.HasValidChecksum(One, Other));
        Assert.That(view.Checksum, Is.EqualTo(0xFFFF - 0xEB21));
    }

    [Test]
    public void Checksum_Absent_IsAccepted()
    {
        var datagram = new byte[12];
        new UdpHeader(1, 2).WriteDatagramWithoutChecksum(datagram, [1, 2, 3, 4]);
        Assert.That(UdpView.TryParse(datagram, out var view, out _));
        Assert.That(view.Checksum, Is.Zero);
        Assert.That(view.HasValidChecksum(One, Other));
    }

    [Test]
    public void Checksum_FlippedBit_IsInvalid()
    {
        var datagram = new byte[12];
        new UdpHeader(1, 2).WriteDatagram(datagram, One, Other, [1, 2, 3, 4]);
        datagram[9] ^= 0x10;
        Assert.That(UdpView.TryParse(datagram, out var view, out _));
        Assert.That(view.HasValidChecksum(One, Other), Is.False);
    }

    [Test]
    public void Checksum_ComputedZero_IsWrittenAsOnes()
    {
        var datagram = new byte[10];
        var found = false;
        for (var i = 0; i < 65536 && !found; i++)
        {
            new UdpHeader(1, 2).WriteDatagram(datagram, One, Other, [(byte)(i >> 8), (byte)i]);
            UdpView.TryParse(datagram, out var view, out _);
            Assert.That(view.Checksum, Is.Not.Zero);
            found = view.Checksum == 0xFFFF;
            Assert.That(view.HasValidChecksum(One, Other));
        }

        Assert.That(found);
    }

    [TestCase("00010002000800", 7, "Header")]
    [TestCase("0001000200070000", 4, "Length")]
    [TestCase("0001000200090000", 4, "Length")]
    public void View_Malformed_SaysOffsetAndField(string hex, int offset, string field)
    {
        Assert.That(UdpView.TryParse(Convert.FromHexString(hex), out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((offset, field)));
    }
}
