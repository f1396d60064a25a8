using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Ipsec.Packets.Ike;

/// <summary>
/// Traffic Selector payloads TSi and TSr (RFC 7296 section 3.13):
/// <code>
/// | Number of TSs |                 RESERVED                      |
/// |                       &lt;Traffic Selectors>                     |
/// </code>
/// </summary>
public sealed record TrafficSelectorPayload(PayloadType Side, ImmutableArray<TrafficSelector> Selectors) : Payload
{
    /// <summary>24 bits.</summary>
    public uint Reserved { get; init; }

    public override PayloadType Type => Side;

    public override IEnumerable<string> Describe() => Selectors.Select(selector => selector.ToString());

    public override byte[] EncodeBody()
    {
        var body = new List<byte>([(byte)Selectors.Length, (byte)(Reserved >> 16), (byte)(Reserved >> 8), (byte)Reserved]);
        foreach (var selector in Selectors)
            selector.Encode(body);
        return [.. body];
    }

    internal static TrafficSelectorPayload Parse(PayloadType side, ref FieldReader reader)
    {
        var count = reader.U8("Number of TSs");
        var reserved = reader.U24("RESERVED");
        var selectors = ImmutableArray.CreateBuilder<TrafficSelector>();
        for (var index = 0; index < count && reader.Error is null; index++)
            selectors.Add(TrafficSelector.Parse(ref reader));
        if (reader.Remaining > 0)
            reader.Fail("Number of TSs", $"{count}, but {reader.Remaining} octets follow");
        return new(side, selectors.DrainToImmutable()) { Reserved = reserved };
    }
}

/// <summary>
/// A traffic selector (RFC 7296 section 3.13.1):
/// <code>
/// |   TS Type     |IP Protocol ID*|       Selector Length         |
/// |           Start Port*         |           End Port*           |
/// |                         Starting Address*                     |
/// |                         Ending Address*                       |
/// </code>
/// Types without addresses are kept as octets in <see cref="Opaque"/>.
/// </summary>
/// <param name="IpProtocol">0 for any.</param>
/// <param name="StartPort">For ICMP, type in the high and code in the low octet. 0 to 65535 is any; 65535 to 0 is OPAQUE.</param>
public sealed record TrafficSelector(
    TrafficSelectorType Type, byte IpProtocol, ushort StartPort, ushort EndPort, IPAddress StartAddress, IPAddress EndAddress)
{
    /// <summary>What follows Selector Length in a selector of a type that has no addresses; null for IPv4 and IPv6 ranges.</summary>
    public Octets? Opaque { get; init; }

    /// <summary>All protocols and ports of a range of addresses.</summary>
    public static TrafficSelector Range(IPAddress start, IPAddress end) => new(
        start.AddressFamily == AddressFamily.InterNetwork ? TrafficSelectorType.Ipv4AddrRange : TrafficSelectorType.Ipv6AddrRange,
        0, 0, 65535, start, end);

    /// <summary>All protocols and ports of a subnet such as 10.1.0.0/24.</summary>
    public static TrafficSelector Subnet(IPNetwork network)
    {
        var last = network.BaseAddress.GetAddressBytes();
        for (var bit = network.PrefixLength; bit < last.Length * 8; bit++)
            last[bit / 8] |= (byte)(0x80 >> bit % 8);
        return Range(network.BaseAddress, new(last));
    }

    public override string ToString()
    {
        if (Opaque is { } octets)
            return $"{Type} {octets}";
        var ports = (StartPort, EndPort) switch
        {
            (0, 65535) => "any port",
            (65535, 0) => "OPAQUE ports",
            _ => $"ports {StartPort}-{EndPort}",
        };
        return $"{StartAddress}-{EndAddress} {(IpProtocol == 0 ? "any protocol" : $"protocol {IpProtocol}")} {ports}";
    }

    internal void Encode(List<byte> target)
    {
        if (Opaque is { } octets)
        {
            target.AddRange([(byte)Type, IpProtocol, (byte)(octets.Length + 4 >> 8), (byte)(octets.Length + 4)]);
            target.AddRange(octets.Span);
            return;
        }
        var start = StartAddress.GetAddressBytes();
        var length = 8 + 2 * start.Length;
        target.AddRange([
            (byte)Type, IpProtocol, (byte)(length >> 8), (byte)length,
            (byte)(StartPort >> 8), (byte)StartPort, (byte)(EndPort >> 8), (byte)EndPort]);
        target.AddRange(start);
        target.AddRange(EndAddress.GetAddressBytes());
    }

    internal static TrafficSelector Parse(ref FieldReader reader)
    {
        var type = (TrafficSelectorType)reader.U8("TS Type");
        var protocol = reader.U8("IP Protocol ID");
        var length = reader.U16("Selector Length");
        var addressLength = type switch
        {
            TrafficSelectorType.Ipv4AddrRange => 4,
            TrafficSelectorType.Ipv6AddrRange => 16,
            _ => 0,
        };
        if (addressLength == 0)
            return new(type, protocol, 0, 0, IPAddress.Any, IPAddress.Any) { Opaque = reader.Bytes(length - 4, "Selector Length") };
        if (length != 8 + 2 * addressLength)
            reader.Fail("Selector Length", $"{length}, must be {8 + 2 * addressLength} for {type}");
        var startPort = reader.U16("Start Port");
        var endPort = reader.U16("End Port");
        var start = reader.Take(addressLength, "Starting Address");
        var end = reader.Take(addressLength, "Ending Address");
        return reader.Error is null
            ? new(type, protocol, startPort, endPort, new(start), new(end))
            : new(type, protocol, startPort, endPort, IPAddress.Any, IPAddress.Any);
    }
}
