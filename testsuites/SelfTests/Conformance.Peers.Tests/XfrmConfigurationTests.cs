using System.Net;
using Conformance.Implementations;
using Conformance.Peers.LinuxKernel;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Peers.Tests;

internal sealed class XfrmConfigurationTests
{
    private static readonly ManualSecurityAssociation Gcm = new()
    {
        Protocol = IpsecProtocol.Esp,
        Spi = 0x2001,
        Mode = IpsecMode.Tunnel,
        Source = IPAddress.Parse("172.31.7.2"),
        Destination = IPAddress.Parse("172.31.7.10"),
        Encryption = EncryptionId.AesGcm16,
        KeyLength = 128,
        EncryptionKey = Octets.FromHex("000102030405060708090a0b0c0d0e0f10111213"),
    };

    private static readonly ManualSecurityAssociation Cbc = Gcm with
    {
        Mode = IpsecMode.Transport,
        Encryption = EncryptionId.AesCbc,
        EncryptionKey = Octets.FromHex("000102030405060708090a0b0c0d0e0f"),
        Integrity = IntegrityId.HmacMd5_96,
        IntegrityKey = Octets.FromHex("ffeeddccbbaa99887766554433221100"),
    };

    private static readonly ManualSecurityAssociation Ah = Cbc with
    {
        Protocol = IpsecProtocol.Ah, Spi = 0x2002, Encryption = 0, EncryptionKey = Octets.Empty,
    };

    private static readonly ManualSecurityAssociation IpComp = Gcm with
    {
        Protocol = IpsecProtocol.IpComp, Spi = 0x2003, Encryption = 0, EncryptionKey = Octets.Empty, ReplayWindow = 0,
    };

    private static readonly TestCaseData[] States =
    [
        State("Gcm", Gcm, "mode tunnel reqid 7 replay-window 64 flag af-unspec aead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128"),
        State("Cbc", Cbc, "mode transport reqid 7 replay-window 64 auth-trunc hmac(md5) 0xffeeddccbbaa99887766554433221100 96 enc cbc(aes) 0x000102030405060708090a0b0c0d0e0f"),
        State("Null", Cbc with { Encryption = EncryptionId.Null, EncryptionKey = Octets.Empty }, "96 enc ecb(cipher_null) \"\""),
        State("Extended", Gcm with { ExtendedSequenceNumbers = true, ReplayWindow = 128 }, "replay-window 128 flag esn af-unspec aead"),
        State("Udp", Gcm with { Encapsulation = new(4500, 4501) }, "128 encap espinudp 4500 4501 0.0.0.0"),
        State("AhInIpv4", Ah, "replay-window 64 flag align4 auth-trunc hmac(md5) 0xffeeddccbbaa99887766554433221100 96"),
        State("IpComp", IpComp, "proto comp spi 0x00002003 mode tunnel reqid 7 flag af-unspec comp deflate"),
        State("NoPathMtuDiscovery", Gcm with { DontFragment = DontFragment.Clear }, "flag af-unspec nopmtudisc aead"),
        State("Dscp", Gcm with { CopyDscp = false, RestoreDscp = true, Ecn = false }, "flag af-unspec decap-dscp noecn aead"),
        State("DscpNotCopied", Gcm with { CopyDscp = false }, "128 extra-flag dont-encap-dscp"),
        State(
            "Beet",
            Gcm with { Mode = IpsecMode.Beet, InnerSource = IPAddress.Parse("fd1c:f001::1"), InnerDestination = IPAddress.Parse("fd1c:f002::1") },
            "128 sel src fd1c:f001::1/128 dst fd1c:f002::1/128"),
    ];

