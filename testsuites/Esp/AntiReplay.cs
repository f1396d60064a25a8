using Conformance.Scenarios;
using Conformance.Testing;

namespace Conformance.Suites.Esp;

/// <summary>The receiver's window (RFC 4303 section 3.4.3).</summary>
public sealed class AntiReplay : EspScenario
{
    [Scenario("ESP-REPLAY-001", "A replayed packet is discarded, and new ones still get through")]
    [Covers("RFC4303-3.4.3-5")]
    public async Task ReplayIsDiscarded()
    {
        var child = await WorkingChild();
        var echo = Tester.NewEcho(child, out var packet);
        var esp = child.Seal(packet);
        Tester.SendEsp(child, esp, $"ESP sequence {child.SequenceNumber}: ICMP echo request {echo}");
        Context.Check("RFC4303-3.4.3-5", await Tester.EchoReply(child, echo, Tester.ResponseTime) is not null, "a reply the first time", "none");
        Tester.SendEsp(child, esp, $"ESP sequence {child.SequenceNumber}: the same octets again");
        await Tester.ExpectNoReply(echo, "RFC4303-3.4.3-5", "no reply to a replayed packet");
        await StillCarries(child);
    }

    [Scenario("ESP-REPLAY-002", "A packet far to the left of any window is discarded")]
    [Covers("RFC4303-3.4.3-5")]
    public async Task TooOldIsDiscarded()
    {
        var child = await WorkingChild();
        // Left out on purpose: number n is sealed now and sent after the window has moved on by more than any window's size.
        var left = ++child.SequenceNumber;
        child.SequenceNumber += 10_000;
        Context.Check("RFC4303-3.4.3-5", await Tester.Ping(child) is not null, "a reply after a gap of 10000", "none");
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendEsp(child, child.Seal(packet, left), $"ESP sequence {left}: ICMP echo request {echo}, 10000 behind");
        await Tester.ExpectNoReply(echo, "RFC4303-3.4.3-5", "no reply to a packet left of the window");
        await StillCarries(child);
    }

    [Scenario("ESP-REPLAY-003", "Packets that overtake each other within 32 numbers all get through, each once")]
    [Covers("RFC4303-3.4.3-10", "RFC4303-3.4.3-5")]
    public async Task ReorderedWithinTheWindowIsAccepted()
    {
        var child = await WorkingChild();
        var first = child.SequenceNumber + 1;
        child.SequenceNumber += 32;
        for (var offset = 31; offset >= 0; offset--)
        {
            var number = first + (ulong)offset;
            Context.Check("RFC4303-3.4.3-10", await Tester.Ping(child, sequenceNumber: number) is not null, $"a reply to number {number}, {31 - offset} behind the newest", "none");
        }
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendEsp(child, child.Seal(packet, first + 16), $"ESP sequence {first + 16}: ICMP echo request {echo} under a used number");
        await Tester.ExpectNoReply(echo, "RFC4303-3.4.3-5", "no reply to a number used before");
        await StillCarries(child);
    }

    [Scenario("ESP-REPLAY-004", "A forged packet with a number far ahead does not move the window")]
    [Covers("RFC4303-3.4.3-8", "RFC4303-3.4.3-5")]
    public async Task ForgedNumberDoesNotMoveTheWindow()
    {
        var child = await WorkingChild();
        var echo = Tester.NewEcho(child, out var packet);
        var forged = child.Seal(packet, child.SequenceNumber + 1_000_000);
        forged[^1] ^= 0x01;
        Tester.SendEsp(child, forged, $"ESP sequence {child.SequenceNumber + 1_000_000}: ICMP echo request {echo} with a wrong ICV");
        await Tester.ExpectNoReply(echo, "RFC4303-3.4.3-8", "no reply to a forged packet");
        Context.Check("RFC4303-3.4.3-5", await Tester.Ping(child) is not null, "the next number in order is still new", "no reply");
        await StillCarries(child);
    }

    [Scenario("ESP-SEQ-001", "Sequence numbers of a new SA start at 1 and grow by 1")]
    [Covers("RFC4303-2.2-1")]
    public async Task NumbersStartAtOne()
    {
        await Context.Configure(Standard);
        var child = (await Tester.Establish()).Children[0];
        var numbers = new List<uint>();
        for (var round = 0; round < 6 && numbers.Count < 4; round++)
            if (await Tester.Ping(child) is { } reply)
                numbers.Add(reply.SequenceNumber);
        if (numbers.Count < 4)
            Context.Inconclusive("preamble: no echo replies through the child SA");
        Context.Check("RFC4303-2.2-1", numbers.SequenceEqual([1u, 2u, 3u, 4u]), "1, 2, 3, 4", string.Join(", ", numbers));
    }
}
