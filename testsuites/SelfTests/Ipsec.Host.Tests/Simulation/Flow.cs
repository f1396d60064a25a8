using System.Buffers.Binary;
using Ipsec.Ike.Tests.Simulation;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests.Simulation;

/// <summary>Numbered UDP datagrams in one direction, between applications at the inner addresses. Every octet of a datagram follows from its flow and number.</summary>
/// <param name="Port">At both ends.</param>
internal sealed record Flow(bool FromLeft, bool IsIpv6, ushort Port)
{
    /// <summary>Starts each datagram: nothing of that may be seen on the link.</summary>
    public static ReadOnlySpan<byte> Mark => "of nobody's concern"u8;

    private static readonly ushort[] Ports = [7000, 8000];

    public static Flow[] All { get; } =
        [.. from fromLeft in new[] { true, false } from isIpv6 in new[] { false, true } from port in Ports select new Flow(fromLeft, isIpv6, port)];

    public static IpAddress Address(bool isLeft, bool isIpv6) => IpAddress.Parse(isIpv6 ? $"2001:db8:{(isLeft ? 1 : 2)}::1" : $"10.{(isLeft ? 1 : 2)}.0.1");

    public IpAddress Source => Address(FromLeft, IsIpv6);

    public IpAddress Destination => Address(!FromLeft, IsIpv6);

    /// <summary>As its sender has it.</summary>
    public (TrafficSelector Local, TrafficSelector Remote) Selectors => (Selector(Source), Selector(Destination));

    public bool IsWithin(IEnumerable<TrafficSelector> local, IEnumerable<TrafficSelector> remote) =>
        SelectorSets.AreWithin([Selectors.Local], [.. local]) && SelectorSets.AreWithin([Selectors.Remote], [.. remote]);

    /// <summary>What the datagram with this number holds. Some can be compressed.</summary>
    public byte[] Payload(long number)
    {
        var random = new Random((int)number);
        var payload = new byte[Mark.Length + 11 + random.Next(400)];
        Mark.CopyTo(payload);
        payload[Mark.Length] = (byte)(FromLeft ? 1 : 0);
        payload[Mark.Length + 1] = (byte)(IsIpv6 ? 6 : 4);
        payload[Mark.Length + 2] = (byte)(Port >> 8);
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(Mark.Length + 3), number);
        if (number % 2 == 0)
            random.NextBytes(payload.AsSpan(Mark.Length + 11));
        return payload;
    }

    /// <summary>The number that a datagram says it has; -1 if it has none.</summary>
    public static long Number(ReadOnlySpan<byte> payload) => payload.Length < Mark.Length + 11 ? -1 : BinaryPrimitives.ReadInt64BigEndian(payload[(Mark.Length + 3)..]);

    private TrafficSelector Selector(IpAddress address) =>
        TrafficSelector.Range(address.ToIPAddress(), address.ToIPAddress()) with { IpProtocol = IpProtocol.Udp, StartPort = Port, EndPort = Port };
}
