using System.Buffers.Binary;

namespace Ipsec.Packets.Udp;

/// <summary>What a UDP datagram on port 4500 carries (RFC 3948 section 2).</summary>
public enum EncapsulatedKind
{
    /// <summary>Four zero octets (the non-ESP marker), then an IKE message.</summary>
    Ike,
    /// <summary>An ESP packet, whose SPI is never zero.</summary>
    Esp,
    /// <summary>One octet 0xFF.</summary>
    Keepalive,
    /// <summary>Nothing of these: too short.</summary>
    Malformed,
}

/// <summary>UDP encapsulation of IKE and ESP on port 4500 (RFC 3948, RFC 7296 section 2.23).</summary>
public static class UdpEncapsulation
{
    public const ushort IkePort = 500;
    public const ushort NatTraversalPort = 4500;

    /// <summary>Octets of the non-ESP marker.</summary>
    public const int MarkerSize = 4;

    /// <summary>Tells the kinds apart; <paramref name="content"/> is what follows the marker, if there is one.</summary>
    public static EncapsulatedKind Classify(ReadOnlySpan<byte> datagram, out ReadOnlySpan<byte> content)
    {
        content = datagram;
        if (datagram is [0xff])
            return EncapsulatedKind.Keepalive;
        if (datagram.Length < MarkerSize)
            return EncapsulatedKind.Malformed;
        if (BinaryPrimitives.ReadUInt32BigEndian(datagram) != 0)
            return EncapsulatedKind.Esp;
        content = datagram[MarkerSize..];
        return EncapsulatedKind.Ike;
    }

    /// <summary>An IKE message with the non-ESP marker before it.</summary>
    public static byte[] WithMarker(ReadOnlySpan<byte> message)
    {
        var datagram = new byte[MarkerSize + message.Length];
        message.CopyTo(datagram.AsSpan(MarkerSize));
        return datagram;
    }
}
