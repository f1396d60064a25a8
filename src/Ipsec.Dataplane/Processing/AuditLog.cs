namespace Ipsec.Dataplane;

/// <summary>
/// Counts every discarded packet by its reason, and passes on the auditable ones at a bounded rate per reason: a flood is counted, and does not drown the log.
/// </summary>
public sealed class AuditLog(Action<AuditEvent>? audit)
{
    /// <summary>Events of one reason that are passed on in one second.</summary>
    public const int EventsPerSecond = 100;

    private static readonly int Reasons = Enum.GetValues<DiscardReason>().Length;

    private readonly long[] _discarded = new long[Reasons];
    private readonly int[] _passedOn = new int[Reasons];
    private DateTimeOffset _secondStarted;

    /// <summary>Events that were counted and not passed on.</summary>
    public long Suppressed { get; private set; }

    /// <summary>Packets discarded for a reason, audited or not.</summary>
    public long Discarded(DiscardReason reason) => _discarded[(int)reason];

    internal void Count(DiscardReason reason) => _discarded[(int)reason]++;

    internal void Record(in AuditEvent audited)
    {
        Count(audited.Reason);
        if (audit is null)
            return;
        if (audited.Time - _secondStarted >= TimeSpan.FromSeconds(1) || audited.Time < _secondStarted)
        {
            _secondStarted = audited.Time;
            Array.Clear(_passedOn);
        }
        if (_passedOn[(int)audited.Reason]++ < EventsPerSecond)
            audit(audited);
        else
            Suppressed++;
    }
}
