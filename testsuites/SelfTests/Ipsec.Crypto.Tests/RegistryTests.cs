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
}
