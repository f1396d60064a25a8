using System.Buffers.Binary;
using System.IO.Compression;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ip;
using Ipsec.Packets.IpComp;

namespace Conformance.Testing;

/// <summary>
/// The tester's side of one SA keyed by hand: puts it around a packet, right or wrong, and takes it off. It keeps no window, checks no policy and believes any
/// sequence number. It shares codecs and algorithms with the in-house stack and nothing above them.
/// </summary>
public sealed class ScriptedAssociation : IDisposable
{
    /// <summary>Protocol number of what carries IPv4 options in BEET mode.</summary>
    private const byte BeetPseudoHeader = 94;

    private readonly IDisposable? _protection;
    private readonly EspProtection? _esp;
    private readonly AhProtection? _ah;
    private ulong _top;

    internal ScriptedAssociation(ManualSecurityAssociation parameters, RandomSource random)
    {
        Parameters = parameters;
        switch (parameters.Protocol)
        {
            case IpsecProtocol.Esp:
                _protection = _esp = new(
                    new(
                        Algorithms.Encryption(parameters.Encryption)!, parameters.KeyLength,
                        Algorithms.Integrity(parameters.Integrity), parameters.ExtendedSequenceNumbers),
                    parameters.EncryptionKey.Span, parameters.IntegrityKey.Span, random);
                break;
            case IpsecProtocol.Ah:
                _protection = _ah = new(Algorithms.Integrity(parameters.Integrity)!, parameters.IntegrityKey.Span, parameters.ExtendedSequenceNumbers);
                break;
        }
    }

    public ManualSecurityAssociation Parameters { get; }

    /// <summary>Of the packet sealed last.</summary>
    public ulong SequenceNumber { get; set; }

    /// <summary>Protocol number of its header.</summary>
    public byte Protocol => Parameters.Protocol switch
    {
        IpsecProtocol.Esp => IpProtocol.Esp,
        IpsecProtocol.Ah => IpProtocol.Ah,
        _ => IpProtocol.IpComp,
    };

    /// <summary>The packet with this SA around it, as it should be but for what is asked for.</summary>
    public byte[] Seal(byte[] packet, SealOptions? options = null)
    {
        options ??= SealOptions.Right;
        SequenceNumber = options.SequenceNumber ?? SequenceNumber + 1;
        IpView.TryParse(packet, out var view, out _);
        // RFC 3173 section 2.2: what compression would not shorten is sent as it is.
        if (Parameters is { Protocol: IpsecProtocol.IpComp, Mode: IpsecMode.Transport }
            && Deflate(packet.AsSpan(view.UnfragmentableLength)).Length + IpCompPacket.HeaderSize >= packet.Length - view.UnfragmentableLength)
            return packet;
        switch (Parameters.Mode)
        {
            case IpsecMode.Transport:
                var headers = packet[..view.UnfragmentableLength];
                var following = headers[view.UnfragmentableNextOffset];
                headers[view.UnfragmentableNextOffset] = OuterProtocol;
                return Around(headers, packet[view.UnfragmentableLength..], options.NextHeader ?? following, options);
            case IpsecMode.Beet:
                var (next, before) = WithoutHeader(packet, view);
                return Around(OuterHeader(view, options), [.. before, .. packet.AsSpan(IpHeader.LengthOf(view.IsIpv6) + OptionsOf(view))], options.NextHeader ?? next, options);
            default:
                return Around(OuterHeader(view, options), packet, options.NextHeader ?? (view.IsIpv6 ? IpProtocol.Ipv6 : IpProtocol.IpInIp), options);
        }
    }

