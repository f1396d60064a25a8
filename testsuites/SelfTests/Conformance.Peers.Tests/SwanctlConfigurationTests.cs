using System.Security.Cryptography.X509Certificates;
using Conformance.Implementations;
using Conformance.Peers.StrongSwan;
using Conformance.Testing;

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
        new(EspSuite.Aes256Gcm with { KeyExchange = 31 }, "aes256gcm16-x25519-noesn"),
        new(EspSuite.Aes256CbcSha256 with { KeyExchange = 14 }, "aes256-sha256-modp2048-noesn"),
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
    public void Assignment_Rendered_IsAPoolAndItsAddressTheSelector()
    {
        var text = SwanctlConfiguration.Render(new() { Assignment = AddressAssignment.OnRequest }, TestTopology.Standard);
        Assert.That(text, Does.Contain("\n    pools = inner\n").And.Contain("local_ts = 10.1.0.0/24\n").And.Contain("remote_ts = dynamic\n").And.Not.Contain("vips"));
        Assert.That(text, Does.Contain("pools {\n  inner {\n    addrs = 10.2.0.0/24\n    dns = 10.1.0.1\n    subnet = 10.1.0.0/24\n  }\n}\n"));
    }

    [Test]
    public void RequestForAddress_Rendered_IsAVirtualIp()
    {
        var policy = new ConnectionPolicy { AsksForAddress = true };
        Assert.That(
            SwanctlConfiguration.Render(policy, TestTopology.Standard),
            Does.Contain("\n    vips = 0.0.0.0\n").And.Contain("local_ts = dynamic\n").And.Contain("remote_ts = 10.2.0.0/24\n").And.Not.Contain("pools"));
        var ipv6 = policy with { InnerIpv6 = true };
        Assert.That(SwanctlConfiguration.Render(ipv6, TestTopology.Standard.Of(ipv6)), Does.Contain("\n    vips = ::\n"));
        Assert.That(CharonConfiguration.Render(policy), Does.Contain("install_virtual_ip = no\n"));
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

    [Test]
    public void NoTimers_Rendered_NeitherRekeyNorAskNorKeepAlive()
    {
        var text = SwanctlConfiguration.Render(new(), TestTopology.Standard);
        Assert.That(text, Does.Contain("    rekey_time = 0\n    rand_time = 0\n    over_time = 1d\n").And.Contain("    dpd_delay = 0\n"));
        Assert.That(text, Does.Contain("        rekey_time = 0\n        rand_time = 0\n        life_time = 0\n"));
        Assert.That(CharonConfiguration.Render(new()), Does.Contain("  keep_alive = 0\n").And.Contain("  fragment_size = 1280\n"));
    }

    [Test]
    public void Timers_Rendered_AreAgesInSeconds()
    {
        var timers = new PolicyTimers
        {
            ChildRekeying = TimeSpan.FromSeconds(10), ChildEnd = TimeSpan.FromSeconds(30),
            IkeRekeying = TimeSpan.FromSeconds(60), IkeEnd = TimeSpan.FromSeconds(90), Liveness = TimeSpan.FromSeconds(5),
        };
        var text = SwanctlConfiguration.Render(new() { Timers = timers }, TestTopology.Standard);
        Assert.That(text, Does.Contain("    rekey_time = 60s\n    rand_time = 0\n    over_time = 30s\n").And.Contain("    dpd_delay = 5s\n"));
        Assert.That(text, Does.Contain("        rekey_time = 10s\n        rand_time = 0\n        life_time = 30s\n"));
        Assert.That(CharonConfiguration.Render(new() { Timers = timers }), Does.Contain("  keep_alive = 20s\n"));
    }

    [Test]
    public void Reauthentication_Rendered_EndsSoonAfter() => Assert.That(
        SwanctlConfiguration.Render(new() { Timers = new() { Reauthentication = TimeSpan.FromSeconds(20) } }, TestTopology.Standard),
        Does.Contain("    over_time = 5s\n    reauth_time = 20s\n"));

    [Test]
    public void Ah_Rendered_IsIntegrityAlone() => Assert.That(
        SwanctlConfiguration.Render(new() { UsesAh = true, EspSuites = [EspSuite.Aes256CbcSha256 with { KeyExchange = 19 }] }, TestTopology.Standard),
        Does.Contain("    ah_proposals = sha256-ecp256-noesn\n"));

    [TestCase(PolicyEnds.Implementation, "auth = pubkey\n      certs = local.pem", "auth = psk")]
    [TestCase(PolicyEnds.Tester, "auth = psk", "auth = pubkey\n      cacerts = authority.pem")]
    public void OneCertifiedEnd_Rendered_HasAuthenticationOfItsOwn(PolicyEnds certified, string local, string remote)
    {
        var text = SwanctlConfiguration.Render(new() { Certificates = new TestCertificates().Policy("P256"), CertifiedEnds = certified }, TestTopology.Standard);
        Assert.That(text, Does.Contain($"    local {{\n      {local}\n").And.Contain($"    remote {{\n      {remote}\n"));
    }

    [Test]
    public void EndOfAnIkeSaWithoutRekeying_Rendered_NamesTheField()
    {
        var policy = new ConnectionPolicy { Timers = new() { IkeEnd = TimeSpan.FromSeconds(20) } };
        Assert.That(Assert.Throws<UnsupportedPolicyException>(() => SwanctlConfiguration.Render(policy, TestTopology.Standard))!.Field, Is.EqualTo("Timers"));
    }

    [Test]
    public void FragmentSize_Rendered_IsThatOfThePacket() =>
        Assert.That(CharonConfiguration.Render(new() { FragmentSize = 140 }), Does.Contain("  fragment_size = 168\n"));

    [TestCase(true, "yes")]
    [TestCase(false, "no")]
    public void Certificates_Rendered_AreFilesAndPublicKeyAuthentication(bool pss, string expected)
    {
        var certificates = new TestCertificates().Policy("RSA") with { PrefersPss = pss };
        var files = new StrongSwanDaemon().Render(new() { Certificates = certificates }, TestTopology.Standard);
        Assert.That(files["swanctl.conf"], Does.Contain("      auth = pubkey\n      certs = local.pem\n").And.Contain("      auth = pubkey\n      cacerts = authority.pem\n"));
        Assert.That(files["swanctl.conf"], Does.Not.Contain("auth = psk"));
        Assert.That(files["strongswan.conf"], Does.Contain($"  rsa_pss = {expected}\n"));
        using var local = X509Certificate2.CreateFromPem(files["local.pem"], files["private.pem"]);
        Assert.That(local.RawData, Is.EqualTo(certificates.Local.Chain[0].ToArray()));
        Assert.That(X509Certificate2.CreateFromPem(files["authority.pem"]).RawData, Is.EqualTo(certificates.Authority.ToArray()));
    }

    [Test]
    public void ChainsAndRevocationLists_Rendered_AreFilesAndAreDemanded()
    {
        var authority = new TestCertificates(2);
        var certificates = authority.Policy("P256") with { RevocationLists = [authority.Revoke()], RequiresRevocationLists = true, HashAndUrl = new("http://192.0.2.10/c/") };
        var files = new StrongSwanDaemon().Render(new() { Certificates = certificates }, TestTopology.Standard);
        Assert.That(X509Certificate2.CreateFromPem(files["intermediate-2.pem"]).RawData, Is.EqualTo(certificates.Local.Chain[2].ToArray()));
        Assert.That(files["revoked-1.pem"], Does.StartWith("-----BEGIN X509 CRL-----"));
        Assert.That(files["swanctl.conf"], Does.Contain("      cacerts = authority.pem\n      revocation = strict\n").And.Contain("    cacert = intermediate-1.pem\n    cert_uri_base = http://192.0.2.10/c/\n"));
        Assert.That(files["strongswan.conf"], Does.Contain("  hash_and_url = yes\n"));
    }
}
