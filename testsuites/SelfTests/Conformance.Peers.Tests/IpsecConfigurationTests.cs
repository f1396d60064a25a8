using System.Security.Cryptography.X509Certificates;
using Conformance.Implementations;
using Conformance.Peers.Libreswan;
using Conformance.Testing;

namespace Conformance.Peers.Tests;

internal sealed class IpsecConfigurationTests
{
    private static readonly TestCaseData[] IkeSuites =
    [
        new(IkeSuite.Aes256GcmSha256Curve25519, "aes_gcm256-sha2_256-dh31"),
        new(IkeSuite.Aes128GcmSha256Ecp256, "aes_gcm128-sha2_256-dh19"),
        new(IkeSuite.Aes256CbcSha256Modp2048, "aes256-sha2_256-dh14"),
        new(IkeSuite.Aes256CbcSha384Ecp384, "aes256-sha2_384-dh20"),
        new(IkeSuite.Aes256CbcSha512Modp3072, "aes256-sha2_512-dh15"),
    ];

    private static readonly TestCaseData[] EspSuites =
    [
        new(EspSuite.Aes256Gcm, "aes_gcm256", "esn=no"),
        new(EspSuite.Aes128Gcm, "aes_gcm128", "esn=no"),
        new(EspSuite.Aes256GcmEsn, "aes_gcm256", "esn=yes"),
        new(EspSuite.Aes256CbcSha256, "aes256-sha2_256", "esn=no"),
        new(EspSuite.Aes256CbcSha384, "aes256-sha2_384", "esn=no"),
        new(EspSuite.Aes256CbcSha512, "aes256-sha2_512", "esn=no"),
        new(EspSuite.Aes256Gcm with { KeyExchange = 31 }, "aes_gcm256;dh31", "pfs=yes"),
        new(EspSuite.Aes256CbcSha256 with { KeyExchange = 14 }, "aes256-sha2_256;dh14", "pfs=yes"),
    ];

    [TestCaseSource(nameof(IkeSuites))]
    public void IkeSuite_Rendered_IsLibreswansProposal(IkeSuite suite, string expected) =>
        Assert.That(IpsecConfiguration.IkeProposal(suite), Is.EqualTo(expected));

    [TestCaseSource(nameof(EspSuites))]
    public void EspSuite_Rendered_IsLibreswansProposalAndSequenceNumberSetting(EspSuite suite, string expected, string esn) =>
        Assert.That(
            IpsecConfiguration.Render(new() { EspSuites = [suite] }, TestTopology.Standard),
            Does.Contain($"    esp={expected}\n").And.Contain($"    {esn}\n"));

    [Test]
    public void Assignment_Rendered_IsAPoolInTheSubnetsPlace()
    {
        var policy = new ConnectionPolicy { Assignment = AddressAssignment.OnRequest };
        var text = IpsecConfiguration.Render(policy, TestTopology.Standard);
        Assert.That(text, Does.Contain("    leftsubnet=10.1.0.0/24\n").And.Contain("    leftmodecfgserver=yes\n").And.Contain("    rightmodecfgclient=yes\n"));
        Assert.That(text, Does.Contain("    rightaddresspool=10.2.0.1-10.2.0.254\n").And.Contain("    modecfgdns=10.1.0.1\n").And.Not.Contain("rightsubnet"));
        var ipv6 = policy with { InnerIpv6 = true };
        Assert.That(IpsecConfiguration.Render(ipv6, TestTopology.Standard.Of(ipv6)), Does.Contain("    rightaddresspool=fd1c:f002::/97\n"));
    }

    [Test]
    public void RequestForAddress_Rendered_IsOutOfAnyAddress()
    {
        var policy = new ConnectionPolicy { AsksForAddress = true };
        Assert.That(
            IpsecConfiguration.Render(policy, TestTopology.Standard),
            Does.Contain("    leftmodecfgclient=yes\n").And.Contain("    rightmodecfgserver=yes\n").And.Contain("    leftsubnet=0.0.0.0/0\n").And.Contain("    rightsubnet=10.2.0.0/24\n"));
        var ipv6 = policy with { InnerIpv6 = true };
        Assert.That(IpsecConfiguration.Render(ipv6, TestTopology.Standard.Of(ipv6)), Does.Contain("    leftsubnet=::/0\n"));
    }

