namespace Ipsec.Dataplane;

/// <summary>When the next dummy packet of each outbound SA is due that is told to send some (RFC 4303 section 2.6).</summary>
internal sealed class DummySchedule(SecurityAssociationDatabase associations)
{
    private readonly List<Entry> _entries = [];
    private long _version = -1;

    /// <summary>Null for never; a time that has passed where an SA is new and its time starts to run.</summary>
    public DateTimeOffset? Next
    {
        get
        {
            Follow();
            DateTimeOffset? next = null;
            foreach (var entry in _entries)
                if (next is null || entry.Due < next)
                    next = entry.Due;
            return next;
        }
    }

    /// <summary>The SAs for which a dummy is due: each counts as done, and is due again after its interval.</summary>
    public IEnumerable<(OutboundBundle Bundle, int Position)> TakeDue(DateTimeOffset now)
    {
        Follow();
        foreach (var entry in _entries)
        {
            if (entry.Due > now)
                continue;
            var isNew = entry.Due == DateTimeOffset.MinValue;
            entry.Due = now + entry.Bundle.Associations[entry.Position].Parameters.Dummies!.Interval;
            if (!isNew)
                yield return (entry.Bundle, entry.Position);
        }
    }

    private void Follow()
    {
        if (_version == associations.Version)
            return;
        _version = associations.Version;
        var current = associations.OutboundBundles
            .SelectMany(bundle => bundle.Associations.Select((association, position) => (Bundle: bundle, Position: position, Association: association)))
            .Where(one => one.Association is { Esp: not null, Parameters.Dummies: not null })
            .ToList();
        _entries.RemoveAll(entry => !current.Exists(one => one.Association == entry.Association));
        foreach (var (bundle, position, association) in current)
            if (!_entries.Exists(entry => entry.Association == association))
                _entries.Add(new(bundle, position, association));
    }

    private sealed class Entry(OutboundBundle bundle, int position, OutboundSecurityAssociation association)
    {
        public OutboundBundle Bundle => bundle;

        public int Position => position;

        public OutboundSecurityAssociation Association => association;

        public DateTimeOffset Due { get; set; } = DateTimeOffset.MinValue;
    }
}
