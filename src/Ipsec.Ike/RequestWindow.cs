using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>
/// This end's requests on one IKE SA: as many at once as the peer permits (RFC 7296 section 2.3), each sent again with exponentially growing waits until
/// its response comes (sections 2.1 and 2.4), the others waiting their turn.
/// </summary>
internal sealed class RequestWindow(IkeSa sa, IkeContext context)
{
    private readonly List<Request> _outstanding = [];
    private readonly List<OwnExchange> _waiting = [];
    private readonly List<(DateTimeOffset Due, OwnExchange Exchange)> _delayed = [];

    /// <summary>How many requests the peer keeps responses for; it can only grow.</summary>
    public int Size { get; private set; } = 1;

    /// <summary>Message id of the next request.</summary>
    public uint NextId { get; set; }

    public bool IsEmpty => _outstanding.Count == 0;

    public IEnumerable<OwnExchange> Outstanding => _outstanding.Select(request => request.Exchange);

    /// <summary>All that is not done: under way, waiting, put off.</summary>
    public IEnumerable<OwnExchange> Unfinished => [.. Outstanding, .. _waiting, .. _delayed.Select(delayed => delayed.Exchange)];

    public DateTimeOffset? NextDeadline
    {
        get
        {
            DateTimeOffset? next = _outstanding.Count == 0 ? null : _outstanding.Min(request => request.Deadline);
            foreach (var (due, _) in _delayed)
                if (next is null || due < next)
                    next = due;
            return next;
        }
    }

    public void Widen(int size) => Size = Math.Max(Size, size);

    public void Enqueue(DateTimeOffset now, OwnExchange exchange)
    {
        _waiting.Add(exchange);
        Pump(now);
    }

    /// <summary>Puts an exchange off, as after TEMPORARY_FAILURE (RFC 7296 section 2.25).</summary>
    public void EnqueueAt(DateTimeOffset due, OwnExchange exchange) => _delayed.Add((due, exchange));

    /// <summary>Sends an IKE_SA_INIT request; another one (with a cookie, with another group) replaces it.</summary>
    public void SendInit(DateTimeOffset now, OwnExchange exchange, byte[] octets)
    {
        _outstanding.Clear();
        _outstanding.Add(new(exchange, 0, [octets]));
        Transmit(now, _outstanding[0]);
    }

    /// <summary>The exchange that a response answers; null if there is none.</summary>
    public OwnExchange? Find(IkeHeader header) => Matching(header)?.Exchange;

    /// <summary>The response is here: the request is not sent again.</summary>
    public void Answered(IkeHeader header)
    {
        if (Matching(header) is not { } request)
            return;
        _outstanding.Remove(request);
        if (request.FragmentSize is { } size)
            sa.FragmentSize = size;
    }

    /// <summary>
    /// Somebody on the path says that a request is too big: one whose size is probed is sent in smaller fragments at once (RFC 7383 section 2.5.2). Nobody has proved
    /// that; no size is taken below the smallest that probing would come to.
    /// </summary>
    /// <param name="size">Octets of a message that are said to get through.</param>
    public void TooBig(DateTimeOffset now, uint id, int size)
    {
        if (_outstanding.Find(request => request.Id == id) is not { FragmentSize: { } known } request || size >= known)
            return;
        var smallest = context.Options.ProbedFragmentSizes[^1];
        size = Math.Max(size, smallest);
        // Half of it makes more fragments than there were, whatever their number is.
        TryShrink(now, request, new[] { size, size * 3 / 4, size / 2 }.Where(candidate => candidate >= smallest));
    }

    /// <summary>Sends what waits, as far as the window has room.</summary>
    public void Pump(DateTimeOffset now)
    {
        while (_waiting.Count > 0 && _outstanding.Count < Size && sa.CanSendRequests)
        {
            var exchange = _waiting[0];
            if ((exchange.IsExclusive && _outstanding.Count > 0) || _outstanding.Any(request => request.Exchange.IsExclusive) || LagsBehind)
                return;
            _waiting.RemoveAt(0);
            if (exchange.Start(sa, now) is not { } payloads)
                continue;
            var request = new Request(exchange, NextId++, []);
            request.Datagrams = sa.Protect(sa.Header(exchange.Type, request.Id), payloads);
            if (request.Datagrams.Length > 1 && !context.Options.ProbedFragmentSizes.IsEmpty)
                (request.Payloads, request.FragmentSize) = (payloads, sa.FragmentSize);
            _outstanding.Add(request);
            Transmit(now, request);
        }
    }