    [Test]
    public void IntegrityOfAnotherHashThanPrf_Rendered_NamesTheField()
    {
        var unsupported = Assert.Throws<UnsupportedPolicyException>(() => IpsecConfiguration.IkeProposal(new(12, 256, 12, 7, 14)));
        Assert.That(unsupported!.Field, Is.EqualTo("IkeSuites"));
    }

    [Test]
    public void MixedSequenceNumbers_Rendered_NamesTheField()
    {
        var policy = new ConnectionPolicy { EspSuites = [EspSuite.Aes256Gcm, EspSuite.Aes256GcmEsn] };
        var unsupported = Assert.Throws<UnsupportedPolicyException>(() => IpsecConfiguration.Render(policy, TestTopology.Standard));
        Assert.That(unsupported!.Field, Is.EqualTo("EspSuites"));
    }

    [Test]
    public void SeveralSubnets_Rendered_AreOneList() => Assert.That(
        IpsecConfiguration.Render(new() { RemoteSubnets = ["10.2.0.0/26", "10.2.0.128/26"] }, TestTopology.Standard), Does.Contain("    rightsubnet=10.2.0.0/26,10.2.0.128/26\n"));

    [Test]
    public void Ah_Rendered_IsAKindOfSaWithIntegrityAlone() => Assert.That(
        IpsecConfiguration.Render(new() { UsesAh = true, EspSuites = [EspSuite.Aes256CbcSha256] }, TestTopology.Standard), Does.Contain("    phase2=ah\n    ah=sha2_256\n").And.Not.Contain("esp="));

    [TestCase(PolicyEnds.Implementation, "    leftauth=ecdsa\n    rightauth=secret\n")]
    [TestCase(PolicyEnds.Tester, "    leftauth=secret\n    rightauth=ecdsa\n")]
    public void OneCertifiedEnd_Rendered_HasAuthenticationOfItsOwn(PolicyEnds certified, string expected) => Assert.That(
        IpsecConfiguration.Render(new() { Certificates = new TestCertificates().Policy("P256"), CertifiedEnds = certified }, TestTopology.Standard), Does.Contain(expected).And.Not.Contain("authby"));

    [Test]
    public void StandardPolicy_Rendered_HasAddressesIdentitiesAndSelectors()
    {
        var text = IpsecConfiguration.Render(new(), TestTopology.Standard);
        Assert.That(text, Does.Contain("    left=172.31.7.2\n").And.Contain("    right=172.31.7.10\n"));
        Assert.That(text, Does.Contain("    leftid=@iut.example\n").And.Contain("    rightid=@tester.example\n"));
        Assert.That(text, Does.Contain("    leftsubnet=10.1.0.0/24\n").And.Contain("    rightsubnet=10.2.0.0/24\n"));
        Assert.That(text, Does.Contain("    type=tunnel\n").And.Contain("    encapsulation=auto\n").And.Contain("    ddos-mode=unlimited\n"));
    }

    [Test]
    public void TransportMode_Rendered_HasNoSubnets() =>
        Assert.That(
            IpsecConfiguration.Render(new() { Mode = IpsecMode.Transport }, TestTopology.Standard),
            Does.Contain("    type=transport\n").And.Not.Contain("subnet"));

    [Test]
    public void CookieAndEncapsulation_Rendered_AreBusyAndYes() =>
        Assert.That(
            IpsecConfiguration.Render(new() { AlwaysRequireCookie = true, ForceUdpEncapsulation = true }, TestTopology.Standard),
            Does.Contain("    ddos-mode=busy\n").And.Contain("    encapsulation=yes\n"));

    [Test]
    public void Secrets_Rendered_HideNothingFromTheLanguage() =>
        Assert.That(IpsecConfiguration.RenderSecrets(new() { PreSharedKey = "a\"b" }), Is.EqualTo("@iut.example @tester.example : PSK 0x612262\n"));

