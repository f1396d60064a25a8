using Conformance.Decoding;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Ip;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>AH packets (RFC 4302).</summary>
internal static class AhRules
{
    public static IEnumerable<Rule> All =>
    [
        Ah("001", "The reserved field is zero", "RFC4302-2.3-1", ah => That(ah.View.Reserved == 0, "zero", $"0x{ah.View.Reserved:x4}")),
        Ah("002", "SPI zero is never sent", "RFC4302-2.4-6", ah => That(ah.Spi != 0, "an SPI other than zero", "zero")),
        Ah("003", "The header is a multiple of 8 octets in IPv6", "RFC4302-2.6-1", ah => ah.Carrier is IpSighting { IsV6: true }
            ? That(ah.View.HeaderLength % 8 == 0, "a multiple of 8 octets", $"{ah.View.HeaderLength}")
            : NotExercised),
        Ah("004", "There is an integrity check value", "RFC4302-5-1", ah => That(ah.View.HeaderLength > AhView.FixedSize, "an ICV", "none")),
        Ah("005", "The first packet of an SA has a sequence number above zero", "RFC4302-2.5-3", ah => ah.Ordinal == 1 ? That(ah.SequenceNumber != 0, "1 or more", "0") : NotExercised),
        Ah("006", "No sequence number is used twice on an SA", "RFC4302-2.5-1 RFC4302-2.5-4", ah => ah is { Ordinal: > 0, IsCopy: false }
            ? That(ah.SameNumber is null, "a new sequence number", $"{ah.SequenceNumber}, that of frame {ah.SameNumber}")
            : NotExercised),
        Ah("007", "The integrity check value is right", "RFC4302-5-1", ah => ah.Icv != IcvState.NotChecked
            ? That(ah.Icv == IcvState.Verified, "the ICV of the packet", "another")
            : NotExercised),
        Ah("008", "AH goes on with what its next header says", "RFC4302-5-1", ah => ah.View.NextHeader is IpProtocol.IpInIp or IpProtocol.Ipv6 && ah.View.Payload is { Length: > 0 } payload
            ? That(payload[0] >> 4 == (ah.View.NextHeader == IpProtocol.Ipv6 ? 6 : 4), $"IP version {(ah.View.NextHeader == IpProtocol.Ipv6 ? 6 : 4)}", $"{payload[0] >> 4}")
            : NotExercised),
        Ah("009", "Behind an End of Options List, the IPv4 header has nothing but more of it", "RFC4302-A-1", ah => ah.Carrier is IpSighting { IsV6: false } ip && BehindTheOptions(ip) is { Length: > 0 } rest
            ? That(rest.AsSpan().IndexOfAnyExcept((byte)0) < 0, "zero octets", Convert.ToHexStringLower(rest))
            : NotExercised),
    ];

    /// <summary>What follows the option that ends the list; empty or null if there is nothing.</summary>
    private static byte[]? BehindTheOptions(IpSighting ip)
    {
        const byte end = 0, noOperation = 1;
        var header = ip.Octets.Span[..Math.Min(ip.Octets.Length, (ip.Octets.Span[0] & 0xF) * 4)];
        for (var at = Ipv4View.MinimumHeaderLength; at < header.Length;)
        {
            if (header[at] == end)
                return header[(at + 1)..].ToArray();
            if (header[at] != noOperation && (at + 1 == header.Length || header[at + 1] < 2))
                return null;
            at += header[at] == noOperation ? 1 : header[at + 1];
        }
        return null;
    }

    private static Rule Ah(string number, string title, string covers, Func<AhSighting, Judgement> judge) => Rule.Of<AhSighting>($"RULE-AH-{number}", title, covers, judge);
}
