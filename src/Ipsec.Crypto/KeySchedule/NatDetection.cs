using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>Data of NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP (RFC 7296 section 2.23).</summary>
public static class NatDetection
{
    /// <summary>SHA-1 of SPIi | SPIr | address | port, all in network order; 20 octets.</summary>
    public static byte[] Hash(ulong initiatorSpi, ulong responderSpi, IPEndPoint endPoint)
    {
        Span<byte> input = stackalloc byte[16 + 16 + 2];
        BinaryPrimitives.WriteUInt64BigEndian(input, initiatorSpi);
        BinaryPrimitives.WriteUInt64BigEndian(input[8..], responderSpi);
        endPoint.Address.TryWriteBytes(input[16..], out var addressLength);
        BinaryPrimitives.WriteUInt16BigEndian(input[(16 + addressLength)..], (ushort)endPoint.Port);
        return SHA1.HashData(input[..(18 + addressLength)]);
    }
}
