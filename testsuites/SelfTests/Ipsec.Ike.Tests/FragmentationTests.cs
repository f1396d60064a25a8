using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests;

/// <summary>RFC 7383: when messages are fragmented, that they come together again, and what becomes of fragments that make no sense.</summary>
public sealed class FragmentationTests
{
    private const int Size = 400;

    private static readonly TestCertificates Authority = new();

    [Test]
    public void LongMessages_BothWays_GoInFragmentsOfTheSizeAtMost()
    {
        var pair = Pair(new() { FragmentSize = Size });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children, Is.Not.Empty);
        foreach (var toRight in new[] { true, false })
        {
            var fragments = Fragments(pair, toRight);
            Assert.That(fragments.Select(fragment => fragment.Number), Is.EqualTo(Enumerable.Range(1, fragments[0].Total)));
            Assert.That(fragments, Has.Count.GreaterThan(2));
            Assert.That(fragments.Skip(1).Select(fragment => fragment.FirstInner), Is.All.EqualTo(PayloadType.None));
        }
        Assert.That(pair.Sent.Where(sent => sent.Message[16] == (byte)PayloadType.EncryptedFragment).Select(sent => sent.Message.Length), Is.All.LessThanOrEqualTo(Size));
    }

    [TestCase(false, true)]
    [TestCase(true, false)]
    public void PeerWithoutFragmentation_GetsWholeMessages(bool left, bool right)
    {
        var options = new IkeOptions { FragmentSize = Size };
        var pair = Pair(options with { SupportsFragmentation = left }, options with { SupportsFragmentation = right });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children, Is.Not.Empty);
        Assert.That(pair.Sent.Where(sent => sent.Message[16] == (byte)PayloadType.EncryptedFragment), Is.Empty);
    }

    [Test]
    public void Fragments_OutOfOrderAndTwice_ComeTogether()
    {
        var pair = Pair(new() { FragmentSize = Size });
        var held = new List<byte[]>();
        pair.Delivers = (toRight, datagram) =>
        {
            if (!toRight || !IsFragment(datagram.Message.Span))
                return true;
            held.Add(datagram.Message.ToArray());
            return false;
        };
        pair.Connect();
        foreach (var fragment in held.AsEnumerable().Reverse().Concat(held).ToArray())
            pair.Inject(toRight: true, fragment);
        Assert.That(pair.RightEnd.Children, Is.Not.Empty);
    }

    [Test]
    public void Retransmission_OfAnAnsweredRequest_IsAnsweredOnceForItsFirstFragment()
    {
        var pair = Pair(new() { FragmentSize = Size });
        pair.Connect();
        var request = pair.Sent.Where(sent => sent.ToRight && IsFragment(sent.Message)).Select(sent => sent.Message).ToArray();
        var response = pair.Sent.Where(sent => !sent.ToRight && IsFragment(sent.Message)).Select(sent => sent.Message).ToArray();
        pair.Sent.Clear();
        foreach (var fragment in request)
            pair.Inject(toRight: true, fragment);
        Assert.That(pair.Sent.Where(sent => !sent.ToRight).Select(sent => sent.Message), Is.EqualTo(response));
    }

    [Test]
    public void MutatedFragments_LeaveTheSaAlone()
    {
        var pair = Pair(new() { FragmentSize = Size });
        pair.Connect();
        var genuine = pair.Sent.Where(sent => IsFragment(sent.Message)).ToArray();
        var random = new Random(5);
        for (var round = 0; round < 5000; round++)
        {
            var (toRight, message) = genuine[random.Next(genuine.Length)];
            var mutated = message[..random.Next(30, message.Length + 1)];
            mutated[random.Next(28, mutated.Length)] ^= (byte)random.Next(1, 256);
            pair.Inject(toRight, mutated);
        }
        pair.OnLeft(new IkeCommand.CheckLiveness("c"));
        Assert.That(pair.LeftEvents.OfType<IkeEvent.PeerAlive>(), Is.Not.Empty);
    }

    [Test]
    public void TooBig_AboutAProbedRequest_IsSentAtOnceInSmallerAndMoreFragments()
    {
        const int told = 300;
        var (pair, header) = Unheard(new() { FragmentSize = Size, ProbedFragmentSizes = [100] });
        var before = Fragments(pair, toRight: true)[0].Total;
        pair.Sent.Clear();
        pair.LeftEnd.TooBig(pair.Now, header, told);
        pair.Settle();
        var after = Fragments(pair, toRight: true);
        Assert.That(after[0].Total, Is.GreaterThan(before));
        Assert.That(after, Has.Count.EqualTo(after[0].Total));
        Assert.That(pair.Sent.Select(sent => sent.Message.Length), Is.All.LessThanOrEqualTo(told));
    }

    [TestCase(399, TestName = "TooBig_ByAnOctet_MakesMoreFragmentsAllTheSame")]
    [TestCase(0, TestName = "TooBig_ForAnything_GoesNoFurtherDownThanProbing")]
    [TestCase(-60, TestName = "TooBig_LessThanHeaders_GoesNoFurtherDownThanProbing")]
    public void TooBig_OfAnySize(int told)
    {
        var (pair, header) = Unheard(new() { FragmentSize = Size, ProbedFragmentSizes = [150] });
        var before = Fragments(pair, toRight: true)[0].Total;
        pair.Sent.Clear();
        pair.LeftEnd.TooBig(pair.Now, header, told);
        pair.Settle();
        Assert.That(Fragments(pair, toRight: true)[0].Total, Is.GreaterThan(before));
        Assert.That(pair.Sent.Select(sent => sent.Message.Length).Max(), Is.GreaterThan(120));
    }

    [Test]
    public void TooBig_OfNoRequestOfOurs_ChangesNothing()
    {
        var (pair, header) = Unheard(new() { FragmentSize = Size, ProbedFragmentSizes = [100] });
        var (unprobed, other) = Unheard(new() { FragmentSize = Size });
        pair.Sent.Clear();
        unprobed.Sent.Clear();
        pair.LeftEnd.TooBig(pair.Now, header with { ResponderSpi = header.ResponderSpi ^ 1 }, 200);
        pair.LeftEnd.TooBig(pair.Now, header with { MessageId = header.MessageId + 1 }, 200);
        pair.LeftEnd.TooBig(pair.Now, header with { Flags = header.Flags | IkeFlags.Response }, 200);
        pair.LeftEnd.TooBig(pair.Now, header, Size);
        unprobed.LeftEnd.TooBig(unprobed.Now, other, 200);
        pair.Settle();
        unprobed.Settle();
        Assert.That(pair.Sent.Concat(unprobed.Sent), Is.Empty);
    }

    /// <summary>The left end's IKE_AUTH request has gone out in fragments, and none came.</summary>
    private static (IkePair Pair, IkeHeader Header) Unheard(IkeOptions options)
    {
        var pair = Pair(options);
        pair.Delivers = (toRight, datagram) => !toRight || !IsFragment(datagram.Message.Span);
        pair.Connect();
        return (pair, Parse(pair.Sent.Last(sent => sent.ToRight).Message).Header);
    }

    /// <summary>No datagram is longer than asked, each but the last as long as the padding lets it be, and together they are the message.</summary>
    [TestCase(EncryptionId.AesGcm16, 128, null)]
    [TestCase(EncryptionId.AesCbc, 128, IntegrityId.HmacSha256_128)]
    public void Fragments_FillTheSizeAndNoMore(EncryptionId id, int keyBits, IntegrityId? integrityId)
    {
        var integrity = integrityId is { } known ? Algorithms.Integrity(known) : null;
        var suite = new IkeAlgorithms(Algorithms.Encryption(id)!, keyBits, integrity, Algorithms.Prf(PrfId.HmacSha256)!, Algorithms.KeyExchange(KeyExchangeId.Curve25519)!);
        using var protection = new IkeProtection(suite, new byte[suite.Encryption.KeyMaterialLength(keyBits)], new byte[integrity?.KeyLength ?? 0], RandomSource.Seeded(1));
        var message = new IkeMessage(
            new() { MajorVersion = 2, ExchangeType = ExchangeType.IkeAuth, MessageId = 1 }, [new NoncePayload(new byte[250]), new VendorIdPayload(new byte[700])]);
        var whole = IkeFragmentation.Length(message, protection);
        Assert.That(IkeMessageCodec.Instance.WriteProtected(message, protection).Length, Is.InRange(whole, whole + protection.MaximumPadding));
        for (var size = 200; size < 260; size++)
        {
            var datagrams = IkeFragmentation.Write(message, protection, size);
            Assert.That(datagrams.Select(datagram => datagram.Length), Is.All.LessThanOrEqualTo(size));
            Assert.That(datagrams[..^1].Select(datagram => datagram.Length), Is.All.GreaterThanOrEqualTo(size - protection.MaximumPadding));
            var chain = new List<byte>();
            foreach (var (index, datagram) in datagrams.Index())
            {
                Assert.That(protection.TryOpenFragment(datagram, out var fragment, out var inner, out _), Is.True);
                Assert.That((fragment!.Number, fragment.Total), Is.EqualTo((index + 1, datagrams.Length)));
                Assert.That(fragment.FirstInner, Is.EqualTo(index == 0 ? PayloadType.Nonce : PayloadType.None));
                chain.AddRange(inner!);
            }
            Assert.That(chain, Is.EqualTo(IkeWriter.Chain([.. message.Payloads.Select(payload => payload.ToRaw())])));
        }
    }

    private static IkePair Pair(IkeOptions options, IkeOptions? right = null) => new(
        options, rightOptions: right,
        changeLeft: connection => connection with { Certificate = Authority.Issue("left", ECDsa.Create(ECCurve.NamedCurves.nistP256)), TrustAnchors = [Authority.Root] },
        changeRight: connection => connection with { Certificate = Authority.Issue("right", ECDsa.Create(ECCurve.NamedCurves.nistP256)), TrustAnchors = [Authority.Root] });

    private static bool IsFragment(ReadOnlySpan<byte> message) => message[16] == (byte)PayloadType.EncryptedFragment;

    private static List<EncryptedFragmentPayload> Fragments(IkePair pair, bool toRight) =>
    [
        .. from sent in pair.Sent
           where sent.ToRight == toRight && IkeMessage.TryParse(sent.Message, out _, out _)
           let fragment = Parse(sent.Message).Find<EncryptedFragmentPayload>()
           where fragment is not null
           select fragment,
    ];

    private static IkeMessage Parse(byte[] octets) => IkeMessage.TryParse(octets, out var message, out _) ? message : throw new InvalidOperationException("not a message");
}
