using System.Collections.Immutable;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests;

/// <summary>The choice among proposals alone (RFC 7296 sections 2.7, 3.3.5 and 3.3.6), and what counts as a choice of ours.</summary>
public sealed class ProposalSelectionTests
{
    private static readonly Transform
        Gcm128 = Transform.Encryption(EncryptionId.AesGcm16, 128), Gcm192 = Transform.Encryption(EncryptionId.AesGcm16, 192), Gcm256 = Transform.Encryption(EncryptionId.AesGcm16, 256),
        Cbc128 = Transform.Encryption(EncryptionId.AesCbc, 128), Sha256 = Transform.Integrity(IntegrityId.HmacSha256_128), Sha512 = Transform.Integrity(IntegrityId.HmacSha512_256),
        NoIntegrity = Transform.Integrity(IntegrityId.None), Short = Transform.SequenceNumbers(SequenceNumbersId.Sequential32),
        Extended = Transform.SequenceNumbers(SequenceNumbersId.Extended64), Group19 = Transform.KeyExchange(KeyExchangeId.Ecp256),
        Group31 = Transform.KeyExchange(KeyExchangeId.Curve25519), NoGroup = Transform.KeyExchange(KeyExchangeId.None);

    [Test]
    public void Choice_HasOneTransformOfEachType_AndThePeersNumberAndSpi()
    {
        var offered = new Proposal(3, ProtocolId.Esp, new byte[] { 1, 2, 3, 4 }, [Cbc128 with { Reserved = 5 }, Sha256, Sha512, Short]) { Reserved = 9 };
        var chosen = ProposalSelection.Choose([Esp(Cbc128, Sha512, Sha256, Extended, Short)], [offered]);
        Assert.That((chosen!.Number, chosen.Protocol, chosen.Spi, chosen.Reserved), Is.EqualTo(((byte)3, ProtocolId.Esp, offered.Spi, (byte)0)));
        Assert.That(chosen.Transforms, Is.EqualTo(new[] { Cbc128, Sha512, Short }), "in our order of preference");
    }

    [Test]
    public void Choice_IsOfOurProtocolOnly() => Assert.That(ProposalSelection.Choose([Esp(Gcm128)], [Esp(Gcm128) with { Protocol = ProtocolId.Ah }]), Is.Null);

    [TestCaseSource(nameof(LeftOut))]
    public void TypeLeftOut_MeansNone(Transform[] ours, Transform[] offered, Transform[]? expected) =>
        Assert.That(ProposalSelection.Choose([Esp(ours)], [Esp(offered)])?.Transforms, expected is null ? Is.Null : Is.EqualTo(expected));

    private static IEnumerable<TestCaseData> LeftOut()
    {
        yield return Case("the same", [Gcm128], [Gcm128], [Gcm128]);
        yield return Case("integrity NONE with us", [Gcm128, NoIntegrity], [Gcm128], [Gcm128]);
        yield return Case("integrity NONE with the peer", [Gcm128], [Gcm128, NoIntegrity], [Gcm128]);
        yield return Case("integrity NONE with both", [Gcm128, NoIntegrity], [Gcm128, NoIntegrity], [Gcm128, NoIntegrity]);
        yield return Case("integrity with us alone", [Gcm128, Sha256], [Gcm128], null);
        yield return Case("integrity with the peer alone", [Gcm128], [Gcm128, Sha256], null);
        yield return Case("integrity or NONE with the peer", [Gcm128], [Gcm128, Sha256, NoIntegrity], [Gcm128]);
        yield return Case("a group with the peer alone", [Gcm128], [Gcm128, Group19], null);
        yield return Case("a group or NONE with us", [Gcm128, Group19, NoGroup], [Gcm128], [Gcm128]);
        yield return Case("short numbers with us alone", [Gcm128, Short], [Gcm128], [Gcm128]);
        yield return Case("extended numbers with the peer alone", [Gcm128], [Gcm128, Extended], null);
        yield return Case("no cipher in common", [Gcm128], [Cbc128], null);

        static TestCaseData Case(string name, Transform[] ours, Transform[] offered, Transform[]? expected) =>
            new TestCaseData(ours, offered, expected).SetArgDisplayNames(name);
    }

