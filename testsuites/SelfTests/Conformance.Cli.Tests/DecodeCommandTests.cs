using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Cli.Tests;

/// <summary>The <c>decode</c> command as its users start it.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class DecodeCommandTests
{
    private const int RawIp = 101;

    private static readonly IkeHeader Header = new()
    {
        InitiatorSpi = 0x0102030405060708, MajorVersion = 2, ExchangeType = ExchangeType.IkeSaInit, Flags = IkeFlags.Initiator,
    };

    private static byte[] Good => Udp(new IkeMessage(Header, [new NoncePayload(new byte[16])]).Encode());

    /// <summary>A deletion that counts nine SPIs and has none.</summary>
    private static byte[] Malformed => Udp(IkeWriter.Message(Header, [new(PayloadType.Delete, 0, new byte[] { 3, 4, 0, 9 })]));

    [Test]
    public async Task WellFormedCapture_IsDecodedWithExitCode0()
    {
        using var folder = new TemporaryFolder();
        var decoded = await CommandProcess.Run("decode", Capture(folder, Good, Good));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(decoded.ExitCode, Is.EqualTo(ExitCode.AsExpected), decoded.Error);
            Assert.That(decoded.Error, Is.Empty);
            Assert.That(decoded.Output, Does.Contain("Initiator SPI: 0102030405060708").And.Contain("2 frames, 0 protected packets").And.Contain("0 malformed"));
        }
    }

    [Test]
    public async Task MalformedPacket_IsReportedWithFrameOffsetFieldReasonAndTheRestIsDecoded()
    {
        using var folder = new TemporaryFolder();
        var decoded = await CommandProcess.Run("decode", Capture(folder, Good, Malformed, Good));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(decoded.ExitCode, Is.EqualTo(ExitCode.UnexpectedVerdicts));
            Assert.That(decoded.Output, Does.Contain("frame 2, IKE, offset 62, Num of SPIs: 9 of 4 octets, but 0 octets are there"));
            Assert.That(decoded.Output, Does.Contain("3 frames").And.Contain("1 malformed"));
            Assert.That(decoded.Output.Split("Nonce Data").Length - 1, Is.EqualTo(2), "the frames before and after it");
        }
    }

    [Test]
    public async Task Json_IsOneDocumentThatSaysTheSame()
    {
        using var folder = new TemporaryFolder();
        var decoded = await CommandProcess.Run("decode", Capture(folder, Good, Malformed), "--json");
        Assert.That(decoded.ExitCode, Is.EqualTo(ExitCode.UnexpectedVerdicts));
        using var json = JsonDocument.Parse(decoded.Output);
        var packets = json.RootElement.GetProperty("packets");
        Assert.That(packets.GetArrayLength(), Is.EqualTo(2));
        Assert.That(packets[0].GetProperty("malformations").GetArrayLength(), Is.Zero);
        var malformation = packets[1].GetProperty("malformations")[0];
        Assert.That(malformation.GetProperty("frame").GetInt32(), Is.EqualTo(2));
        Assert.That(malformation.GetProperty("offset").GetInt32(), Is.EqualTo(62));
        Assert.That(malformation.GetProperty("field").GetString(), Is.EqualTo("Num of SPIs"));
        Assert.That(malformation.GetProperty("reason").GetString(), Is.Not.Empty);
    }

    [Test]
    public async Task GzippedCapture_IsDecoded()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("capture.pcap.gz");
        await using (var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest))
            gzip.Write(Pcap(Good));
        var decoded = await CommandProcess.Run("decode", path);
        Assert.That((decoded.ExitCode, decoded.Output.Contains("1 frames")), Is.EqualTo((ExitCode.AsExpected, true)), decoded.Error);
    }

    [Test]
    public async Task CaptureCutInAFrame_DecodesWhatIsThereAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("cut.pcap");
        await File.WriteAllBytesAsync(path, Pcap(Good, Good)[..^5]);
        var decoded = await CommandProcess.Run("decode", path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(decoded.ExitCode, Is.EqualTo(ExitCode.UnexpectedVerdicts));
            Assert.That(decoded.Output, Does.Contain("1 frames"));
            Assert.That(decoded.Error, Does.Contain("What comes after it is lost").And.Not.Contain("   at "));
        }
    }

    [Test]
    public async Task GzipThatIsBroken_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("broken.gz");
        await File.WriteAllBytesAsync(path, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, .. Enumerable.Repeat((byte)0xff, 50)]);
        var decoded = await CommandProcess.Run("decode", path);
        Assert.That(decoded.ExitCode, Is.EqualTo(ExitCode.UnexpectedVerdicts));
        Assert.That(decoded.Error, Does.StartWith("ipsec-conformance: ").And.Not.Contain("   at "));
    }

    [TestCase("--ike-keys", "0102030405060708,1112131415161718,00,00,\"AES-CBC-128 [RFC3602]\",00,00,\"HMAC_SHA1_96 [RFC2404]\"", "line 3: SK_ei has 1 octets, AES-CBC-128 [RFC3602] needs 16")]
    [TestCase("--ikev1-keys", "0102030405060708,001122", "line 3: the encryption key has 3 octets")]
    [TestCase("--esp-keys", "\"IPv4\",\"*\",\"*\",\"0x1\",\"AES-CBC [RFC3602]\",\"0x00\",\"NULL\",\"\"", "line 3: the encryption key has 1 octets, AES-CBC [RFC3602] needs 16 or 24 or 32")]
    [TestCase("--esp-keys", "\"IPv4\",\"*\"", "line 3: 2 fields")]
    public async Task KeyFileWithAWrongLine_IsUsageErrorThatNamesIt(string option, string line, string says)
    {
        using var folder = new TemporaryFolder();
        var keys = folder.File("keys");
        await File.WriteAllTextAsync(keys, $"# a comment\n\n{line}\n");
        (await CommandProcess.Run("decode", Capture(folder, Good), option, keys)).IsRefusal(ExitCode.Usage, says);
    }

    [Test]
    public async Task FileThatIsNotThere_IsUsageErrorThatNamesIt()
    {
        using var folder = new TemporaryFolder();
        (await CommandProcess.Run("decode", "/no/such/capture")).IsRefusal(ExitCode.Usage, "There is no file '/no/such/capture'");
        (await CommandProcess.Run("decode", Capture(folder, Good), "--esp-keys", "/no/such/keys")).IsRefusal(ExitCode.Usage, "There is no key file '/no/such/keys'");
        (await CommandProcess.Run("decode")).IsRefusal(ExitCode.Usage, "FILE");
    }

    [Test]
    public async Task FileThatIsNoCapture_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("text");
        await File.WriteAllTextAsync(path, "this is no capture at all");
        var decoded = await CommandProcess.Run("decode", path);
        Assert.That(decoded.ExitCode, Is.EqualTo(ExitCode.UnexpectedVerdicts));
        Assert.That(decoded.Error, Does.StartWith("ipsec-conformance: ").And.Not.Contain("   at "));
    }

    private static string Capture(TemporaryFolder folder, params byte[][] packets)
    {
        var path = folder.File("capture.pcap");
        File.WriteAllBytes(path, Pcap(packets));
        return path;
    }

    private static byte[] Pcap(params byte[][] packets)
    {
        var file = new List<byte>();
        foreach (var word in new uint[] { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, RawIp })
            file.AddRange(Little(word));
        foreach (var packet in packets)
            file.AddRange([.. Little(1), .. Little(0), .. Little((uint)packet.Length), .. Little((uint)packet.Length), .. packet]);
        return [.. file];
    }

    private static byte[] Little(uint value)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(octets, value);
        return octets;
    }

    private static byte[] Udp(byte[] message)
    {
        var (from, to) = (Ipv4Address.Parse("192.0.2.1"), Ipv4Address.Parse("192.0.2.2"));
        var datagram = new byte[8 + message.Length];
        new UdpHeader(500, 500).WriteDatagram(datagram, from, to, message);
        var packet = new byte[20 + datagram.Length];
        new Ipv4Header(from, to, IpProtocol.Udp).WritePacket(packet, datagram);
        return packet;
    }
}
