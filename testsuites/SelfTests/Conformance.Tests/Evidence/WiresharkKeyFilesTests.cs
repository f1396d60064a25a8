using System.Net;
using System.Security.Cryptography;
using Conformance.Evidence;

namespace Conformance.Tests.Evidence;

/// <summary>What the key files promise, judged by tshark: every algorithm's name is one that it knows, and the keys decrypt.</summary>
public sealed class WiresharkKeyFilesTests
{
    private static readonly IPAddress Left = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Right = IPAddress.Parse("192.0.2.2");

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(20, 128, 0)]
    [TestCase(20, 256, 0)]
    [TestCase(12, 128, 12)]
    [TestCase(12, 256, 12)]
    [TestCase(12, 128, 13)]
    [TestCase(12, 256, 13)]
    [TestCase(12, 128, 14)]
    [TestCase(12, 256, 14)]
    public void IkeKeys_EncryptedDeletes_TsharkDecryptsBothDirections(int encryption, int keyLength, int integrity)
    {
        Tshark.Require();
        var keys = IkeKeys((ushort)encryption, keyLength, (ushort)integrity);
        WiresharkKeyFiles.Write(_folder.Path, [IkeKeys(20, 128, 0) with { SpiI = 7 }, keys], []);
        var capture = Capture(
            CraftedFrames.IkeSaInit(keys, response: false), CraftedFrames.IkeSaInit(keys, response: true),
            CraftedFrames.IkeDelete(keys, response: false), CraftedFrames.IkeDelete(keys, response: true));

        var frames = Tshark.Decode(capture, _folder.Path);

        Assert.Multiple(() =>
        {
            foreach (var frame in frames.Skip(2))
            {
                Assert.That(frame.Values("isakmp.delete.protoid"), Is.EqualTo(["1"]), frame.ToString());
                Assert.That(frame.Unopened, Is.Empty);
            }
        });
    }

    [TestCase(20, 128, 0, false)]
    [TestCase(20, 256, 0, false)]
    [TestCase(20, 128, 0, true)]
    [TestCase(20, 256, 0, true)]
    [TestCase(12, 128, 12, false)]
    [TestCase(12, 256, 12, false)]
    [TestCase(12, 128, 13, false)]
    [TestCase(12, 256, 13, false)]
    [TestCase(12, 128, 14, false)]
    [TestCase(12, 256, 14, false)]
    [TestCase(12, 256, 12, true)]
    [TestCase(11, 0, 12, false)]
    public void EspKeys_TunnelledPing_TsharkDecryptsIt(int encryption, int keyLength, int integrity, bool esn)
    {
        Tshark.Require();
        var keys = EspKeys((ushort)encryption, keyLength, (ushort)integrity, esn);
        WiresharkKeyFiles.Write(_folder.Path, [], [EspKeys(20, 128, 0, esn: false) with { Spi = 7 }, keys]);

        var frame = Tshark.Decode(Capture(CraftedFrames.EspTunnel(keys, sequence: 1)), _folder.Path).Single();

        Assert.Multiple(() =>
        {
            Assert.That(frame.Values("icmp.type"), Is.EqualTo(["8"]), frame.ToString());
            Assert.That(frame.Values("ip.dst"), Is.EqualTo(["192.0.2.2", "10.2.0.1"]));
            Assert.That(frame.Values("icmp.checksum.status"), Is.EqualTo(["1"]));
            if (!esn || Tshark.KnowsExtendedSequenceNumbers)
            {
                Assert.That(frame.Unopened, Is.Empty, frame.ToString());
            }
        });
    }

    [Test]
    public void Keys_BehindANat_TsharkDecryptsOnPort4500()
    {
        Tshark.Require();
        var (ike, esp) = (IkeKeys(12, 256, 12), EspKeys(20, 256, 0, esn: false));
        WiresharkKeyFiles.Write(_folder.Path, [ike], [esp]);

        var frames = Tshark.Decode(Capture(CraftedFrames.IkeDelete(ike, response: false, port: 4500), CraftedFrames.EspInUdp(esp, sequence: 1)), _folder.Path);

        Assert.Multiple(() =>
        {
            Assert.That(frames.SelectMany(f => f.Unopened), Is.Empty);
            Assert.That(frames[0].Has("isakmp.delete.protoid"));
            Assert.That(frames[1].Values("icmp.type"), Is.EqualTo(["8"]));
        });
    }

    [Test]
    public void Keys_OctetFlippedOnTheWire_TsharkFindsTheIcvWrong()
    {
        Tshark.Require();
        var (ike, esp) = (IkeKeys(20, 128, 0), EspKeys(20, 128, 0, esn: false));
        WiresharkKeyFiles.Write(_folder.Path, [ike], [esp]);

        var frames = Tshark.Decode(
            Capture(Flipped(CraftedFrames.IkeDelete(ike, response: false)), Flipped(CraftedFrames.EspTunnel(esp, sequence: 1))), _folder.Path);

        Assert.That(
            frames.SelectMany(f => f.Unopened),
            Is.EqualTo(["the ICV of an encrypted IKE payload is wrong", "the ICV of an ESP packet is wrong"]));
    }

    [Test]
    public void Keys_WithoutKeyFiles_TsharkDecryptsNothing()
    {
        Tshark.Require();
        var (ike, esp) = (IkeKeys(20, 128, 0), EspKeys(20, 128, 0, esn: false));

        var frames = Tshark.Decode(Capture(CraftedFrames.IkeDelete(ike, response: false), CraftedFrames.EspTunnel(esp, sequence: 1)), profile: null);

        Assert.That(frames[0].Unopened, Does.Contain("an encrypted IKE payload is not decrypted"));
        Assert.That(frames[1].Unopened, Does.Contain("an ESP packet is not decrypted"));
    }

    [Test]
    public void IkeLine_Gcm_HasTheFieldsOfWiresharksTable()
    {
        var keys = new IkeSaKeyRecord(0x0102030405060708, 0x1112131415161718, 20, 128, 0, [1, 2], [3, 4], [], []);

        Assert.That(
            WiresharkKeyFiles.IkeLine(keys),
            Is.EqualTo("0102030405060708,1112131415161718,0102,0304,\"AES-GCM-128 with 16 octet ICV [RFC5282]\",,,\"NONE [RFC4306]\""));
    }

    [Test]
    public void EspLine_Ipv6Cbc_HasTheFieldsOfWiresharksTable()
    {
        var keys = new EspSaKeyRecord(IPAddress.Parse("2001:db8::1"), IPAddress.Parse("2001:db8::2"), 0xC0FFEE, 12, 128, 12, [1, 2], [3], Esn: false);

        Assert.That(
            WiresharkKeyFiles.EspLine(keys),
            Is.EqualTo("\"IPv6\",\"2001:db8::1\",\"2001:db8::2\",\"0x00c0ffee\",\"AES-CBC [RFC3602]\",\"0x0102\",\"HMAC-SHA-256-128 [RFC4868]\",\"0x03\""));
    }

    [Test]
    public void EspLine_AlgorithmThatWiresharkDoesNotKnow_SaysWhichOne()
    {
        var keys = EspKeys(20, 128, 0, esn: false) with { Encryption = 28 };

        Assert.That(() => WiresharkKeyFiles.EspLine(keys), Throws.TypeOf<NotSupportedException>().With.Message.Contains("ESP encryption transform with the number 28"));
    }

    private static byte[] Flipped(byte[] frame) => [.. frame[..^1], (byte)(frame[^1] ^ 1)];

    private string Capture(params byte[][] frames)
    {
        var path = _folder.File("capture.pcapng");
        using var writer = new PcapngWriter(File.Create(path));
        var link = writer.AddInterface("tester", 65535);
        foreach (var frame in frames)
        {
            writer.WritePacket(link, DateTimeOffset.UnixEpoch.AddYears(50), frame);
        }

        return path;
    }

    private static IkeSaKeyRecord IkeKeys(ushort encryption, int keyLength, ushort integrity)
    {
        var encryptionLength = (keyLength / 8) + (encryption == 20 ? 4 : 0);
        return new(
            0x1000UL + encryption, (ulong)(0x2000 + keyLength), encryption, keyLength, integrity,
            Octets(encryptionLength), Octets(encryptionLength), Octets(IntegrityKeyLength(integrity)), Octets(IntegrityKeyLength(integrity)));
    }

    private static EspSaKeyRecord EspKeys(ushort encryption, int keyLength, ushort integrity, bool esn) => new(
        Left, Right, 0xA0000000u + encryption, encryption, keyLength, integrity,
        Octets((keyLength / 8) + (encryption == 20 ? 4 : 0)), Octets(IntegrityKeyLength(integrity)), esn);

    private static int IntegrityKeyLength(ushort integrity) => integrity switch { 12 => 32, 13 => 48, 14 => 64, _ => 0 };

    private static byte[] Octets(int length) => RandomNumberGenerator.GetBytes(length);
}
