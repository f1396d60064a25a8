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

    // RFC 4303 Appendix A2.2 in one sentence: what is received stands for the one number with its low half among the 2^32 that begin at the window's lower edge.
    [Test]
    public void Extended_EveryEdge_RecoversTheNumberAmongThoseFromTheLowerEdgeOn([Values(32, 33, 64, 100, 4096)] int size)
    {
        ulong[] tops = [1, 5, (ulong)size - 2, (ulong)size - 1, (ulong)size, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0000 + (ulong)size - 2, 0x1_0000_0000 + (ulong)size - 1, 0x1_0000_0000 + (ulong)size, 0x7_8000_0000];
        foreach (var top in tops)
        {
            var window = new AntiReplayWindow(extended: true, size);
            window.Accept(top);
            var lowerEdge = top >= (ulong)size ? top - (ulong)size + 1 : 0;
            foreach (var ahead in (ulong[])[0, 1, 2, (ulong)size - 1, (ulong)size, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff])
            {
                var number = lowerEdge + ahead;
                var isNew = window.MayBeNew((uint)number, out var full);
                Assert.That(full, Is.EqualTo(number), $"{ahead} above the lower edge, top {top:x}");
                Assert.That(isNew, Is.EqualTo(number != 0 && number != top), $"{ahead} above the lower edge, top {top:x}");
            }
        }
    }

    [Test]
    public void SameNumber_AcceptedTwiceAtTheTop_StaysSeen()
    {
        var window = new AntiReplayWindow(extended: false);
        window.Accept(7);
        window.Accept(7);
        window.Accept(6);
        Assert.That(window.MayBeNew(7, out _), Is.False);
        Assert.That(window.MayBeNew(6, out _), Is.False);
    }

    [TestCase(31)]
    [TestCase(4097)]
    public void Size_OutsideOfTheBounds_IsRefused(int size) => Assert.That(() => new AntiReplayWindow(extended: false, size), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
