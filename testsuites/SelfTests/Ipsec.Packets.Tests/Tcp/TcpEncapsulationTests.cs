using Ipsec.Packets.Tcp;

namespace Ipsec.Packets.Tests.Tcp;

public sealed class TcpEncapsulationTests
{
    [Test]
    public void Reader_StreamInSingleOctets_GivesPrefixAndFrames()
    {
        byte[] stream = [.. TcpEncapsulation.StreamPrefix, .. TcpEncapsulation.IkeFrame([1, 2, 3]), .. TcpEncapsulation.Frame([0xff])];
        var reader = new TcpFrameReader(expectPrefix: true);
        var found = new List<string>();
        foreach (var octet in stream)
        {
            reader.Append([octet]);
            while (reader.TryNext(out var content, out _) is var status and not TcpFrameStatus.NeedsMore)
                found.Add($"{status} {Convert.ToHexStringLower(content)}");
        }
        Assert.That(found, Is.EqualTo(["Prefix ", "Frame 00000000010203", "Frame ff"]));
        Assert.That(reader.HeldOctets, Is.Zero);
    }

    [Test]
    public void Frame_Length_CountsItself() => Assert.That(TcpEncapsulation.Frame([9, 9]), Is.EqualTo(new byte[] { 0, 4, 9, 9 }));

    [Test]
    public void Reader_LengthBelowTwo_SaysItsOffsetAndReadsNoFurther()
    {
        var reader = new TcpFrameReader(expectPrefix: false);
        reader.Append([0, 3, 7, 0, 1, 9]);
        Assert.That(reader.TryNext(out _, out _), Is.EqualTo(TcpFrameStatus.Frame));
        Assert.That(reader.TryNext(out _, out var error), Is.EqualTo(TcpFrameStatus.Malformed));
        Assert.That((error.Offset, error.Field), Is.EqualTo((3, "Length")));
        Assert.That(reader.TryNext(out _, out _), Is.EqualTo(TcpFrameStatus.NeedsMore));
    }

    [Test]
    public void Reader_OtherPrefix_SaysWhereItDiffers()
    {
        var reader = new TcpFrameReader(expectPrefix: true);
        reader.Append("IKETLS"u8);
        Assert.That(reader.TryNext(out _, out var error), Is.EqualTo(TcpFrameStatus.Malformed));
        Assert.That((error.Offset, error.Field), Is.EqualTo((4, "Stream Prefix")));
    }
}
