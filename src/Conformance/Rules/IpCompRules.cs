using Conformance.Decoding;
using Ipsec.Packets.Ip;
using Ipsec.Packets.IpComp;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>IPComp packets (RFC 3173).</summary>
internal static class IpCompRules
{
    public static IEnumerable<Rule> All =>
    [
        IpComp("001", "The flags are zero", "RFC3173-3.3-1", ip => That(ip.Octets.Span[1] == 0, "0", $"0x{ip.Octets.Span[1]:x2}")),
        IpComp("002", "What compression would not make shorter is sent as it is", "RFC3173-2.2-1", ip => ip.DecompressedLength is { } length
            ? That(ip.Octets.Length < length, $"less than {length} octets with header", $"{ip.Octets.Length}")
            : NotExercised),
        IpComp("003", "Compression comes before IPsec", "RFC3173-2-3", ip => That(ip.NextHeader is not (IpProtocol.Esp or IpProtocol.Ah), "no IPsec inside", $"{IpProtocol.Name(ip.NextHeader)}")),
        IpComp("004", "Hop-by-hop, routing and fragment headers are not compressed", "RFC3173-2.1-1 RFC3173-2-4 RFC3173-3.2-1", ip =>
            That(ip.NextHeader is not (0 or IpProtocol.Ipv6Routing or IpProtocol.Ipv6Fragment), "another header", $"{IpProtocol.Name(ip.NextHeader)}")),
        IpComp("005", "Nothing is compressed twice in a row", "RFC3173-2-1", ip => That(ip.NextHeader != IpProtocol.IpComp, "another header", "IPComp")),
        IpComp("006", "The CPI is one of a known algorithm or negotiated", "RFC3173-3.3-4", ip => That(ip.Cpi is 2 or 3 or 4 or >= 256, "2, 3, 4 or 256 and more", $"{ip.Cpi}")),
        IpComp("007", "What DEFLATE made can be decompressed", "RFC3173-2-1 RFC3173-2.1-2", ip => ip.Cpi == 2 ? That(ip.DecompressedLength is not null, "DEFLATE", "something else") : NotExercised),
        IpComp("008", "The compressed payload is there", "RFC3173-2.1-2", ip => That(ip.Octets.Length > IpCompPacket.HeaderSize, "a payload", "none")),
    ];

    private static Rule IpComp(string number, string title, string covers, Func<IpCompSighting, Judgement> judge) => Rule.Of<IpCompSighting>($"RULE-IPCOMP-{number}", title, covers, judge);
}
