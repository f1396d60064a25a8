using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using Conformance.Decoding;
using Conformance.Evidence;
using Conformance.Tests.Evidence;
using Ipsec.Packets;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ikev1;
using Ipsec.Packets.Ip;
using Ipsec.Packets.IpComp;
using Ipsec.Packets.Tcp;

namespace Conformance.Tests.Decoding;

public sealed class CaptureDecoderTests
{
    private static readonly Ipv4Address One = Ipv4Address.Parse("192.0.2.1");
    private static readonly Ipv4Address Other = Ipv4Address.Parse("192.0.2.2");
    private static readonly byte[] Key = [.. Enumerable.Range(1, 20).Select(i => (byte)i)];
    private static readonly byte[] IkeMessageOctets = new IkeMessage(Header(ExchangeType.IkeSaInit), [new NoncePayload(new byte[16])]).Encode();

    [TestCase(1, "020000000002020000000001" + "0800", TestName = "Ethernet")]
    [TestCase(1, "020000000002020000000001" + "88a80001" + "81000002" + "0800", TestName = "Ethernet with two VLAN tags")]
    [TestCase(101, "", TestName = "raw IP")]
    [TestCase(113, "000000010006020000000001" + "0000" + "0800", TestName = "Linux cooked v1")]
    [TestCase(276, "0800" + "0000" + "00000001" + "0001" + "00" + "06" + "0200000000010000", TestName = "Linux cooked v2")]
    [TestCase(0, "02000000", TestName = "null")]
    [TestCase(108, "00000002", TestName = "loopback")]
    public void Decode_EveryLinkType_FindsTheIkeMessage(int linkType, string linkHeader)
    {
        var link = Convert.FromHexString(linkHeader);
        var packet = new CaptureDecoder().Decode(Frame([.. link, .. Udp(500, IkeMessageOctets)], linkType));
        Assert.That(packet.Malformations, Is.Empty);
        var spi = packet.Find("IKEv2", "Initiator SPI").Single();
        Assert.That((spi.Value, spi.Offset, spi.Length), Is.EqualTo(("0102030405060708", link.Length + 28, 8)));
    }

    [Test]
    public void Decode_MalformedPayload_SaysFrameOffsetFieldAndGoesOn()
    {
        var message = IkeWriter.Message(Header(ExchangeType.IkeSaInit), [new(PayloadType.Delete, 0, new byte[] { 3, 4, 0, 9 }), new(PayloadType.Nonce, 0, new byte[16])]);
        var decoder = new CaptureDecoder();
        decoder.Decode(Frame(Udp(500, IkeMessageOctets)));
        var packet = decoder.Decode(Frame(Udp(500, message), number: 2));
        var malformation = packet.Malformations.Single();
        Assert.That((malformation.Frame, malformation.Error.Offset, malformation.Error.Field), Is.EqualTo((2, 28 + 28 + 4 + 2, "Num of SPIs")));
        Assert.That(packet.Find("IKEv2", "Nonce Data").Count(), Is.EqualTo(1), "the payloads after it are decoded");
    }

    [Test]
    public void Decode_FragmentsOfAnIkeMessage_AreOpenedAndPutTogether()
    {
        var inner = IkeWriter.Chain([new(PayloadType.Nonce, 0, new byte[100]), new(PayloadType.Notify, 0, new byte[] { 0, 0, 0x40, 0 })]);
        var decoder = new CaptureDecoder(IkeKeys());
        var first = decoder.Decode(Frame(Udp(4500, [0, 0, 0, 0, .. Skf(2, 2, inner[60..])])));
        var second = decoder.Decode(Frame(Udp(4500, [0, 0, 0, 0, .. Skf(1, 2, inner[..60])])));
        foreach (var packet in new[] { first, second })
        {
            Assert.That(packet.Malformations, Is.Empty);
            Assert.That(packet.Protections.Single(), Has.Property(nameof(Protection.Decrypted)).True.And.Property(nameof(Protection.Icv)).EqualTo(IcvState.Verified));
        }
        Assert.That(second.Find("IKEv2 Reassembled", "Nonce Data").Single().Length, Is.EqualTo(100));
        Assert.That(second.Summary, Does.Contain("{Nonce N(INITIAL_CONTACT)}"));
    }

