using Conformance.Implementations;
using Conformance.Peers.StrongSwan;

namespace Conformance.Peers.Tests;

internal sealed class SwanctlConfigurationTests
{
    private static readonly TestCaseData[] IkeSuites =
    [
        new(IkeSuite.Aes256GcmSha256Curve25519, "aes256gcm16-prfsha256-x25519"),
        new(IkeSuite.Aes128GcmSha256Ecp256, "aes128gcm16-prfsha256-ecp256"),
        new(IkeSuite.Aes256CbcSha256Modp2048, "aes256-sha256-prfsha256-modp2048"),
        new(IkeSuite.Aes256CbcSha384Ecp384, "aes256-sha384-prfsha384-ecp384"),
        new(IkeSuite.Aes256CbcSha512Modp3072, "aes256-sha512-prfsha512-modp3072"),
    ];

    private static readonly TestCaseData[] EspSuites =
    [
        new(EspSuite.Aes256Gcm, "aes256gcm16-noesn"),
        new(EspSuite.Aes128Gcm, "aes128gcm16-noesn"),
        new(EspSuite.Aes256GcmEsn, "aes256gcm16-esn"),
        new(EspSuite.Aes256CbcSha256, "aes256-sha256-noesn"),
        new(EspSuite.Aes256CbcSha384, "aes256-sha384-noesn"),
        new(EspSuite.Aes256CbcSha512, "aes256-sha512-noesn"),
    ];

    [TestCaseSource(nameof(IkeSuites))]
    public void IkeSuite_Rendered_IsStrongSwansProposal(IkeSuite suite, string expected) =>
        Assert.That(SwanctlConfiguration.IkeProposal(suite), Is.EqualTo(expected));

    [TestCaseSource(nameof(EspSuites))]
    public void EspSuite_Rendered_IsStrongSwansProposal(EspSuite suite, string expected) =>
        Assert.That(SwanctlConfiguration.EspProposal(suite), Is.EqualTo(expected));

    [Test]
    public void UnknownTransform_Rendered_NamesTheField()
    {
        var unsupported = Assert.Throws<UnsupportedPolicyException>(() => SwanctlConfiguration.IkeProposal(new(3, 192, 12, 5, 14)));
        Assert.That(unsupported!.Field, Is.EqualTo("IkeSuites"));
        Assert.That(unsupported.Message, Does.Contain("encryption transform 3"));
    }

    [Test]
    public void StandardPolicy_Rendered_HasAddressesIdentitiesAndSelectors()
    {
        var text = SwanctlConfiguration.Render(new(), TestTopology.Standard);
        Assert.That(text, Does.Contain("local_addrs = 172.31.7.2\n").And.Contain("remote_addrs = 172.31.7.10\n"));
        Assert.That(text, Does.Contain("id = fqdn:iut.example\n").And.Contain("id = fqdn:tester.example\n"));
        Assert.That(text, Does.Contain("local_ts = 10.1.0.0/24\n").And.Contain("remote_ts = 10.2.0.0/24\n"));
        Assert.That(text, Does.Contain("mode = tunnel\n").And.Contain("encap = no\n").And.Not.Contain("half-open"));
        Assert.That(text, Does.Contain("secret = 0x" + Convert.ToHexStringLower("conformance-psk-0123456789abcdef"u8) + "\n"));
    }

    [Test]
    public void TransportMode_Rendered_LeavesSelectorsToTheAddresses() =>
        Assert.That(
            SwanctlConfiguration.Render(new() { Mode = IpsecMode.Transport }, TestTopology.Standard),
            Does.Contain("mode = transport\n").And.Contain("local_ts = dynamic\n").And.Contain("remote_ts = dynamic\n"));

    [Test]
    public void ForcedEncapsulation_Rendered_IsEncap() =>
        Assert.That(SwanctlConfiguration.Render(new() { ForceUdpEncapsulation = true }, TestTopology.Standard), Does.Contain("encap = yes\n"));

    [Test]
    public void AlwaysRequireCookie_Rendered_KeepsAnIkeSaHalfOpen()
    {
        var policy = new ConnectionPolicy { AlwaysRequireCookie = true };
        Assert.That(SwanctlConfiguration.Render(policy, TestTopology.Standard), Does.Contain("\n  half-open {\n"));
        Assert.That(CharonConfiguration.Render(policy), Does.Contain("  cookie_threshold = 1\n"));
        Assert.That(CharonConfiguration.Render(new()), Does.Contain("  cookie_threshold = 0\n"));
    }

    [Test]
    public void SeveralSubnets_Rendered_AreOneList() =>
        Assert.That(
            SwanctlConfiguration.Render(new() { LocalSubnets = ["10.1.0.0/25", "10.1.0.128/25"] }, TestTopology.Standard),
            Does.Contain("local_ts = 10.1.0.0/25,10.1.0.128/25\n"));
}