    private static readonly TestCaseData[] Refused =
    [
        new TestCaseData(Gcm with { TrafficFlowPadding = 100 }, "TrafficFlowPadding").SetArgDisplayNames("TfcPadding"),
        new TestCaseData(Gcm with { DontFragment = DontFragment.Set }, "DontFragment").SetArgDisplayNames("DontFragmentSet"),
        new TestCaseData(Gcm with { Encryption = EncryptionId.CamelliaCtr }, "Encryption").SetArgDisplayNames("CamelliaCtr"),
        new TestCaseData(Ah with { Integrity = IntegrityId.Aes128Gmac }, "Integrity").SetArgDisplayNames("GmacInAh"),
    ];

    [TestCaseSource(nameof(States))]
    public void Association_Rendered_IsIpsLine(ManualSecurityAssociation association, string expected) => Assert.That(
        XfrmConfiguration.State(association, 7, anyFamily: association.Mode == IpsecMode.Tunnel),
        Does.StartWith("xfrm state add src 172.31.7.2 dst 172.31.7.10 proto ").And.Contain(expected));

    [Test]
    public void AhInIpv6_Rendered_EndsOnEightOctetsAsLinuxHasItAnyway() => Assert.That(
        XfrmConfiguration.State(Ah with { Source = IPAddress.Parse("fd1c:f000::2"), Destination = IPAddress.Parse("fd1c:f000::10") }, 7, anyFamily: false),
        Does.Not.Contain("align4"));

    [TestCaseSource(nameof(Refused))]
    public void Association_ThatLinuxHasNoWordFor_NamesTheField(ManualSecurityAssociation association, string field)
    {
        var unsupported = Assert.Throws<UnsupportedPolicyException>(() => XfrmConfiguration.State(association, 1, anyFamily: false));
        Assert.That(unsupported!.Field, Is.EqualTo(field));
    }

    [Test]
    public void Policies_Rendered_KeepTheirOrderAndTheRestIsBlocked()
    {
        var lines = Lines(Protecting([Gcm]) with
        {
            Policies =
            [
                new(TrafficDirection.Inbound, Host("10.1.0.1", 17, 9, 9), Host("10.2.0.1", 17), ManualAction.Discard),
                .. Protecting([Gcm]).Policies,
            ],
        });
        Assert.That(lines, Does.Contain("xfrm policy add dir in src 10.2.0.1/32 dst 10.1.0.1/32 proto 17 dport 9 action block priority 1000"));
        Assert.That(lines, Does.Contain(
            "xfrm policy add dir out src 10.1.0.1/32 dst 10.2.0.1/32 priority 1001 tmpl src 172.31.7.2 dst 172.31.7.10 proto esp spi 0x00002001 mode tunnel reqid 1"));
        Assert.That(lines[^1], Is.EqualTo("xfrm policy add dir out src ::/0 dst ::/0 action block priority 60000"));
    }

    [Test]
    public void Bundle_Rendered_IsInnermostFirstAndCompressionIsOptionalInbound()
    {
        var lines = Lines(Protecting([IpComp, Cbc, Ah]));
        var outbound = lines.Single(line => line.StartsWith("xfrm policy add dir out src 10.1.0.1", StringComparison.Ordinal));
        var inbound = lines.Single(line => line.StartsWith("xfrm policy add dir in src 10.2.0.1", StringComparison.Ordinal));
        Assert.That(Protocols(outbound), Is.EqualTo(new[] { "comp", "esp", "ah" }));
        Assert.That(Protocols(inbound), Is.EqualTo(new[] { "comp", "esp", "ah" }));
        Assert.That(outbound, Does.Not.Contain("level"));
        Assert.That(inbound, Does.Contain("mode tunnel reqid 4 level use tmpl"));
    }

    [Test]
    public void SaOverATunnelOfTheOtherFamily_Rendered_TakesAnyFamily()
    {
        var over = Ah with { Source = IPAddress.Parse("fd1c:f000::2"), Destination = IPAddress.Parse("fd1c:f000::10") };
        Assert.That(Lines(Protecting([Gcm, over])), Has.Some.Contains("proto ah").And.Contains("flag af-unspec"));
        Assert.That(Lines(Protecting([Gcm, Ah])), Has.None.Contains("proto ah spi 0x00002002 mode transport reqid 2 replay-window 64 flag align4 af-unspec"));
    }

