using Ipsec.Packets.Ike;

namespace Ipsec.Packets.Tests.Ike;

public sealed class FragmentReassemblyTests
{
    private static readonly IkeFragmentKey Key = new(1, 2, 3, FromInitiator: true, IsResponse: false);

    [Test]
    public void Add_AllFragmentsInAnyOrder_GivesTheWholeChain()
    {
        var reassembler = new IkeFragmentReassembler();
        Assert.That(Add(reassembler, 3, 3, [5]), Is.EqualTo(IkeFragmentOutcome.Incomplete));
        Assert.That(Add(reassembler, 1, 3, [1, 2]), Is.EqualTo(IkeFragmentOutcome.Incomplete));
        Assert.That(Add(reassembler, 1, 3, [9, 9]), Is.EqualTo(IkeFragmentOutcome.Duplicate));
        var outcome = reassembler.Add(Key, Fragment(2, 3), [3, 4], out var first, out var whole);
        Assert.That(outcome, Is.EqualTo(IkeFragmentOutcome.Complete));
        Assert.That(first, Is.EqualTo(PayloadType.Notify));
        Assert.That(whole, Is.EqualTo(new byte[] { 1, 2, 3, 4, 5 }));
        Assert.That((reassembler.Count, reassembler.HeldOctets), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Add_LargerTotal_BeginsAnew()
    {
        var reassembler = new IkeFragmentReassembler();
        Add(reassembler, 1, 2, new byte[100]);
        Assert.That(Add(reassembler, 1, 3, new byte[10]), Is.EqualTo(IkeFragmentOutcome.Incomplete));
        Assert.That(reassembler.HeldOctets, Is.EqualTo(10));
        Assert.That(Add(reassembler, 2, 2, new byte[100]), Is.EqualTo(IkeFragmentOutcome.Inconsistent));
    }

    [TestCase(0, 2)]
    [TestCase(3, 2)]
    [TestCase(0, 0)]
    public void Add_ImpossibleNumber_IsIgnored(int number, int total) =>
        Assert.That(Add(new IkeFragmentReassembler(), (ushort)number, (ushort)total, [1]), Is.EqualTo(IkeFragmentOutcome.Inconsistent));

    [Test]
    public void Add_BeyondTheLimits_HoldsNoMore()
    {
        var reassembler = new IkeFragmentReassembler(new(Messages: 2, Octets: 100, Fragments: 8));
        Assert.That(Add(reassembler, 1, 9, [1]), Is.EqualTo(IkeFragmentOutcome.OverLimit));
        Assert.That(Add(reassembler, 1, 2, new byte[101]), Is.EqualTo(IkeFragmentOutcome.OverLimit));
        for (uint id = 0; id < 50; id++)
            reassembler.Add(Key with { MessageId = id }, Fragment(1, 2), new byte[10], out _, out _);
        Assert.That(reassembler.Count, Is.EqualTo(2));
        Assert.That(reassembler.HeldOctets, Is.EqualTo(20));
    }

    /// <summary>The last that fits is kept, one more octet, fragment or message is not; what was dropped or completed makes room again.</summary>
    [Test]
    public void Add_UpToTheLimits_IsKept()
    {
        var reassembler = new IkeFragmentReassembler(new(Messages: 2, Octets: 100, Fragments: 8));
        Assert.That(Add(reassembler, 8, 8, new byte[60]), Is.EqualTo(IkeFragmentOutcome.Incomplete));
        Assert.That(Add(reassembler, 7, 8, new byte[41]), Is.EqualTo(IkeFragmentOutcome.OverLimit));
        Assert.That(Add(reassembler, 7, 8, new byte[40]), Is.EqualTo(IkeFragmentOutcome.Incomplete));
        Assert.That(reassembler.HeldOctets, Is.EqualTo(100));
        Assert.That(Add(reassembler, 6, 8, new byte[1]), Is.EqualTo(IkeFragmentOutcome.OverLimit));
        reassembler.Remove(Key with { MessageId = 99 });
        Assert.That((reassembler.Count, reassembler.HeldOctets), Is.EqualTo((1, 100)));
        reassembler.Remove(Key);
        Assert.That((reassembler.Count, reassembler.HeldOctets), Is.EqualTo((0, 0)));
        Assert.That(Add(reassembler, 7, 8, new byte[100]), Is.EqualTo(IkeFragmentOutcome.Incomplete));
    }

    [Test]
    public void Add_ThirdMessage_MakesTheOldestGo()
    {
        var reassembler = new IkeFragmentReassembler(new(Messages: 2, Octets: 100, Fragments: 8));
        for (uint id = 0; id < 3; id++)
            reassembler.Add(Key with { MessageId = id }, Fragment(1, 2), [(byte)id], out _, out _);
        Assert.That(reassembler.Add(Key with { MessageId = 1 }, Fragment(2, 2), [9], out _, out var whole), Is.EqualTo(IkeFragmentOutcome.Complete));
        Assert.That(whole, Is.EqualTo(new byte[] { 1, 9 }));
        Assert.That(reassembler.Add(Key with { MessageId = 2 }, Fragment(2, 2), [9], out _, out _), Is.EqualTo(IkeFragmentOutcome.Complete));
        Assert.That(reassembler.Add(Key with { MessageId = 0 }, Fragment(2, 2), [9], out _, out _), Is.EqualTo(IkeFragmentOutcome.Incomplete));
    }

    [Test]
    public void Add_MoreThanAMessageCanHave_IsRefused()
    {
        var reassembler = new IkeFragmentReassembler();
        Add(reassembler, 1, 3, new byte[65000]);
        Assert.That(Add(reassembler, 2, 3, new byte[536]), Is.EqualTo(IkeFragmentOutcome.OverLimit));
        Assert.That(Add(reassembler, 2, 3, new byte[535]), Is.EqualTo(IkeFragmentOutcome.Incomplete));
        Assert.That(Add(reassembler, 3, 3, []), Is.EqualTo(IkeFragmentOutcome.Complete));
    }

    [Test]
    public void Add_FirstPayloadNamedElsewhereThanInTheFirst_IsIgnored()
    {
        var reassembler = new IkeFragmentReassembler();
        Assert.That(
            reassembler.Add(Key, new(PayloadType.Notify, 2, 2, Octets.Empty), [1], out _, out _), Is.EqualTo(IkeFragmentOutcome.Inconsistent));
        Assert.That(reassembler.Count, Is.Zero);
        Assert.That(reassembler.Add(Key, new(PayloadType.None, 1, 1, Octets.Empty), [1], out var first, out _), Is.EqualTo(IkeFragmentOutcome.Complete));
        Assert.That(first, Is.EqualTo(PayloadType.None), "an empty message has none");
    }

    /// <summary>The same number in another direction, of another SA or another message is another message (RFC 7383 section 2.6).</summary>
    [Test]
    public void Add_OtherMessages_AreKeptApart()
    {
        var header = new IkeHeader { InitiatorSpi = 1, ResponderSpi = 2, MessageId = 3, Flags = IkeFlags.Initiator };
        Assert.That(IkeFragmentKey.Of(header), Is.EqualTo(Key));
        IkeFragmentKey[] others =
        [
            IkeFragmentKey.Of(header with { InitiatorSpi = 9 }), IkeFragmentKey.Of(header with { ResponderSpi = 9 }), IkeFragmentKey.Of(header with { MessageId = 9 }),
            IkeFragmentKey.Of(header with { Flags = IkeFlags.None }), IkeFragmentKey.Of(header with { Flags = IkeFlags.Initiator | IkeFlags.Response }),
        ];
        var reassembler = new IkeFragmentReassembler();
        Add(reassembler, 1, 2, [1]);
        foreach (var other in others)
            Assert.That(reassembler.Add(other, Fragment(2, 2), [2], out _, out _), Is.EqualTo(IkeFragmentOutcome.Incomplete), $"{other}");
        Assert.That(reassembler.Count, Is.EqualTo(6));
    }

    private static IkeFragmentOutcome Add(IkeFragmentReassembler reassembler, ushort number, ushort total, byte[] plaintext) =>
        reassembler.Add(Key, Fragment(number, total), plaintext, out _, out _);

    private static EncryptedFragmentPayload Fragment(ushort number, ushort total) =>
        new(number == 1 ? PayloadType.Notify : PayloadType.None, number, total, Octets.Empty);
}
