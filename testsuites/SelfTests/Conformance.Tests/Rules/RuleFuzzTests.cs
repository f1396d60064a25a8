using Conformance.Decoding;
using Conformance.Rules;

namespace Conformance.Tests.Rules;

/// <summary>The frames of all cases, damaged at random and mixed: rules throw nothing and keep little. IPSEC_FUZZ_RULE_INPUTS says how many frames (20,000 without it).</summary>
public sealed class RuleFuzzTests
{
    [Test]
    public void Add_DamagedFrames_NeverThrowsAndStaysBounded()
    {
        var inputs = int.Parse(Environment.GetEnvironmentVariable("IPSEC_FUZZ_RULE_INPUTS") ?? "20000");
        var seed = int.Parse(Environment.GetEnvironmentVariable("IPSEC_FUZZ_SEED") ?? "1");
        CaptureFrame[] frames = [.. RuleCatalogueTests.AllCases.SelectMany(rule => rule.Held.Concat(rule.Broken))];
        var random = new Random(seed);
        var run = new RuleRun(RuleCatalogue.All, RuleFrames.Keys);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var input = 0; input < inputs; input++)
        {
            var original = frames[random.Next(frames.Length)];
            byte[] octets = [.. original.Octets];
            for (var count = random.Next(4); count > 0 && octets.Length > 0; count--)
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0)
                octets = octets[..random.Next(octets.Length + 1)];
            try
            {
                run.Add(new(input + 1, original.Time, original.LinkType, octets, (uint)octets.Length));
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}, input {input}: {error}\n{Convert.ToHexStringLower(octets)}");
            }
        }
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.That(held, Is.LessThan(64 << 20));
        Assert.That(run.Results.Count(result => result.IsExercised), Is.GreaterThan(150));
        GC.KeepAlive(run);
    }

    [Test]
    public void Add_FrameThatTheCaptureCut_IsNotJudged()
    {
        var frame = RuleFrames.Capture(RuleFrames.Init())[0];
        var run = new RuleRun(RuleCatalogue.All);
        run.Add(frame with { OriginalLength = frame.OriginalLength + 1 });
        Assert.That(run.Results.Where(result => result.IsExercised), Is.Empty);
    }

    [Test]
    public void Add_SenderThatIsNotJudged_CountsAsContextAlone()
    {
        var run = new RuleRun(RuleCatalogue.All);
        foreach (var frame in RuleFrames.Capture(RuleFrames.Init(), RuleFrames.InitAnswer()))
            run.Add(frame, RuleFrames.B.Equals);
        Assert.That(run.Results.Single(result => result.Rule.Id == "RULE-IKE-HEADER-001").Held, Is.EqualTo(1));
        Assert.That(run.Results.Single(result => result.Rule.Id == "RULE-IKE-RETRANSMISSION-003").Held, Is.EqualTo(1), "the request was seen");
    }
}
