namespace Ipsec.Dataplane;

/// <summary>The receiver's anti-replay service of one SA (RFC 4303 section 3.4.3). Not thread-safe.</summary>
public interface IAntiReplayWindow
{
    /// <summary>
    /// Before the ICV check: recovers the full number of a received 32-bit one, and says whether it may be new. False for a replay and for a
    /// packet to the left of the window.
    /// </summary>
    bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber);

    /// <summary>After the ICV check: records the number. False if it has been recorded meanwhile.</summary>
    bool Accept(ulong fullSequenceNumber);
}
