namespace Ipsec.Ike;

/// <summary>What time or a user asks for: liveness checks, rekeying, deletion.</summary>
internal sealed partial class IkeSa
{
    public void Advance(DateTimeOffset now)
    {
        Requests.Advance(now);
        if (State == IkeSaState.HalfOpen && HalfOpenUntil <= now)
            Close("the peer did not authenticate in time");
        if (Lookup is { } lookup && lookup.Deadline <= now)
            lookup.GiveUp(now);
        if (State is not (IkeSaState.Established or IkeSaState.Replaced))
            return;
        if (LivenessDue <= now)
            Requests.Enqueue(now, new InformationalRequest([]));
        if (Lifetime.Hard <= now || Authentication.Hard <= now)
        {
            (Lifetime, Authentication) = (default, default);
            Delete(now);
            return;
        }
        if (Lifetime.Soft <= now)
        {
            Lifetime = Lifetime.WithoutSoft;
            Rekey(now);
        }
        foreach (var child in Children.ToArray())
            Advance(now, child);
    }

    private void Advance(DateTimeOffset now, Child child)
    {
        if (child.Lifetime.Hard <= now)
        {
            child.Lifetime = default;
            // Section 2.8: what could not be rekeyed takes the IKE SA with it.
            if (child.RekeyingFailed)
                Delete(now);
            else
                DeleteChildren(now, child);
        }
        else if (child.Lifetime.Soft <= now)
        {
            child.Lifetime = child.Lifetime.WithoutSoft;
            Rekey(now, child);
        }
    }

    /// <summary>Puts an exchange off that the peer answered with TEMPORARY_FAILURE; after minutes of that the SA is given up (RFC 7296 section 2.25).</summary>
    public void PutOff(DateTimeOffset now, OwnExchange exchange)
    {
        _firstTemporaryFailure ??= now;
        if (now - _firstTemporaryFailure > _context.Options.TemporaryFailureLimit)
            Delete(now);
        else
            Requests.EnqueueAt(now + _context.Options.TemporaryFailureWait * (1 + _context.NextFraction()), exchange);
    }

    /// <summary>A new IKE SA from scratch is to take this one's place, as when it is time to authenticate again.</summary>
    public void StartAnew(DateTimeOffset now) => Authentication = new(now, Authentication.Hard);

    /// <summary>A CREATE_CHILD_SA exchange of ours went through.</summary>
    public void ForgetTemporaryFailures() => _firstTemporaryFailure = null;

    /// <summary>Rekeys this SA, unless that is under way.</summary>
    public void Rekey(DateTimeOffset now)
    {
        if (State == IkeSaState.Established && !Requests.Unfinished.OfType<IkeRekeying>().Any())
            Requests.Enqueue(now, new IkeRekeying(_context));
    }

    /// <summary>Rekeys a child, unless that is under way.</summary>
    public void Rekey(DateTimeOffset now, Child child)
    {
        if (child.State == ChildState.Live && !Requests.Unfinished.OfType<ChildCreation>().Any(exchange => exchange.Replaced == child))
            Requests.Enqueue(now, ChildCreation.Rekeying(_context, Connection, child));
    }

    /// <summary>Deletes children and tells the peer. One that is being rekeyed goes with what takes its place, when that is done.</summary>
    public void DeleteChildren(DateTimeOffset now, params IEnumerable<Child> children)
    {
        var doomed = new List<Child>();
        foreach (var child in children.Where(child => child.State is ChildState.Live or ChildState.Replaced))
        {
            if (child.Rekeying is { } rekeying)
            {
                rekeying.IsUnwanted = true;
                continue;
            }
            child.State = ChildState.Deleting;
            doomed.Add(child);
        }
        if (doomed.Count > 0)
            Requests.Enqueue(now, new ChildDeletion(doomed));
    }

    /// <summary>
    /// Deletes this SA with its children and tells the peer. While it is being set up (the peer may have it already) or rekeyed that waits for the end of it.
    /// </summary>
    public void Delete(DateTimeOffset now)
    {
        if (State == IkeSaState.Initial)
            Close("given up");
        IsUnwanted = State == IkeSaState.HalfOpen && IsInitiator;
        if (State is not (IkeSaState.Established or IkeSaState.Replaced) || Requests.Unfinished.OfType<IkeDeletion>().Any())
            return;
        if (State == IkeSaState.Established && Rekeying is { } rekeying)
        {
            rekeying.IsUnwanted = true;
            return;
        }
        foreach (var child in Children.ToArray())
            RemoveChild(child);
        State = State == IkeSaState.Replaced ? State : IkeSaState.Closing;
        Requests.DropWaiting();
        Requests.Enqueue(now, new IkeDeletion());
    }

    private DateTimeOffset? LivenessDue =>
        State == IkeSaState.Established && Requests.IsEmpty && _context.Options.LivenessInterval is { } interval ? LastHeard + interval : null;
}
