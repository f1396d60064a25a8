using System.Collections.Immutable;
using System.Net;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Ike;

internal enum IkeSaState
{
    /// <summary>IKE_SA_INIT is not done: no keys.</summary>
    Initial,
    /// <summary>Keys, but nobody is authenticated.</summary>
    HalfOpen,
    Established,
    /// <summary>Rekeyed: its children live under its successor, and the peer is to delete it.</summary>
    Replaced,
    /// <summary>A delete of ours is under way, or waits its turn.</summary>
    Closing,
    Closed,
}

/// <summary>
/// One IKE SA: its keys, its two windows, its children, from its keys to its end. What the exchanges mean is in <c>Exchanges/</c>.
/// </summary>
internal sealed partial class IkeSa
{
    // Of 576 and 1280 octets, behind the headers of IP and UDP and the non-ESP marker.
    private const int FragmentSizeInIpv4 = 576 - 20 - 8 - 4, FragmentSizeInIpv6 = 1280 - 40 - 8 - 4;

    private readonly IkeContext _context;
    private readonly ResponseWindow _responses = new();
    private ProtectedMessages? _messages;
    private DateTimeOffset? _firstTemporaryFailure;

    public IkeSa(IkeContext context, IkeConnection connection, bool isInitiator, IPEndPoint local, IPEndPoint remote)
    {
        _context = context;
        (Connection, IsInitiator, Local, Remote) = (connection, isInitiator, local, remote);
        PeerEntry = PeerEntry.Of(connection);
        Requests = new(this, context);
        FragmentSize = context.Options.FragmentSize ?? (((IpAddress)remote.Address).IsIpv6 ? FragmentSizeInIpv6 : FragmentSizeInIpv4);
    }

    /// <summary>The SPD entry; a responder may find another, by the initiator's name, when it learns that.</summary>
    public IkeConnection Connection { get; private set; }

    public bool IsInitiator { get; }

    public IkeSaState State { get; set; } = IkeSaState.Initial;

    /// <summary>What was agreed on in IKE_SA_INIT, as the responder chose it; null at an initiator.</summary>
    public Proposal? Chosen { get; init; }

    public ulong InitiatorSpi { get; set; }
    public ulong ResponderSpi { get; set; }

    public ulong LocalSpi => IsInitiator ? InitiatorSpi : ResponderSpi;

    public IPEndPoint Local { get; set; }
    public IPEndPoint Remote { get; set; }

    public IkeAlgorithms? Algorithms { get; private set; }
    public IkeKeys? Keys { get; private set; }

    public Octets LocalNonce { get; set; }
    public Octets RemoteNonce { get; set; }

    /// <summary>Own and the peer's IKE_SA_INIT message, which AUTH covers.</summary>
    public byte[] LocalInitMessage { get; set; } = [];
    public byte[] RemoteInitMessage { get; set; } = [];

    public bool LocalIsBehindNat { get; set; }
    public bool RemoteIsBehindNat { get; set; }

    /// <summary>Both ends have said that they take fragments (RFC 7383 section 2.3). Before the keys are set.</summary>
    public bool AllowsFragments { get; set; }

    /// <summary>Hashes that the peer takes in a Digital Signature (RFC 7427 section 4); empty if it has not said, or signatures are not used.</summary>
    public ImmutableArray<HashAlgorithmId> PeerHashes { get; set; } = [];

    public PeerAuthentication? Peer { get; set; }

    /// <summary>What may be believed of the peer, once it is authenticated.</summary>
    public PeerEntry PeerEntry { get; set; }

    /// <summary>A responder's EAP with the initiator, while it lasts.</summary>
    public EapResponder? Eap { get; set; }

    /// <summary>The peer has said that it looks certificates up (RFC 7296 section 3.6).</summary>
    public bool PeerLooksUp { get; set; }

    /// <summary>What the peer's proof waits for.</summary>
    public CertificateLookup? Lookup { get; set; }

    /// <summary>Whether this end initiated IKE_AUTH, of this SA or of the one that it descends from.</summary>
    public bool IsAuthenticationInitiator { get; init; }

    public List<Child> Children { get; } = [];

    /// <summary>Addresses that this end has given the peer, one of a family at most; they are released with the SA.</summary>
    public ImmutableArray<IPAddress> AssignedAddresses { get; set; } = [];

