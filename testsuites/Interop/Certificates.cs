using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Interop;

/// <summary>The in-house stack and the implementation prove themselves to each other by certificate: traffic in both roles.</summary>
[Needs(Capability.CertificateAuthentication)]
public sealed class Certificates : InteropScenario
{
    private static readonly Lazy<TestCertificates> Authority = new(() => new());

    public sealed record Keys(string Kind, bool PrefersPss, bool StackInitiates);

    private static readonly ImmutableArray<(string Name, string Title, string Kind, bool PrefersPss)> Kinds =
    [
        ("RSAPKCS1", "RSASSA-PKCS1-v1_5", "RSA", false),
        ("RSAPSS", "RSASSA-PSS", "RSA", true),
        ("P256", "ECDSA over P-256", "P256", false),
        ("P384", "ECDSA over P-384", "P384", false),
        ("ED25519", "Ed25519", "ED25519", false),
    ];

    public static IEnumerable<ScenarioCase> Cases =>
        from kind in Kinds
        from stackInitiates in new[] { true, false }
        select new ScenarioCase(
            $"INTEROP-CERT-{kind.Name}-{(stackInitiates ? "001" : "002")}",
            $"Certificates, {kind.Title}, {(stackInitiates ? "the stack" : "the implementation")} initiates: each believes the other, and traffic flows",
            new Keys(kind.Kind, kind.PrefersPss, stackInitiates), ["RFC7427-3-2", "RFC7296-3.6-3"], stackInitiates ? [] : [Capability.Initiator]);

    [Scenarios(nameof(Cases))]
    public async Task EachBelievesTheOther(Keys keys)
    {
        var certificates = Authority.Value.Policy(keys.Kind) with { PrefersPss = keys.PrefersPss };
        await Context.Configure(new() { Certificates = certificates });
        var stack = Context.Stack;
        var up = keys.StackInitiates ? await stack.Initiate() : await stack.BeInitiated();
        Context.Check("RFC7427-3-2", up, "an IKE SA and a child SA", "none came about");
        Context.Check("RFC7427-3-2", stack.Peer?.Method == AuthenticationMethod.DigitalSignature, "method Digital Signature", $"{stack.Peer?.Method}");
        Context.Check(
            "RFC7296-3.6-3", stack.Peer!.Chain is [var own, ..] && own == certificates.Local.Chain[0], "the implementation's certificate", $"a chain of {stack.Peer.Chain.Length}");
        await TrafficFlows("RFC7296-3.6-3");
        Context.Check("RFC7427-3-2", await stack.Disconnect(), "no child SA after the delete", "some");
    }
}