    [Test]
    public void Decode_FlippedBit_SaysTheIcvIsWrong()
    {
        var message = Skf(1, 1, new byte[20]);
        message[^20] ^= 1;
        var packet = new CaptureDecoder(IkeKeys()).Decode(Frame(Udp(500, message)));
        Assert.That(packet.Protections.Single().Icv, Is.EqualTo(IcvState.Wrong));
    }

    [Test]
    public void Decode_EncryptedWithoutKeys_SaysThatNoFileHasThem()
    {
        var packet = new CaptureDecoder().Decode(Frame(Udp(500, Skf(1, 1, new byte[20]))));
        Assert.That(packet.Protections.Single().ToString(), Does.Contain("not decrypted, ICV not checked (no key file has this SA)"));
    }

    [Test]
    public void Decode_TcpEncapsulationCutAnywhere_FindsIkeAndEsp()
    {
        byte[] stream = [.. TcpEncapsulation.StreamPrefix, .. TcpEncapsulation.IkeFrame(IkeMessageOctets), .. TcpEncapsulation.Frame([0, 0, 1, 0, 0, 0, 0, 1, .. new byte[20]])];
        for (var cut = 1; cut < stream.Length; cut += 7)
        {
            var decoder = new CaptureDecoder();
            var packets = new[]
            {
                decoder.Decode(Frame(Tcp(1000, stream[..cut]))),
                decoder.Decode(Frame(Tcp(1000, stream[..cut]))), // a retransmission
                decoder.Decode(Frame(Tcp(1000 + (uint)cut, stream[cut..]))),
            };
            Assert.That(packets.SelectMany(packet => packet.Malformations), Is.Empty);
            Assert.That(packets.SelectMany(packet => packet.Layer("IKEv2")).Count(), Is.EqualTo(1), $"cut at {cut}");
            Assert.That(packets.SelectMany(packet => packet.Layer("ESP")).Count(), Is.EqualTo(1), $"cut at {cut}");
        }
    }

    [Test]
    public void Decode_AhAroundIpv6AroundAh_ShowsEveryLayer()
    {
        var inner = new AhPacket(IpProtocol.NoNextHeader, 2, 2, new byte[12], Octets.Empty).Encode();
        var ipv6 = new Ipv6Packet(Ipv6Address.Parse("2001:db8::1"), Ipv6Address.Parse("2001:db8::2"), IpProtocol.NoNextHeader, Octets.Empty,
            [new(IpProtocol.Ah, inner[1..])]).Encode();
        var outer = new AhPacket(IpProtocol.Ipv6, 1, 1, new byte[12], ipv6).Encode();
        var packet = new CaptureDecoder().Decode(Frame(Ip(IpProtocol.Ah, outer)));
        Assert.That(packet.Malformations, Is.Empty);
        Assert.That(packet.Layers.Select(layer => layer.Name), Is.EqualTo(["IPv4", "AH", "IPv6", "AH"]));
        Assert.That(packet.Find("AH", "SPI").Select(field => field.Value), Is.EqualTo(["0x00000001", "0x00000002"]));
    }

    [Test]
    public void Decode_IpInIpWithoutEnd_IsCutOff()
    {
        var packet = new byte[20];
        new Ipv4Header(One, Other, IpProtocol.NoNextHeader).Write(packet, 0);
        for (var depth = 0; depth < 100; depth++)
            packet = Ip(IpProtocol.IpInIp, packet);
        Assert.That(new CaptureDecoder().Decode(Frame(packet)).Malformations.Single().Error.Reason, Does.Contain("in each other"));
    }