    /// <summary>What the peer has told this end; null without an address.</summary>
    public InternalConfiguration? Configuration { get; set; }

    public RequestWindow Requests { get; }

    /// <summary>Our rekeying of this SA that is under way.</summary>
    public IkeRekeying? Rekeying { get; set; }

    /// <summary>The peer's rekeying of it that came while ours was under way (RFC 7296 section 2.8.2).</summary>
    public Rival<IkeSa>? Rival { get; set; }

    /// <summary>What took its place.</summary>
    public IkeSa? Successor { get; private set; }

    /// <summary>The SA that the peer rekeyed into this one.</summary>
    public IkeSa? Predecessor { get; init; }

    public DateTimeOffset LastHeard { get; set; }

    /// <summary>When a responder gives up waiting for IKE_AUTH.</summary>
    public DateTimeOffset? HalfOpenUntil { get; set; }

    public Lifetime Lifetime { get; set; }

    /// <summary>How long the authentication counts (RFC 4478): the soft limit is when the initiator authenticates again.</summary>
    public Lifetime Authentication { get; set; }

    /// <summary>To be deleted as soon as it is established.</summary>
    public bool IsUnwanted { get; private set; }

    /// <summary>Whether requests can be protected and sent.</summary>
    public bool CanSendRequests => _messages is not null && State is not (IkeSaState.Initial or IkeSaState.Closed);

    public DateTimeOffset? NextDeadline
    {
        get
        {
            var next = Requests.NextDeadline;
            if (State == IkeSaState.HalfOpen)
                next = Earlier(Earlier(next, HalfOpenUntil), Lookup?.Deadline);
            if (State is IkeSaState.Established or IkeSaState.Replaced)
            {
                next = Earlier(Earlier(next, LivenessDue), Earlier(Lifetime.Next, Authentication.Next));
                foreach (var child in Children)
                    next = Earlier(next, child.Lifetime.Next);
            }
            return next;
        }
    }

    /// <summary>Takes the keys into use.</summary>
    public void SetKeys(IkeAlgorithms algorithms, IkeKeys keys)
    {
        Algorithms = algorithms;
        Keys = keys;
        var initiator = new IkeProtection(algorithms, keys.SkEi, keys.SkAi, _context.Random);
        var responder = new IkeProtection(algorithms, keys.SkEr, keys.SkAr, _context.Random);
        var (outbound, inbound) = IsInitiator ? (initiator, responder) : (responder, initiator);
        _messages = new(_context, outbound, inbound) { AllowsFragments = AllowsFragments };
        State = IkeSaState.HalfOpen;
        _context.Effects.Enqueue(new IkeEffect.KeysDerived(InitiatorSpi, ResponderSpi, algorithms, keys));
    }

    /// <summary>Another SPD entry is the peer's.</summary>
    public void Use(IkeConnection connection)
    {
        Connection = connection;
        PeerEntry = PeerEntry.Of(connection);
    }

    /// <summary>The IKE_SA_INIT exchange was this SA's message 0.</summary>
    public void SkipInitialMessageId()
    {
        if (IsInitiator)
            Requests.NextId = 1;
        else
            _responses.Expected = 1;
    }

    /// <summary>The SA is usable, by authentication or as the heir of one that is: its lifetime starts.</summary>
    public void Establish(DateTimeOffset now)
    {
        State = IkeSaState.Established;
        LastHeard = now;
        Lifetime = Lifetime.Start(now, _context.Options.IkeSoftLifetime, _context.Options.IkeHardLifetime, _context);
    }

    public void AddChild(DateTimeOffset now, Child child, ChildKeys keys)
    {
        Children.Add(child);
        child.Lifetime = Lifetime.Start(now, _context.Options.ChildSoftLifetime, _context.Options.ChildHardLifetime, _context);
        _context.Effects.Enqueue(new IkeEffect.Install(child.Sa, keys, IsSending: child.Replaces is null));
    }

    /// <summary>The peer has been told to close it: nothing is sent on it any more, while what is on its way is still received (RFC 7296 section 1.4.1).</summary>
    public void HalfClose(Child child)
    {
        child.IsHalfClosed = true;
        StartHeirs(child);
        _context.Effects.Enqueue(new IkeEffect.StopSending(child.Sa));
    }

