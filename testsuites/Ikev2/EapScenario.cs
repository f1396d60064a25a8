using System.Collections.Immutable;
using System.Globalization;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>What scenarios with EAP share.</summary>
[Needs(Capability.Eap)]
public abstract class EapScenario : Ikev2Scenario
{
    private static readonly Lazy<CertificatePolicy> Certificates = new(() => new TestCertificates().Policy("P256"));

    protected static ConnectionPolicy Policy(EapMethod method, bool isImplementation) => new() { Certificates = Certificates.Value, Eap = new(method, isImplementation) };

    /// <summary>One with a key, one without.</summary>
    protected static IEnumerable<ScenarioCase> Cases(string id, string title, Func<EapMethod, ImmutableArray<string>> covers, params ImmutableArray<Capability> needs) =>
        from method in new[] { EapMethod.Md5Challenge, EapMethod.MsChapV2 }
        select new ScenarioCase(
            $"{id}-{(method == EapMethod.Md5Challenge ? "MD5" : "MSCHAPV2")}", string.Format(CultureInfo.InvariantCulture, title, method == EapMethod.Md5Challenge ? "MD5-Challenge" : "MS-CHAPv2"),
            method, covers(method), needs);

    /// <summary>What says which key AUTH has after this method.</summary>
    protected static string KeyRequirement(EapMethod method) => method == EapMethod.Md5Challenge ? "RFC7296-2.16-6" : "RFC7296-2.16-3";

    /// <summary>An EAP payload whose Length is not its own does not get past the tester's codec.</summary>
    protected void CheckReadable(ReceivedIke message) => CheckIfCovered("RFC7296-3.16-2", message.Error == "", "an EAP message as long as its payload", message.Error);

    /// <summary>A step that several scenarios share is a check in those that are about it.</summary>
    protected void CheckIfCovered(string requirement, bool isKept, string expected, string actual)
    {
        if (Context.Scenario.Covers.Any(covered => covered.Id == requirement))
            Context.Check(requirement, isKept, expected, actual);
    }
}
