using System.Buffers.Binary;
using System.IO.Compression;
using Conformance.Decoding;
using Conformance.Evidence;

namespace Conformance.Tests.Decoding;

public sealed class CaptureFileTests
{
    private static readonly DateTimeOffset Time = DateTimeOffset.UnixEpoch.AddSeconds(1_800_000_000).AddTicks(1_234_560);

    [Test]
    public void Open_PcapOfEveryForm_GivesTheSameFrames([Values] bool bigEndian, [Values] bool nanoseconds, [Values] bool zipped)
    {
        var file = Pcap(bigEndian, nanoseconds, [1, 2, 3], [4]);
        var (frames, problem) = Read(zipped ? Zip(file) : file);
        Assert.That(problem, Is.Null);
        Assert.That(frames.Select(frame => Convert.ToHexString(frame.Octets)), Is.EqualTo(["010203", "04"]));
        Assert.That(frames.Select(frame => (frame.Number, frame.LinkType, frame.Time)), Is.EqualTo([(1, 101, Time), (2, 101, Time)]));
    }

    [Test]
    public void Open_PcapngOfOurWriter_GivesItsFrames()
    {
        using var memory = new MemoryStream();
        var writer = new PcapngWriter(memory, new(Comment: "a comment"));
        writer.WritePacket(writer.AddInterface("a"), Time, [9, 8, 7], comment: "another");
        var (frames, problem) = Read(memory.ToArray());
        Assert.That(problem, Is.Null);
        Assert.That(frames.Single().Octets, Is.EqualTo(new byte[] { 9, 8, 7 }));
        Assert.That(frames.Single().Time, Is.EqualTo(Time));
    }

    [Test]
    public void Open_BigEndianPcapng_IsRead()
    {
        var file = Convert.FromHexString(
            "0A0D0D0A" + "0000001C" + "1A2B3C4D" + "00010000" + "FFFFFFFFFFFFFFFF" + "0000001C"
            + "00000001" + "00000014" + "0065" + "0000" + "00000000" + "00000014"
            + "00000006" + "00000024" + "00000000" + "00000000" + "000F4240" + "00000002" + "00000002" + "AABB0000" + "00000024");
        var (frames, problem) = Read(file);
        Assert.That(problem, Is.Null);
        Assert.That(frames.Single().Octets, Is.EqualTo(new byte[] { 0xaa, 0xbb }));
        Assert.That(frames.Single().Time, Is.EqualTo(DateTimeOffset.UnixEpoch.AddSeconds(1)));
    }

    [Test]
    public void Next_FileCutAnywhere_GivesTheWholeFramesAndSaysWhere()
    {
        var file = Pcap(false, false, [1, 2, 3], [4]);
        for (var length = 0; length < file.Length; length++)
        {
            var (frames, problem) = Read(file[..length]);
            Assert.That(frames, Has.Count.EqualTo(length >= 43 ? 1 : 0));
            Assert.That(problem is null, Is.EqualTo(length is 24 or 43), $"{length}: {problem}");
        }
    }

    [Test]
    public void Next_GzipThatBreaksOff_IsReported()
    {
        var zipped = Zip(Pcap(false, false, [.. Enumerable.Range(0, 5000).Select(i => new byte[] { (byte)i, (byte)(i >> 8), (byte)(i * 31) })]));
        var (frames, problem) = Read(zipped[..(zipped.Length / 2)]);
        Assert.That(frames.Count, Is.InRange(1, 4999));
        Assert.That(problem, Is.Not.Null);
    }

    [Test]
    public void Next_EnormousLength_IsRefusedWithoutMemory()
    {
        var file = Pcap(false, false, [1, 2, 3]);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(24 + 8), 0xFFFFFFF0);
        var (frames, problem) = Read(file);
        Assert.That(frames, Is.Empty);
        Assert.That((problem!.Offset, problem.Field), Is.EqualTo((32L, "Captured Packet Length")));
    }

    [Test]
    public void Next_MutatedFiles_NeverThrow()
    {
        using var memory = new MemoryStream();
        var writer = new PcapngWriter(memory, new(Comment: "a comment"));
        for (var index = 0; index < 5; index++)
            writer.WritePacket(writer.AddInterface("a"), Time, new byte[60], comment: "another");
        var samples = new[] { memory.ToArray(), Pcap(true, true, new byte[60], new byte[9]), Zip(memory.ToArray()) };
        var random = new Random(1);
        for (var round = 0; round < 20_000; round++)
        {
            var file = (byte[])samples[round % samples.Length].Clone();
            for (var count = 0; count < 1 + round % 4; count++)
                file[random.Next(file.Length)] = (byte)random.Next(256);
            Read(file[..random.Next(file.Length / 2, file.Length + 1)]);
        }
    }

    private static (List<CaptureFrame> Frames, CaptureProblem? Problem) Read(byte[] file)
    {
        using var stream = new MemoryStream(file);
        var reader = CaptureFile.Open(stream);
        var frames = new List<CaptureFrame>();
        while (reader.Next() is { } frame)
            frames.Add(frame);
        return (frames, reader.Problem);
    }

    private static byte[] Zip(byte[] file)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            gzip.Write(file);
        return memory.ToArray();
    }

    private static byte[] Pcap(bool bigEndian, bool nanoseconds, params byte[][] frames)
    {
        var file = new List<byte>();
        Put(nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4);
        Put(bigEndian ? 0x00020004u : 0x00040002u);
        Put(0);
        Put(0);
        Put(65535);
        Put(101);
        foreach (var frame in frames)
        {
            Put(1_800_000_000);
            Put(nanoseconds ? 123_456_000u : 123_456u);
            Put((uint)frame.Length);
            Put((uint)frame.Length);
            file.AddRange(frame);
        }
        return [.. file];

        void Put(uint value)
        {
            var octets = new byte[4];
            if (bigEndian)
                BinaryPrimitives.WriteUInt32BigEndian(octets, value);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(octets, value);
            file.AddRange(octets);
        }
    }
}
