using Ipsec.Packets.Ah;
using Ipsec.Packets.Esp;

namespace Ipsec.Packets.Tests.Esp;

/// <summary>ESP, AH and WESP octet by octet: each field where its RFC puts it, the shortest and longest lengths, and where an error is.</summary>
public sealed class ClearHeaderTests
{
    private const string EspPacket = "1122334455667788";

    [Test]
    public void Esp_fields()
    {
        Assert.That(EspView.TryParse(Convert.FromHexString(EspPacket + "99aa"), out var view, out _), Is.True);
        Assert.That((view.Spi, view.SequenceNumber), Is.EqualTo((0x11223344u, 0x55667788u)));
        Assert.That(view.Body.ToArray(), Is.EqualTo(new byte[] { 0x99, 0xAA }));
        Assert.That(EspView.TryParse(Convert.FromHexString(EspPacket), out view, out _), Is.True);
        Assert.That(view.Body.IsEmpty, Is.True);
        Assert.That(EspView.TryParse(new byte[7], out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((0, "ESP header")));
    }

    [Test]
    public void Ah_fields()
    {
        var octets = Convert.FromHexString("3204abcd1122334455667788" + "a1a2a3a4a5a6a7a8a9aaabac" + "b1b2");
        Assert.That(AhView.TryParse(octets, out var view, out _), Is.True);
        Assert.That((view.NextHeader, view.HeaderLength, view.Reserved, view.Spi, view.SequenceNumber), Is.EqualTo((50, 24, 0xABCD, 0x11223344u, 0x55667788u)));
        Assert.That(Convert.ToHexStringLower(view.Icv), Is.EqualTo("a1a2a3a4a5a6a7a8a9aaabac"));
        Assert.That(Convert.ToHexStringLower(view.Payload), Is.EqualTo("b1b2"));
        Assert.That(
            new AhPacket(50, 0x11223344, 0x55667788, octets[12..24], octets[24..]) { Reserved = 0xABCD }.Encode(), Is.EqualTo(octets));
        Assert.That(new AhPacket(50, 1, 1, new byte[12], Octets.Empty, ClaimedPayloadLen: 9).Encode()[1], Is.EqualTo(9));
    }

    [TestCase(11, 1, 0, "AH header")]
    [TestCase(12, 0, 1, "Payload Len")]
    [TestCase(15, 2, 1, "Payload Len")]
    [TestCase(1027, 255, 1, "Payload Len")]
    public void Ah_tooShort_saysWhere(int length, byte payloadLen, int offset, string field)
    {
        Assert.That(AhView.TryParse([50, payloadLen, .. new byte[length - 2]], out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((offset, field)));
    }

    [TestCase(12, 1)]
    [TestCase(16, 2)]
    [TestCase(1028, 255)]
    public void Ah_justLongEnough_isRead(int length, byte payloadLen)
    {
        Assert.That(AhView.TryParse([50, payloadLen, .. new byte[length - 2]], out var view, out _), Is.True);
        Assert.That((view.HeaderLength, view.Payload.Length), Is.EqualTo((length, 0)));
    }

    /// <summary>RFC 5840 section 2: HdrLen reaches to the payload data at least past SPI and sequence number, and with the trailer no further than the packet.</summary>
    [TestCase("32 00 00 20", "", 4, TestName = "encrypted")]
    [TestCase("32 00 00 30 00000000", "", 8, TestName = "encrypted, padded for IPv6")]
    [TestCase("32 ff ff 20", "", 4, TestName = "encrypted, lengths that say nothing then")]
    [TestCase("32 0c 00 00", "", 4, TestName = "in clear, empty")]
    [TestCase("32 0c 02 00", "0102", 4, TestName = "in clear, all of it trailer")]
    [TestCase("32 10 02 10 00000000", "0102", 8, TestName = "in clear, padded for IPv6")]
    public void Wesp_thatIsWhole_isRead(string header, string rest, int espOffset)
    {
        var octets = Convert.FromHexString(header.Replace(" ", "") + EspPacket + rest);
        Assert.That(WespView.TryParse(octets, out var view, out _), Is.True);
        Assert.That((view.EspOffset, view.NextHeader, view.HeaderLength, view.TrailerLength, view.Flags), Is.EqualTo((espOffset, octets[0], octets[1], octets[2], octets[3])));
        Assert.That(Convert.ToHexStringLower(view.Esp), Is.EqualTo(EspPacket + rest));
        Assert.That((view.IsEncrypted, view.HasPadding, view.Version), Is.EqualTo(((octets[3] & 0x20) != 0, espOffset == 8, 0)));
        Assert.That(WespPacket.TryParse(octets, out var packet, out _), Is.True);
        Assert.That((packet.Padding.Length, packet.Encode()), Is.EqualTo((espOffset - 4, octets)));
    }

    [TestCase("32 00 00", 0, "WESP header", TestName = "no header")]
    [TestCase("32 00 00 20 11223344556677", 0, "WESP header", TestName = "no whole ESP header")]
    [TestCase("32 00 00 30 1122334455667788112233", 0, "WESP header", TestName = "padding and no whole ESP header")]
    [TestCase("32 00 00 60 1122334455667788", 3, "Version", TestName = "version 1")]
    [TestCase("32 00 00 a0 1122334455667788", 3, "Version", TestName = "version 2")]
    [TestCase("32 0b 00 00 1122334455667788", 1, "HdrLen", TestName = "HdrLen short by one")]
    [TestCase("32 0f 00 10 00000000 1122334455667788", 1, "HdrLen", TestName = "HdrLen short by one, with padding")]
    [TestCase("32 0d 00 00 1122334455667788", 1, "HdrLen", TestName = "HdrLen beyond the packet")]
    [TestCase("32 0c 02 00 1122334455667788 01", 1, "HdrLen", TestName = "trailer longer than what is left")]
    public void Wesp_thatIsNot_saysWhere(string hex, int offset, string field)
    {
        Assert.That(WespView.TryParse(Convert.FromHexString(hex.Replace(" ", "")), out _, out var error), Is.False);
        Assert.That((error.Offset, error.Field), Is.EqualTo((offset, field)));
    }
}
