namespace Ipsec.Crypto.Tests;

[TestFixture]
internal sealed class EspTrailerTests
{
    [TestCase(0, "0004")]
    [TestCase(1, "010104")]
    [TestCase(3, "0102030304")]
    public void Write_paddingCountsFromOne(int padding, string expected)
    {
        var trailer = new byte[padding + 2];
        EspTrailer.Write(trailer, padding, nextHeader: 4);
        Assert.That(Convert.ToHexStringLower(trailer), Is.EqualTo(expected));
    }

    [Test]
    public void Write_longestPadding_endsWith255()
    {
        var trailer = new byte[300];
        EspTrailer.Write(trailer, 255, nextHeader: 6);
        Assert.That(trailer[..257], Is.EqualTo((byte[])[.. Enumerable.Range(1, 255).Select(index => (byte)index), 255, 6]));
        Assert.That(trailer[257..], Is.All.Zero);
        Assert.That(EspTrailer.TryParse(trailer.AsSpan(..257), out var length, out var next), Is.True);
        Assert.That((length, next), Is.EqualTo((0, (byte)6)));
    }

    [TestCase("0004", 0)]
    [TestCase("aabb0004", 2)]
    [TestCase("0102020004", 3, TestName = "no padding, whatever precedes")]
    [TestCase("aa01020204", 1)]
    [TestCase("01020204", 0, TestName = "nothing but padding")]
    public void TryParse_defaultPadding_leavesThePayload(string plaintext, int payloadLength)
    {
        Assert.That(EspTrailer.TryParse(Convert.FromHexString(plaintext), out var length, out var next), Is.True);
        Assert.That((length, next), Is.EqualTo((payloadLength, (byte)4)));
    }

    [TestCase("", TestName = "no octets")]
    [TestCase("04", TestName = "one octet")]
    [TestCase("0104", TestName = "pad length beyond the plaintext, by one")]
    [TestCase("aaff04", TestName = "pad length beyond the plaintext, by far")]
    [TestCase("aa00020204", TestName = "first octet of padding wrong")]
    [TestCase("aa01030204", TestName = "last octet of padding wrong")]
    [TestCase("aa02010204", TestName = "padding swapped")]
    public void TryParse_anythingElse_isRefused(string plaintext) =>
        Assert.That(EspTrailer.TryParse(Convert.FromHexString(plaintext), out _, out _), Is.False);
}
