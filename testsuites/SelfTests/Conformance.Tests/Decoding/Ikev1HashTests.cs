using System.Security.Cryptography;
using Conformance.Decoding;
using Conformance.Tests.Evidence;
using Ipsec.Packets;
using Ipsec.Packets.Ikev1;
using Ipsec.Packets.Ip;

namespace Conformance.Tests.Decoding;

/// <summary>HASH payloads, computed here with the platform's HMAC over octets laid out by hand (RFC 2409 sections 5 and 5.5 to 5.7).</summary>
public sealed class Ikev1HashTests
{
    private static readonly byte[] Key = Fill(0x11, 16), SkeyIdA = Fill(0x22, 32), SkeyId = Fill(0x33, 32);
    private static readonly byte[] PublicI = Fill(1, 128), PublicR = Fill(2, 128), NonceI = Fill(5, 20), NonceR = Fill(6, 20);
    private static readonly byte[] CookieI = Convert.FromHexString("0102030405060708"), CookieR = Convert.FromHexString("1112131415161718");
    private static readonly byte[] Id = [0, 0, 0, 9];

    private static readonly IsakmpSecurityAssociation Offer = new(DomainOfInterpretation.Ipsec, 1, [new(1, IpsecProtocolId.Isakmp, Octets.Empty, [
        new(1, 1, [IsakmpAttribute.Short(1, (ushort)Phase1Encryption.AesCbc), IsakmpAttribute.Short(2, (ushort)Phase1Hash.Sha256), IsakmpAttribute.Short(14, 128)])])]);

    private static readonly IsakmpIdentification Identity = new(IsakmpIdentificationType.Fqdn, 0, 0, "me.example"u8.ToArray());

    private CaptureDecoder _decoder = null!;
    private byte[] _iv = [];
    private byte[] _lastPhase1Block = [];

    [TestCase(true, IcvState.Verified)]
    [TestCase(false, IcvState.Wrong)]
    public void MainMode_HashOfEitherSide_IsChecked(bool genuine, IcvState expected)
    {
        Begin(withSkeyIds: true);
        byte[] end = [.. Offer.EncodeBody(), .. Identity.EncodeBody()];
        var hashI = Hmac(SkeyId, [.. PublicI, .. PublicR, .. CookieI, .. CookieR, .. end]);
        var hashR = Hmac(SkeyId, [.. PublicR, .. PublicI, .. CookieR, .. CookieI, .. end]);
        foreach (var hash in new[] { hashI, hashR })
        {
            hash[0] ^= (byte)(genuine ? 0 : 1);
            Assert.That(Phase1([Identity, Opaque(IsakmpPayloadType.Hash, hash)]).Icv, Is.EqualTo(expected));
        }
    }

    [Test]
    public void QuickMode_ThreeHashesAndAnInformational_AreVerified()
    {
        Begin(withSkeyIds: true);
        Phase1([Identity]);
        StartExchange();
        var first = Chain(Offer, Opaque(IsakmpPayloadType.Nonce, NonceI));
        var second = Chain(Offer, Opaque(IsakmpPayloadType.Nonce, NonceR));
        Assert.That(QuickMode(Hmac(SkeyIdA, [.. Id, .. first]), Offer, Opaque(IsakmpPayloadType.Nonce, NonceI)), Is.EqualTo(IcvState.Verified));
        Assert.That(QuickMode(Hmac(SkeyIdA, [.. Id, .. NonceI, .. second]), Offer, Opaque(IsakmpPayloadType.Nonce, NonceR)), Is.EqualTo(IcvState.Verified));
        Assert.That(QuickMode(Hmac(SkeyIdA, [0, .. Id, .. NonceI, .. NonceR])), Is.EqualTo(IcvState.Verified));

        StartExchange();
        var delete = new IsakmpDelete(DomainOfInterpretation.Ipsec, IpsecProtocolId.Esp, 4, [new byte[] { 1, 2, 3, 4 }]);
        Assert.That(
            Phase2(IsakmpExchangeType.Informational, 10, Hmac(SkeyIdA, [0, 0, 0, 10, .. Chain(delete)]), delete).Icv, Is.EqualTo(IcvState.Verified));
    }

