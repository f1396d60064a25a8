using System.Diagnostics;
using System.IO.Compression;
using Conformance.Decoding;
using Conformance.Evidence;
using Conformance.Tests.Evidence;
using Ipsec.Packets;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Ikev1;
using Ipsec.Packets.Ip;
using Ipsec.Packets.IpComp;

namespace Conformance.Tests.Decoding;

/// <summary>
/// Real frames of our scenarios, and crafted ones of what they don't send, damaged at random, with the keys that open the undamaged ones. IPSEC_FUZZ_DECODER_INPUTS says how many
/// (20,000 without it), IPSEC_FUZZ_SEED where to begin.
/// </summary>
public sealed class DecoderFuzzTests
{
    [Test]
    public async Task Decode_DamagedFrames_NeverThrowsAndStaysBounded()
    {
        var inputs = long.Parse(Environment.GetEnvironmentVariable("IPSEC_FUZZ_DECODER_INPUTS") ?? "20000");
        var seed = int.Parse(Environment.GetEnvironmentVariable("IPSEC_FUZZ_SEED") ?? "1");
        using var captures = await ScenarioCaptures.Make("IKEV2-DELETE-002", "ESP-CBC-001", "ESP-UDP-001", "ESP-ESN-001");
        var corpora = captures.Folders.Select(Load).Append(Crafted()).ToArray();
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (long input = 0; input < inputs; input++)
        {
            var (decoder, frames) = corpora[input % corpora.Length];
            var original = frames[random.Next(frames.Count)];
            var octets = Damage((byte[])original.Octets.Clone(), random);
            try
            {
                var packet = decoder.Decode(original with { Octets = octets, LinkType = random.Next(8) == 0 ? 101 : original.LinkType, Number = (int)input });
                using var text = new StringWriter();
                DecodedText.Write(text, packet);
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}, input {input}: {error}\n{Convert.ToHexStringLower(octets)}");
            }
        }
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        await TestContext.Out.WriteLineAsync($"seed {seed}, {inputs} inputs, {inputs / watch.Elapsed.TotalSeconds:0} a second, {held / 1024} KiB held at the end");
        Assert.That(held, Is.LessThan(64 << 20));
    }

    private static byte[] Damage(byte[] octets, Random random)
    {
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var at = random.Next(octets.Length);
            switch (random.Next(4))
            {
                case 0:
                    octets[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    octets[at] = (byte)random.Next(256);
                    break;
                case 2:
                    octets = octets[..Math.Max(1, at)];
                    break;
                default:
                    octets = [.. octets[..at], (byte)random.Next(256), .. octets[at..]];
                    break;
            }
        }
        return octets;
    }

    /// <summary>What our scenarios don't send: AH behind options, routes and fragments, IPComp, encrypted IKEv1 with keys for its hashes.</summary>
    private static (CaptureDecoder, List<CaptureFrame>) Crafted()
    {
        using var folder = new TemporaryFolder();
        var key = new string('1', 64);
        File.WriteAllText(folder.File("esp_sa"), $"IPv4,*,*,*,NULL,,\"HMAC-SHA-256-128 [RFC4868]\",{key}\n");
        File.WriteAllText(folder.File("ikev1"), $"0102030405060708,{key[..32]},{key},{key}\n");
        var (one, other) = (Ipv4Address.Parse("192.0.2.1"), Ipv4Address.Parse("192.0.2.2"));
        byte[] options = [0x94, 4, 0, 0, 0x89, 7, 4, 10, 1, 0, 2, 7, 7, 4, 0, 0, 0, 0, 0x44, 12, 5, 0x31, 10, 1, 0, 1, 0, 0, 0, 7, 0, 0];
        var ah = new AhPacket(IpProtocol.IpInIp, 0x100, 1, new byte[16], Ipv4(IpProtocol.NoNextHeader, new byte[40], [])).Encode();
        using var compressed = new MemoryStream();
        using (var deflate = new DeflateStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(Ipv4(IpProtocol.NoNextHeader, new byte[200], []));
        Ipv6ExtensionHeader hop = new(IpProtocol.Ipv6HopByHop, new byte[] { 1, 5, 2, 0, 0, 0x3e, 4, 1, 2, 3, 4, 1, 1, 0, 0 });
        Ipv6ExtensionHeader route = new(IpProtocol.Ipv6Routing, new byte[] { 4, 0, 2, 0, 0, 0, 0 }.Concat(new byte[32]).ToArray());
        byte[] Ipv6(params Ipv6ExtensionHeader[] extensions) => new Ipv6Packet(
            Ipv6Address.Parse("2001:db8::1"), Ipv6Address.Parse("2001:db8::2"), IpProtocol.NoNextHeader, new byte[24], [.. extensions, new(IpProtocol.Ah, ah.AsSpan(1, 31).ToArray())]).Encode();
        var sa = new IsakmpSecurityAssociation(DomainOfInterpretation.Ipsec, 1, [new(1, IpsecProtocolId.Isakmp, Octets.Empty, [
            new(1, 1, [IsakmpAttribute.Short(1, (ushort)Phase1Encryption.AesCbc), IsakmpAttribute.Short(2, (ushort)Phase1Hash.Sha256), IsakmpAttribute.Short(14, 128)])])]);
        var header = new IsakmpHeader { InitiatorCookie = 0x0102030405060708, ResponderCookie = 9, MajorVersion = 1, ExchangeType = IsakmpExchangeType.MainMode };
        byte[] Ikev1(params IsakmpPayload[] payloads) => Udp(new IsakmpMessage(header, [.. payloads]).Encode());
        byte[] Encrypted(uint id) => Udp(IsakmpWriter.Encrypted(header with { Flags = IsakmpFlags.Encryption, MessageId = id, NextPayload = IsakmpPayloadType.Hash }, new byte[64]));
        byte[][] packets =
        [
            Ipv4(IpProtocol.Ah, ah, options), Ipv4(IpProtocol.IpComp, new IpCompPacket(IpProtocol.IpInIp, 0, 2, compressed.ToArray()).Encode(), []),
            Ipv6(hop), Ipv6(hop, route), Ipv6(route, hop), Ipv6(new Ipv6ExtensionHeader(IpProtocol.Ipv6Fragment, new byte[] { 0, 0, 0, 0, 0, 0, 9 })),
            Ikev1(sa), Ikev1(new OpaquePayload(IsakmpPayloadType.KeyExchange, new byte[] { 1, 2 })), Ikev1(new OpaquePayload(IsakmpPayloadType.KeyExchange, new byte[] { 3, 4 })),
            Encrypted(0), Encrypted(7),
        ];
        var decoder = new CaptureDecoder(DecryptionKeys.Load(ikev1: folder.File("ikev1"), esp: folder.File("esp_sa")));
        return (decoder, [.. packets.Select(packet => new CaptureFrame(1, DateTimeOffset.UnixEpoch, 101, packet, (uint)packet.Length))]);

        byte[] Ipv4(byte protocol, byte[] payload, byte[] withOptions)
        {
            var packet = new byte[20 + withOptions.Length + payload.Length];
            new Ipv4Header(one, other, protocol).WritePacket(packet, payload, withOptions);
            return packet;
        }

        byte[] Udp(byte[] message)
        {
            var datagram = new byte[8 + message.Length];
            new UdpHeader(500, 500).WriteDatagram(datagram, one, other, message);
            return Ipv4(IpProtocol.Udp, datagram, []);
        }
    }

    private static (CaptureDecoder, List<CaptureFrame>) Load(string folder)
    {
        using var stream = File.OpenRead(Path.Combine(folder, "capture.pcapng"));
        var reader = CaptureFile.Open(stream);
        var frames = new List<CaptureFrame>();
        while (reader.Next() is { } frame)
            frames.Add(frame);
        return (new CaptureDecoder(DecryptionKeys.Load(Path.Combine(folder, WiresharkKeyFiles.IkeFileName), esp: Path.Combine(folder, WiresharkKeyFiles.EspFileName))), frames);
    }
}
