using Ipsec.Crypto;
using Ipsec.Dataplane;

namespace Conformance.Defects;

/// <summary>An anti-replay window that lets everything through.</summary>
internal sealed class NoAntiReplay(bool extended) : IAntiReplayWindow
{
    private readonly AntiReplayWindow _right = new(extended);

    public bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber)
    {
        _right.MayBeNew(sequenceNumber, out fullSequenceNumber);
        return true;
    }

    public bool Accept(ulong fullSequenceNumber)
    {
        _right.Accept(fullSequenceNumber);
        return true;
    }
}

/// <summary>A window that moves on before the ICV is known to be right.</summary>
internal sealed class CredulousAntiReplay(bool extended) : IAntiReplayWindow
{
    private readonly AntiReplayWindow _right = new(extended);

    public bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber) =>
        _right.MayBeNew(sequenceNumber, out fullSequenceNumber) && _right.Accept(fullSequenceNumber);

    public bool Accept(ulong fullSequenceNumber) => true;
}

/// <summary>Protection that seals and opens as told, but for what a defect changes.</summary>
internal abstract class DefectiveEsp(IEspProtection right) : IEspProtection
{
    public int PayloadOffset => right.PayloadOffset;

    public int IcvLength => right.IcvLength;

    public int Alignment => right.Alignment;

    public virtual int Seal(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> packet) =>
        right.Seal(spi, sequenceNumber, payload, nextHeader, packet);

    public virtual bool TryOpen(ReadOnlySpan<byte> packet, ulong sequenceNumber, Span<byte> plaintext, out int length) =>
        right.TryOpen(packet, sequenceNumber, plaintext, out length);

    public void Dispose() => right.Dispose();
}

/// <summary>Sends every packet under the same sequence number.</summary>
internal sealed class StuckSequenceNumber(IEspProtection right) : DefectiveEsp(right)
{
    public override int Seal(uint spi, ulong sequenceNumber, ReadOnlySpan<byte> payload, byte nextHeader, Span<byte> packet) =>
        base.Seal(spi, 1, payload, nextHeader, packet);
}

/// <summary>Takes any padding for the right one.</summary>
internal sealed class BlindToPadding(IEspProtection right) : DefectiveEsp(right)
{
    public override bool TryOpen(ReadOnlySpan<byte> packet, ulong sequenceNumber, Span<byte> plaintext, out int length)
    {
        if (!base.TryOpen(packet, sequenceNumber, plaintext, out length))
            return false;
        int pad = plaintext[length - 2];
        if (pad <= length - EspTrailer.FixedSize)
            EspTrailer.Write(plaintext[(length - EspTrailer.FixedSize - pad)..length], pad, plaintext[length - 1]);
        return true;
    }
}

/// <summary>Hands dummy packets on as if they held an IP packet.</summary>
internal sealed class DeliversDummies(IEspProtection right) : DefectiveEsp(right)
{
    public override bool TryOpen(ReadOnlySpan<byte> packet, ulong sequenceNumber, Span<byte> plaintext, out int length)
    {
        if (!base.TryOpen(packet, sequenceNumber, plaintext, out length))
            return false;
        if (plaintext[length - 1] == Ipsec.Packets.Ip.IpProtocol.NoNextHeader)
            plaintext[length - 1] = Ipsec.Packets.Ip.IpProtocol.IpInIp;
        return true;
    }
}
