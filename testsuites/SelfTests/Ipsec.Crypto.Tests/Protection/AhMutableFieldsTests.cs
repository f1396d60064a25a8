namespace Ipsec.Crypto.Tests;

/// <summary>
/// The headers before an AH, octet by octet as RFC 4302 section 3.3.3.1 and its appendix A say that the ICV covers them: what a router changes is zero,
/// what a source route changes is as the receiver sees it.
/// </summary>
[TestFixture]
internal sealed class AhMutableFieldsTests
{
    private const string V4Source = "c0000201", V4Destination = "c0000202", Hop1 = "cb007101", Hop2 = "cb007102";
    private const string V6Source = "20010db8000000000000000000000001", V6Destination = "20010db8000000000000000000000002";
    private const string A = "20010db800000000000000000000000a", B = "20010db800000000000000000000000b", C = "20010db800000000000000000000000c";

    [Test]
    public void Ipv4_mutableFieldsAreZeroed_allElseStands() =>
        Assert.That(
            Normalized($"45 ff 1234 5678 ffff ff 33 9abc {V4Source} {V4Destination}"), Is.EqualTo(Octets($"45 00 1234 5678 0000 00 33 0000 {V4Source} {V4Destination}")));

    [TestCase("00000000", "00000000", TestName = "End of Options List")]
    [TestCase("01010101", "01010101", TestName = "No Operation")]
    [TestCase("8204abcd", "8204abcd", TestName = "Security")]
    [TestCase("8504abcd", "8504abcd", TestName = "Extended Security")]
    [TestCase("8604abcd", "8604abcd", TestName = "Commercial Security")]
    [TestCase("94040001", "94040001", TestName = "Router Alert")]
    [TestCase("9504abcd", "9504abcd", TestName = "Selective Directed Broadcast")]
    [TestCase("0707041234567801", "0000000000000001", TestName = "Record Route")]
    [TestCase("4408050012345678", "0000000000000000", TestName = "Timestamp")]
    [TestCase("5204abcd", "00000000", TestName = "Traceroute")]
    [TestCase("8804abcd", "00000000", TestName = "Stream ID")]
    [TestCase("0b04abcd", "00000000", TestName = "MTU Probe")]
    [TestCase("9e04abcd", "00000000", TestName = "one that the appendix hasn't got")]
    [TestCase("019404000152040203000000", "019404000100000000000000", TestName = "immutable ones around a mutable one")]
    public void Ipv4Option_isTakenAsTheAppendixLists(string option, string covered) =>
        Assert.That(Normalized(V4(option, V4Destination)), Is.EqualTo(Octets(V4(covered, V4Destination, covered: true))));

    [TestCase("83", 4, Hop2, TestName = "loose, two hops left")]
    [TestCase("89", 8, Hop2, TestName = "strict, one hop left")]
    [TestCase("89", 12, V4Destination, TestName = "all hops done")]
    public void Ipv4SourceRoute_destinationIsTheLastAddress_andTheOptionIsZero(string type, int pointer, string destination) =>
        Assert.That(
            Normalized(V4($"{type}0b{pointer:x2}{Hop1}{Hop2}00", V4Destination)), Is.EqualTo(Octets(V4("000000000000000000000000", destination, covered: true))));

    [TestCase("83060411223344aa", TestName = "no whole address in a source route")]
    [TestCase("8307031122334400", TestName = "pointer into the option's own header")]
    [TestCase("94050001", TestName = "option longer than the header")]
    [TestCase("94010001", TestName = "option shorter than its own length")]
    [TestCase("01010194", TestName = "option without a length")]
    public void Ipv4_malformedOptions_areRefused(string options) => Assert.That(AhMutableFields.TryNormalize(Octets(V4(options, V4Destination))), Is.False);

    [TestCase(19, 0x45)]
    [TestCase(1, 0x45)]
    [TestCase(39, 0x60)]
    [TestCase(20, 0x60)]
    public void HeaderThatIsTooShort_isRefused(int length, byte first)
    {
        byte[] header = [first, .. new byte[length - 1]];
        if (length > 6)
            header[6] = 51;
        Assert.That(AhMutableFields.TryNormalize(header), Is.False);
    }

