using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto.Tests;

[TestFixture]
internal sealed class RegistryTests
{
    [Test]
    public void Registry_everyListedAlgorithm_isThere()
    {
        Assert.That(Algorithms.AllEncryption.Select(algorithm => (int)algorithm.Id), Is.EqualTo(new[] { 2, 3, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31 }));
        Assert.That(Algorithms.AllIntegrity.Select(algorithm => (int)algorithm.Id), Is.EqualTo(new[] { 1, 2, 5, 8, 9, 10, 11, 12, 13, 14 }));
        Assert.That(Algorithms.AllPrf.Select(algorithm => (int)algorithm.Id), Is.EqualTo(new[] { 1, 2, 4, 5, 6, 7, 8 }));
        Assert.That(Algorithms.AllKeyExchange.Select(method => (int)method.Id), Is.EqualTo(new[] { 1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 35, 36, 37 }));
    }

    [TestCase(EncryptionId.Des, null, ProtocolId.Esp)]
    [TestCase(EncryptionId.Des, null, ProtocolId.Ike)]
    [TestCase(EncryptionId.Null, null, ProtocolId.Ike)]
    [TestCase(EncryptionId.AesGcm16Iiv, 128, ProtocolId.Ike)]
    [TestCase(EncryptionId.NullAuthAesGmac, 128, ProtocolId.Ike)]
    [TestCase(EncryptionId.AesCbc, null, ProtocolId.Esp)]
    [TestCase(EncryptionId.AesCbc, 512, ProtocolId.Esp)]
    [TestCase(EncryptionId.ChaCha20Poly1305, 256, ProtocolId.Esp)]
    public void TryFrom_cipherNotForThisUse_isRefused(EncryptionId id, int? keyLength, ProtocolId protocol)
    {
        Transform[] integrity = Algorithms.Encryption(id)!.IsAead ? [] : [Transform.Integrity(IntegrityId.HmacSha256_128)];
        var proposal = new Proposal(
            1, protocol, new byte[4],
            [Transform.Encryption(id, (ushort?)keyLength), .. integrity, Transform.Prf(PrfId.HmacSha256), Transform.KeyExchange(KeyExchangeId.Ecp256)]);
        var chosen = protocol == ProtocolId.Ike ? IkeAlgorithms.TryFrom(proposal, out _) : EspAlgorithms.TryFrom(proposal, out _);
        Assert.That(chosen, Is.False);
    }

    [Test]
    public void TryFrom_wholeChoice_namesItsAlgorithms()
    {
        Assert.That(IkeAlgorithms.TryFrom(Choice(ProtocolId.Ike, [Cbc, Hmac, Prf, Group]), out var ike), Is.True);
        Assert.That((ike!.Encryption.Id, ike.KeyBits, ike.Integrity!.Id, ike.Prf.Id, ike.KeyExchange.Id), Is.EqualTo(
            (EncryptionId.AesCbc, 256, IntegrityId.HmacSha256_128, PrfId.HmacSha256, KeyExchangeId.Ecp256)));
        Assert.That(EspAlgorithms.TryFrom(Choice(ProtocolId.Esp, [Cbc, Hmac, Esn]), out var esp), Is.True);
        Assert.That((esp!.Encryption.Id, esp.KeyBits, esp.Integrity!.Id, esp.ExtendedSequenceNumbers), Is.EqualTo(
            (EncryptionId.AesCbc, 256, IntegrityId.HmacSha256_128, true)));
        Assert.That((esp.EncryptionKeyLength, esp.IntegrityKeyLength), Is.EqualTo((32, 32)));
        Assert.That(EspAlgorithms.TryFrom(Choice(ProtocolId.Esp, [Gcm, NoIntegrity, NoEsn]), out esp), Is.True);
        Assert.That((esp!.Encryption.Id, esp.KeyBits, esp.Integrity, esp.ExtendedSequenceNumbers), Is.EqualTo(
            (EncryptionId.AesGcm16, 128, (IntegrityAlgorithm?)null, false)));
        Assert.That((esp.EncryptionKeyLength, esp.IntegrityKeyLength), Is.EqualTo((20, 0)));
        Assert.That(EspAlgorithms.TryFrom(Choice(ProtocolId.Esp, [Gcm]), out esp), Is.True, "neither integrity nor sequence numbers named");
        Assert.That(esp!.ExtendedSequenceNumbers, Is.False);
    }