    /// <summary>RFC 7296 section 3.3.5 recommends to take longer keys than one asks for; shorter ones are never taken.</summary>
    [Test]
    public void LongerKeys_AreTakenWhereNothingElseFits()
    {
        Assert.That(ProposalSelection.Choose([Esp(Gcm128)], [Esp(Gcm256)])!.Transforms.Single().KeyLength, Is.EqualTo(256));
        Assert.That(ProposalSelection.Choose([Esp(Gcm128)], [Esp(Gcm256), Esp(Gcm128)])!.Transforms.Single().KeyLength, Is.EqualTo(128), "what fits exactly comes first");
        Assert.That(ProposalSelection.Choose([Esp(Gcm192)], [Esp(Gcm256, Gcm128)])!.Transforms.Single().KeyLength, Is.EqualTo(256));
        Assert.That(ProposalSelection.Choose([Esp(Gcm256)], [Esp(Gcm128)]), Is.Null, "shorter");
        Assert.That(ProposalSelection.Choose([Esp(Gcm128)], [Esp(Transform.Encryption(EncryptionId.AesGcm16, 512))]), Is.Null, "a length that the cipher hasn't got");
        Assert.That(ProposalSelection.Choose([Esp(Gcm128)], [Esp(Transform.Encryption(EncryptionId.AesCbc, 256), Sha256)]), Is.Null, "another cipher");
        Assert.That(
            ProposalSelection.Choose([Esp(Transform.Encryption(EncryptionId.AesCcm8, 128))], [Esp(Transform.Encryption(EncryptionId.AesCcm8, 256))]), Is.Null, "RFC 8247 section 2.1");
    }

    [Test]
    public void PreferredGroup_IsTakenWhereAnyProposalAllowsIt()
    {
        ImmutableArray<Proposal> ours = [Esp(Gcm256, Group19, Group31), Esp(Gcm128, Group19, Group31)];
        Assert.That(ProposalSelection.ChoosePreferring(KeyExchangeId.Curve25519, ours, [Esp(Gcm256, Gcm128, Group19, Group31)])!.Transforms, Is.EqualTo(new[] { Gcm256, Group31 }));
        Assert.That(ProposalSelection.ChoosePreferring(KeyExchangeId.Curve25519, ours, [Esp(Gcm256, Group19), Esp(Gcm128, Group31)])!.Transforms, Is.EqualTo(new[] { Gcm128, Group31 }));
        Assert.That(ProposalSelection.ChoosePreferring(KeyExchangeId.Curve25519, ours, [Esp(Gcm256, Group19)])!.Transforms, Is.EqualTo(new[] { Gcm256, Group19 }));
        Assert.That(ProposalSelection.ChoosePreferring(KeyExchangeId.Curve25519, [Esp(Gcm256)], [Esp(Gcm256)])!.Transforms, Is.EqualTo(new[] { Gcm256 }));
    }