    [Test]
    public void Decode_Ikev1MainMode_IsDecrypted()
    {
        using var folder = new TemporaryFolder();
        var keyFile = folder.File("ikev1_decryption_table");
        File.WriteAllText(keyFile, $"0102030405060708,{Convert.ToHexString(Key[..16])}\n");
        var decoder = new CaptureDecoder(DecryptionKeys.Load(ikev1: keyFile));
        byte[] publicI = [.. Enumerable.Repeat((byte)1, 128)], publicR = [.. Enumerable.Repeat((byte)2, 128)];
        var sa = new IsakmpSecurityAssociation(DomainOfInterpretation.Ipsec, 1, [new(1, IpsecProtocolId.Isakmp, Octets.Empty, [
            new(1, 1, [IsakmpAttribute.Short(1, (ushort)Phase1Encryption.AesCbc), IsakmpAttribute.Short(2, (ushort)Phase1Hash.Sha256), IsakmpAttribute.Short(14, 128)])])]);
        foreach (var payload in new IsakmpPayload[] { sa, new OpaquePayload(IsakmpPayloadType.KeyExchange, publicI), new OpaquePayload(IsakmpPayloadType.KeyExchange, publicR) })
            decoder.Decode(Frame(Udp(500, new IsakmpMessage(Ikev1Header(IsakmpExchangeType.MainMode), [payload]).Encode())));

        using var aes = Aes.Create();
        aes.Key = Key[..16];
        var iv = SHA256.HashData([.. publicI, .. publicR])[..16];
        var identity = IsakmpWriter.Chain([new IsakmpIdentification(IsakmpIdentificationType.Fqdn, 0, 0, "me.example"u8.ToArray()).ToRaw()]);
        byte[] padded = [.. identity, .. new byte[32 - identity.Length]];
        var ciphertext = aes.EncryptCbc(padded, iv, PaddingMode.None);
        var header = Ikev1Header(IsakmpExchangeType.MainMode) with { Flags = IsakmpFlags.Encryption, NextPayload = IsakmpPayloadType.Identification };
        var message = Udp(500, IsakmpWriter.Encrypted(header, ciphertext));
        foreach (var packet in new[] { decoder.Decode(Frame(message)), decoder.Decode(Frame(message)) })
            Assert.That(packet.Find("IKEv1", "Identification Data").Single().Value, Is.EqualTo("me.example"), "and so is its retransmission");

        var hash = IsakmpWriter.Chain([new OpaquePayload(IsakmpPayloadType.Hash, new byte[28]).ToRaw()]);
        var quickIv = SHA256.HashData([.. ciphertext[^16..], 0, 0, 0, 9])[..16];
        var quick = Ikev1Header(IsakmpExchangeType.QuickMode) with { MessageId = 9, NextPayload = IsakmpPayloadType.Hash };
        var decoded = decoder.Decode(Frame(Udp(500, IsakmpWriter.Encrypted(quick, aes.EncryptCbc(hash, quickIv, PaddingMode.None)))));
        Assert.That(decoded.Find("IKEv1", "Data").Single().Length, Is.EqualTo(28));
        Assert.That(decoded.Protections.Single().Decrypted);
    }

    [TestCase(2)]
    [TestCase(0x1234)]
    public void Decode_IpCompOfDeflate_ShowsThePacketInside(int cpi)
    {
        var packet = new CaptureDecoder().Decode(Frame(Ip(IpProtocol.IpComp, IpComp(cpi, Udp(500, IkeMessageOctets)))));
        Assert.That(packet.Malformations, Is.Empty);
        Assert.That(packet.Layers.Select(layer => layer.Name), Is.EqualTo(["IPv4", "IPComp", "IPv4", "UDP", "IKEv2"]));
        Assert.That(packet.Layer("IKEv2").Single().Source, Is.EqualTo("IPComp decompressed in frame 1"));
    }

    [Test]
    public void Decode_IpCompThatIsNoDeflate_IsMalformedOnlyWhereDeflateWasSaid()
    {
        Assert.That(Malformation(2), Is.EqualTo("Compressed Payload"));
        Assert.That(Malformation(0x1234), Is.Null);

        static string? Malformation(int cpi) => new CaptureDecoder().Decode(Frame(Ip(IpProtocol.IpComp, new IpCompPacket(4, 0, (ushort)cpi, new byte[] { 7, 7, 7 }).Encode())))
            .Malformations.SingleOrDefault()?.Error.Field;
    }

