using System.Buffers.Binary;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ip;

namespace Conformance.Decoding;

/// <summary>ESP (RFC 4303 section 2), opened where a key file has its SA.</summary>
internal sealed class EspDissector(DecryptionKeys keys, IpDissector upper)
{
    public void Packet(Dissection dissection, Slice slice)
    {
        dissection.IsProtected = true;
        if (!EspView.TryParse(slice.Span, out var view, out var error))
        {
            dissection.Malformed("ESP", slice, error);
            return;
        }
        var (spi, sequence) = (view.Spi, view.SequenceNumber);
        dissection.Notes.Add($"ESP 0x{spi:x8} seq {sequence}");
        var what = $"ESP 0x{spi:x8} sequence {sequence}";
        var sa = keys.Esp.FirstOrDefault(known => known.Matches(dissection.Source, dissection.Destination, spi));
        if (sa is null)
        {
            dissection.Protected(new(what, Decrypted: false, IcvState.NotChecked, "no key file has this SA"));
            Layer(dissection, slice, spi, sequence, default);
            dissection.See(new EspSighting(dissection) { Octets = slice.Memory, Spi = spi, SequenceNumber = sequence });
            return;
        }
        var opened = Open(sa, slice.Span, spi, sequence);
        Layer(dissection, slice, spi, sequence, opened);
        dissection.Protected(new(what, opened.Plaintext is not null, opened.Icv, opened.Reason));
        dissection.See(new EspSighting(dissection)
        {
            Octets = slice.Memory,
            Spi = spi,
            SequenceNumber = sequence,
            Keys = sa,
            Plaintext = opened.Icv == IcvState.Wrong ? null : opened.Plaintext,
            PlaintextOffset = opened.PlaintextOffset,
            Icv = opened.Icv,
        });
        // Octets that are not authentic are shown, but what they would mean is not asked.
        if (opened.Plaintext is not { } plaintext || opened.Icv == IcvState.Wrong)
            return;
        var payloadLength = plaintext.Length - 2 - plaintext[^Math.Min(2, plaintext.Length)];
        if (plaintext.Length < 2 || payloadLength < 0)
        {
            dissection.Malformed("ESP", slice, new(
                opened.PlaintextOffset + plaintext.Length - Math.Min(2, plaintext.Length), "Pad Length",
                $"exceeds the {plaintext.Length} octets of plaintext"));
            return;
        }
        upper.Upper(dissection, plaintext[^1], new Slice(plaintext, slice.Offset + opened.PlaintextOffset, slice.Source).Part(0, payloadLength));
    }

    private static Opened Open(EspSaKeys sa, ReadOnlySpan<byte> packet, uint spi, uint sequence)
    {
        Span<byte> high = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(high, sa.SequenceHigh ?? 0);
        Span<byte> extended = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(extended, spi);
        high.CopyTo(extended[4..]);
        BinaryPrimitives.WriteUInt32BigEndian(extended[8..], sequence);
        return Opening.Open(
            sa.Encryption, sa.EncryptionKey, sa.Integrity, sa.IntegrityKey, sa.UncheckedIcvLength, packet, EspView.HeaderSize,
            sa.SequenceHigh is null ? packet[..EspView.HeaderSize] : extended, sa.SequenceHigh is null ? [] : high);
    }

    private static void Layer(Dissection dissection, Slice slice, uint spi, uint sequence, Opened opened)
    {
        dissection.Layer("ESP", $"SPI 0x{spi:x8}, sequence {sequence}", slice, slice.Length, fields =>
        {
            fields.Put("SPI", $"0x{spi:x8}", 4).Put("Sequence Number", sequence, 4);
            if (opened.Plaintext is not { Length: >= 2 } plaintext)
            {
                fields.Put("Payload Data", $"{slice.Length - EspView.HeaderSize} octets", slice.Length - EspView.HeaderSize);
                return;
            }
            var iv = opened.PlaintextOffset - EspView.HeaderSize;
            if (iv > 0)
                fields.Put("IV", Convert.ToHexStringLower(slice.Span.Slice(EspView.HeaderSize, iv)), iv);
            var pad = Math.Min(plaintext[^2], plaintext.Length - 2);
            fields.Put("Payload", $"{plaintext.Length - 2 - pad} octets", plaintext.Length - 2 - pad)
                .Put("Padding", Convert.ToHexStringLower(plaintext.AsSpan(plaintext.Length - 2 - pad, pad)), pad)
                .Put("Pad Length", plaintext[^2], 1).Put("Next Header", $"{plaintext[^1]} ({IpProtocol.Name(plaintext[^1])})", 1);
            var icv = slice.Length - opened.PlaintextOffset - plaintext.Length;
            if (icv > 0)
                fields.Put("ICV", Convert.ToHexStringLower(slice.Span[^icv..]), icv);
        });
    }
}