    [Test]
    public void Answer_IsAChoiceOfOurs_OrIsNot()
    {
        var offered = ProposalSelection.Offer([Esp(Gcm256, Gcm128, Short), Esp(Cbc128, Sha256, Short, Extended)], new byte[] { 9 }).Proposals;
        Assert.That(offered.Select(proposal => ((int)proposal.Number, proposal.Spi)), Is.EqualTo(new[] { (1, (Octets)new byte[] { 9 }), (2, new byte[] { 9 }) }));
        Assert.Multiple(() =>
        {
            Assert.That(Valid(Numbered(1, Gcm128, Short)), Is.True);
            Assert.That(Valid(Numbered(2, Cbc128, Sha256, Extended)), Is.True);
            Assert.That(Valid(Numbered(1, Cbc128, Sha256, Extended)), Is.False, "the number of the other");
            Assert.That(Valid(Numbered(3, Gcm128, Short)), Is.False, "a number of none");
            Assert.That(Valid(Numbered(1, Gcm128, Short) with { Protocol = ProtocolId.Ah }), Is.False, "another protocol");
            Assert.That(Valid(Numbered(1, Gcm256, Gcm128, Short)), Is.False, "two of a type");
            Assert.That(Valid(Numbered(1, Transform.Encryption(EncryptionId.AesGcm16, 192), Short)), Is.False, "a key length that was not offered");
            Assert.That(Valid(Numbered(2, Cbc128, Extended)), Is.False, "without integrity");
            Assert.That(Valid(Numbered(1, Gcm128, Sha256, Short)), Is.False, "with integrity");
            Assert.That(Valid(), Is.False, "no proposal");
            Assert.That(Valid(Numbered(1, Gcm128, Short), Numbered(1, Gcm128, Short)), Is.False, "two proposals");
        });

        bool Valid(params Proposal[] answer) => ProposalSelection.IsValidChoice(offered, new([.. answer]));
    }

    /// <summary>RFC 7296 sections 1.3 and 2.7: INVALID_KE_PAYLOAD asks for another method; one that was not offered is no reason to try it.</summary>
    [Test]
    public void Retry_IsWithAnotherOfferedMethodOnly()
    {
        ImmutableArray<Proposal> offered = [Esp(Gcm128, Group19), Esp(Gcm128, Group31, NoGroup)];
        Assert.That(KeyExchangeNegotiation.Retry(KeyExchangeNegotiation.Refuse(KeyExchangeId.Curve25519), offered, KeyExchangeId.Ecp256), Is.EqualTo(KeyExchangeId.Curve25519));
        Assert.That(KeyExchangeNegotiation.Retry(KeyExchangeNegotiation.Refuse(KeyExchangeId.Ecp256), offered, null), Is.EqualTo(KeyExchangeId.Ecp256));
        Assert.That(KeyExchangeNegotiation.Retry(KeyExchangeNegotiation.Refuse(KeyExchangeId.Ecp256), offered, KeyExchangeId.Ecp256), Is.Null, "the one tried");
        Assert.That(KeyExchangeNegotiation.Retry(KeyExchangeNegotiation.Refuse(KeyExchangeId.Ecp384), offered, KeyExchangeId.Ecp256), Is.Null, "not offered");
        Assert.That(KeyExchangeNegotiation.Retry(KeyExchangeNegotiation.Refuse(KeyExchangeId.None), offered, KeyExchangeId.Ecp256), Is.Null, "NONE");
        Assert.That(KeyExchangeNegotiation.Retry(new(NotifyType.InvalidKePayload, new byte[] { 0, 0, 31 }), offered, KeyExchangeId.Ecp256), Is.Null, "three octets");
        Assert.That(KeyExchangeNegotiation.Retry(new(NotifyType.NoProposalChosen, new byte[] { 0, 31 }), offered, KeyExchangeId.Ecp256), Is.Null, "another notification");
        Assert.That(KeyExchangeNegotiation.Refuse(KeyExchangeId.Curve25519), Is.EqualTo(new NotifyPayload(NotifyType.InvalidKePayload, new byte[] { 0, 31 })));
        Assert.That(KeyExchangeNegotiation.Preferred(offered), Is.EqualTo(KeyExchangeId.Ecp256));
        Assert.That(KeyExchangeNegotiation.Chosen(Esp(Gcm128)), Is.Null);
        Assert.That(KeyExchangeNegotiation.Chosen(Esp(Gcm128, NoGroup)), Is.Null);
    }