    [Test]
    public void Ipv6_trafficClassFlowLabelAndHopLimitAreZeroed_allElseStands() =>
        Assert.That(Normalized(V6("6fffffff 1234 33 ff", "")), Is.EqualTo(Octets(V6("60000000 1234 33 00", ""))));

    /// <summary>An option that may change keeps type and length, its data are zeros; the others stand.</summary>
    [TestCase("00")]
    [TestCase("3c")]
    public void Ipv6Options_dataOfThoseThatMayChange_areZeroed(string header) =>
        Assert.That(
            Normalized(V6($"60000000 0018 {header} 40", "3301 05020102 2603aabbcc 00 0102ffff")),
            Is.EqualTo(Octets(V6($"60000000 0018 {header} 00", "3301 05020102 2603000000 00 0102ffff"))));

    [Test]
    public void Ipv6_hopByHopRoutingAndDestinationOptions_eachIsTakenInItsPlace() =>
        Assert.That(
            Normalized(V6("60000000 0060 00 40", $"2b00 2604aabbccdd", $"3c02000100000000 {A}", "3300 2604aabbccdd")),
            Is.EqualTo(Octets(V6Ending(A, "60000000 0060 00 00", $"2b00 260400000000", $"3c02000000000000 {V6Destination}", "3300 260400000000"))));

    /// <summary>RFC 2460 section 4.4: each hop swaps the destination with the next address, counted from the end by Segments Left.</summary>
    [TestCase(3, V6Destination, A, B, C)]
    [TestCase(2, A, V6Destination, B, C)]
    [TestCase(1, A, B, V6Destination, C)]
    [TestCase(0, A, B, C, V6Destination)]
    public void Ipv6RoutingHeader_isAsTheLastNodeSeesIt(int left, string first, string second, string third, string destination) =>
        Assert.That(
            Normalized(V6("60000000 0038 2b 40", $"330600{left:x2}00000000 {A}{B}{C}")),
            Is.EqualTo(Octets(V6Ending(destination, "60000000 0038 2b 00", $"3306000000000000 {first}{second}{third}"))));

    [TestCase("60000000 0018 3c 40", "3300 2605aabbccdd", TestName = "option longer than its header")]
    [TestCase("60000000 0018 3c 40", "3300 010300000026", TestName = "option without a length")]
    [TestCase("60000000 0018 3c 40", "3301 260400000000", TestName = "header longer than what is there")]
    [TestCase("60000000 0018 2b 40", "3302040100000000 " + A, TestName = "route of a type that AH doesn't know")]
    [TestCase("60000000 0018 2b 40", "3302000200000000 " + A, TestName = "more segments left than addresses")]
    [TestCase("60000000 0018 2c 40", "3300000000000001", TestName = "fragment header")]
    [TestCase("60000000 0018 87 40", "330001020304050607", TestName = "mobility header")]
    [TestCase("60000000 0018 06 40", "", TestName = "TCP where AH must be")]
    [TestCase("60000000 0018 3c 40", "0600 010400000000", TestName = "TCP after the options")]
    [TestCase("60000000 0018 33 40", "3300 010400000000", TestName = "octets between the last header and AH")]
    public void Ipv6_whatCantBeClassified_isRefused(string start, string extensions) => Assert.That(AhMutableFields.TryNormalize(Octets(V6(start, extensions))), Is.False);

    private static byte[] Normalized(string headers)
    {
        var octets = Octets(headers);
        Assert.That(AhMutableFields.TryNormalize(octets), Is.True);
        return octets;
    }

    private static string V4(string options, string destination, bool covered = false) =>
        $"{0x45 + options.Length / 8:x2}{(covered ? "00" : "2e")} 0064 0001 {(covered ? "0000 00" : "4000 40")} 33 {(covered ? "0000" : "beef")} {V4Source}{destination}{options}";

    private static string V6(string start, params string[] extensions) => V6Ending(V6Destination, start, extensions);

    private static string V6Ending(string destination, string start, params string[] extensions) => $"{start} {V6Source}{destination}{string.Concat(extensions)}";

    private static byte[] Octets(string hex) => Convert.FromHexString(hex.Replace(" ", ""));
}
