using System.Collections.Immutable;
using System.Globalization;
using Conformance.Results;

namespace Conformance.Tests.Results;

/// <summary>
/// A run as it could be: two live peers and the in-house stack, forty scenarios, every verdict, a known deviation, an unexpected pass, a flaky one, findings with fields, a long ladder, text that
/// wants escaping.
/// </summary>
internal static class SampleRun
{
    private static readonly DateTimeOffset Start = new(2026, 3, 4, 9, 15, 0, TimeSpan.Zero);

    private static readonly (string Suite, string Prefix, string[] Titles)[] Catalogue =
    [
        ("Ikev2.Exchanges", "IKEV2-EXCHANGE",
        [
            "IKE_SA_INIT and IKE_AUTH as responder bring up a tunnel", "IKE_SA_INIT and IKE_AUTH as initiator bring up a tunnel",
            "An INFORMATIONAL request without payloads is answered", "A Delete for the IKE SA is answered and the SA is gone",
            "A Delete for a child SA names the other direction's SPI", "Traffic selectors are narrowed to what the policy allows",
            "No acceptable proposal is answered with NO_PROPOSAL_CHOSEN", "A wrong group is answered with INVALID_KE_PAYLOAD and the group wanted",
            "A cookie is echoed as the first payload", "An unauthenticated peer is answered with AUTHENTICATION_FAILED",
        ]),
        ("Ikev2.Retransmission", "IKEV2-RETRANSMIT",
        [
            "A retransmitted request is answered with the same octets", "A request below the window is not processed again",
            "A lost response is asked for again with the same octets", "Retransmissions back off", "A request outside the window is dropped",
            "A response to no request is dropped",
        ]),
        ("Ikev2.Malformed", "IKEV2-MALFORMED",
        [
            "An unknown critical payload is answered with UNSUPPORTED_CRITICAL_PAYLOAD", "An unknown non-critical payload is ignored",
            "A higher major version is answered with INVALID_MAJOR_VERSION", "Reserved bits that are set are ignored",
            "A payload shorter than its header <4 octets> is refused & survived", "A payload beyond the message is refused and survived",
            "An encrypted payload with a bad ICV is dropped without a word", "A length of zero inside the encrypted payload is survived",
            "A message truncated at every octet is survived", "A bad SPI is answered at most with INVALID_IKE_SPI",
        ]),
        ("Esp.Tunnel", "ESP-TUNNEL",
        [
            "ICMP echo passes through the tunnel both ways", "UDP echo of 1 to 1400 octets passes through the tunnel", "A TCP transfer of 1 MiB passes through the tunnel",
            "A replayed packet is discarded", "A packet left of the window is discarded", "A wrong ICV is discarded", "An unknown SPI is discarded",
            "Wrong padding is discarded", "Sequence numbers begin with one and never repeat", "Nothing leaves in clear after the SA is deleted",
        ]),
        ("Esp.ExtendedSequenceNumbers", "ESP-ESN",
        [
            "Extended sequence numbers pass the 32-bit wrap", "A packet with the wrong upper half is discarded",
            "A peer without extended sequence numbers gets 32 bits", "The window slides over the wrap",
        ]),
    ];

    public static RunResults Create() => new()
    {
        SchemaVersion = RunResults.CurrentSchemaVersion,
        RunId = "20260304T091500Z-5f3a",
        Started = Start,
        Finished = Start.AddMinutes(3).AddSeconds(27),
        HarnessVersion = "0.1.0+1e45934",
        Command = "run --peer in-house --peer strongswan --peer libreswan",
        Seed = 18446744073709551557,
        Machine = "Debian GNU/Linux 12, kernel 6.18.0, x86-64, 2 processors",
        Implementations =
        [
            new("in-house", "IpsecConformance in-house stack 0.1.0", "own ESP, virtual link", Live: false),
            new("strongswan", "strongSwan 6.0.1 (Debian 13)", "kernel-libipsec, raw ESP", Live: true),
            new("libreswan", "Libreswan 5.2 (Debian 13)", "guest kernel 6.12 (User-Mode Linux)", Live: true),
        ],
        Scenarios = [.. Scenarios()],
        Results = [.. Results()],
        Rules =
        [
            new("RULE-IKE-HEADER-001", "The major version is 2", [new("RFC7296-3.1-4", "MUST", "The major version sent is 2.")]),
            new("RULE-IKE-RETRANSMISSION-004", "The time between repetitions of a request grows", [new("RFC7296-2.4-8", "MUST", "The time between retransmissions grows exponentially.")]),
        ],
        LeftOut = ["OpenIKED: not part of the default plan.", "AH suites: the guest kernel <6.12> was not asked for AH."],
    };

