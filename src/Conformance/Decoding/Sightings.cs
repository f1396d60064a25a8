using System.Buffers.Binary;
using System.Net;
using Conformance.Rules;
using Ipsec.Packets;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Decoding;

/// <summary>One header of a frame with what it carries, typed: what rules judge. Those of a frame come outermost first.</summary>
internal abstract class Sighting(Dissection dissection)
{
    /// <summary>From 1, as Wireshark counts.</summary>
    public int Frame { get; } = dissection.Frame.Number;

    public DateTimeOffset Time { get; } = dissection.Frame.Time;

    /// <summary>What carries it in the same frame; null for the outermost.</summary>
    public Sighting? Carrier { get; } = dissection.Carrier;

    /// <summary>Of the frame's outermost IP header: who sent it.</summary>
    public IPAddress Sender { get; } = dissection.OuterSource ?? IPAddress.None;

    public IPAddress Receiver { get; } = dissection.OuterDestination ?? IPAddress.None;

    /// <summary>Of the innermost IP header around it.</summary>
    public IPAddress Source { get; } = dissection.Source;

    public IPAddress Destination { get; } = dissection.Destination;

    /// <summary>What its two ends said so far; null where too much is being said.</summary>
    public PairHistory? Pair { get; set; }

    /// <summary>Whether it came out of ESP or stands behind AH.</summary>
    public bool IsProtected => Carrier is EspSighting or AhSighting || Carrier is { IsProtected: true };
}

/// <summary>An IP packet as it stands in the frame: also a fragment.</summary>
internal sealed class IpSighting(Dissection dissection) : Sighting(dissection)
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

    public required bool IsFragment { get; init; }

    /// <summary>What stands behind the header and its extensions.</summary>
    public required byte Protocol { get; init; }
}

internal sealed class UdpSighting(Dissection dissection) : Sighting(dissection)
{
    public required ReadOnlyMemory<byte> Octets { get; init; }

    public UdpView View => UdpView.TryParse(Octets.Span, out var view, out _) ? view : default;

    public ReadOnlySpan<byte> Payload => View.Payload;

    public ushort SourcePort => View.SourcePort;

    public ushort DestinationPort => View.DestinationPort;

    /// <summary>Whether its host sent datagrams between these addresses and ports protected, this one or one before.</summary>
    public bool IsOfProtectedFlow { get; set; }
}

/// <param name="Iv">Empty with algorithms that have none.</param>
/// <param name="Plaintext">With padding and Pad Length; null if it could not be decrypted or isn't authentic.</param>
internal sealed record OpenedIke(EncryptionId Encryption, ReadOnlyMemory<byte> Iv, byte[]? Plaintext, IcvState Icv);

/// <summary>One payload as its octets say, and what they mean.</summary>
/// <param name="Flags">Critical bit (0x80) and reserved bits.</param>
/// <param name="Payload">Null for one that can't be parsed.</param>
internal sealed record SeenPayload(PayloadType Type, byte Flags, PayloadType Next, byte[] Body, Payload? Payload, ParseError? Error);

/// <summary>A packet of an SA with a sequence number.</summary>
internal abstract class SequencedSighting(Dissection dissection) : Sighting(dissection)
{
    /// <summary>From the SPI's header to the end.</summary>
    public required ReadOnlyMemory<byte> Octets { get; init; }

    public required uint Spi { get; init; }

    public required uint SequenceNumber { get; init; }

    public IcvState Icv { get; init; } = IcvState.NotChecked;

    /// <summary>Packets of its SA so far, itself included; 0 where too many are to be remembered.</summary>
    public long Ordinal { get; set; }

    /// <summary>The highest sequence number of its SA before it.</summary>
    public uint HighestBefore { get; set; }

    /// <summary>The same octets were there before: the network's copy, not the sender's.</summary>
    public bool IsCopy { get; set; }

    /// <summary>The frame of another packet with this sequence number; null if there is none.</summary>
    public int? SameNumber { get; set; }

    /// <summary>The frame of another packet of the SA with this IV; null if there is none.</summary>
    public int? SameIv { get; set; }
}

internal sealed class EspSighting(Dissection dissection) : SequencedSighting(dissection)
{
    /// <summary>Null without keys.</summary>
    public EspSaKeys? Keys { get; init; }

    /// <summary>With padding, Pad Length and Next Header; null if it could not be decrypted or isn't authentic.</summary>
    public byte[]? Plaintext { get; init; }

    /// <summary>Where in the octets the ciphertext begins: the IV stands before it.</summary>
    public int PlaintextOffset { get; init; }

    /// <summary>Empty without keys.</summary>
    public ReadOnlyMemory<byte> Iv => PlaintextOffset > EspView.HeaderSize ? Octets[EspView.HeaderSize..PlaintextOffset] : default;

    public byte? NextHeader => Plaintext is { Length: >= 2 } plaintext ? plaintext[^1] : null;

    /// <summary>Payload without padding; null if it isn't known.</summary>
    public ReadOnlyMemory<byte>? Payload =>
        Plaintext is { Length: >= 2 } plaintext && plaintext[^2] <= plaintext.Length - 2 ? plaintext.AsMemory(..^(2 + plaintext[^2])) : (ReadOnlyMemory<byte>?)null;

    public ReadOnlyMemory<byte>? Padding => Payload is { } payload ? Plaintext.AsMemory(payload.Length..^2) : (ReadOnlyMemory<byte>?)null;
}

internal sealed class AhSighting(Dissection dissection) : SequencedSighting(dissection)
{
    public AhView View => AhView.TryParse(Octets.Span, out var view, out _) ? view : default;
}

internal sealed class IpCompSighting(Dissection dissection) : Sighting(dissection)
{
    /// <summary>Header and compressed payload.</summary>
    public required ReadOnlyMemory<byte> Octets { get; init; }

    public byte NextHeader => Octets.Span[0];

    public ushort Cpi => BinaryPrimitives.ReadUInt16BigEndian(Octets.Span[2..]);

    /// <summary>Octets after decompression; null if it could not be decompressed.</summary>
    public required int? DecompressedLength { get; init; }
}
