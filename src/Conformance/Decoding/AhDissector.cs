using System.Buffers.Binary;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Ike;

namespace Conformance.Decoding;

/// <summary>
/// AH (RFC 4302 section 2), its ICV verified where a key file has its SA: a line of <c>esp_sa</c> with encryption NULL, as Wireshark has no table for AH.
/// </summary>
internal sealed class AhDissector(DecryptionKeys keys, IpDissector upper)
{
    /// <param name="packet">The whole IP packet, if AH stands in one and not in something that was opened.</param>
    public void Packet(Dissection dissection, Slice slice, Slice? packet)
    {
        dissection.IsProtected = true;
        if (!AhView.TryParse(slice.Span, out var view, out var error))
        {
            dissection.Malformed("AH", slice, error);
            return;
        }
        var (next, header, spi, sequence, icv) = (view.NextHeader, view.HeaderLength, view.Spi, view.SequenceNumber, Convert.ToHexStringLower(view.Icv));
        dissection.Layer("AH", $"SPI 0x{spi:x8}, sequence {sequence}", slice, header, fields => fields
            .Put("Next Header", next, 1).Put("Payload Len", $"{header / 4 - 2}, {header} octets", 1).Skip(2)
            .Put("SPI", $"0x{spi:x8}", 4).Put("Sequence Number", sequence, 4).Put("ICV", icv, header - AhView.FixedSize));
        dissection.Notes.Add($"AH 0x{spi:x8} seq {sequence}");
        var (state, reason) = Verify(dissection, spi, slice, packet);
        dissection.See(new AhSighting(dissection) { Octets = slice.Memory, Spi = spi, SequenceNumber = sequence, Icv = state });
        dissection.Protected(new($"AH 0x{spi:x8} sequence {sequence}", Decrypted: false, state, reason) { IsEncrypted = false });
        upper.Upper(dissection, next, slice.From(header));
    }

    private (IcvState State, string Reason) Verify(Dissection dissection, uint spi, Slice slice, Slice? packet)
    {
        var sa = keys.Esp.FirstOrDefault(known => known.Encryption == EncryptionId.Null && known.Matches(dissection.Source, dissection.Destination, spi));
        if (sa is null)
            return (IcvState.NotChecked, "no key file has this SA");
        if (Algorithms.Integrity(sa.Integrity) is not { } integrity)
            return (IcvState.NotChecked, "the key file names no integrity algorithm that checks");
        if (packet is not { } whole)
            return (IcvState.NotChecked, "it does not stand in an IP packet of its own");
        var ah = slice.Span;
        AhView.TryParse(ah, out var view, out _);
        if (view.Icv.Length < integrity.IvLength + integrity.IcvLength)
            return (IcvState.Wrong, $"{view.Icv.Length} octets, {integrity.Name} has {integrity.IvLength + integrity.IcvLength}");
        var ahOffset = slice.Offset - whole.Offset;
        var icvOffset = AhView.FixedSize + integrity.IvLength;
        if (!AhCoverage.TryMake(whole.Span, ahOffset, icvOffset, integrity.IcvLength, out var covered, out var reason))
            return (IcvState.NotChecked, reason);
        try
        {
            using var bound = integrity.Bind(sa.IntegrityKey);
            var iv = ah.Slice(AhView.FixedSize, integrity.IvLength);
            var icv = ah.Slice(icvOffset, integrity.IcvLength);
            // RFC 4302 section 2.5.1: the upper half is covered and not sent. Whether there is one, the packet doesn't say.
            if (Matches(bound, iv, covered, sa.SequenceHigh, icv))
                return (IcvState.Verified, "");
            return sa.SequenceHigh is null && Matches(bound, iv, covered, 0, icv)
                ? (IcvState.Verified, "with extended sequence numbers")
                : (IcvState.Wrong, "");
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            return (IcvState.NotChecked, $"{integrity.Name} refuses the key: {error.Message}");
        }
    }

    private static bool Matches(BoundIntegrity integrity, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> covered, uint? sequenceHigh, ReadOnlySpan<byte> icv)
    {
        integrity.Start(iv);
        integrity.Append(covered);
        if (sequenceHigh is { } value)
        {
            Span<byte> high = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(high, value);
            integrity.Append(high);
        }
        return integrity.FinishAndVerify(icv);
    }
}