    private static IEnumerable<ScenarioRecord> Scenarios() =>
        from suite in Catalogue
        from scenario in suite.Titles.Select((title, index) => (Title: title, Id: Id(suite.Prefix, index)))
        select new ScenarioRecord(scenario.Id, scenario.Title, suite.Suite, Requirements(suite.Suite), $"testsuites/{suite.Suite.Replace('.', '/')}.cs");

    private static ImmutableArray<RequirementRecord> Requirements(string suite) => suite.StartsWith("Esp", StringComparison.Ordinal)
        ? [new("RFC4303-3.4.3-2", "MUST", "A receiver that has anti-replay on discards every packet whose sequence number it has already accepted.")]
        :
        [
            new("RFC7296-2.1-6", "MUST", "A responder keeps its response until the next request, and answers a retransmitted request with the same octets."),
            new("RFC7296-2.1-9", "SHOULD", "An initiator waits longer before each further retransmission & gives up at last."),
        ];

    private static IEnumerable<ScenarioResult> Results()
    {
        var number = 0;
        foreach (var scenario in Scenarios())
        {
            foreach (var implementation in new[] { "in-house", "strongswan", "libreswan" })
            {
                if (implementation != "libreswan" || scenario.Id != "ESP-ESN-004")
                {
                    yield return Result(scenario.Id, implementation, Start.AddMilliseconds(1500 * number++));
                }
            }
        }
    }

    private static ScenarioResult Result(string scenario, string implementation, DateTimeOffset started)
    {
        var (verdict, reason) = (scenario, implementation) switch
        {
            ("IKEV2-RETRANSMIT-001", "libreswan") => (Verdict.Fail, "The second response differs from the first in 8 octets."),
            ("IKEV2-MALFORMED-005", "strongswan") => (Verdict.Fail, "No answer to the liveness probe after the hostile step \"Truncate(payload <SA>, 3)\"."),
            ("IKEV2-RETRANSMIT-004", "strongswan") => (Verdict.Warning, "Retransmissions came 2.0 s, 2.0 s and 2.0 s apart."),
            ("IKEV2-MALFORMED-009", "libreswan") => (Verdict.Inconclusive, "The peer rekeyed in the middle of the script."),
            ("ESP-TUNNEL-003", "libreswan") => (Verdict.Error, "The guest kernel stopped: signal 11."),
            ("IKEV2-MALFORMED-010", "libreswan") => (Verdict.Fail, "The answer to an unknown SPI was a protected one."),
            ("ESP-TUNNEL-010", "libreswan") => (Verdict.Skipped, "Excluded by --exclude ESP-TUNNEL-010."),
            (var id, "strongswan") when id.StartsWith("ESP-ESN", StringComparison.Ordinal) => (Verdict.Unsupported, "Extended sequence numbers: kernel-libipsec has none."),
            _ => (Verdict.Pass, ""),
        };
        var ran = verdict is not (Verdict.Skipped or Verdict.Unsupported);
        var folder = $"evidence/{implementation}/{scenario}";
        return new()
        {
            Scenario = scenario,
            Implementation = implementation,
            Verdict = verdict,
            Reason = reason,
            Started = started,
            DurationMs = ran ? 812.375 : 0,
            Steps = ran ? Steps(scenario, verdict) : [],
            Findings = Findings(verdict),
            OtherAttempts = (scenario, implementation) is ("IKEV2-EXCHANGE-006", "libreswan")
                ? [new(Verdict.Fail, "No answer <within 5 s>.", started.AddMinutes(-1), 5003, Findings(Verdict.Fail), new() { Capture = $"{folder}/first/capture.pcapng" })]
                : [],
            Rules = ran ? [new("RULE-IKE-HEADER-001", 12, 0), new("RULE-IKE-RETRANSMISSION-004", 2, verdict == Verdict.Warning ? 1 : 0)] : [],
            Expected = (scenario, implementation) switch
            {
                ("IKEV2-MALFORMED-010", "libreswan") => new(Verdict.Fail, "It answers any SPI <since 5.2>; its maintainers know.", "a thread of its mailing list"),
                ("ESP-TUNNEL-008", "strongswan") => new(Verdict.Warning, "The kernel does not look at the padding."),
                _ => null,
            },
            Evidence = !ran ? new() : new()
            {
                Capture = $"{folder}/capture.pcapng",
                IkeKeys = $"{folder}/wireshark/ikev2_decryption_table",
                EspKeys = $"{folder}/wireshark/esp_sa",
                PeerLog = implementation == "in-house" ? null : $"{folder}/peer.log",
                PeerConfiguration = implementation == "in-house" ? null : $"{folder}/peer.conf",
                Replay = string.Create(CultureInfo.InvariantCulture, $"./conformance run --scenario {scenario} --peer {implementation} --seed 18446744073709551557"),
            },
        };
    }