    public void RemoveChild(Child child)
    {
        if (!Children.Remove(child))
            return;
        StartHeirs(child);
        child.State = ChildState.Gone;
        _context.ReleaseChildSpi(child.Sa.InboundSpi);
        _context.Effects.Enqueue(new IkeEffect.Remove(child.Sa));
    }

    /// <summary>The peer is to delete it. If it does not, we do.</summary>
    public void AwaitDeletion(DateTimeOffset now, Child child)
    {
        if (child.State != ChildState.Live)
            return;
        child.State = ChildState.Replaced;
        child.Lifetime = new(null, now + _context.Options.ReplacedLifetime);
    }

    /// <summary>Superfluous: another IKE SA has the children, and the peer is to delete this one. If it does not, we do.</summary>
    public void Retire(DateTimeOffset now)
    {
        if (State != IkeSaState.Established)
            return;
        State = IkeSaState.Replaced;
        Lifetime = new(null, now + _context.Options.ReplacedLifetime);
        Authentication = default;
    }

    /// <summary>The successor takes over all children, and whatever was still to be done with them (RFC 7296 section 2.8).</summary>
    public void HandOver(DateTimeOffset now, IkeSa successor)
    {
        Retire(now);
        // The successor may have been rekeyed itself before it was known to be one.
        while (successor.Successor is { } next)
            successor = next;
        Successor = successor;
        Rival = null;
        successor.Children.AddRange(Children);
        Children.Clear();
        (successor.AssignedAddresses, AssignedAddresses) = (AssignedAddresses, []);
        (successor.Configuration, Configuration) = (Configuration, null);
        Requests.MoveTo(successor.Requests);
        _context.Notice(new IkeEvent.Rekeyed(Connection.Name, successor.InitiatorSpi, successor.ResponderSpi));
        if (successor.State == IkeSaState.Closed)
            successor.DropHoldings();
        else
            successor.Requests.Pump(now);
    }

    /// <summary>The peer deletes this SA, or does not answer: a rekeying of its own that it has finished counts, ours is forgotten (RFC 7296 section 2.8.2).</summary>
    public void GiveWay(DateTimeOffset now, string reason)
    {
        if (Rival is { } rival)
            HandOver(now, rival.Made);
        Close(reason);
    }

    /// <summary>
    /// The peer has something done with children under this SA: so they are its children, even if a rekeying of ours is still to find out that it is of no use.
    /// </summary>
    public void ClaimChildren(DateTimeOffset now)
    {
        if (Predecessor?.Rival?.Made == this)
            Predecessor.HandOver(now, this);
    }

    /// <summary>Ends the SA with its children and zeroes its keys.</summary>
    public void Close(string reason)
    {
        if (State == IkeSaState.Closed)
            return;
        var before = State;
        State = IkeSaState.Closed;
        DropHoldings();
        Lookup?.Cancel();
        Lookup = null;
        Requests.Abandon();
        _messages?.Dispose();
        Eap?.Dispose();
        Keys?.Dispose();
        if (before is IkeSaState.Established or IkeSaState.Closing)
            _context.Notice(new IkeEvent.Closed(Connection.Name, reason));
        else if (before != IkeSaState.Replaced)
            _context.Notice(new IkeEvent.Failed(Connection.Name, reason));
    }

    private void DropHoldings()
    {
        foreach (var child in Children.ToArray())
            RemoveChild(child);
        foreach (var address in AssignedAddresses)
            _context.Leases.Release(address);
        AssignedAddresses = [];
        // Where this end has authenticated again, the same addresses may be those of the new SA.
        var kept = _context.Sas.Values.Where(other => other != this && other.Configuration is not null).SelectMany(other => other.Configuration!.Addresses);
        if (Configuration?.Addresses.Except(kept).ToImmutableArray() is { IsEmpty: false } gone)
            _context.Effects.Enqueue(new IkeEffect.Unconfigure(Connection.Name, gone));
        Configuration = null;
    }

    /// <summary>Those that waited for it may be sent on now.</summary>
    private void StartHeirs(Child child)
    {
        foreach (var heir in Children.Where(heir => heir.Replaces == child))
        {
            heir.Replaces = null;
            if (heir.State == ChildState.Live)
                _context.Effects.Enqueue(new IkeEffect.StartSending(heir.Sa));
        }
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? left, DateTimeOffset? right) => left is null || right < left ? right ?? left : left;
}
