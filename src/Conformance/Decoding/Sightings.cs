using System.Net;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Decoding;

/// <summary>One header of a frame with what it carries, typed: what rules judge. Those of a frame come outermost first.</summary>
internal abstract class Sighting
{
    /// <summary>From 1, as Wireshark counts.</summary>
    public required int Frame { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>What carries it in the same frame; null for the outermost.</summary>
    public required Sighting? Carrier { get; init; }

    /// <summary>Of the frame's outermost IP header: who sent it.</summary>
    public required IPAddress Sender { get; init; }

    public required IPAddress Receiver { get; init; }

    /// <summary>Whether it came out of ESP or stands behind AH.</summary>
    public bool IsProtected => Carrier is EspSighting or AhSighting || Carrier is { IsProtected: true };
}

/// <summary>An IP packet as it stands in the frame: also a fragment.</summary>
internal sealed class IpSighting : Sighting
{
    public required ReadOnlyMemory<byte> Octets { get; init; }

    public bool IsV6 => Octets.Span[0] >> 4 == 6;

    public Ipv4View V4 => Ipv4View.TryParse(Octets.Span, out var view, out _) ? view : default;

    public Ipv6View V6 => Ipv6View.TryParse(Octets.Span, out var view, out _) ? view : default;

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass => IsV6 ? V6.TrafficClass : V4.TrafficClass;

    public int Dscp => TrafficClass >> 2;

    public int Ecn => TrafficClass & 3;

    public byte HopLimit => IsV6 ? V6.HopLimit : V4.TimeToLive;

    public IpAddress Source => IsV6 ? V6.Source : (IpAddress)V4.Source;

    public IpAddress Destination => IsV6 ? V6.Destination : (IpAddress)V4.Destination;

    public required bool IsFragment { get; init; }

    /// <summary>What stands behind the header and its extensions.</summary>
    public required byte Protocol { get; init; }
}

internal sealed class UdpSighting : Sighting
{
    public required ReadOnlyMemory<byte> Octets { get; init; }

    public UdpView View => UdpView.TryParse(Octets.Span, out var view, out _) ? view : default;

    public ReadOnlySpan<byte> Payload => View.Payload;

    public ushort SourcePort => View.SourcePort;

    public ushort DestinationPort => View.DestinationPort;
}

/// <summary>An IKEv2 message, or one fragment of one; a message put together from fragments is seen once more as a whole.</summary>
internal sealed class IkeSighting : Sighting
{
    /// <summary>The message as it was sent; of a reassembled one the last fragment.</summary>
    public required ReadOnlyMemory<byte> Octets { get; init; }

    public required IkeHeader Header { get; init; }

    /// <summary>Payloads that stand in clear, SK and SKF among them.</summary>
    public required IReadOnlyList<SeenPayload> Outer { get; init; }

    /// <summary>What SK has inside; null if there is none or it could not be opened.</summary>
    public IReadOnlyList<SeenPayload>? Inner { get; set; }

    /// <summary>Why the chain of payloads could not be walked to its end, outside or inside.</summary>
    public ParseError? ChainError { get; set; }

    /// <summary>Put together from fragments.</summary>
    public bool IsReassembled { get; init; }

    /// <summary>How SK or SKF was opened; null without keys.</summary>
    public OpenedIke? Opened { get; set; }
}

/// <param name="Iv">Empty with algorithms that have none.</param>
/// <param name="Plaintext">With padding and Pad Length; null if it could not be decrypted or isn't authentic.</param>
internal sealed record OpenedIke(EncryptionId Encryption, ReadOnlyMemory<byte> Iv, byte[]? Plaintext, IcvState Icv);

/// <summary>One payload as its octets say, and what they mean.</summary>
/// <param name="Flags">Critical bit (0x80) and reserved bits.</param>
/// <param name="Payload">Null for one that can't be parsed.</param>
internal sealed record SeenPayload(PayloadType Type, byte Flags, PayloadType Next, byte[] Body, Payload? Payload, ParseError? Error);

internal sealed class EspSighting : Sighting
{
    public required ReadOnlyMemory<byte> Octets { get; init; }

    public required uint Spi { get; init; }

    public required uint SequenceNumber { get; init; }

    /// <summary>Null without keys.</summary>
    public EspSaKeys? Keys { get; init; }

    /// <summary>With padding, Pad Length and Next Header; null if it could not be decrypted or isn't authentic.</summary>
    public byte[]? Plaintext { get; init; }

    /// <summary>Where in <see cref="Octets"/> the ciphertext begins: the IV stands before it.</summary>
    public int PlaintextOffset { get; init; }

    public IcvState Icv { get; init; } = IcvState.NotChecked;
}

internal sealed class AhSighting : Sighting
{
    /// <summary>AH and what it stands before.</summary>
    public required ReadOnlyMemory<byte> Octets { get; init; }

    public required uint Spi { get; init; }

    public required uint SequenceNumber { get; init; }

    public required IcvState Icv { get; init; }
}

internal sealed class IpCompSighting : Sighting
{
    /// <summary>Header and compressed payload.</summary>
    public required ReadOnlyMemory<byte> Octets { get; init; }

    /// <summary>Octets after decompression; null if it could not be decompressed.</summary>
    public required int? DecompressedLength { get; init; }
}
