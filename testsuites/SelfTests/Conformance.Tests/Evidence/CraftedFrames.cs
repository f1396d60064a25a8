using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Conformance.Evidence;

namespace Conformance.Tests.Evidence;

/// <summary>
/// Ethernet frames with ESP and IKEv2 messages, protected with given keys by the platform's crypto alone: neither the stack
/// nor the tester has a part in them.
/// </summary>
internal static class CraftedFrames
{
    private const byte EspProtocol = 50;
    private const byte UdpProtocol = 17;
    private const byte IcmpProtocol = 1;

    /// <summary>An inner ICMP echo request in ESP tunnel mode (RFC 4303, section 2).</summary>
    public static byte[] EspTunnel(EspSaKeyRecord sa, ulong sequence) => Ethernet(IPv4(sa.Source, sa.Destination, EspProtocol, Esp(sa, sequence)));

    /// <summary>The same in UDP (RFC 3948, section 2.1).</summary>
    public static byte[] EspInUdp(EspSaKeyRecord sa, ulong sequence) =>
        Ethernet(IPv4(sa.Source, sa.Destination, UdpProtocol, Udp(4500, Esp(sa, sequence))));

    /// <summary>An IKE_SA_INIT message that holds a Nonce payload alone: enough for a dissector to see the exchange begin.</summary>
    public static byte[] IkeSaInit(IkeSaKeyRecord sa, bool response)
    {
        var nonce = Join([0, 0, 0, 20], new byte[16]);
        return Ike(Join(IkeHeader(sa.SpiI, response ? sa.SpiR : 0, next: 40, exchange: 34, response, messageId: 0, 28 + nonce.Length), nonce), response);
    }

    /// <summary>An INFORMATIONAL message with an encrypted Delete payload for the IKE SA (RFC 7296, section 3.14).</summary>
    public static byte[] IkeDelete(IkeSaKeyRecord sa, bool response, ushort port = 500)
    {
        byte[] delete = [0, 0, 0, 8, 1, 0, 0, 0];
        var gcm = sa.Encryption == 20;
        var padding = new byte[gcm ? 0 : Missing(delete.Length + 1, 16)];
        var plaintext = Join(delete, padding, [(byte)padding.Length]);
        var icvLength = gcm ? 0 : IcvLength(sa.Integrity);
        var bodyLength = gcm ? 8 + plaintext.Length + 16 : 16 + plaintext.Length + icvLength;
        byte[] payloadHeader = [42, 0, (byte)((4 + bodyLength) >> 8), (byte)(4 + bodyLength)];
        var header = Join(IkeHeader(sa.SpiI, sa.SpiR, next: 46, exchange: 37, response, messageId: 2, 28 + 4 + bodyLength), payloadHeader);

        var encryptionKey = response ? sa.SkEr : sa.SkEi;
        var integrityKey = response ? sa.SkAr : sa.SkAi;
        var message = Join(header, gcm ? SealGcm(encryptionKey, plaintext, header) : SealCbc(encryptionKey, plaintext));
        return Ike(gcm ? message : Join(message, Icv(sa.Integrity, integrityKey, message)), response, port);
    }

    private static byte[] Esp(EspSaKeyRecord sa, ulong sequence)
    {
        var inner = IPv4(IPAddress.Parse("10.1.0.1"), IPAddress.Parse("10.2.0.1"), IcmpProtocol, EchoRequest());
        var header = Join(Big(sa.Spi), Big((uint)sequence));
        byte[] high = sa.Esn ? Big((uint)(sequence >> 32)) : [];
        const byte NextHeaderIPv4 = 4;
        var blockSize = sa.Encryption == 12 ? 16 : 4;
        var padding = Enumerable.Range(1, Missing(inner.Length + 2, blockSize)).Select(i => (byte)i).ToArray();
        var plaintext = Join(inner, padding, [(byte)padding.Length, NextHeaderIPv4]);

        var esp = sa.Encryption == 20
            ? Join(header, SealGcm(sa.EncryptionKey, plaintext, Join(Big(sa.Spi), high, Big((uint)sequence))))
            : Join(header, sa.Encryption == 12 ? SealCbc(sa.EncryptionKey, plaintext) : plaintext);
        var icv = sa.Encryption == 20 ? [] : Icv(sa.Integrity, sa.IntegrityKey, Join(esp, high));
        return Join(esp, icv);
    }