    [Test]
    public void QuickMode_HashOverOtherOctets_IsWrong()
    {
        Begin(withSkeyIds: true);
        Phase1([Identity]);
        StartExchange();
        Assert.That(QuickMode(Hmac(SkeyIdA, Id), Offer, Opaque(IsakmpPayloadType.Nonce, NonceI)), Is.EqualTo(IcvState.Wrong));
    }

    [Test]
    public void LineOfWireshark_HasNoKeyForHashes_SaysSo()
    {
        Begin(withSkeyIds: false);
        var protection = Phase1([Identity, Opaque(IsakmpPayloadType.Hash, new byte[32])]);
        Assert.That((protection.Icv, protection.Reason), Is.EqualTo((IcvState.NotChecked, "IKEv1 has no ICV, and the key file has no SKEYID for its HASH payload")));
    }

    private void Begin(bool withSkeyIds)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("ikev1_decryption_table");
        File.WriteAllText(path, string.Join(',', new[] { CookieI, Key }.Concat(withSkeyIds ? [SkeyIdA, SkeyId] : []).Select(Convert.ToHexStringLower)));
        _decoder = new(DecryptionKeys.Load(ikev1: path));
        foreach (var payload in new IsakmpPayload[] { Offer, Opaque(IsakmpPayloadType.KeyExchange, PublicI), Opaque(IsakmpPayloadType.KeyExchange, PublicR) })
            Decode(new IsakmpMessage(Header(IsakmpExchangeType.MainMode), [payload]).Encode());
        _iv = SHA256.HashData([.. PublicI, .. PublicR])[..16];
    }

    private Protection Phase1(IReadOnlyList<IsakmpPayload> payloads)
    {
        var protection = Encrypted(Header(IsakmpExchangeType.MainMode) with { NextPayload = payloads[0].Type }, Chain([.. payloads]));
        _lastPhase1Block = _iv;
        return protection;
    }

    private void StartExchange() => _iv = [];

    private IcvState QuickMode(byte[] hash, params IsakmpPayload[] rest) => Phase2(IsakmpExchangeType.QuickMode, 9, hash, rest).Icv;

    private Protection Phase2(IsakmpExchangeType exchange, uint id, byte[] hash, params IsakmpPayload[] rest)
    {
        if (_iv.Length == 0)
            _iv = SHA256.HashData([.. _lastPhase1Block, 0, 0, 0, (byte)id])[..16];
        return Encrypted(Header(exchange) with { MessageId = id, NextPayload = IsakmpPayloadType.Hash }, Chain([Opaque(IsakmpPayloadType.Hash, hash), .. rest]));
    }

    private Protection Encrypted(IsakmpHeader header, byte[] chain)
    {
        using var aes = Aes.Create();
        aes.Key = Key;
        var ciphertext = aes.EncryptCbc(chain.Concat(new byte[(16 - chain.Length % 16) % 16]).ToArray(), _iv, PaddingMode.None);
        _iv = ciphertext[^16..];
        var packet = Decode(IsakmpWriter.Encrypted(header with { Flags = IsakmpFlags.Encryption }, ciphertext));
        Assert.That(packet.Malformations, Is.Empty);
        return packet.Protections.Single();
    }

    private DecodedPacket Decode(byte[] message)
    {
        var datagram = new byte[8 + message.Length];
        var (from, to) = (Ipv4Address.Parse("192.0.2.1"), Ipv4Address.Parse("192.0.2.2"));
        new UdpHeader(500, 500).WriteDatagram(datagram, from, to, message);
        var packet = new byte[20 + datagram.Length];
        new Ipv4Header(from, to, IpProtocol.Udp).WritePacket(packet, datagram);
        return _decoder.Decode(new(1, DateTimeOffset.UnixEpoch, 101, packet, (uint)packet.Length));
    }

    private static byte[] Hmac(byte[] key, byte[] octets) => HMACSHA256.HashData(key, octets);

    private static byte[] Chain(params IsakmpPayload[] payloads) => IsakmpWriter.Chain([.. payloads.Select(payload => payload.ToRaw())]);

    private static OpaquePayload Opaque(IsakmpPayloadType type, byte[] octets) => new(type, octets);

    private static IsakmpHeader Header(IsakmpExchangeType exchange) => new()
    {
        InitiatorCookie = 0x0102030405060708, ResponderCookie = 0x1112131415161718, MajorVersion = 1, ExchangeType = exchange,
    };

    private static byte[] Fill(byte value, int length) => [.. Enumerable.Repeat(value, length)];
}
