using Ipsec.Dataplane;

namespace Conformance.Defects;

/// <summary>A window that does as told, but for what a defect changes.</summary>
internal abstract class DefectiveWindow(SecurityAssociationParameters parameters, int size) : IAntiReplayWindow
{
    private readonly AntiReplayWindow _right = new(parameters.ExtendedSequenceNumbers, size);

    protected int Size => size;

    /// <summary>The greatest number accepted.</summary>
    protected ulong Top { get; private set; }

    public virtual bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber) => _right.MayBeNew(sequenceNumber, out fullSequenceNumber);

    public virtual bool Accept(ulong fullSequenceNumber)
    {
        Top = Math.Max(Top, fullSequenceNumber);
        return _right.Accept(fullSequenceNumber);
    }
}

/// <summary>An anti-replay window that lets everything through.</summary>
internal sealed class NoAntiReplay(SecurityAssociationParameters parameters, int size) : DefectiveWindow(parameters, size)
{
    public override bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber)
    {
        base.MayBeNew(sequenceNumber, out fullSequenceNumber);
        return true;
    }

    public override bool Accept(ulong fullSequenceNumber)
    {
        base.Accept(fullSequenceNumber);
        return true;
    }
}

/// <summary>A window that moves on before the ICV is known to be right.</summary>
internal sealed class CredulousAntiReplay(SecurityAssociationParameters parameters, int size) : DefectiveWindow(parameters, size)
{
    public override bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber) =>
        base.MayBeNew(sequenceNumber, out fullSequenceNumber) && base.Accept(fullSequenceNumber);

    public override bool Accept(ulong fullSequenceNumber) => true;
}

/// <summary>A window that forgets all but the last 16 numbers, and refuses those before them.</summary>
internal sealed class NarrowWindow(SecurityAssociationParameters parameters, int size) : DefectiveWindow(parameters, size)
{
    public override bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber) =>
        base.MayBeNew(sequenceNumber, out fullSequenceNumber) && fullSequenceNumber + 16 > Top;
}

/// <summary>A window without left edge: what is too old to be remembered counts as new.</summary>
internal sealed class WindowWithoutLeftEdge(SecurityAssociationParameters parameters, int size) : DefectiveWindow(parameters, size)
{
    public override bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber) =>
        base.MayBeNew(sequenceNumber, out fullSequenceNumber) || fullSequenceNumber != 0 && fullSequenceNumber + (ulong)Size <= Top;

    public override bool Accept(ulong fullSequenceNumber) => fullSequenceNumber + (ulong)Size <= Top || base.Accept(fullSequenceNumber);
}

/// <summary>A window that lets 32-bit numbers begin again after the last one.</summary>
internal sealed class CyclingWindow(SecurityAssociationParameters parameters, int size) : DefectiveWindow(parameters, size)
{
    public override bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber) =>
        base.MayBeNew(sequenceNumber, out fullSequenceNumber) || Top == uint.MaxValue && sequenceNumber < (uint)Size;

    public override bool Accept(ulong fullSequenceNumber) => Top == uint.MaxValue && fullSequenceNumber < (ulong)Size || base.Accept(fullSequenceNumber);
}

/// <summary>A window that takes the upper half of every extended number for zero.</summary>
internal sealed class UpperHalfStaysZero(SecurityAssociationParameters parameters, int size)
    : DefectiveWindow(parameters with { ExtendedSequenceNumbers = false }, size);

/// <summary>A window that takes the newest packet's upper half for every packet's: those from before the crossing get the wrong one.</summary>
internal sealed class UpperHalfOfTheNewest(SecurityAssociationParameters parameters, int size) : DefectiveWindow(parameters, size)
{
    public override bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber)
    {
        var isNew = base.MayBeNew(sequenceNumber, out fullSequenceNumber);
        if (fullSequenceNumber < Top)
            fullSequenceNumber = (Top >> 32 << 32) | sequenceNumber;
        return isNew;
    }
}
