using Conformance.Implementations;
using Conformance.Peers.OpenIked;
using Conformance.Testing;

namespace Conformance.Peers.Tests;

internal sealed class IkedConfigurationTests
{
    private static readonly ConnectionPolicy Standard = new() { EspSuites = [EspSuite.Aes256CbcSha1] };

    private static readonly TestCaseData[] IkeSuites =
    [
        new(IkeSuite.Aes256GcmSha256Curve25519, "ikesa enc aes-256-gcm prf hmac-sha2-256 group curve25519"),
        new(IkeSuite.Aes128GcmSha256Ecp256, "ikesa enc aes-128-gcm prf hmac-sha2-256 group ecp256"),
        new(IkeSuite.Aes256CbcSha256Modp2048, "ikesa enc aes-256 prf hmac-sha2-256 auth hmac-sha2-256 group modp2048"),
        new(IkeSuite.Aes256CbcSha384Ecp384, "ikesa enc aes-256 prf hmac-sha2-384 auth hmac-sha2-384 group ecp384"),
        new(IkeSuite.Aes256CbcSha512Modp3072, "ikesa enc aes-256 prf hmac-sha2-512 auth hmac-sha2-512 group modp3072"),
    ];

    private static readonly TestCaseData[] Unsupported =
    [
        new(new ConnectionPolicy(), "EspSuites"),
        new(Standard with { EspSuites = [EspSuite.Aes256CbcSha1 with { ExtendedSequenceNumbers = true }] }, "EspSuites"),
        new(Standard with { IkeSuites = [new(3, 192, 12, 5, 18)] }, "IkeSuites"),
        new(Standard with { AlwaysRequireCookie = true }, "AlwaysRequireCookie"),
        new(Standard with { ForceUdpEncapsulation = true }, "ForceUdpEncapsulation"),
        new(Standard with { FragmentSize = 500 }, "FragmentSize"),
        new(Standard with { Timers = new() { ChildRekeying = TimeSpan.FromSeconds(10) } }, "Timers"),
        new(Standard with { Timers = new() { ChildEnd = TimeSpan.FromSeconds(10) } }, "Timers"),
        new(Standard with { Timers = new() { IkeEnd = TimeSpan.FromSeconds(10) } }, "Timers"),
        new(Standard with { Timers = new() { Reauthentication = TimeSpan.FromSeconds(10) } }, "Timers"),
        new(Standard with { Certificates = new TestCertificates().Policy("P256") }, "Certificates"),
        new(Standard with { PreSharedKey = "a\"b" }, "PreSharedKey"),
        new(Standard with { PreSharedKey = "a\\b" }, "PreSharedKey"),
    ];

    [TestCaseSource(nameof(IkeSuites))]
    public void IkeSuite_Rendered_IsIkedsProposal(IkeSuite suite, string expected) => Assert.That(
        IkedConfiguration.Render(Standard with { IkeSuites = [suite] }, TestTopology.Standard), Does.Contain($"    {expected} \\\n"));

    [Test]
    public void EspSuite_Rendered_IsIkedsProposal() => Assert.That(
        IkedConfiguration.Render(Standard, TestTopology.Standard), Does.Contain("    childsa enc aes-256 auth hmac-sha1 noesn \\\n"));

    [Test]
    public void KeyExchangeOfChildSas_Rendered_IsAGroup() => Assert.That(
        IkedConfiguration.Render(Standard with { EspSuites = [EspSuite.Aes256CbcSha1 with { KeyExchange = 31 }] }, TestTopology.Standard),
        Does.Contain("    childsa enc aes-256 auth hmac-sha1 group curve25519 noesn \\\n"));

    [Test]
    public void Assignment_Rendered_IsAPoolAndItsAddressTheFlow() => Assert.That(
        IkedConfiguration.Render(Standard with { Assignment = AddressAssignment.OnRequest }, TestTopology.Standard),
        Does.Contain("    from 10.1.0.0/24 to dynamic \\\n").And.Contain(" \\\n    config address 10.2.0.0/24 config name-server 10.1.0.1\n"));

    [Test]
    public void RequestForAddress_Rendered_IsForAnyOfTheFamily()
    {
        var policy = Standard with { AsksForAddress = true };
        Assert.That(
            IkedConfiguration.Render(policy, TestTopology.Standard), Does.Contain("    from any to 10.2.0.0/24 \\\n").And.Contain(" \\\n    request address any\n"));
        var ipv6 = policy with { OuterIpv6 = true, InnerIpv6 = true };
        Assert.That(IkedConfiguration.Render(ipv6, TestTopology.Standard.Of(ipv6)), Does.Contain(" \\\n    request address ::\n"));
    }

    [Test]
    public void Timers_Rendered_AreAgesInSeconds() => Assert.That(
        IkedConfiguration.Render(Standard with { Timers = new() { IkeRekeying = TimeSpan.FromSeconds(60), Liveness = TimeSpan.FromSeconds(5) } }, TestTopology.Standard),
        Does.Contain("set dpd_check_interval 5\n").And.Contain("    ikelifetime 60 lifetime 86400 bytes 0 \\\n"));

    [TestCaseSource(nameof(Unsupported))]
    public void WhatIkedCantBeTold_Rendered_NamesTheField(ConnectionPolicy policy, string field)
    {
        var unsupported = Assert.Throws<UnsupportedPolicyException>(() => IkedConfiguration.Render(policy, TestTopology.Standard));
        Assert.That(unsupported!.Field, Is.EqualTo(field));
    }

    [Test]
    public void StandardPolicy_Rendered_HasAddressesIdentitiesAndFlow()
    {
        var text = IkedConfiguration.Render(Standard, TestTopology.Standard);
        Assert.That(text, Does.Contain("ikev2 \"standard\" passive tunnel esp \\\n    from 10.1.0.0/24 to 10.2.0.0/24 \\\n    local 172.31.7.2 peer 172.31.7.10 \\\n"));
        Assert.That(text, Does.Contain("    srcid \"iut.example\" dstid \"tester.example\" \\\n").And.Contain("    psk \"conformance-psk-0123456789abcdef\"\n"));
        Assert.That(text, Does.StartWith("# peer FQDN/tester.example\n").And.Contain("set fragmentation\n").And.Contain("set nomobike\n"));
    }

    [Test]
    public void TransportMode_Rendered_FlowsBetweenTheOuterAddresses() => Assert.That(
        IkedConfiguration.Render(Standard with { Mode = IpsecMode.Transport }, TestTopology.Standard),
        Does.Contain("passive transport esp \\\n    from 172.31.7.2 to 172.31.7.10 \\\n"));

    [Test]
    public void SeveralSubnets_Rendered_AreAFlowForEachPair() => Assert.That(
        IkedConfiguration.Render(Standard with { LocalSubnets = ["10.1.0.0/25", "10.1.0.128/25"] }, TestTopology.Standard),
        Does.Contain("    from 10.1.0.0/25 to 10.2.0.0/24 \\\n    from 10.1.0.128/25 to 10.2.0.0/24 \\\n"));
}
