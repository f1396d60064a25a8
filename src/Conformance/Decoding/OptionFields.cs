using Ipsec.Packets.Ip;

namespace Conformance.Decoding;

/// <summary>IPv4 options, and IPv6 extension headers with options or addresses in them, as fields.</summary>
internal static class OptionFields
{
    /// <param name="options">All of them with their padding.</param>
    public static void Ipv4(FieldWriter fields, ReadOnlySpan<byte> options)
    {
        var chain = new Ipv4OptionChain(options);
        while (chain.MoveNext())
            fields.Put(Ipv4OptionType.Name(chain.Current.Type), Text(chain.Current), chain.Current.Octets.Length);
        if (!chain.Rest.IsEmpty)
            fields.Put(chain.Error is null ? "Padding" : "Octets", Convert.ToHexStringLower(chain.Rest), chain.Rest.Length);
    }

    /// <param name="header">A whole extension header, neither AH nor fragment.</param>
    public static void Ipv6(FieldWriter fields, byte type, ReadOnlySpan<byte> header)
    {
        fields.Put("Next Header", header[0], 1).Put("Hdr Ext Len", header[1], 1);
        var extension = new Ipv6Extension(type, 0, header);
        if (extension.HasOptions)
            Options(fields, extension.Options);
        else if (Ipv6Route.TryParse(extension, out var route, out _))
        {
            fields.Put("Routing Type", extension.RoutingType, 1).Put("Segments Left", extension.SegmentsLeft, 1).Skip(4);
            for (var index = 0; index < route.Count; index++)
                fields.Put("Address", $"{route[index]}", 16);
        }
        else
            fields.Put("Content", Convert.ToHexStringLower(header[2..]), header.Length - 2);
    }

    private static void Options(FieldWriter fields, Ipv6OptionChain chain)
    {
        while (chain.MoveNext())
        {
            var option = chain.Current;
            fields.Put(Ipv6Option.Name(option.Type), $"{Convert.ToHexStringLower(option.Data)}{(option.MayChange ? " (may change)" : "")}", option.Octets.Length);
        }
    }

    private static string Text(Ipv4Option option)
    {
        if (option.RouterAlert is { } alert)
            return $"{alert}";
        if (option.TryReadRoute(out var route, out _))
        {
            var addresses = new List<string>();
            for (var index = 0; index < route.Count; index++)
                addresses.Add($"{route[index]}");
            return $"{string.Join(' ', addresses)}, {route.Done} done";
        }
        if (!option.TryReadTimestamps(out var timestamps, out _))
            return Convert.ToHexStringLower(option.Data);
        var entries = new List<string>();
        for (var index = 0; index < timestamps.Count; index++)
            entries.Add($"{(timestamps.Address(index) is { } address ? $"{address} " : "")}{timestamps.Timestamp(index)}");
        return $"{string.Join(", ", entries)}, overflow {timestamps.Overflow}";
    }
}
