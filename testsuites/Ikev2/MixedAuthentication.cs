using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>One end proves itself by certificate, the other by the shared key: nothing has them do it alike (RFC 7296 section 2.15).</summary>
[Needs(Capability.MixedAuthentication)]
public sealed class MixedAuthentication : Ikev2Scenario
{
    private static readonly Lazy<CertificatePolicy> Certificates = new(() => new TestCertificates().Policy("P256"));

    public sealed record Ends(PolicyEnds Certified, bool Initiates);

    public static IEnumerable<ScenarioCase> Cases =>
        from certified in new[] { PolicyEnds.Implementation, PolicyEnds.Tester }
        from initiates in new[] { false, true }
        select new ScenarioCase(
            $"IKEV2-MIXEDAUTH-{(certified == PolicyEnds.Implementation ? "CERTIFICATE" : "KEY")}-{(initiates ? "I" : "R")}",
            $"As the {(initiates ? "initiator" : "responder")} it proves itself by {(certified == PolicyEnds.Implementation ? "certificate, and believes the shared key" : "the shared key, and believes a certificate")}",
            new Ends(certified, initiates), ["RFC7296-1.2-2"], initiates ? [Capability.Initiator] : []);

    [Scenarios(nameof(Cases))]
    public async Task EachInItsOwnWay(Ends ends)
    {
        await Context.Configure(Policy(ends.Certified));
        var (session, message, trouble) = ends.Initiates ? await Answer() : await Ask();
        Context.Check("RFC7296-1.2-2", trouble is null, "an IKE SA and a child SA, AUTH verified", trouble ?? "");
        var method = message?.Find<AuthenticationPayload>()?.Method;
        var expected = ends.Certified == PolicyEnds.Implementation ? AuthenticationMethod.DigitalSignature : AuthenticationMethod.SharedKey;
        Context.Check("RFC7296-1.2-2", method == expected, $"AUTH of method {expected}", $"{method}");
        Context.Check("RFC7296-1.2-2", await Tester.Carries(session.Children[0]), "traffic over the child SA", "no echo reply in ESP");
    }

    public static IEnumerable<ScenarioCase> RefusedCases =>
        from certified in new[] { PolicyEnds.Implementation, PolicyEnds.Tester }
        select new ScenarioCase(
            $"IKEV2-MIXEDAUTH-{(certified == PolicyEnds.Implementation ? "CERTIFICATE" : "KEY")}-OTHER",
            $"Who was to prove itself by {(certified == PolicyEnds.Implementation ? "the shared key is not believed by certificate" : "certificate is not believed by the shared key")}, right as that is",
            certified, ["RFC7296-1.2-2", "RFC7296-2.21.2-1"], []);

    [Scenarios(nameof(RefusedCases))]
    public async Task InTheOthersWay(PolicyEnds certified)
    {
        await Context.Configure(Policy(certified));
        var session = await HalfOpen(one => one.Policy = one.Policy with { CertifiedEnds = PolicyEnds.Both & ~certified });
        var (response, _) = await Authenticate(session);
        await ExpectRefusal(response, "RFC7296-1.2-2");
    }

    private static ConnectionPolicy Policy(PolicyEnds certified) => new() { Certificates = Certificates.Value, CertifiedEnds = certified };

    private async Task<(IkeSession Session, ReceivedIke? Message, string? Trouble)> Ask()
    {
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session);
        return (session, response, response is null ? "no IKE_AUTH response" : session.TakeAuthResponse(response, child));
    }

    private async Task<(IkeSession Session, ReceivedIke? Message, string? Trouble)> Answer()
    {
        var request = await Tester.AwaitAuthRequest();
        return (request.Session!, request, Tester.AnswerAuth(request));
    }
}