    private static readonly TestCaseData[] Timers =
    [
        new(null, "    rekey=no\n    rekeymargin=1s\n    rekeyfuzz=0%\n    ikelifetime=86400s\n    salifetime=28800s\n"),
        new(new PolicyTimers { ChildEnd = Seconds(20) }, "    rekey=no\n    rekeymargin=1s\n    rekeyfuzz=0%\n    ikelifetime=86400s\n    salifetime=20s\n"),
        new(new PolicyTimers { ChildRekeying = Seconds(10), ChildEnd = Seconds(30) }, "    rekey=yes\n    rekeymargin=20s\n    rekeyfuzz=0%\n    ikelifetime=86400s\n    salifetime=30s\n"),
        new(new PolicyTimers { IkeRekeying = Seconds(10) }, "    rekey=yes\n    rekeymargin=10s\n    rekeyfuzz=0%\n    ikelifetime=20s\n    salifetime=28800s\n"),
        new(new PolicyTimers { Liveness = Seconds(5) }, "    dpddelay=5s\n    rekey=no\n"),
    ];

    private static readonly TestCaseData[] Unsupported =
    [
        new(new ConnectionPolicy { Timers = new() { IkeRekeying = Seconds(10), ChildEnd = Seconds(30) } }, "Timers"),
        new(new ConnectionPolicy { Timers = new() { IkeRekeying = Seconds(10), IkeEnd = Seconds(20), ChildRekeying = Seconds(10), ChildEnd = Seconds(30) } }, "Timers"),
        new(new ConnectionPolicy { Timers = new() { Reauthentication = Seconds(20) } }, "Timers"),
        new(new ConnectionPolicy { FragmentSize = 500 }, "FragmentSize"),
        new(new ConnectionPolicy { EspSuites = [EspSuite.Aes256Gcm, EspSuite.Aes128Gcm with { KeyExchange = 31 }] }, "EspSuites"),
        new(new ConnectionPolicy { Certificates = new TestCertificates().Policy("RSA") with { PrefersPss = false } }, "Certificates"),
        new(new ConnectionPolicy { Certificates = new TestCertificates().Policy("ED25519") }, "Certificates"),
    ];

    [TestCaseSource(nameof(Timers))]
    public void Timers_Rendered_AreLifetimesAndAMargin(PolicyTimers? timers, string expected) => Assert.That(
        IpsecConfiguration.Render(new() { Timers = timers }, TestTopology.Standard), Does.Contain(expected));

    [TestCaseSource(nameof(Unsupported))]
    public void WhatPlutoCantBeTold_Rendered_NamesTheField(ConnectionPolicy policy, string field) => Assert.That(
        Assert.Throws<UnsupportedPolicyException>(() => new LibreswanDaemon().Render(policy, TestTopology.Standard))!.Field, Is.EqualTo(field));

    [TestCase("RSA", "rsasig")]
    [TestCase("P384", "ecdsa")]
    public void Certificates_Rendered_AreFilesForNssAndItsDatabase(string kind, string method)
    {
        var certificates = new TestCertificates().Policy(kind);
        var files = new LibreswanDaemon().Render(new() { Certificates = certificates }, TestTopology.Standard);
        Assert.That(files["ipsec.conf"], Does.Contain("    nssdir=/run/nss\n").And.Contain($"    authby={method}\n    leftcert=local\n"));
        using var own = X509CertificateLoader.LoadPkcs12(Convert.FromBase64String(files["private.p12"]), "");
        Assert.That(own.HasPrivateKey);
        Assert.That(own.RawData, Is.EqualTo(certificates.Local.Chain[0].ToArray()));
    }

    [Test]
    public void ChainsAndRevocationLists_Rendered_AreFilesAndAreDemanded()
    {
        var authority = new TestCertificates(1);
        var certificates = authority.Policy("P256") with { RevocationLists = [authority.Revoke()], RequiresRevocationLists = true };
        var files = new LibreswanDaemon().Render(new() { Certificates = certificates }, TestTopology.Standard);
        Assert.That(X509Certificate2.CreateFromPem(files["intermediate-1.pem"]).RawData, Is.EqualTo(certificates.Local.Chain[1].ToArray()));
        Assert.That(Convert.FromBase64String(files["revoked-1.crl"]), Is.EqualTo(certificates.RevocationLists[0].ToArray()));
        Assert.That(files["ipsec.conf"], Does.Contain("    crl-strict=yes\n"));
    }

    private static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);
}