    private static ImmutableArray<StepRecord> Steps(string scenario, Verdict verdict)
    {
        var steps = ImmutableArray.CreateBuilder<StepRecord>();
        steps.Add(new(0, StepKind.Note, "", "", "Policy: AES-GCM-16-256, PRF-HMAC-SHA2-256, Curve25519, PSK", "", Ok: true, []));
        steps.Add(new(0.2, StepKind.Command, "", "", "iut: initiate connection \"net-net\"", "", Ok: true, []));
        AddExchange(steps, 3.1, "IKE_SA_INIT", "SA KE Nonce N(NAT_DETECTION_SOURCE_IP) N(NAT_DETECTION_DESTINATION_IP) N(SIGNATURE_HASH_ALGORITHMS)", 1);
        AddExchange(steps, 21.4, "IKE_AUTH", "SK{IDi AUTH SA TSi TSr}", 3);
        if (scenario.StartsWith("ESP", StringComparison.Ordinal))
        {
            var packets = scenario == "ESP-TUNNEL-003" ? 900 : 12;
            for (var i = 0; i < packets; i++)
            {
                steps.Add(new(60 + (i * 10), StepKind.Message, i % 2 == 0 ? "stack" : "iut", i % 2 == 0 ? "iut" : "stack", $"ESP spi 0xc1a2b3c4 seq {(i / 2) + 1}, ICMP echo", "", Ok: true, [5 + i]));
            }
        }

        steps.Add(new(180.55, StepKind.Message, "tester", "iut", "INFORMATIONAL request, SK{}", "HDR\n  message id 2\n  flags Initiator\nSK\n  (no payloads) <empty>", Ok: true, [17]));
        steps.Add(new(184.1, StepKind.Message, "iut", "tester", "INFORMATIONAL response, SK{}", "HDR\n  message id 2\n  flags Response", Ok: true, [18]));
        steps.Add(new(184.1, StepKind.Check, "", "", "The response has the message id of the request", "", Ok: true, [18]));
        if (verdict >= Verdict.Warning)
        {
            steps.Add(new(1184.1, StepKind.Message, "tester", "iut", "INFORMATIONAL request again, same octets", "", Ok: true, [19]));
            steps.Add(new(1186.0, StepKind.Message, "iut", "tester", "INFORMATIONAL response, other octets", "", Ok: true, [20]));
            steps.Add(new(1186.0, StepKind.Check, "", "", "The response has the same octets as the first", "first:  2e202508 00000002\nsecond: 2e202508 00000003", Ok: false, [18, 20]));
        }

        steps.Add(new(1200, StepKind.Check, "", "", "The implementation is alive: an INFORMATIONAL request was answered", "", Ok: true, []));
        return steps.ToImmutable();
    }

    private static void AddExchange(ImmutableArray<StepRecord>.Builder steps, double time, string exchange, string payloads, int frame)
    {
        steps.Add(new(time, StepKind.Message, "iut", "tester", $"{exchange} request, {payloads}", "HDR\n  message id 0\n  flags Initiator", Ok: true, [frame]));
        steps.Add(new(time + 1.4, StepKind.Message, "tester", "iut", $"{exchange} response, {payloads}", "", Ok: true, [frame + 1]));
    }

    private static ImmutableArray<FindingRecord> Findings(Verdict verdict) => verdict switch
    {
        Verdict.Fail =>
        [
            new(
                "RFC7296-2.1-6", Verdict.Fail, "the octets of the first response (frame 18)", "a response with other octets (frame 20)",
                [
                    new("HDR.message id", "2", "3"), new("SK.initialization vector", "0x00000000 00000002", "0x00000000 00000003"),
                    new("SK.integrity checksum data", "5be1 0f1c 77a0 9d2e 0c11 5f4b a8d3 6e02", "91c4 d5a0 e1f7 3388 6a0d b2c9 0417 f6aa"),
                ]),
        ],
        Verdict.Warning => [new("RFC7296-2.1-9", Verdict.Warning, "each wait longer than the one before", "2.0 s, 2.0 s, 2.0 s", [])],
        _ => [],
    };

    private static string Id(string prefix, int index) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{index + 1:d3}");
}
