using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Certificates that are revoked, by lists that the implementation has and by lists that it is sent (RFC 4945 section 5.2, RFC 5280 section 6.3).</summary>
[Needs(Capability.RevocationLists)]
public sealed class Revocation : CertificateScenario
{
    private const string Heeded = "RFC4945-5.2-1";

    private static readonly Lazy<TestCertificates> Authority = new(() => new()), Foreign = new(() => new()), Deep = new(() => new(1));

    /// <param name="Lists">What the implementation has, made of the tester's certificate and another one.</param>
    /// <param name="Sent">What the tester sends.</param>
    public sealed record Listed(
        Func<Octets, Octets, ImmutableArray<Octets>> Lists, Func<Octets, ImmutableArray<Octets>> Sent, bool IsStrict, bool IsTaken, string Requirement, bool Initiates);

    private static ImmutableArray<Octets> Nothing(Octets certificate) => [];

    private static Octets List(params Octets[] revoked) => Authority.Value.Revoke(list => list with { Revoked = [.. revoked] });

    private static Octets Stale(params Octets[] revoked) => Authority.Value.Revoke(list => list.Stale() with { Revoked = [.. revoked] });

    private static readonly ImmutableArray<(string Name, string Title, Func<Octets, Octets, ImmutableArray<Octets>> Lists, Func<Octets, ImmutableArray<Octets>> Sent, bool IsStrict, bool IsTaken, string Requirement)> All =
    [
        ("REVOKED", "A certificate that the current list names", (own, _) => [List(own)], Nothing, false, false, Heeded),
        ("REVOKED-STRICT", "A certificate that the current list names, where one is demanded,", (own, other) => [List(other, own)], Nothing, true, false, Heeded),
        ("OTHER", "A certificate that the current list, which is demanded, does not name", (_, other) => [List(other)], Nothing, true, true, Heeded),
        ("NONE-STRICT", "A certificate without a list where one is demanded", (_, _) => [], Nothing, true, false, Heeded),
        ("NONE", "A certificate without a list where none is demanded", (_, _) => [], Nothing, false, true, Heeded),
        ("STALE-STRICT", "A certificate with a list that is out of date where a current one is demanded", (_, other) => [Stale(other)], Nothing, true, false, Heeded),
        ("STALE", "A certificate with a list that is out of date where none is demanded", (_, other) => [Stale(other)], Nothing, false, true, Heeded),
        ("STALE-REVOKED", "A certificate that a list names which is out of date, where none is demanded,", (own, _) => [Stale(own)], Nothing, false, false, Heeded),
        ("FOREIGN", "A certificate that a list of somebody else names who has the same name as the authority", (own, _) => [Foreign.Value.Revoke(list => list with { Revoked = [own] })], Nothing, false, true, Heeded),
        ("DELTA", "A certificate that the base list names and a later list of differences does not", (own, other) =>
            [List(own), Authority.Value.Revoke(list => list with { Base = 2, Number = 3, ThisUpdate = list.ThisUpdate.AddMonths(1), Revoked = [other] })], Nothing, false, false, "RFC4945-5.2.2.4.1-1"),
        ("SENT", "A certificate that a list names which comes with it, and the list that is there does not,", (_, other) => [List(other)], own => [List(own)], false, false, "RFC4945-5.2.1-1"),
        ("SENT-IRRELEVANT", "A certificate with a list of somebody else's certificates beside it", (_, other) => [List(other)], _ => [Foreign.Value.Revoke()], false, true, "RFC4945-3.3.10.5-1"),
    ];

    public static IEnumerable<ScenarioCase> Cases => All.SelectMany(one => InBothRoles(
        $"IKEV2-REVOCATION-{one.Name}", one.Title, initiates => new Listed(one.Lists, one.Sent, one.IsStrict, one.IsTaken, one.Requirement, initiates), one.IsTaken, [one.Requirement],
        one.Requirement == "RFC4945-5.2.1-1" ? [Capability.RevocationListsFromPeers] : []));

    [Scenarios(nameof(Cases))]
    public async Task ListsAreHeeded(Listed given)
    {
        var certificates = Authority.Value.Policy("P256");
        var own = certificates.Remote.Chain[0];
        await Context.Configure(new()
        {
            Certificates = certificates with { RevocationLists = given.Lists(own, Authority.Value.Issue("other.example", "P256").Chain[0]), RequiresRevocationLists = given.IsStrict },
        });
        await Present(given.Initiates, given.IsTaken, given.Requirement, session => session.PresentedCertificates =
        [
            new(CertificateEncoding.X509CertificateSignature, own),
            .. given.Sent(own).Select(list => new CertificatePayload(CertificateEncoding.CertificateRevocationList, list)),
        ]);
    }

    public static IEnumerable<ScenarioCase> AuthorityCases => InBothRoles(
        "IKEV2-REVOCATION-AUTHORITY", "A certificate that was issued under one which the root's list names", initiates => initiates, isTaken: false, [Heeded], Capability.CertificateChains);

    [Scenarios(nameof(AuthorityCases))]
    public async Task IssuerIsRevoked(bool initiates)
    {
        var certificates = Deep.Value.Policy("P256");
        await Context.Configure(new()
        {
            Certificates = certificates with
            {
                RevocationLists = [Deep.Value.Revoke(), Deep.Value.RevokeByRoot(list => list with { Revoked = Deep.Value.Intermediates })],
            },
        });
        await Present(initiates, isTaken: false, Heeded, _ => { });
    }
}