    [Test]
    public void Decode_IpCompBomb_IsRefusedWithinBounds()
    {
        var bomb = IpComp(2, new byte[50_000_000]);
        var frame = Frame(Ip(IpProtocol.IpComp, bomb[..Math.Min(bomb.Length, 60_000)]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(new CaptureDecoder().Decode(frame).Malformations.Single().Error.Field, Is.EqualTo("Compressed Payload"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    private static byte[] IpComp(int cpi, byte[] inside)
    {
        using var compressed = new MemoryStream();
        using (var deflate = new DeflateStream(compressed, CompressionLevel.Optimal))
            deflate.Write(inside);
        return new IpCompPacket(IpProtocol.IpInIp, 0, (ushort)cpi, compressed.ToArray()).Encode();
    }

    private static DecryptionKeys IkeKeys()
    {
        using var folder = new TemporaryFolder();
        WiresharkKeyFiles.Write(folder.Path, [new(0x0102030405060708, 0x1112131415161718, 20, 128, 0, Key, Key, [], [])], []);
        return DecryptionKeys.Load(ike: folder.File(WiresharkKeyFiles.IkeFileName));
    }

    /// <summary>An encrypted fragment, sealed with the platform's AES-GCM alone (RFC 7383 section 2.5, RFC 5282).</summary>
    private static byte[] Skf(ushort number, ushort total, byte[] content)
    {
        byte[] plaintext = [.. content, 0];
        var message = IkeWriter.Message(Header(ExchangeType.IkeAuth), [new EncryptedFragmentPayload(
            number == 1 ? PayloadType.Nonce : PayloadType.None, number, total, new byte[8 + plaintext.Length + 16]).ToRaw()]);
        message[^(8 + plaintext.Length + 16)] = (byte)number;
        using var gcm = new AesGcm(Key.AsSpan(0, 16), 16);
        var iv = message.AsSpan(message.Length - 8 - plaintext.Length - 16, 8);
        gcm.Encrypt([.. Key[16..], .. iv], plaintext, message.AsSpan(message.Length - 16 - plaintext.Length, plaintext.Length), message.AsSpan(message.Length - 16),
            message.AsSpan(0, message.Length - 8 - plaintext.Length - 16));
        return message;
    }

    private static IkeHeader Header(ExchangeType exchange) => new()
    {
        InitiatorSpi = 0x0102030405060708, ResponderSpi = 0x1112131415161718, MajorVersion = 2, ExchangeType = exchange, Flags = IkeFlags.Initiator,
    };

    private static IsakmpHeader Ikev1Header(IsakmpExchangeType exchange) => new()
    {
        InitiatorCookie = 0x0102030405060708, ResponderCookie = 0x1112131415161718, MajorVersion = 1, ExchangeType = exchange,
    };

    private static CaptureFrame Frame(byte[] octets, int linkType = 101, int number = 1) => new(number, DateTimeOffset.UnixEpoch, linkType, octets, (uint)octets.Length);

    private static byte[] Udp(ushort port, byte[] payload)
    {
        var datagram = new byte[8 + payload.Length];
        new UdpHeader(port, port).WriteDatagram(datagram, One, Other, payload);
        return Ip(IpProtocol.Udp, datagram);
    }

    private static byte[] Tcp(uint sequence, byte[] payload)
    {
        var segment = new byte[20 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(segment, 40000);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), 443);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(4), sequence);
        segment[12] = 0x50;
        segment[13] = 0x18;
        payload.CopyTo(segment, 20);
        return Ip(IpProtocol.Tcp, segment);
    }

    private static byte[] Ip(byte protocol, byte[] payload)
    {
        var packet = new byte[20 + payload.Length];
        new Ipv4Header(One, Other, protocol).WritePacket(packet, payload);
        return packet;
    }
}
