using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Robustness;

/// <summary>Ways in which an IP header contradicts itself or the octets that follow (RFC 791 section 3.1, RFC 8200 sections 3 and 4). Each makes a new packet.</summary>
internal static class HeaderLies
{
    private const int Ipv4Length = 2, Ipv6Length = 4, Ipv6NextHeader = 6;

    public static IReadOnlyList<(string What, Func<byte[], byte[]> Lie)> Ipv4 { get; } =
    [
        .. ForEither,
        .. new[] { 0, 1, 4, 6, 15 }.Select(words => ($"IHL {words}", Changed(packet => packet[0] = (byte)(0x40 | words)))),
        .. new ushort[] { 0, 1, 19, 20, 21, 24, 1501, ushort.MaxValue }.Select(length => ($"total length {length}", Changed(packet => BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Ipv4Length), length)))),
        ("fragment offset beyond the largest packet", Changed(packet => BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), 0x1fff))),
        ("more fragments and don't fragment", Changed(packet => packet[6] = 0x60)),
        ("evil bit", Changed(packet => packet[6] = 0x80)),
        ("TTL 0", Changed(packet => packet[8] = 0)),
        .. new (string, byte[])[]
        {
            ("an option of length 0", [7, 0, 4, 0]), ("an option of length 1", [7, 1, 4, 0]), ("an option beyond the header", [7, 40, 4, 0]),
            ("a source route whose pointer points out of it", [0x83, 3, 0xff, 0]), ("an unknown option without a length", [1, 1, 1, 0x9e]),
        }.Select(option => (option.Item1, (Func<byte[], byte[]>)(packet => WithOptions(packet, option.Item2)))),
    ];

    public static IReadOnlyList<(string What, Func<byte[], byte[]> Lie)> Ipv6 { get; } =
    [
        .. ForEither,
        .. new ushort[] { 0, 1, 8, 1501, ushort.MaxValue }.Select(length => ($"payload length {length}", (Func<byte[], byte[]>)(packet =>
        {
            var lying = packet.ToArray();
            BinaryPrimitives.WriteUInt16BigEndian(lying.AsSpan(Ipv6Length), length);
            return lying;
        }))),
        ("hop limit 0", packet => [.. packet.AsSpan(0, 7), 0, .. packet.AsSpan(8)]),
        .. new byte[] { 0, 43, 44, 51, 60, 135, 139 }.Select(header => ($"a header of type {header} that is as long as can be", (Func<byte[], byte[]>)(packet => WithExtension(packet, header, 255, repeated: 1)))),
        .. new byte[] { 0, 43, 44, 60 }.Select(header => ($"forty headers of type {header}", (Func<byte[], byte[]>)(packet => WithExtension(packet, header, 0, repeated: 40)))),
        ("options of length 255", packet => WithExtension(packet, IpProtocol.Ipv6DestinationOptions, 0, 1, [0x1e, 255, 0, 0, 0, 0])),
        ("a routing header with more segments left than it has", packet => WithExtension(packet, IpProtocol.Ipv6Routing, 0, 1, [2, 255, 0, 0, 0, 0])),
    ];

    private static IEnumerable<(string, Func<byte[], byte[]>)> ForEither =>
    [
        .. new[] { 0, 1, 5, 7, 15 }.Select(version => ($"version {version}", (Func<byte[], byte[]>)(packet => [(byte)(version << 4 | packet[0] & 0xf), .. packet.AsSpan(1)]))),
        ("nothing but one octet", packet => packet[..1]),
        ("half a header", packet => packet[..10]),
        ("source and destination the same", packet => packet[0] >> 4 == 6
            ? [.. packet.AsSpan(0, 8), .. packet.AsSpan(24, 16), .. packet.AsSpan(24)]
            : Changed(lying => lying.AsSpan(16, 4).CopyTo(lying.AsSpan(12)))(packet)),
        ("from everybody", packet => packet[0] >> 4 == 6
            ? [.. packet.AsSpan(0, 8), 0xff, 2, .. new byte[13], 1, .. packet.AsSpan(24)]
            : Changed(lying => lying.AsSpan(12, 4).Fill(0xff))(packet)),
    ];

    /// <summary>An IPv4 packet with something changed and its header checksum right again, so that the lie is what is noticed.</summary>
    private static Func<byte[], byte[]> Changed(Action<byte[]> change) => packet =>
    {
        var lying = packet.ToArray();
        change(lying);
        lying.AsSpan(10, 2).Clear();
        var header = Math.Min(lying.Length, Math.Max(20, (lying[0] & 0xf) * 4));
        BinaryPrimitives.WriteUInt16BigEndian(lying.AsSpan(10), InternetChecksum.Finish(InternetChecksum.Add(0, lying.AsSpan(0, header))));
        return lying;
    };

    private static byte[] WithOptions(byte[] packet, byte[] options) => Changed(lying =>
    {
        lying[0] = (byte)(0x40 | 5 + options.Length / 4);
        BinaryPrimitives.WriteUInt16BigEndian(lying.AsSpan(Ipv4Length), (ushort)lying.Length);
    })([.. packet.AsSpan(0, 20), .. options, .. packet.AsSpan(20)]);

    /// <param name="length">The header's length field: 8-octet units beyond the first.</param>
    private static byte[] WithExtension(byte[] packet, byte header, byte length, int repeated, byte[]? content = null)
    {
        List<byte> lying = [.. packet.AsSpan(0, Ipv6View.HeaderLength)];
        var next = lying[Ipv6NextHeader];
        lying[Ipv6NextHeader] = header;
        for (var index = 1; index <= repeated; index++)
            lying.AddRange([index == repeated ? next : header, length, .. content ?? [1, 4, 0, 0, 0, 0]]);
        lying.AddRange(packet.AsSpan(Ipv6View.HeaderLength));
        byte[] octets = [.. lying];
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(Ipv6Length), (ushort)(octets.Length - Ipv6View.HeaderLength));
        return octets;
    }
}
