using Conformance.Decoding;
using Conformance.Tests.Evidence;

namespace Conformance.Tests.Decoding;

public sealed class DecryptionKeysTests
{
    private const string GoodIke = "0102030405060708,1112131415161718,00112233445566778899aabbccddeeff,00112233445566778899aabbccddeeff,\"AES-CBC-128 [RFC3602]\","
        + "0000000000000000000000000000000000000000000000000000000000000000,0000000000000000000000000000000000000000000000000000000000000000,\"HMAC_SHA2_256_128 [RFC4868]\"";

    private const string GoodEsp = "\"IPv4\",\"192.0.2.1\",\"*\",\"0x00000100\",\"AES-CBC [RFC3602]\",\"0x00112233445566778899aabbccddeeff\",\"ANY 96 bit authentication [no checking]\",\"\"";

    [Test]
    public void Load_GoodTables_AreAccepted()
    {
        using var folder = new TemporaryFolder();
        Assert.DoesNotThrow(() => DecryptionKeys.Load(
            Table(folder, "# a comment\n\n" + GoodIke), Table(folder, "0102030405060708,00112233445566778899aabbccddeeff"), Table(folder, GoodEsp)));
    }

    /// <summary>Wireshark decrypts these, and no RFC wants them any more: a table with them is read, and the packet says so.</summary>
    [TestCase("CAST5-CBC [RFC2144]", "Cast is not available here")]
    [TestCase("BLOWFISH-CBC [RFC2451]", "Blowfish is not available here")]
    public void Load_CipherOfWiresharksThatIsNotOurs_IsAcceptedAndSaid(string name, string reason)
    {
        using var folder = new TemporaryFolder();
        var keys = DecryptionKeys.Load(esp: Table(folder, GoodEsp.Replace("AES-CBC [RFC3602]", name).Replace("192.0.2.1", "*")));
        byte[] packet = [0x45, 0, 0, 60, 0, 0, 0, 0, 64, 50, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0, 0, 1, 0, .. new byte[36]];
        Assert.That(new CaptureDecoder(keys).Decode(new(1, DateTimeOffset.UnixEpoch, 101, packet, 60)).Protections.Single().Reason, Is.EqualTo(reason));
    }

    [TestCase("00112233445566778899aabbccddeeff,0", "0011,0", "SK_ei has 2 octets", TestName = "IKEv2: a key too short")]
    [TestCase("0102030405060708,11", "01,11", "the initiator's SPI has 1 octets", TestName = "IKEv2: an SPI too short")]
    [TestCase("AES-CBC-128", "AES-XYZ", "unknown encryption", TestName = "IKEv2: an algorithm that nobody knows")]
    [TestCase("0102030405060708,1", "01x2030405060708,1", "hex digits", TestName = "IKEv2: no hex")]
    [TestCase("\"HMAC", "HMAC", "quote", TestName = "IKEv2: a quote not closed")]
    public void Load_WrongIkeLine_NamesTheLine(string right, string wrong, string reason) =>
        AssertNamesTheLine(GoodIke, right, wrong, reason, path => DecryptionKeys.Load(ike: path));

    [TestCase("0x00112233445566778899aabbccddeeff", "0x0011", "the encryption key has 2 octets", TestName = "ESP: a key too short")]
    [TestCase("192.0.2.1", "2001:db8::1", "is no IPv4 address", TestName = "ESP: an address of the other family")]
    [TestCase("0x00000100", "spi", "is no SPI", TestName = "ESP: no SPI")]
    [TestCase("\"\"", "\"\",\"16-bit\",\"\"", "sequence number length", TestName = "ESP: a wrong sequence number length")]
    public void Load_WrongEspLine_NamesTheLine(string right, string wrong, string reason) =>
        AssertNamesTheLine(GoodEsp, right, wrong, reason, path => DecryptionKeys.Load(esp: path));

    [Test]
    public void Load_WrongIkev1Line_NamesTheLine() =>
        AssertNamesTheLine("0102030405060708,00112233445566778899aabbccddeeff", "8899", "88", "15 octets", path => DecryptionKeys.Load(ikev1: path));

    [Test]
    public void Load_WrongSkeyId_NamesTheLine() =>
        AssertNamesTheLine("0102030405060708,00112233445566778899aabbccddeeff,cafe", ",cafe", ",caf", "SKEYID_a is not an even number of hex digits", path => DecryptionKeys.Load(ikev1: path));

    private static void AssertNamesTheLine(string good, string right, string wrong, string reason, Func<string, DecryptionKeys> load)
    {
        using var folder = new TemporaryFolder();
        var at = good.IndexOf(right, StringComparison.Ordinal);
        var bad = good[..at] + wrong + good[(at + right.Length)..];
        var error = Assert.Throws<KeyFileException>(() => load(Table(folder, $"{good}\n\n{bad}\n")));
        Assert.That(error!.Line, Is.EqualTo(3));
        Assert.That(error.Message, Does.Contain("line 3").And.Contain(reason));
    }

    private static string Table(TemporaryFolder folder, string text)
    {
        var path = folder.File(Guid.NewGuid().ToString("n"));
        File.WriteAllText(path, text);
        return path;
    }
}
