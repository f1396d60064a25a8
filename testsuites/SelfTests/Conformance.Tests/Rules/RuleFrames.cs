using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Conformance.Decoding;
using Ipsec.Crypto;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Tests.Rules;

/// <summary>Frames of two hosts, right or wrong, one second apart. What stands in clear where it ought not to is read all the same.</summary>
internal static class RuleFrames
{
    public const ulong SpiI = 0x1111111111111111;
    public const ulong SpiR = 0x2222222222222222;

    /// <summary>SAs whose keys are known: NULL encryption without ICV; with HMAC-SHA2-256-128; AES-CBC without ICV.</summary>
    public const ulong OpenSpi = 0x3333333333333333;
    public const ulong AuthenticatedSpi = 0x4444444444444444;
    public const ulong CipherSpi = 0x5555555555555555;
    public const uint OpenEsp = 0x1000;
    public const uint AuthenticatedEsp = 0x2000;
    public const uint CipherEsp = 0x3000;
    public const uint SafeCipherEsp = 0x4000;

    public static readonly IPAddress A = IPAddress.Parse("192.0.2.1");
    public static readonly IPAddress B = IPAddress.Parse("192.0.2.2");

    /// <summary>The integrity key of every SA that has one.</summary>
    public static byte[] Secret => Key;

    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(octet => (byte)octet)];

    public static DecryptionKeys Keys { get; } = DecryptionKeys.Of(
        [
            new(OpenSpi, SpiR, 11, 0, 0, [], [], [], []), new(AuthenticatedSpi, SpiR, 11, 0, 12, [], [], Key, Key),
            new(CipherSpi, SpiR, 12, 128, 0, Key[..16], Key[..16], [], []),
        ],
        [
            new(A, B, OpenEsp, 11, 0, 0, [], [], false), new(A, B, AuthenticatedEsp, 11, 0, 12, [], Key, false),
            new(A, B, CipherEsp, 12, 128, 0, Key[..16], [], false), new(A, B, SafeCipherEsp, 12, 128, 12, Key[..16], Key, false),
        ]);

    /// <summary>Numbered, a second apart from each other.</summary>
    public static CaptureFrame[] Capture(params byte[][] packets) => Capture(1, packets);

    public static CaptureFrame[] Capture(double apart, params byte[][] packets) =>
        [.. packets.Select((packet, index) => Frame(index, apart * index, packet))];

    /// <summary>At these seconds.</summary>
    public static CaptureFrame[] At(params (double Second, byte[] Packet)[] packets) => [.. packets.Select((entry, index) => Frame(index, entry.Second, entry.Packet))];

    private static CaptureFrame Frame(int index, double second, byte[] packet) =>
        new(index + 1, DateTimeOffset.UnixEpoch.AddSeconds(second), 101, packet, (uint)packet.Length);

    public static IkeHeader Header(ExchangeType exchange, uint id, bool response = false, ulong spiI = SpiI, ulong? spiR = null) => new()
    {
        InitiatorSpi = spiI,
        ResponderSpi = spiR ?? (exchange == ExchangeType.IkeSaInit && !response ? 0 : SpiR),
        MajorVersion = 2,
        ExchangeType = exchange,
        Flags = response ? IkeFlags.Response : IkeFlags.Initiator,
        MessageId = id,
    };

    public static byte[] Message(IkeHeader header, params Payload[] payloads) => new IkeMessage(header, [.. payloads]).Encode();

    /// <summary>A request of A's, the initiator, to B.</summary>
    public static byte[] Ask(ExchangeType exchange, uint id, params Payload[] payloads) => Send(Message(Header(exchange, id), payloads));

    /// <summary>B's response to it.</summary>
    public static byte[] Answer(ExchangeType exchange, uint id, params Payload[] payloads) => Send(Message(Header(exchange, id, response: true), payloads), back: true);

    /// <summary>B's own request.</summary>
    public static byte[] AskBack(ExchangeType exchange, uint id, params Payload[] payloads) =>
        Send(Message(Header(exchange, id) with { Flags = IkeFlags.None }, payloads), back: true);

    /// <summary>A's response to B's request.</summary>
    public static byte[] AnswerBack(ExchangeType exchange, uint id, params Payload[] payloads) =>
        Send(Message(Header(exchange, id) with { Flags = IkeFlags.Initiator | IkeFlags.Response }, payloads));

    public static byte[] Init(params Payload[] payloads) => Ask(ExchangeType.IkeSaInit, 0, payloads);

    public static byte[] InitAnswer(params Payload[] payloads) => Answer(ExchangeType.IkeSaInit, 0, payloads);

    public static byte[] Send(byte[] message, bool back = false, ushort port = 500, ushort? from = null)
    {
        var payload = port == 4500 ? UdpEncapsulation.WithMarker(message) : message;
        return back ? Ip(B, A, IpProtocol.Udp, Udp(port, from ?? port, payload)) : Ip(A, B, IpProtocol.Udp, Udp(from ?? port, port, payload));
    }

    public static byte[] Udp(ushort from, ushort to, byte[] payload, ushort checksum = 0)
    {
        var datagram = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(datagram, from);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(2), to);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), (ushort)datagram.Length);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(6), checksum);
        payload.CopyTo(datagram, 8);
        return datagram;
    }

    public static byte[] Ip(IPAddress source, IPAddress destination, byte protocol, byte[] payload, byte trafficClass = 0, byte ttl = 64)
    {
        if (source.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            var six = new byte[40 + payload.Length];
            BinaryPrimitives.WriteUInt32BigEndian(six, 6u << 28 | (uint)trafficClass << 20);
            BinaryPrimitives.WriteUInt16BigEndian(six.AsSpan(4), (ushort)payload.Length);
            six[6] = protocol;
            six[7] = ttl;
            source.GetAddressBytes().CopyTo(six, 8);
            destination.GetAddressBytes().CopyTo(six, 24);
            payload.CopyTo(six, 40);
            return six;
        }
        var packet = new byte[20 + payload.Length];
        packet[0] = 0x45;
        packet[1] = trafficClass;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = ttl;
        packet[9] = protocol;
        source.GetAddressBytes().CopyTo(packet, 12);
        destination.GetAddressBytes().CopyTo(packet, 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Compute(packet.AsSpan(..20)));
        payload.CopyTo(packet, 20);
        return packet;
    }

    /// <summary>An Encrypted payload of the SA with NULL encryption, around payloads.</summary>
    public static EncryptedPayload Sk(params Payload[] payloads)
    {
        RawPayload[] raw = [.. payloads.Select(payload => payload.ToRaw())];
        return new(IkeWriter.FirstType(raw), new([.. IkeWriter.Chain(raw), 0]));
    }

    /// <summary>One of A's requests on the SA that can be read.</summary>
    public static byte[] AskOpen(ExchangeType exchange, uint id, params Payload[] payloads) =>
        Send(Message(Header(exchange, id, spiI: OpenSpi), Sk(payloads)));

    /// <summary>A request whose Encrypted payload has these octets.</summary>
    public static byte[] AskSealed(ulong spiI, uint id, byte[] body, PayloadType first = PayloadType.None) =>
        Send(Message(Header(ExchangeType.Informational, id, spiI: spiI), new EncryptedPayload(first, new(body))));

    /// <summary>A request on the SA with NULL encryption and HMAC, its ICV right or wrong.</summary>
    public static byte[] AskAuthenticated(uint id, bool isRight)
    {
        var message = Message(Header(ExchangeType.Informational, id, spiI: AuthenticatedSpi), new EncryptedPayload(PayloadType.None, new(new byte[17])));
        HMACSHA256.HashData(Key, message.AsSpan(..^16))[..16].CopyTo(message, message.Length - 16);
        message[^1] ^= (byte)(isRight ? 0 : 1);
        return Send(message);
    }

    public static byte[] Fragment(ushort number, ushort total, PayloadType first, uint id = 1, ExchangeType exchange = ExchangeType.IkeAuth) =>
        Send(Message(Header(exchange, id), new EncryptedFragmentPayload(first, number, total, new(new byte[40]))));

    /// <summary>One of A's requests on the SA that can be read, as a message in one fragment.</summary>
    public static byte[] OpenFragment(ExchangeType exchange, uint id, params Payload[] payloads)
    {
        RawPayload[] raw = [.. payloads.Select(payload => payload.ToRaw())];
        return Send(Message(Header(exchange, id, spiI: OpenSpi), new EncryptedFragmentPayload(IkeWriter.FirstType(raw), 1, 1, new([.. IkeWriter.Chain(raw), 0]))));
    }

    /// <summary>ESP with NULL encryption: payload, padding 1, 2, 3 …, trailer.</summary>
    public static byte[] Esp(uint spi, uint sequence, byte[]? payload = null, byte nextHeader = 59, byte[]? padding = null, byte? padLength = null)
    {
        payload ??= new byte[16];
        padding ??= [.. Enumerable.Range(1, (4 - (payload.Length + 2) % 4) % 4).Select(octet => (byte)octet)];
        var packet = new byte[8 + payload.Length + padding.Length + 2];
        BinaryPrimitives.WriteUInt32BigEndian(packet, spi);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), sequence);
        payload.CopyTo(packet, 8);
        padding.CopyTo(packet, 8 + payload.Length);
        packet[^2] = padLength ?? (byte)padding.Length;
        packet[^1] = nextHeader;
        return packet;
    }

    public static byte[] EspWithIcv(uint sequence, bool isRight)
    {
        byte[] packet = Esp(AuthenticatedEsp, sequence);
        var icv = HMACSHA256.HashData(Key, packet)[..16];
        icv[0] ^= (byte)(isRight ? 0 : 1);
        return [.. packet, .. icv];
    }

    public static byte[] FromA(byte protocol, byte[] payload, byte trafficClass = 0, byte ttl = 64) => Ip(A, B, protocol, payload, trafficClass, ttl);

    public static byte[] EspFromA(byte[] esp) => FromA(IpProtocol.Esp, esp);

    public static byte[] EspInUdp(byte[] esp, ushort from = 4500, ushort to = 4500, ushort checksum = 0) => FromA(IpProtocol.Udp, Udp(from, to, esp, checksum));

    public static byte[] Ah(uint sequence, byte next = 59, ushort reserved = 0, uint spi = 0x6000, int icv = 12, byte[]? payload = null) =>
        new AhPacket(next, spi, sequence, new(new byte[icv]), new(payload ?? new byte[8])) { Reserved = reserved }.Encode();

    public static byte[] AhFromA(byte[] ah) => FromA(IpProtocol.Ah, ah);

    public static NotifyPayload NatSource(bool isRight) => new(NotifyType.NatDetectionSourceIp, new(Hash(0, A, isRight)));

    public static NotifyPayload NatDestination() => new(NotifyType.NatDetectionDestinationIp, new(Hash(0, B, isRight: true)));

    private static byte[] Hash(ulong spiR, IPAddress address, bool isRight)
    {
        var hash = NatDetection.Hash(SpiI, spiR, new(address, 500));
        hash[0] ^= (byte)(isRight ? 0 : 1);
        return hash;
    }

    /// <summary>What B says it saw: A's address, or another.</summary>
    public static Payload[] NatAnswer(bool found) =>
    [
        new NotifyPayload(NotifyType.NatDetectionSourceIp, new(Hash(SpiR, B, isRight: true))),
        new NotifyPayload(NotifyType.NatDetectionDestinationIp, new(Hash(SpiR, A, !found))),
    ];
}
