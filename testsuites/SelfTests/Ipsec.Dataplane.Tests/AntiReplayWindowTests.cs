namespace Ipsec.Dataplane.Tests;

public sealed class AntiReplayWindowTests
{
    [Test]
    public void NumberZero_OnANewWindow_IsRefused() => Assert.That(new AntiReplayWindow(extended: false).MayBeNew(0, out _), Is.False);

    [Test]
    public void SameNumber_Twice_IsRefusedTheSecondTime()
    {
        var window = new AntiReplayWindow(extended: false);
        Assert.That(window.Accept(5), Is.True);
        Assert.That(window.MayBeNew(5, out _), Is.False);
        Assert.That(window.Accept(5), Is.False);
    }

    [TestCase(63u, true)]
    [TestCase(64u, false)]
    public void NumberBehindTheTop_WithinSixtyFour_IsNew(uint behind, bool isNew)
    {
        var window = new AntiReplayWindow(extended: false);
        window.Accept(1000);
        Assert.That(window.MayBeNew(1000 - behind, out _), Is.EqualTo(isNew));
    }

    [TestCase(64u)]
    [TestCase(65u)]
    [TestCase(1_000_000u)]
    public void JumpBeyondTheWindow_ForgetsWhatWasSeen_ButNotTheTop(uint jump)
    {
        var window = new AntiReplayWindow(extended: false);
        window.Accept(10);
        window.Accept(10 + jump);
        Assert.That(window.MayBeNew(10, out _), Is.False, "left of the window");
        Assert.That(window.MayBeNew(10 + jump, out _), Is.False, "the top itself");
        Assert.That(window.MayBeNew(10 + jump - 1, out _), Is.True);
    }

    [Test]
    public void Numbers_InRandomOrder_AgreeWithASetOfTheLastSixtyFour()
    {
        var random = new Random(1);
        var window = new AntiReplayWindow(extended: false);
        var seen = new HashSet<ulong>();
        ulong top = 0;
        for (var round = 0; round < 100_000; round++)
        {
            var number = (uint)Math.Max(1, (long)top + random.Next(-80, 20));
            var expected = !seen.Contains(number) && (number > top || top - number < AntiReplayWindow.DefaultSize);
            Assert.That(window.MayBeNew(number, out var full), Is.EqualTo(expected), $"number {number}, top {top}");
            if (!expected)
                continue;
            Assert.That(window.Accept(full), Is.True);
            seen.Add(number);
            top = Math.Max(top, number);
        }
    }

    // RFC 4303 Appendix A2.2: the three cases of where the window lies.
    [TestCase(0x1_0000_0100UL, 0x0000_0101u, 0x1_0000_0101UL, TestName = "Extended_NextNumber_StaysInTheSameHalf")]
    [TestCase(0x1_0000_0100UL, 0x0000_0050u, 0x2_0000_0050UL, TestName = "Extended_LeftOfTheWindow_IsTakenForTheNextHalf")]
    [TestCase(0x1_0000_0010UL, 0xffff_fff8u, 0x0_ffff_fff8UL, TestName = "Extended_WindowOverTheBorder_RecoversTheLowerHalf")]
    [TestCase(0x0_ffff_fff0UL, 0x0000_0001u, 0x1_0000_0001UL, TestName = "Extended_AcrossTheBorder_RecoversTheHigherHalf")]
    public void Extended_ReceivedLowHalf_RecoversTheHighOne(ulong top, uint received, ulong expected)
    {
        var window = new AntiReplayWindow(extended: true);
        window.Accept(top);
        window.MayBeNew(received, out var full);
        Assert.That(full, Is.EqualTo(expected));
    }
}