    [TestCase(8, 0, 8, 255, " type 8")]
    [TestCase(3, 4, 3, 4, " type 3 code 4")]
    [TestCase(0, 0, 255, 255, "")]
    public void IcmpSelector_Rendered_IsTypeAndCode(byte firstType, byte firstCode, byte lastType, byte lastCode, string expected)
    {
        var (first, last) = ((ushort)(firstType << 8 | firstCode), (ushort)(lastType << 8 | lastCode));
        var lines = Lines(new()
        {
            Policies = [new(TrafficDirection.Outbound, Host("10.1.0.1", 1, first, last), Host("10.2.0.1", 1, first, last), ManualAction.Bypass)],
        });
        Assert.That(lines, Does.Contain($"xfrm policy add dir out src 10.1.0.1/32 dst 10.2.0.1/32 proto 1{expected} priority 1000"));
    }

    [TestCase("10.1.0.0", "10.1.0.255", "10.1.0.0/24")]
    [TestCase("0.0.0.0", "255.255.255.255", "0.0.0.0/0")]
    [TestCase("fd1c::", "fd1c::ffff", "fd1c::/112")]
    public void Range_ThatIsAPrefix_IsRenderedAsOne(string first, string last, string expected) =>
        Assert.That(XfrmConfiguration.Prefix(TrafficSelector.Range(IPAddress.Parse(first), IPAddress.Parse(last))), Is.EqualTo(expected));

    [Test]
    public void Range_ThatIsNoPrefix_NamesTheField() => Assert.That(
        () => XfrmConfiguration.Prefix(TrafficSelector.Range(IPAddress.Parse("10.1.0.1"), IPAddress.Parse("10.1.0.2"))),
        Throws.TypeOf<UnsupportedPolicyException>().With.Message.Contains("10.1.0.1 to 10.1.0.2"));

    [Test]
    public void Ports_OfEncapsulation_AreListedOnce() => Assert.That(
        XfrmConfiguration.RenderPorts(Protecting([Gcm with { Encapsulation = new(4500, 4501) }])), Is.EqualTo("4500 4501\n"));

    [Test]
    public void Counters_OfTheKernel_AreReadByName()
    {
        var counters = LinuxKernelPeer.ParseCounters("XfrmInError             \t0\nXfrmInNoStates          \t12\n");
        Assert.That(counters["XfrmInNoStates"], Is.EqualTo(12));
        Assert.That(counters, Has.Count.EqualTo(2));
    }

    private static ManualConfiguration Protecting(ManualSecurityAssociation[] associations) => new()
    {
        Policies =
        [
            new(TrafficDirection.Outbound, Host("10.1.0.1"), Host("10.2.0.1"), ManualAction.Protect) { Associations = [.. associations] },
            new(TrafficDirection.Inbound, Host("10.1.0.1"), Host("10.2.0.1"), ManualAction.Protect)
            {
                Associations = [.. associations.Select(association => association with { Source = association.Destination, Destination = association.Source })],
            },
        ],
    };

    private static TrafficSelector Host(string address, byte protocol = 0, ushort firstPort = 0, ushort lastPort = 65535) =>
        TrafficSelector.Range(IPAddress.Parse(address), IPAddress.Parse(address)) with { IpProtocol = protocol, StartPort = firstPort, EndPort = lastPort };

    private static string[] Lines(ManualConfiguration configuration) => XfrmConfiguration.Render(configuration).TrimEnd('\n').Split('\n');

    private static IEnumerable<string> Protocols(string policy) => policy.Split(" tmpl ").Skip(1).Select(template => template.Split(' ')[5]);

    private static TestCaseData State(string word, ManualSecurityAssociation association, string expected) =>
        new TestCaseData(association, expected).SetArgDisplayNames(word);
}
