using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
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
        ("ED448", "Ed448", "ED448", false),
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

    public static IEnumerable<ScenarioCase> ChainCases =>
        from intermediates in new[] { 1, 2, 3 }
        from stackInitiates in new[] { true, false }
        select new ScenarioCase(
            $"INTEROP-CERT-CHAIN{intermediates}-{(stackInitiates ? "001" : "002")}",
            $"Certificates below {intermediates} intermediate authorities, {(stackInitiates ? "the stack" : "the implementation")} initiates: each believes the other, and traffic flows",
            (intermediates, stackInitiates), ["RFC7296-3.6-2"], [Capability.CertificateChains, .. stackInitiates ? ImmutableArray<Capability>.Empty : [Capability.Initiator]]);

    [Scenarios(nameof(ChainCases))]
    public async Task ChainsAreBelieved((int Intermediates, bool StackInitiates) given)
    {
        var authority = new TestCertificates(given.Intermediates);
        await BelieveEachOther(authority.Policy("P256"), given.StackInitiates, "RFC7296-3.6-2", [.. authority.Intermediates, authority.Root]);
    }

    public static IEnumerable<ScenarioCase> UrlCases =>
        from stackInitiates in new[] { true, false }
        select new ScenarioCase(
            $"INTEROP-CERT-URL-{(stackInitiates ? "001" : "002")}",
            $"Certificates by hash and URL, {(stackInitiates ? "the stack" : "the implementation")} initiates: each looks the other's up, believes it, and traffic flows",
            stackInitiates, ["RFC7296-3.6-2", "RFC7296-3.6-4"], [Capability.HashAndUrl, .. stackInitiates ? ImmutableArray<Capability>.Empty : [Capability.Initiator]]);

    [Scenarios(nameof(UrlCases))]
    public async Task UrlsAreLookedUp(bool stackInitiates)
    {
        var authority = new TestCertificates();
        var certificates = authority.Policy("P256");
        await BelieveEachOther(certificates with { HashAndUrl = new(new CertificateServer(Iut.Topology.Of(new ConnectionPolicy().For(Iut)).Tester).Base) }, stackInitiates, "RFC7296-3.6-2", [authority.Root]);
        Context.Check("RFC7296-3.6-4", Context.Stack.Certificates.WasAskedFor(certificates.Remote.Chain[0]), "a GET request for the stack's certificate", "none");
    }

    public static IEnumerable<ScenarioCase> RevokedCases =>
        from stackInitiates in new[] { true, false }
        select new ScenarioCase(
            $"INTEROP-CERT-REVOKED-{(stackInitiates ? "001" : "002")}",
            $"The implementation's certificate is on the stack's list, {(stackInitiates ? "the stack" : "the implementation")} initiates: the stack refuses it",
            stackInitiates, ["RFC4945-5.2-1"], stackInitiates ? [] : [Capability.Initiator]);

    [Scenarios(nameof(RevokedCases))]
    public async Task RevokedIsRefused(bool stackInitiates)
    {
        var authority = new TestCertificates();
        var certificates = authority.Policy("P256");
        await Context.Configure(new()
        {
            Certificates = certificates with { RemoteRevocationLists = [authority.Revoke(list => list with { Revoked = [certificates.Local.Chain[0]] })] },
        });
        var stack = Context.Stack;
        var up = stackInitiates ? await stack.Initiate() : await stack.BeInitiated();
        Context.Check("RFC4945-5.2-1", !up && stack.HasRefused("revoked"), "no child SA, as the certificate is revoked", up ? "a child SA" : "another reason");
    }

    private async Task BelieveEachOther(CertificatePolicy certificates, bool stackInitiates, string requirement, ImmutableArray<Octets> authorities)
    {
        await Context.Configure(new() { Certificates = certificates });
        var stack = Context.Stack;
        foreach (var certificate in certificates.Local.Chain.Concat(certificates.Remote.Chain))
            stack.Certificates.Publish(certificate);
        var up = stackInitiates ? await stack.Initiate() : await stack.BeInitiated();
        Context.Check(requirement, up, "an IKE SA and a child SA", "none came about");
        Context.Check(
            requirement, stack.Peer!.Chain.SequenceEqual([certificates.Local.Chain[0], .. authorities]), $"the implementation's certificate, verified up to the root", $"a chain of {stack.Peer.Chain.Length}");
        await TrafficFlows(requirement);
    }
}