    public void Advance(DateTimeOffset now)
    {
        foreach (var request in _outstanding.ToArray())
        {
            if (request.Deadline > now || !_outstanding.Contains(request))
                continue;
            var isProbe = context.Options.ProbedFragmentSizes.Any(size => size < request.FragmentSize);
            if (isProbe && request.Attempts >= context.Options.AttemptsPerProbe && TryShrink(now, request, context.Options.ProbedFragmentSizes))
                continue;
            if (request.Attempts < (isProbe ? Math.Max(context.Options.AttemptsPerProbe, context.Options.RequestAttempts) : context.Options.RequestAttempts))
            {
                Transmit(now, request);
                continue;
            }
            _outstanding.Remove(request);
            request.Exchange.TimeOut(sa, now);
            request.Exchange.Abandon();
        }
        foreach (var delayed in _delayed.Where(delayed => delayed.Due <= now).ToArray())
        {
            _delayed.Remove(delayed);
            _waiting.Add(delayed.Exchange);
        }
        Pump(now);
    }

    /// <summary>What has not been sent yet and concerns children goes on under the successor.</summary>
    public void MoveTo(RequestWindow successor)
    {
        successor._waiting.AddRange(_waiting.Where(exchange => exchange.ConcernsChildren));
        successor._delayed.AddRange(_delayed.Where(delayed => delayed.Exchange.ConcernsChildren));
        _waiting.RemoveAll(exchange => exchange.ConcernsChildren);
        _delayed.RemoveAll(delayed => delayed.Exchange.ConcernsChildren);
    }

    /// <summary>Forgets what has not been sent.</summary>
    public void DropWaiting()
    {
        OwnExchange[] dropped = [.. _waiting, .. _delayed.Select(delayed => delayed.Exchange)];
        _waiting.Clear();
        _delayed.Clear();
        foreach (var exchange in dropped)
            exchange.Abandon();
    }

    public void Abandon()
    {
        var outstanding = Outstanding.ToArray();
        _outstanding.Clear();
        foreach (var exchange in outstanding)
            exchange.Abandon();
        DropWaiting();
    }

    /// <summary>Section 2.3: request X waits until all up to X-N have their responses.</summary>
    private bool LagsBehind => _outstanding.Count > 0 && NextId - _outstanding.Min(request => request.Id) >= Size;

    /// <summary>
    /// Sends a request whose size is probed in smaller fragments, its timers started over (RFC 7383 section 2.5.2). There have to be more of them than before, as
    /// their total tells the peer that they are others. False if there is no smaller size.
    /// </summary>
    /// <param name="sizes">To be tried, falling; those that are no smaller than now don't count.</param>
    private bool TryShrink(DateTimeOffset now, Request request, IEnumerable<int> sizes)
    {
        foreach (var size in sizes.Where(size => size < request.FragmentSize))
        {
            var datagrams = sa.Protect(sa.Header(request.Exchange.Type, request.Id), request.Payloads, size);
            if (datagrams.Length <= request.Datagrams.Length)
                continue;
            (request.Datagrams, request.FragmentSize, request.Attempts) = (datagrams, size, 0);
            Transmit(now, request);
            return true;
        }
        return false;
    }

    private Request? Matching(IkeHeader header) =>
        _outstanding.Find(request => request.Id == header.MessageId && request.Exchange.Type == header.ExchangeType);

    private void Transmit(DateTimeOffset now, Request request)
    {
        request.Deadline = now + context.Options.RetransmissionInterval * Math.Pow(2, request.Attempts);
        request.Attempts++;
        foreach (var datagram in request.Datagrams)
            context.Effects.Enqueue(new IkeEffect.Send(sa.Local, sa.Remote, datagram));
    }

    private sealed class Request(OwnExchange exchange, uint id, byte[][] datagrams)
    {
        public OwnExchange Exchange => exchange;
        public uint Id => id;
        public byte[][] Datagrams { get; set; } = datagrams;

        /// <summary>What a smaller size is tried with, and the size now; null where no size is tried.</summary>
        public ImmutableArray<Payload> Payloads { get; set; }
        public int? FragmentSize { get; set; }

        public int Attempts { get; set; }
        public DateTimeOffset Deadline { get; set; }
    }
}