    [TestCaseSource(nameof(WrongChoices))]
    public void TryFrom_wrongChoice_isRefused(Proposal choice)
    {
        var chosen = choice.Protocol == ProtocolId.Ike ? IkeAlgorithms.TryFrom(choice, out _) : EspAlgorithms.TryFrom(choice, out _);
        Assert.That(chosen, Is.False);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void ImplicitIv_packet_carriesNoneAndOpens(bool extended)
    {
        var algorithms = new EspAlgorithms(Algorithms.Encryption(EncryptionId.AesGcm16Iiv)!, 128, null, extended);
        using var protection = new EspProtection(algorithms, new byte[20], default, RandomSource.Seeded(1));
        byte[] payload = [1, 2, 3, 4, 5, 6], packet = new byte[100], plaintext = new byte[100];
        const ulong sequenceNumber = 0x1_0000_0007;
        var length = protection.Seal(0x1234, sequenceNumber, payload, 4, packet);
        Assert.That(length, Is.EqualTo(8 + 8 + 16));
        Assert.That(protection.TryOpen(packet.AsSpan(0, length), sequenceNumber, plaintext, out _), Is.True);
        Assert.That(protection.TryOpen(packet.AsSpan(0, length), sequenceNumber + (1UL << 32), plaintext, out _), Is.EqualTo(!extended));
    }

    private static readonly Transform
        Cbc = Transform.Encryption(EncryptionId.AesCbc, 256), Gcm = Transform.Encryption(EncryptionId.AesGcm16, 128), Hmac = Transform.Integrity(IntegrityId.HmacSha256_128),
        NoIntegrity = Transform.Integrity(IntegrityId.None), Prf = Transform.Prf(PrfId.HmacSha256), Group = Transform.KeyExchange(KeyExchangeId.Ecp256),
        Esn = Transform.SequenceNumbers(SequenceNumbersId.Extended64), NoEsn = Transform.SequenceNumbers(SequenceNumbersId.Sequential32);

    private static Proposal Choice(ProtocolId protocol, ImmutableArray<Transform> transforms) => new(1, protocol, new byte[4], transforms);

    private static IEnumerable<TestCaseData> WrongChoices()
    {
        yield return Wrong("two ciphers", ProtocolId.Esp, Gcm, Transform.Encryption(EncryptionId.AesGcm16, 256));
        yield return Wrong("two groups", ProtocolId.Ike, Gcm, Prf, Group, Transform.KeyExchange(KeyExchangeId.Curve25519));
        yield return Wrong("no cipher", ProtocolId.Esp, Hmac);
        yield return Wrong("a cipher without a number here", ProtocolId.Esp, Transform.Encryption((EncryptionId)999), Hmac);
        yield return Wrong("combined mode with integrity", ProtocolId.Esp, Gcm, Hmac);
        yield return Wrong("CBC without integrity", ProtocolId.Esp, Cbc);
        yield return Wrong("CBC with integrity NONE", ProtocolId.Esp, Cbc, NoIntegrity);
        yield return Wrong("CBC with an integrity without a number here", ProtocolId.Esp, Cbc, Transform.Integrity((IntegrityId)999));
        yield return Wrong("CBC with an integrity for AH alone", ProtocolId.Esp, Cbc, Transform.Integrity(IntegrityId.Aes128Gmac));
        yield return Wrong("IKE without a prf", ProtocolId.Ike, Gcm, Group);
        yield return Wrong("IKE with a prf without a number here", ProtocolId.Ike, Gcm, Transform.Prf((PrfId)999), Group);
        yield return Wrong("IKE without a group", ProtocolId.Ike, Gcm, Prf);
        yield return Wrong("IKE with a group without a number here", ProtocolId.Ike, Gcm, Prf, Transform.KeyExchange((KeyExchangeId)999));

        static TestCaseData Wrong(string name, ProtocolId protocol, params Transform[] transforms) =>
            new TestCaseData(Choice(protocol, [.. transforms])).SetArgDisplayNames(name);
    }
}