    private static byte[] IkeHeader(ulong spiI, ulong spiR, byte next, byte exchange, bool response, uint messageId, int length)
    {
        const byte InitiatorFlag = 0x08;
        const byte ResponseFlag = 0x20;
        return Join(Big(spiI), Big(spiR), [next, 0x20, exchange, response ? ResponseFlag : InitiatorFlag], Big(messageId), Big((uint)length));
    }

    private static byte[] Ike(byte[] message, bool response, ushort port = 500)
    {
        var (source, destination) = (IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"));
        byte[] nonEspMarker = port == 4500 ? [0, 0, 0, 0] : [];
        var udp = Udp(port, Join(nonEspMarker, message));
        return Ethernet(response ? IPv4(destination, source, UdpProtocol, udp) : IPv4(source, destination, UdpProtocol, udp));
    }

    private static byte[] SealGcm(byte[] keyAndSalt, byte[] plaintext, byte[] associated)
    {
        var iv = RandomNumberGenerator.GetBytes(8);
        var ciphertext = new byte[plaintext.Length];
        var icv = new byte[16];
        using var gcm = new AesGcm(keyAndSalt.AsSpan(..^4), icv.Length);
        gcm.Encrypt(Join(keyAndSalt[^4..], iv), plaintext, ciphertext, icv, associated);
        return Join(iv, ciphertext, icv);
    }

    private static byte[] SealCbc(byte[] key, byte[] plaintext)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        return Join(aes.IV, aes.EncryptCbc(plaintext, aes.IV, PaddingMode.None));
    }

    private static byte[] Icv(ushort integrity, byte[] key, byte[] octets) => (integrity switch
    {
        12 => HMACSHA256.HashData(key, octets),
        13 => HMACSHA384.HashData(key, octets),
        14 => HMACSHA512.HashData(key, octets),
        _ => throw new ArgumentOutOfRangeException(nameof(integrity)),
    })[..IcvLength(integrity)];

    private static int IcvLength(ushort integrity) => integrity switch { 12 => 16, 13 => 24, _ => 32 };

    private static byte[] EchoRequest()
    {
        var icmp = Join([8, 0, 0, 0, 0, 1, 0, 7], "ping through the tunnel"u8.ToArray());
        BinaryPrimitives.WriteUInt16BigEndian(icmp.AsSpan(2), Checksum(icmp));
        return icmp;
    }

    private static byte[] Udp(ushort port, byte[] payload) => Join(Big(((uint)port << 16) | port), Big((uint)(8 + payload.Length) << 16), payload);

    private static byte[] IPv4(IPAddress source, IPAddress destination, byte protocol, byte[] payload)
    {
        var header = Join([0x45, 0], Big((uint)(20 + payload.Length))[2..], [0, 0, 0, 0, 64, protocol, 0, 0], source.GetAddressBytes(), destination.GetAddressBytes());
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), Checksum(header));
        return Join(header, payload);
    }

    private static byte[] Ethernet(byte[] packet) => Join([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00], packet);

    private static ushort Checksum(byte[] octets)
    {
        var sum = 0u;
        for (var i = 0; i < octets.Length; i++)
        {
            sum += i % 2 == 0 ? (uint)octets[i] << 8 : octets[i];
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }

    private static int Missing(int length, int blockSize) => (blockSize - (length % blockSize)) % blockSize;

    private static byte[] Big(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static byte[] Big(ulong value) => Join(Big((uint)(value >> 32)), Big((uint)value));

    private static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];
}
