using System.Buffers.Binary;
using System.Text;
using Conformance.Evidence;
using Ipsec.Host.Links;

namespace Conformance.Tests.Evidence;

public sealed class PcapngWriterTests
{
    private static readonly DateTimeOffset Time = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).AddTicks(1234567);
    private static readonly byte[] Frame = Convert.FromHexString("0200000000020200000000010800ABCDEF");

    [Test]
    public void Writer_NoOptions_SectionHeaderHasTheOctetsOfTheSpecification()
    {
        Assert.That(
            Convert.ToHexString(Written(_ => { })),
            Is.EqualTo("0A0D0D0A" + "20000000" + "4D3C2B1A" + "01000000" + "FFFFFFFFFFFFFFFF" + "00000000" + "20000000"));
    }

    [Test]
    public void AddInterface_Named_DescriptionHasEthernetAndNanoseconds()
    {
        var block = Written(writer => writer.AddInterface("veth", 2048))[32..];

        Assert.That(
            Convert.ToHexString(block),
            Is.EqualTo("01000000" + "28000000" + "0100" + "0000" + "00080000" + "02000400" + "76657468" + "09000100" + "09000000" + "00000000" + "28000000"));
    }

    [Test]
    public void WritePacket_DirectionAndComment_BlockHasTheOctetsOfTheSpecification()
    {
        var block = LastBlock(writer => writer.WritePacket(writer.AddInterface("a", 0), Time, Frame, FrameDirection.Sent, "hi"));

        var nanoseconds = (ulong)(Time - DateTimeOffset.UnixEpoch).Ticks * 100;
        Assert.That(
            Convert.ToHexString(block),
            Is.EqualTo(
                "06000000" + "48000000" + "00000000" + Little((uint)(nanoseconds >> 32)) + Little((uint)nanoseconds) + "11000000" + "11000000"
                + Convert.ToHexString(Frame) + "000000" + "02000400" + "02000000" + "01000200" + "68690000" + "00000000" + "48000000"));
    }

    [Test]
    public void WritePacket_LongerThanSnapLength_KeepsTheStartAndTheOriginalLength()
    {
        var block = LastBlock(writer => writer.WritePacket(writer.AddInterface("a", 14), Time, Frame));

        Assert.Multiple(() =>
        {
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(20)), Is.EqualTo(14));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(24)), Is.EqualTo(Frame.Length));
            Assert.That(block, Has.Length.EqualTo(28 + 16 + 4));
        });
    }

    [Test]
    public void WritePacket_TwoFrames_AreNumberedFromOne()
    {
        using var writer = new PcapngWriter(new MemoryStream());
        var link = writer.AddInterface("a");

        Assert.That(new[] { writer.WritePacket(link, Time, Frame), writer.WritePacket(link, Time, Frame) }, Is.EqualTo([1, 2]));
    }

    [Test]
    public void WritePacket_InterfaceNeverAdded_IsRefused()
    {
        using var writer = new PcapngWriter(new MemoryStream());

        Assert.That(() => writer.WritePacket(0, Time, Frame), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void WritePacket_CommentBeyondAnOption_IsCutAtACharacter()
    {
        var comment = "x" + new string('é', 40000);

        var block = LastBlock(writer => writer.WritePacket(writer.AddInterface("a"), Time, Frame, comment: comment));

        var length = BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(28 + 20 + 2));
        Assert.That(Encoding.UTF8.GetString(block, 28 + 20 + 4, length), Is.EqualTo(comment[..(length / 2 + 1)]));
        Assert.That(length, Is.EqualTo(65535));
    }

    [Test]
    public void WritePacket_RunKilledAfterIt_FrameIsInTheFile()
    {
        using var folder = new TemporaryFolder();
        using var writer = new PcapngWriter(new FileStream(folder.File("a.pcapng"), FileMode.CreateNew, FileAccess.Write, FileShare.Read));
        writer.WritePacket(writer.AddInterface("a"), Time, Frame);

        using var reader = new FileStream(folder.File("a.pcapng"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

        Assert.That(reader.Length, Is.EqualTo(32 + 40 + 28 + 20 + 4));
    }

    [Test]
    public void Writer_TwoInterfacesCommentsDirections_TsharkReadsThemAll()
    {
        Tshark.Require();
        using var folder = new TemporaryFolder();
        using (var writer = new PcapngWriter(File.Create(folder.File("a.pcapng")), new("virtual", "Linux", "IpsecConformance", "IKEV2-RETRANSMIT-001")))
        {
            var (tester, stack) = (writer.AddInterface("tester", 65535), writer.AddInterface("stack", 65535));
            writer.WritePacket(tester, Time, Frame, FrameDirection.Sent, "first");
            writer.WritePacket(stack, Time.AddTicks(1), Frame, FrameDirection.Received);
        }

        var frames = Tshark.Decode(folder.File("a.pcapng"), profile: null);

        Assert.Multiple(() =>
        {
            Assert.That(frames.SelectMany(f => f.Values("frame.interface_name")), Is.EqualTo(["tester", "stack"]));
            Assert.That(frames.SelectMany(f => f.Values("frame.comment")), Is.EqualTo(["first"]));
            Assert.That(frames.SelectMany(f => f.Values("frame.packet_flags_direction")), Is.EqualTo(["0x00000002", "0x00000001"]));
            Assert.That(frames[0].Values("frame.time_epoch").Single(), Does.Match(@"123456700"));
            Assert.That(frames[1].Values("frame.time_delta").Single(), Is.EqualTo("0.000000100"));
        });
    }

    private static byte[] LastBlock(Action<PcapngWriter> write)
    {
        var file = Written(write);
        return file[^(int)BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(file.Length - 4))..];
    }

    private static byte[] Written(Action<PcapngWriter> write)
    {
        var stream = new MemoryStream();
        using var writer = new PcapngWriter(stream);
        write(writer);
        return stream.ToArray();
    }

    private static string Little(uint value)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(octets, value);
        return Convert.ToHexString(octets);
    }
}