    /// <summary>This SA around any payload under any headers; their length field is set, their next header octet already says what follows.</summary>
    public byte[] Around(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, byte nextHeader, SealOptions? options = null)
    {
        options ??= SealOptions.Right;
        var packet = new byte[headers.Length + payload.Length + options.TrafficFlowPadding.Length + 1024];
        headers.CopyTo(packet);
        var offset = headers.Length;
        var number = SequenceNumber;
        int length;
        if (_esp is not null)
        {
            if (Parameters.Encapsulation is { } ports)
            {
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(offset), ports.Source);
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(offset + 2), ports.Destination);
                offset += UdpView.HeaderLength;
            }
            var spi = options.Spi ?? Parameters.Spi;
            length = offset + (options.Trailer is { } trailer
                ? _esp.SealRaw(spi, number, [.. payload, .. trailer], packet.AsSpan(offset))
                : _esp.Seal(spi, number, [.. payload, .. options.TrafficFlowPadding], nextHeader, packet.AsSpan(offset)));
            if (Parameters.Encapsulation is not null)
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(headers.Length + 4), (ushort)(length - headers.Length));
        }
        else if (_ah is not null)
        {
            var ahLength = _ah.HeaderLength(packet[0] >> 4 == 6);
            payload.CopyTo(packet.AsSpan(offset + ahLength));
            length = offset + ahLength + payload.Length;
            IpHeader.SetLength(packet.AsSpan(0, length));
            if (!_ah.TrySeal(packet.AsSpan(0, length), offset, nextHeader, options.Spi ?? Parameters.Spi, number))
                throw new InvalidOperationException("the script's own headers can't be authenticated");
        }
        else
        {
            byte[] compressed = [nextHeader, 0, (byte)(Parameters.Spi >> 8), (byte)Parameters.Spi, .. Deflate(payload)];
            compressed.CopyTo(packet, offset);
            length = offset + compressed.Length;
        }
        var whole = packet[..length];
        IpHeader.SetLength(whole);
        if (options.FlipIcv)
            whole[_ah is null ? length - 1 : offset + AhView.FixedSize] ^= 1;
        // Over IPv4 the checksum should be zero (RFC 3948 section 2.1), over IPv6 it may not (RFC 8200 section 8.1).
        if (Parameters.Encapsulation is not null && whole[0] >> 4 == 6)
            WriteUdpChecksum(whole);
        return whole;
    }

    /// <summary>Fills in the UDP checksum of a packet that holds a datagram.</summary>
    public static void WriteUdpChecksum(byte[] packet)
    {
        IpView.TryParse(packet, out var view, out _);
        var datagram = packet.AsSpan(view.TransportOffset);
        datagram[6..8].Clear();
        var sum = InternetChecksum.AddPseudoHeader(0, view.Source, view.Destination, IpProtocol.Udp, datagram.Length);
        var checksum = InternetChecksum.Finish(InternetChecksum.Add(sum, datagram));
        BinaryPrimitives.WriteUInt16BigEndian(datagram[6..], checksum == 0 ? ushort.MaxValue : checksum);
    }

    /// <summary>The packet inside; null if it is none of this SA's, its ICV is wrong, or it can't be read.</summary>
    public Opened? Open(byte[] packet)
    {
        if (!IpView.TryParse(packet, out var view, out _))
            return null;
        var offset = view.TransportOffset;
        if (view.Protocol == IpProtocol.Udp && Parameters.Encapsulation is not null)
            offset += UdpView.HeaderLength;
        else if (view.Protocol != Protocol)
            return null;
        var protectedPart = packet.AsSpan(Math.Min(offset, packet.Length));
        byte[] payload;
        byte nextHeader;
        uint number = 0;
        var padding = 0;
        if (_esp is not null)
        {
            if (!EspView.TryParse(protectedPart, out var esp, out _) || esp.Spi != Parameters.Spi)
                return null;
            number = esp.SequenceNumber;
            var plaintext = new byte[protectedPart.Length];
            if (!_esp.TryOpen(protectedPart, FullNumber(number), plaintext, out var length) || !EspTrailer.TryParse(plaintext.AsSpan(0, length), out var payloadLength, out nextHeader))
                return null;
            padding = length - payloadLength - EspTrailer.FixedSize;
            payload = plaintext[..payloadLength];
        }
        else if (_ah is not null)
        {
            if (!AhView.TryParse(protectedPart, out var ah, out _) || ah.Spi != Parameters.Spi || !_ah.Verify(packet, offset, FullNumber(ah.SequenceNumber)))
                return null;
            number = ah.SequenceNumber;
            (nextHeader, payload) = (ah.NextHeader, ah.Payload.ToArray());
        }
        else
        {
            if (!IpCompPacket.TryParse(protectedPart, out var compressed, out _) || compressed.Cpi != Parameters.Spi || Inflate(compressed.Payload.Span) is not { } inflated)
                return null;
            (nextHeader, payload) = (compressed.NextHeader, inflated);
        }
        var inner = Inner(packet, view, nextHeader, payload);
        return new(inner, this, number, nextHeader, IsIpPacket(nextHeader) && inner.Length < payload.Length ? payload.Length - inner.Length : 0, padding, packet);
    }

    public void Dispose() => _protection?.Dispose();

    private byte OuterProtocol => Parameters.Encapsulation is null ? Protocol : IpProtocol.Udp;

    private bool IsIpPacket(byte nextHeader) => Parameters.Mode == IpsecMode.Tunnel && nextHeader is IpProtocol.IpInIp or IpProtocol.Ipv6;

    /// <summary>The packet that was protected. What a tunnel carries and is no IP packet, such as a dummy, comes out under the outer header.</summary>
    private byte[] Inner(byte[] packet, IpView outer, byte nextHeader, byte[] payload)
    {
        switch (Parameters.Mode)
        {
            case IpsecMode.Tunnel when IsIpPacket(nextHeader) && IpView.TryParse(payload, out var inner, out _):
                return inner.Octets.ToArray();
            case IpsecMode.Beet:
                IpAddress source = Parameters.InnerSource!, destination = Parameters.InnerDestination!;
                // Options that the other end sends are taken off; no script asks what they were.
                if (nextHeader == BeetPseudoHeader && payload is [var behind, var units, ..] && payload.Length >= 8 + units * 8)
                    (nextHeader, payload) = (behind, payload[(8 + units * 8)..]);
                var rebuilt = new byte[IpHeader.LengthOf(source.IsIpv6) + payload.Length];
                var header = new IpHeader(source, destination, nextHeader) { TrafficClass = outer.TrafficClass, HopLimit = outer.HopLimit };
                payload.CopyTo(rebuilt, header.Write(rebuilt, payload.Length));
                return rebuilt;
            default:
                byte[] whole = [.. packet.AsSpan(0, outer.TransportOffset), .. payload];
                whole[outer.TransportNextOffset] = nextHeader;
                IpHeader.SetLength(whole);
                return whole;
        }
    }

    private static int OptionsOf(IpView view) => view.IsIpv6 ? 0 : view.TransportOffset - IpHeader.LengthOf(false);

    /// <summary>What BEET puts before a payload whose header it leaves out (RFC 7402 appendix B.1.7), and what ESP's next header is then.</summary>
    private static (byte NextHeader, byte[] Before) WithoutHeader(byte[] packet, IpView view)
    {
        var options = OptionsOf(view);
        if (options == 0)
            return (view.IsIpv6 ? packet[6] : packet[9], []);
        var padding = options % 8 == 0 ? 4 : 0;
        var units = (4 + padding + options) / 8 - 1;
        return (BeetPseudoHeader, [packet[9], (byte)units, (byte)padding, 0, .. Enumerable.Repeat((byte)1, padding), .. packet.AsSpan(IpHeader.LengthOf(false), options)]);
    }

    private byte[] OuterHeader(IpView inner, SealOptions options)
    {
        IpAddress source = Parameters.Source, destination = Parameters.Destination;
        var header = new byte[IpHeader.LengthOf(source.IsIpv6)];
        new IpHeader(options.Source ?? source, destination, OuterProtocol)
        {
            TrafficClass = options.TrafficClass ?? inner.TrafficClass,
            HopLimit = options.HopLimit,
            DontFragment = options.DontFragment,
            Identification = (ushort)SequenceNumber,
        }.Write(header, 0);
        return header;
    }

    /// <summary>Scripts see few packets: the high half moves on when the low one falls back by more than half its range.</summary>
    private ulong FullNumber(uint low)
    {
        var high = _top >> 32;
        if (low < (uint)_top && (uint)_top - low > 1u << 31)
            high++;
        _top = high << 32 | low;
        return _top;
    }

    private static byte[] Deflate(ReadOnlySpan<byte> payload)
    {
        using var output = new MemoryStream();
        using (var deflate = new DeflateStream(output, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(payload);
        return output.ToArray();
    }

    private static byte[]? Inflate(ReadOnlySpan<byte> compressed)
    {
        var room = new byte[ushort.MaxValue];
        try
        {
            using var inflate = new DeflateStream(new MemoryStream(compressed.ToArray()), CompressionMode.Decompress);
            return room[..inflate.ReadAtLeast(room, room.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            // The library's word for octets that are no DEFLATE stream.
            return null;
        }
    }
}

/// <summary>How the tester deviates from what is right when it seals a packet, or what it chooses where it may.</summary>
public sealed record SealOptions
{
    public static SealOptions Right { get; } = new();

    /// <summary>Default: the next one.</summary>
    public ulong? SequenceNumber { get; init; }

    public uint? Spi { get; init; }

    public byte? NextHeader { get; init; }

    /// <summary>Padding, pad length and next header as the script wants them; with the payload a whole number of the cipher's blocks.</summary>
    public byte[]? Trailer { get; init; }

    /// <summary>Octets between payload and padding (RFC 4303 section 2.7).</summary>
    public byte[] TrafficFlowPadding { get; init; } = [];

    /// <summary>One bit of the ICV is changed.</summary>
    public bool FlipIcv { get; init; }

    /// <summary>Of a tunnel's outer header: DSCP and ECN; null copies the inner ones.</summary>
    public byte? TrafficClass { get; init; }

    public byte HopLimit { get; init; } = 64;

    public bool DontFragment { get; init; }

    /// <summary>Of a tunnel's outer header; null for the SA's.</summary>
    public IpAddress? Source { get; init; }
}

/// <summary>What came out of one SA.</summary>
/// <param name="Packet">The IP packet inside; of a tunnel that carried no IP packet, the outer header around what it carried.</param>
/// <param name="SequenceNumber">As received, 32 bits.</param>
/// <param name="NextHeader">As the SA's header or trailer said.</param>
/// <param name="TrafficFlowPadding">Octets behind a tunnel's inner packet.</param>
/// <param name="Padding">Octets of ESP padding.</param>
/// <param name="Outer">The packet that it came in.</param>
public sealed record Opened(byte[] Packet, ScriptedAssociation By, uint SequenceNumber, byte NextHeader, int TrafficFlowPadding, int Padding, byte[] Outer);
