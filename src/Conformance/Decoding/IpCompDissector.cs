using System.IO.Compression;
using Ipsec.Packets.IpComp;

namespace Conformance.Decoding;

/// <summary>
/// IPComp (RFC 3173), decompressed where the algorithm is DEFLATE (RFC 2394). A negotiated CPI doesn't say its algorithm: DEFLATE is tried.
/// </summary>
internal sealed class IpCompDissector(IpDissector upper)
{
    /// <summary>What an IP packet can hold: hostile octets decompress to more, and get no further.</summary>
    private const int MaximumLength = 65535;

    private const ushort Deflate = 2;
    private const ushort FirstNegotiated = 256;

    public void Packet(Dissection dissection, Slice slice)
    {
        if (!IpCompPacket.TryParse(slice.Span, out var packet, out var error))
        {
            dissection.Malformed("IPComp", slice, error);
            return;
        }
        var whole = packet.Cpi is Deflate or >= FirstNegotiated ? Decompress(packet.Payload.ToArray()) : null;
        dissection.Layer("IPComp", $"CPI 0x{packet.Cpi:x4}{(whole is null ? "" : $", DEFLATE, {whole.Length} octets")}", slice, slice.Length, fields => fields
            .Put("Next Header", packet.NextHeader, 1).Put("Flags", packet.Flags, 1).Put("CPI", $"0x{packet.Cpi:x4}", 2)
            .Put("Compressed Payload", $"{packet.Payload.Length} octets", packet.Payload.Length));
        dissection.See(new IpCompSighting(dissection) { Octets = slice.Memory, DecompressedLength = whole?.Length });
        dissection.Notes.Add($"IPComp 0x{packet.Cpi:x4}");
        if (whole is not null)
            upper.Upper(dissection, packet.NextHeader, new(whole, 0, $"IPComp decompressed in frame {dissection.Frame.Number}"));
        else if (packet.Cpi == Deflate)
            dissection.Malformed("IPComp", slice, new(IpCompPacket.HeaderSize, "Compressed Payload", $"is not DEFLATE of 1 to {MaximumLength} octets"));
    }

    /// <summary>Null if the octets are no DEFLATE, of nothing, or of too much.</summary>
    private static byte[]? Decompress(byte[] compressed)
    {
        var buffer = new byte[MaximumLength + 1];
        try
        {
            using var stream = new DeflateStream(new MemoryStream(compressed), CompressionMode.Decompress);
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length is > 0 and <= MaximumLength ? buffer[..length] : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