    [Test]
    public void AhProposal_HasIntegrityAloneAndMaybeExtendedNumbers()
    {
        Assert.That(ChildProtocol.TryFrom(Ah(Sha256, Extended), out var algorithms), Is.True);
        Assert.That((algorithms!.Encryption.Id, algorithms.EncryptionKeyLength, algorithms.Integrity!.Id, algorithms.ExtendedSequenceNumbers), Is.EqualTo(
            (EncryptionId.Null, 0, IntegrityId.HmacSha256_128, true)));
        Assert.That(ChildProtocol.TryFrom(Ah(Sha256, Short), out algorithms), Is.True);
        Assert.That(algorithms!.ExtendedSequenceNumbers, Is.False);
        Assert.That(ChildProtocol.TryFrom(Ah(Transform.Integrity(IntegrityId.Aes128Gmac)), out algorithms), Is.True);
        Assert.That(algorithms!.ExtendedSequenceNumbers, Is.False);
        Assert.That(ChildProtocol.TryFrom(Ah(Gcm128, Sha256), out _), Is.False, "with a cipher");
        Assert.That(ChildProtocol.TryFrom(Ah(Short), out _), Is.False, "without integrity");
        Assert.That(ChildProtocol.TryFrom(Ah(NoIntegrity), out _), Is.False, "with integrity NONE");
        Assert.That(ChildProtocol.TryFrom(Ah(Transform.Integrity((IntegrityId)999)), out _), Is.False, "with an integrity that nobody knows");
        Assert.That(ChildProtocol.TryFrom(Ah(Sha256) with { Protocol = ProtocolId.Ike }, out _), Is.False, "of another protocol");
        Assert.That(ChildProtocol.TryFrom(Esp(Gcm128), out algorithms), Is.True);
        Assert.That(algorithms!.Encryption.Id, Is.EqualTo(EncryptionId.AesGcm16));
    }

    /// <summary>What RFC 8247 and RFC 8221 forbid goes, and a proposal that has nothing left of a type with it.</summary>
    [Test]
    public void ForbiddenOrUnknownTransforms_AreNotOffered()
    {
        var connection = IkePair.Connection(IkePair.Left, IkePair.Right, "left", "right");
        Transform prf = Transform.Prf(PrfId.HmacSha256), des = Transform.Encryption(EncryptionId.Des), md5 = Transform.Integrity(IntegrityId.HmacMd5_96);
        var permitted = AlgorithmPolicy.Permitted(connection with
        {
            IkeProposals =
            [
                Ike(des, Cbc128, Sha256, md5, prf, Transform.Prf(PrfId.HmacMd5), Group19, Transform.KeyExchange(KeyExchangeId.Modp768)), Ike(des, Sha256, prf, Group19),
                Ike(Cbc128, md5, prf, Group19), Ike(Cbc128, Sha256, Transform.Prf((PrfId)999), Group19), Ike(Cbc128, Sha256, prf, Transform.KeyExchange((KeyExchangeId)999)),
            ],
            ChildProposals = [Esp(Gcm128, NoIntegrity, NoGroup, Extended), Esp(des, Sha256), Esp(Transform.Encryption((EncryptionId)999), Cbc128, Sha256), Ah(md5)],
        });
        Assert.That(permitted.IkeProposals.Select(proposal => proposal.Transforms), Is.EqualTo(new[] { new[] { Cbc128, Sha256, prf, Group19 } }));
        Assert.That(
            permitted.ChildProposals.Select(proposal => proposal.Transforms),
            Is.EqualTo(new[] { new[] { Gcm128, NoIntegrity, NoGroup, Extended }, [Cbc128, Sha256] }));
    }

    private static Proposal Numbered(byte number, params Transform[] transforms) => Esp(transforms) with { Number = number };

    private static Proposal Esp(params Transform[] transforms) => new(1, ProtocolId.Esp, Octets.Empty, [.. transforms]);

    private static Proposal Ah(params Transform[] transforms) => new(1, ProtocolId.Ah, Octets.Empty, [.. transforms]);

    private static Proposal Ike(params Transform[] transforms) => new(1, ProtocolId.Ike, Octets.Empty, [.. transforms]);
}
