using Conformance.Implementations;
using Conformance.Testing;

namespace Conformance.Peers.Tests;

internal sealed class PolicyRulesTests
{
    private static readonly TestCaseData[] Broken =
    [
        new(new ConnectionPolicy { Name = "a b" }, "Name"),
        new(new ConnectionPolicy { Name = "" }, "Name"),
        new(new ConnectionPolicy { PreSharedKey = "line\nbreak" }, "PreSharedKey"),
        new(new ConnectionPolicy { LocalIdentity = "x; y" }, "LocalIdentity"),
        new(new ConnectionPolicy { RemoteIdentity = "{" }, "RemoteIdentity"),
        new(new ConnectionPolicy { IkeSuites = [] }, "IkeSuites"),
        new(new ConnectionPolicy { EspSuites = [] }, "EspSuites"),
        new(new ConnectionPolicy { WindowSize = 2 }, "WindowSize"),
        new(new ConnectionPolicy { Timers = new() { Liveness = TimeSpan.FromSeconds(0.5) } }, "Timers"),
        new(new ConnectionPolicy { Certificates = new TestCertificates().Policy("P256") with { HashAndUrl = new("http://192.0.2.10/\n}") } }, "Certificates"),
        new(new ConnectionPolicy { LocalSubnets = ["10.1.0.0/99"] }, "LocalSubnets"),
        new(new ConnectionPolicy { Assignment = AddressAssignment.OnRequest, Mode = IpsecMode.Transport }, "Assignment"),
        new(new ConnectionPolicy { AsksForAddress = true, RemoteSubnets = ["10.2.0.0/25", "10.2.0.128/25"] }, "Assignment"),
    ];

    [Test]
    public void StandardPolicy_Checked_Passes() => Assert.That(() => PolicyRules.Check(new()), Throws.Nothing);

    [TestCaseSource(nameof(Broken))]
    public void BrokenPolicy_Checked_NamesTheField(ConnectionPolicy policy, string field) =>
        Assert.That(Assert.Throws<UnsupportedPolicyException>(() => PolicyRules.Check(policy))!.Field, Is.EqualTo(field));
}
