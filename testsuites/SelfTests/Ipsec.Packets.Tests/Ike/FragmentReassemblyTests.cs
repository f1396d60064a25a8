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

    private static IkeFragmentOutcome Add(IkeFragmentReassembler reassembler, ushort number, ushort total, byte[] plaintext) =>
        reassembler.Add(Key, Fragment(number, total), plaintext, out _, out _);

    private static EncryptedFragmentPayload Fragment(ushort number, ushort total) =>
        new(number == 1 ? PayloadType.Notify : PayloadType.None, number, total, Octets.Empty);
}
