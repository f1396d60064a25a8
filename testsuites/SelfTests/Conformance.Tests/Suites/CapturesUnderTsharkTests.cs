using Conformance.Evidence;
using Conformance.InHouse;
using Conformance.Results;
using Conformance.Scenarios;
using Conformance.Tests.Evidence;

namespace Conformance.Tests.Suites;

/// <summary>An independent dissector opens what a scenario leaves behind: every encrypted IKE payload, every ESP packet, with the key files as they are.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class CapturesUnderTsharkTests
{
    [TestCase("IKEV2-AUTH-001")]
    [TestCase("IKEV2-DELETE-001")]
    [TestCase("IKEV2-INITIATOR-002")]
    [TestCase("ESP-GCM-001")]
    [TestCase("ESP-GCM-002")]
    [TestCase("ESP-CBC-001")]
    [TestCase("ESP-CBC-002")]
    [TestCase("ESP-CBC-003")]
    [TestCase("ESP-UDP-001")]
    [TestCase("ESP-TRANSPORT-001")]
    [TestCase("INTEROP-GCM128-002")]
    [TestCase("INTEROP-CBC256-001")]
    [TestCase("INTEROP-CBC384-001")]
    [TestCase("INTEROP-CBC512-002")]
    [TestCase("INTEROP-TRANSPORT-001")]
    [TestCase("INTEROP-IPV6-6IN6-001")]
    [TestCase("INTEROP-IPV6-6IN4-002")]
    [TestCase("INTEROP-IPV6-TRANSPORT-001")]
    [TestCase("INTEROP-IPV6-UDP-001")]
    public async Task Capture_WithItsKeyFiles_IsOpenedWhole(string id)
    {
        Tshark.Require();
        using var folder = new TemporaryFolder();
        var result = await new ScenarioExecutor(new EvidenceFolder(folder.Path)).Execute(AllSuites.Find(id), new InHouseDriver(), default);
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Pass), result.Reason);

        var capture = Path.Combine(folder.Path, result.Evidence.Capture!);
        var frames = Tshark.Decode(capture, Path.GetDirectoryName(capture)!);

        Assert.That(frames.SelectMany(frame => frame.Unopened), Is.Empty);
        Assert.That(frames.Count(frame => frame.Values("isakmp.enc.decrypted").Any()), Is.GreaterThan(0), "no encrypted IKE payload was decrypted");
        if (id.StartsWith("ESP", StringComparison.Ordinal) || id.StartsWith("INTEROP", StringComparison.Ordinal))
            Assert.That(frames.Count(frame => frame.Has("esp.spi") && (frame.Has("icmp.type") || frame.Has("icmpv6.type"))), Is.GreaterThan(2), "no echo was seen inside ESP");
    }
}
