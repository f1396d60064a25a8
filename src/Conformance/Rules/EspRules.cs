using Conformance.Decoding;
using Ipsec.Crypto;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>ESP packets (RFC 4303): SPI, sequence number, padding, next header, ICV.</summary>
internal static class EspRules
{
    public static IEnumerable<Rule> All =>
    [
        Esp("HEADER-001", "SPI zero never appears on the wire", "RFC4303-2.1-6", esp => That(esp.Spi != 0, "an SPI other than zero", "zero")),
        Esp("HEADER-002", "Encryption and integrity are not both NULL", "RFC4303-3.2-2 RFC4303-5-6 RFC4301-4.2-1", esp => esp.Keys is { Encryption: EncryptionId.Null } keys
            ? That(keys.Integrity != IntegrityId.None || keys.UncheckedIcvLength > 0, "an integrity algorithm", "neither encryption nor integrity")
            : NotExercised),
        Esp("HEADER-003", "ESP does not encrypt without authenticating", "RFC8221-4-1 RFC8221-6-3 RFC8221-6-15 RFC4301-3.2-3", esp => esp.Keys is { } keys && Algorithms.Encryption(keys.Encryption) is { IsAead: false }
            ? That(keys.Integrity != IntegrityId.None || keys.UncheckedIcvLength > 0, "an integrity algorithm", "none")
            : NotExercised),
        Esp("HEADER-004", "The integrity check value is right", "RFC4303-5-1", esp => esp.Icv != IcvState.NotChecked && esp.Keys is { SequenceHigh: null or 0 }
            ? That(esp.Icv == IcvState.Verified, "the ICV of the packet", "another")
            : NotExercised),
        Esp("HEADER-005", "Every packet has its sequence number, and a whole header", "RFC4303-2.2-2 RFC4303-2.2-4", esp =>
            That(esp.Octets.Length >= EspView.HeaderSize + 2, "SPI, sequence number and a trailer", $"{esp.Octets.Length} octets")),
        Esp("HEADER-006", "ESP goes on with what its next header says", "RFC4303-5-1", esp => esp.NextHeader is IpProtocol.IpInIp or IpProtocol.Ipv6 && esp.Payload is { Length: > 0 } payload
            ? That(payload.Span[0] >> 4 == (esp.NextHeader == IpProtocol.Ipv6 ? 6 : 4), $"IP version {(esp.NextHeader == IpProtocol.Ipv6 ? 6 : 4)}", $"{payload.Span[0] >> 4}")
            : NotExercised),
        Esp("SEQUENCE-001", "The first packet of an SA has a sequence number above zero", "RFC4303-2.2-3", esp => esp.Ordinal == 1 && esp.Keys is not { SequenceHigh: > 0 }
            ? That(esp.SequenceNumber != 0, "1 or more", "0")
            : NotExercised),
        Esp("SEQUENCE-002", "No sequence number is used twice on an SA", "RFC4303-2.2-1", esp => esp is { Ordinal: > 0, IsCopy: false }
            ? That(esp.SameNumber is null, "a new sequence number", $"{esp.SequenceNumber}, that of frame {esp.SameNumber}")
            : NotExercised),
        Esp("SEQUENCE-003", "The sequence number does not wrap", "RFC4303-3.3.3-1 RFC4303-2.2-5", esp => esp is { HighestBefore: > 0xFFFF_0000, IsCopy: false } && esp.Keys is { SequenceHigh: null }
            ? That(esp.SequenceNumber > 0xFFFF, "no packet after the last number", $"{esp.SequenceNumber} after {esp.HighestBefore}")
            : NotExercised),
        Esp("SEQUENCE-004", "An SA that was made here starts to count at 1", "RFC4303-2.2-3", esp => esp.Ordinal == 1 && esp.Pair?.Child(esp.Receiver, esp.Spi) is not null
            // What the network lost was counted too.
            ? That(esp.SequenceNumber <= 64, "a sequence number near 1", $"{esp.SequenceNumber}")
            : NotExercised),
        Esp("PADDING-001", "Padding counts 1, 2, 3", "RFC4303-2.4-3", esp => esp.Padding is { Length: > 0 } padding
            ? That(Counts(padding.Span), "1, 2, 3 and so on", $"{Convert.ToHexStringLower(padding.Span)}")
            : NotExercised),
        Esp("PADDING-002", "Pad Length is within the packet", "RFC4303-2.4-2", esp => esp.Plaintext is { Length: >= 2 } plaintext
            ? That(plaintext[^2] <= plaintext.Length - 2, $"at most {plaintext.Length - 2}", $"{plaintext[^2]}")
            : NotExercised),
        Esp("PADDING-003", "Pad Length and Next Header end on a boundary of four octets", "RFC4303-2.3-3", esp => esp.Plaintext is { Length: >= 2 } plaintext
            ? That((esp.PlaintextOffset - EspView.HeaderSize + plaintext.Length) % 4 == 0, "a multiple of 4 octets before the ICV", $"{esp.PlaintextOffset - EspView.HeaderSize + plaintext.Length}")
            : NotExercised),
        Esp("PADDING-004", "The packet inside has the length that its header says, or padding behind", "RFC4303-2.7-2", esp => esp.NextHeader is IpProtocol.IpInIp or IpProtocol.Ipv6 && esp.Payload is { } payload
            ? That(InnerLength(payload.Span) is { } length && length <= payload.Length, $"at most {payload.Length} octets", $"{InnerLength(payload.Span)}")
            : NotExercised),
        Esp("BEET-001", "A pseudo header for IPv4 options ends on 8 octets", "RFC7402-B.1.7-3", esp => PseudoHeader(esp) is { Padding: var padding, Whole: var whole }
            ? That(padding is 0 or 4 && whole, "padding of 0 or 4 octets, and as many units of 8 octets as it says", $"padding of {padding}, {(whole ? "" : "not ")}whole")
            : NotExercised),
        Esp("BEET-002", "A pseudo header for IPv4 options is padded with no-operation options", "RFC7402-B.1.7-4", esp => PseudoHeader(esp) is { Padding: 4, Whole: true }
            ? That(esp.Payload!.Value.Span[4..8] is [1, 1, 1, 1], "1, 1, 1, 1", Convert.ToHexStringLower(esp.Payload.Value.Span[4..8]))
            : NotExercised),
    ];

    /// <summary>Next header, length in units of 8 octets beyond the first, padding, reserved; then padding and options (RFC 7402 appendix B.1.7).</summary>
    private static (int Padding, bool Whole)? PseudoHeader(EspSighting esp) => esp is { NextHeader: BeetPseudoHeader, Payload: { Length: >= 4 } payload }
        ? (payload.Span[2], 8 + payload.Span[1] * 8 <= payload.Length)
        : null;

    private const byte BeetPseudoHeader = 94;

    private static Rule Esp(string id, string title, string covers, Func<EspSighting, Judgement> judge) => Rule.Of<EspSighting>($"RULE-ESP-{id}", title, covers, judge);

    private static bool Counts(ReadOnlySpan<byte> padding)
    {
        for (var index = 0; index < padding.Length; index++)
            if (padding[index] != index + 1)
                return false;
        return true;
    }

    private static int? InnerLength(ReadOnlySpan<byte> packet) => packet.Length switch
    {
        >= Ipv6View.HeaderLength when packet[0] >> 4 == 6 => Ipv6View.HeaderLength + (packet[4] << 8 | packet[5]),
        >= Ipv4View.MinimumHeaderLength when packet[0] >> 4 == 4 => packet[2] << 8 | packet[3],
        _ => null,
    };
}
