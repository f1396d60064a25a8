using Conformance.Testing;
using Ipsec.Packets.Ip;

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

    /// <param name="form">With extended sequence numbers.</param>
    /// <param name="requirement">Says how they are told apart.</param>
    /// <param name="offered">Says that there are such numbers; null if the scenario is not about that.</param>
    protected async Task NumbersGoOnBeyond32Bits(KeyedForm form, string requirement, string? offered = null)
    {
        const ulong border = 1UL << 32;
        var session = offered is null ? await Tester.KeyWorking(form.Setup) : await Tester.Key(form.Setup);
        if (offered is not null)
            Context.Check(offered, await Tester.Ping(session) is not null || await Tester.Ping(session) is not null, "a reply on an SA with extended sequence numbers", "none");
        // Half way first: just after its start, a receiver takes the topmost numbers for ones before the start (the appendix's case B).
        foreach (var number in new[] { border / 2, border - 20, border - 1, border, border + 1, border - 2, border + 10 })
            await MustBeAnswered(session, requirement, $"number 2^32 {(long)(number - border):+0;-0;+0}", packet => session.Seal(packet, new() { SequenceNumber = number }));
        await MustBeDiscarded(session, requirement, "number 2^32 + 1 again", packet => SealOutOfTurn(session, packet, border + 1, newest: border + 10));
    }

    /// <param name="form">Told to do without the anti-replay service.</param>
    /// <param name="optional">Says that it can be turned off.</param>
    /// <param name="present">Says that packets have numbers all the same.</param>
    protected async Task AntiReplayCanBeOff(KeyedForm form, string optional, string present)
    {
        var session = await Tester.KeyWorking(form.Setup);
        byte[] sent = [];
        var first = await MustBeAnswered(session, optional, "the first time", packet => sent = session.Seal(packet));
        Tester.SendPacket(sent, "the same octets again");
        var again = await Tester.Receive<ReceivedProtected>(received => received.Session == session, Tester.ResponseTime);
        Context.Check(optional, again is not null, "another reply: it was told not to look for replays", "none");
        uint one = first!.Layers[0].SequenceNumber, other = again!.Layers[0].SequenceNumber;
        Context.Check(present, one > 0 && other > one, "numbers on what it sends, growing", $"{one}, {other}");
    }

    protected async Task NewWindowStartsAtZero(KeyedForm form, string requirement)
    {
        const ulong border = 3;
        var session = await Tester.Key(form.Setup);
        ReceivedProtected? reply = null;
        var newest = border;
        // The first answer may be lost while an address is resolved.
        for (; reply is null && newest < border + 3; newest++)
            reply = await Tester.Ping(session, options: new() { SequenceNumber = newest });
        newest--;
        Context.Check(requirement, reply is not null, $"a reply to the first packet, number {newest}", "none");
        foreach (var number in new ulong[] { 1, 2 })
            await MustBeAnswered(session, requirement, $"number {number} after it, within the window of a new SA", packet => SealOutOfTurn(session, packet, number, newest));
        await MustBeDiscarded(session, requirement, "number 0, where the window starts", packet => SealOutOfTurn(session, packet, 0, newest));
    }

    /// <param name="form">What the implementation sends begins a few numbers before 2^32.</param>
    protected async Task NothingIsSentAfterTheLastNumber(KeyedForm form, string requirement, string renewal)
    {
        var session = await Tester.Key(form.Setup);
        var first = session.FromImplementation[0].Parameters.FirstSequenceNumber;
        var numbers = new List<uint>();
        for (var round = 0; round < 8; round++)
            if (await Tester.Ping(session) is { } reply)
                numbers.Add(reply.Layers[0].SequenceNumber);
        if (numbers.Count == 0)
            Context.Inconclusive("preamble: no echo replies through the SAs");
        Context.Check(requirement, numbers.All(number => number >= first), $"numbers of {first} to {uint.MaxValue}, and then silence", string.Join(", ", numbers));
        Context.Check(renewal, numbers.Count <= uint.MaxValue - first + 1, "no 2^32nd packet on the SA", $"{numbers.Count} replies from number {first} on");
    }

    /// <summary>The form with a sender that has few numbers left.</summary>
    protected static KeyedForm NearTheLastNumber(KeyedForm form) => form with
    {
        Setup = form.Setup with
        {
            LayersSent = [.. form.Setup.Layers.Select(layer => layer with { Adjust = association => association with { FirstSequenceNumber = uint.MaxValue - 3, ReplayWindow = 32 } })],
        },
    };

    /// <summary>The form without the anti-replay service.</summary>
    protected static KeyedForm WithoutWindow(KeyedForm form) => form with
    {
        Setup = form.Setup with { Layers = [.. form.Setup.Layers.Select(layer => layer with { Adjust = association => association with { ReplayWindow = 0 } })] },
    };

    /// <param name="lookup">Demands the look-up by SPI.</param>
    /// <param name="order">Demands what comes of the search order: an SA for one peer is found by its SPI, whatever addresses are outside.</param>
    protected async Task SpiFindsTheSa(KeyedForm form, string lookup, string order)
    {
        var session = await Tester.KeyWorking(form.Setup with { Parallel = true });
        var parallel = ParallelOf(session);
        await MustBeAnswered(session, lookup, "on the other SA for the same traffic", packet => parallel.Seal(packet));
        await MustBeAnswered(session, lookup, "on the first SA", packet => session.Seal(packet));
        await MustBeDiscarded(session, lookup, "the first SA's keys under the other's SPI", packet => session.Seal(packet, new() { Spi = parallel.Parameters.Spi, SequenceNumber = 500 }));
        if (form.IsTunnel)
            await MustBeAnswered(
                session, order, "from another outer source address", packet => session.Seal(packet, new() { Source = ((IpAddress)session.ToImplementation[0].Parameters.Source).Offset(1) }));
        else
            await MustBeAnswered(session, order, "on the other SA again", packet => parallel.Seal(packet));
    }

    /// <summary>The tester's end of the second SA.</summary>
    protected static ScriptedAssociation ParallelOf(ManualSession session) =>
        session.Another(session.Configuration.Policies.First(policy => !policy.Parallel.IsEmpty).Parallel[0]);

    /// <summary>A packet that is right, but says that it is the first of several fragments.</summary>
    protected async Task FragmentIsNotOpened(KeyedForm form, string requirement)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var headers = IpHeader.LengthOf(form.Setup.OuterIpv6);
        byte[] sent;
        ushort echo;
        var size = 56;
        do
        {
            // Fragments but the last are whole multiples of 8 octets.
            echo = Tester.NewEcho(session, out var packet, size++);
            sent = session.Seal(packet);
        }
        while ((sent.Length - headers) % 8 != 0);
        if (form.Setup.OuterIpv6)
        {
            sent = [.. sent.AsSpan(0, headers), sent[6], 0, 0, 1, 0, 0, 0x1c, 0xf0, .. sent.AsSpan(headers)];
            sent[6] = IpProtocol.Ipv6Fragment;
        }
        else
        {
            sent[6] |= 0x20;
        }
        IpHeader.SetLength(sent);
        Tester.SendPacket(sent, $"a packet that more fragments should follow: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, requirement, "no reply to a fragment");
        await StillCarries(session);
    }

    /// <summary>Seals under any number; the next packets go on after the newest.</summary>
    protected static byte[] SealOutOfTurn(ManualSession session, byte[] packet, ulong number, ulong newest)
    {
        var sent = session.Seal(packet, new() { SequenceNumber = number });
        session.ToImplementation[^1].SequenceNumber = newest;
        return sent;
    }
}
