using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Identities of all kinds, of both ends (RFC 7296 section 3.5).</summary>
public sealed class Identities : Ikev2Scenario
{
    public sealed record Kind(PolicyIdentity Local, PolicyIdentity Remote, bool Initiates, ImmutableArray<string> Covers);

    private static readonly ImmutableArray<(string Name, PolicyIdentity Local, PolicyIdentity Remote, string Requirement)> Kinds =
    [
        ("FQDN", "iut.example", "tester.example", "RFC7296-3.5-4"),
        ("RFC822", PolicyIdentity.Mail("iut@conformance.example"), PolicyIdentity.Mail("tester@conformance.example"), "RFC7296-3.5-4"),
        ("IPV4", PolicyIdentity.Address(IPAddress.Parse("198.51.100.1")), PolicyIdentity.Address(IPAddress.Parse("198.51.100.2")), "RFC7296-3.5-4"),
        ("KEYID", PolicyIdentity.KeyId("implementation"u8.ToArray()), PolicyIdentity.KeyId(new byte[] { 0, 0xff, 0x74, 0x65, 0x73, 0x74 }), "RFC7296-3.5-4"),
        ("IPV6", PolicyIdentity.Address(IPAddress.Parse("2001:db8::1")), PolicyIdentity.Address(IPAddress.Parse("2001:db8::2")), "RFC7296-3.5-6"),
        ("DN", PolicyIdentity.DistinguishedName("C=DE, O=Conformance, CN=iut"), PolicyIdentity.DistinguishedName("C=DE, O=Conformance, CN=tester"), "RFC7296-3.5-5"),
    ];

    public static IEnumerable<ScenarioCase> Cases =>
        from initiates in new[] { false, true }
        from kind in Kinds
        select new ScenarioCase(
            $"IKEV2-IDENTITY-{kind.Name}-{(initiates ? "I" : "R")}", $"With identities of type {kind.Local.Type} on both ends an SA comes about, and the implementation's is the one that it was given",
            new Kind(kind.Local, kind.Remote, initiates, [kind.Requirement, "RFC7296-3.5-5"]), [.. new[] { kind.Requirement, "RFC7296-3.5-5" }.Distinct()], initiates ? [Capability.Initiator] : []);

    [Scenarios(nameof(Cases))]
    public async Task IdentityOfKind(Kind kind)
    {
        await Context.Configure(new() { LocalIdentity = kind.Local, RemoteIdentity = kind.Remote });
        IkeSession session;
        ReceivedIke? message;
        string? trouble;
        if (kind.Initiates)
        {
            message = await Tester.AwaitAuthRequest();
            session = message.Session!;
            trouble = Tester.AnswerAuth(message);
        }
        else
        {
            session = await HalfOpen();
            (message, var child) = await Authenticate(session);
            trouble = message is null ? "no IKE_AUTH response" : session.TakeAuthResponse(message, child);
        }
        var side = kind.Initiates ? PayloadType.IdentificationInitiator : PayloadType.IdentificationResponder;
        var own = message?.Payloads.OfType<IdentificationPayload>().FirstOrDefault(payload => payload.Side == side);
        foreach (var requirement in kind.Covers.Distinct())
            Context.Check(requirement, trouble is null, $"established with {kind.Remote} of type {kind.Remote.Type}", trouble ?? "");
        if (trouble is not null)
            return;
        foreach (var requirement in kind.Covers.Distinct())
        {
            Context.Check(requirement, own is not null && kind.Local.IsIn(own), $"{kind.Local} of type {kind.Local.Type}", $"{own?.Identity} of type {own?.IdType}");
            Context.Check(requirement, await Tester.Carries(session.Children[0]), "traffic over the child SA", "no echo reply in ESP");
        }
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-IDENTITY-WRONG-001", "The octets of its peer's key id under another type are answered with AUTHENTICATION_FAILED")]
    [Covers("RFC4301-4.4.3.1-4", "RFC7296-2.21.2-1")]
    public Task AnotherType() => Refused("tester.example");

    [Scenario("IKEV2-IDENTITY-WRONG-002", "The first octets of its peer's key id are answered with AUTHENTICATION_FAILED")]
    [Covers("RFC4301-4.4.3.1-4", "RFC7296-2.21.2-1")]
    public Task KeyIdTooShort() => Refused(PolicyIdentity.KeyId("tester"u8.ToArray()));

    [Scenario("IKEV2-IDENTITY-WRONG-003", "Its peer's key id in other letters is answered with AUTHENTICATION_FAILED")]
    [Covers("RFC4301-4.4.3.1-4", "RFC7296-2.21.2-1")]
    public Task KeyIdInOtherLetters() => Refused(PolicyIdentity.KeyId("Tester.Example"u8.ToArray()));

    private async Task Refused(PolicyIdentity asserted)
    {
        await Context.Configure(new() { RemoteIdentity = PolicyIdentity.KeyId("tester.example"u8.ToArray()) });
        var session = await HalfOpen(session => session.Identity = asserted);
        var (response, _) = await Authenticate(session);
        await ExpectRefusal(response, "RFC4301-4.4.3.1-4");
    }
}
