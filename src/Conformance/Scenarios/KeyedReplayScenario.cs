using Conformance.Testing;

namespace Conformance.Scenarios;

/// <summary>
/// What ESP and AH ask of a receiver in the same words, each with requirements of its own: SAD look-up, the anti-replay window, extended numbers (RFC 4302 and
/// 4303, sections 3.4.2, 3.4.3 and the appendix on extended sequence numbers).
/// </summary>
public abstract class KeyedReplayScenario : KeyedScenario
{
    protected async Task ReplayIsDiscarded(KeyedForm form, string requirement)
    {
        var session = await Tester.KeyWorking(form.Setup);
        byte[] sent = [];
        await MustBeAnswered(session, requirement, "the first time", packet => sent = session.Seal(packet));
        Tester.SendPacket(sent, "the same octets again");
        var again = await Tester.Receive<ReceivedProtected>(received => received.Session == session, Tester.ResponseTime / 4);
        Context.Check(requirement, again is null, "no reply to a replayed packet", again?.Summary ?? "");
        await StillCarries(session);
    }

    /// <param name="window">Demands a window of at least 32 numbers.</param>
    /// <param name="replay">Forbids a number's second use.</param>
    protected async Task ReorderedWithinTheWindowIsAccepted(KeyedForm form, string window, string replay)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var first = session.ToImplementation[0].SequenceNumber + 1;
        foreach (var ahead in new uint[] { 31, 30, 0, 16, 15, 1 })
            await MustBeAnswered(session, window, $"{31 - ahead} behind the newest", packet => session.Seal(packet, new() { SequenceNumber = first + ahead }));
        await MustBeDiscarded(session, replay, "a new packet under a used number", packet => SealOutOfTurn(session, packet, first + 16, newest: first + 31));
    }

    protected async Task LeftOfTheWindowIsDiscarded(KeyedForm form, string requirement)
    {
        const ulong far = 10_000;
        var session = await Tester.KeyWorking(form.Setup);
        var left = session.ToImplementation[0].SequenceNumber + 1;
        await MustBeAnswered(session, requirement, $"{far} ahead", packet => session.Seal(packet, new() { SequenceNumber = left + far }));
        await MustBeDiscarded(session, requirement, $"{far} behind the newest, never used", packet => SealOutOfTurn(session, packet, left, newest: left + far));
    }

    protected async Task ForgedNumberDoesNotMoveTheWindow(KeyedForm form, string requirement)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var number = session.ToImplementation[0].SequenceNumber;
        var echo = Tester.NewEcho(session, out var packet);
        Tester.SendPacket(session.Seal(packet, new() { SequenceNumber = number + 1_000_000, FlipIcv = true }), $"a wrong ICV under a number a million ahead: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, requirement, "no reply to a forged packet");
        await MustBeAnswered(session, requirement, "the next number in order, which is still new", next => session.Seal(next, new() { SequenceNumber = number + 1 }));
    }

    protected async Task UnknownSpiIsDiscarded(KeyedForm form, string requirement)
    {
        var session = await Tester.KeyWorking(form.Setup);
        await MustBeDiscarded(session, requirement, "SPI of no SA", packet => session.Seal(packet, new() { Spi = 0x7777_0001 }));
        await MustBeDiscarded(session, requirement, "SPI of the SA in the other direction", packet => session.Seal(packet, new() { Spi = session.FromImplementation[0].Parameters.Spi }));
    }

    protected async Task NumbersStartAtOne(KeyedForm form, string requirement)
    {
        var session = await Tester.Key(form.Setup);
        var numbers = new List<uint>();
        for (var round = 0; round < 6 && numbers.Count < 4; round++)
            if (await Tester.Ping(session) is { } reply)
                numbers.Add(reply.Layers[0].SequenceNumber);
        if (numbers.Count < 4)
            Context.Inconclusive("preamble: no echo replies through the SAs");
        Context.Check(requirement, numbers.SequenceEqual([1u, 2u, 3u, 4u]), "1, 2, 3, 4", string.Join(", ", numbers));
    }

    protected async Task NumbersGoOnBeyond32Bits(KeyedForm form, string requirement)
    {
        const ulong border = 1UL << 32;
        var session = await Tester.KeyWorking(form.Setup);
        // Half way first: just after its start, a receiver takes the topmost numbers for ones before the start (the appendix's case B).
        foreach (var number in new[] { border / 2, border - 20, border - 1, border, border + 1, border - 2, border + 10 })
            await MustBeAnswered(session, requirement, $"number 2^32 {(long)(number - border):+0;-0;+0}", packet => session.Seal(packet, new() { SequenceNumber = number }));
        await MustBeDiscarded(session, requirement, "number 2^32 + 1 again", packet => SealOutOfTurn(session, packet, border + 1, newest: border + 10));
    }

    /// <summary>Seals under any number; the next packets go on after the newest.</summary>
    protected static byte[] SealOutOfTurn(ManualSession session, byte[] packet, ulong number, ulong newest)
    {
        var sent = session.Seal(packet, new() { SequenceNumber = number });
        session.ToImplementation[^1].SequenceNumber = newest;
        return sent;
    }
}
