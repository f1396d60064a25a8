using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Udp;

namespace Ipsec.Ike;

/// <summary>
/// All of IKEv2 on one host, in both roles (RFC 7296). Sans-IO: datagrams, commands and the time go in; <see cref="TryDequeue"/> yields what is to be
/// done. A peer's violation of the protocol is an event, never an exception. Not thread-safe.
/// </summary>
public sealed class IkeEndpoint
{
    private readonly IkeContext _context;
    private readonly CookieSecret _cookies;
    private readonly Dictionary<ulong, InitialInitiator> _initiating = [];
    private readonly Dictionary<string, IkeSa> _halfOpen = [];
    private readonly RateLimit _unprotectedErrors;
    private readonly RateLimit _complaints;

    /// <param name="codec">Null for the real one.</param>
    public IkeEndpoint(IkeOptions options, RandomSource random, IIkeMessageCodec? codec = null)
    {
        _context = new(options, random, codec ?? IkeMessageCodec.Instance);
        _cookies = new(random);
        _unprotectedErrors = new(options.UnprotectedErrorsPerSecond);
        _complaints = new(options.ComplaintsPerSecond);
    }

    public IReadOnlyList<IkeConnection> Connections => _context.Connections;

    /// <summary>The children of all IKE SAs, but for those that are being deleted.</summary>
    public IEnumerable<ChildSa> Children =>
        _context.Sas.Values.SelectMany(sa => sa.Children).Where(child => child.State is ChildState.Live or ChildState.Replaced).Select(child => child.Sa);

    /// <summary>All IKE SAs, whatever their state.</summary>
    public IEnumerable<IkeSaInfo> Associations => _context.Sas.Values.Select(sa =>
        new IkeSaInfo(sa.Connection.Name, sa.InitiatorSpi, sa.ResponderSpi, sa.IsInitiator, sa.State == IkeSaState.Established, sa.Peer));

    /// <summary>When <see cref="Advance"/> wants to be called; null for never. Any call may change it.</summary>
    public DateTimeOffset? NextDeadline => _context.Sas.Values.Min(sa => sa.NextDeadline);

    public void Add(IkeConnection connection) =>
        _context.Connections.Add(_context.Options.AllowsForbiddenAlgorithms ? connection : AlgorithmPolicy.Permitted(connection));

    /// <summary>Forgets all SAs and connections without a word to any peer.</summary>
    public void Reset()
    {
        foreach (var sa in _context.Sas.Values)
            sa.Close("reset");
        Sweep();
        _context.Connections.Clear();
    }

    /// <summary>What is to be done, oldest first.</summary>
    public bool TryDequeue(out IkeEffect effect) => _context.Effects.TryDequeue(out effect!);

    public void Handle(DateTimeOffset now, IkeCommand command)
    {
        switch (command)
        {
            case IkeCommand.Connect connect:
                Connect(now, connect.Connection, predecessor: null);
                break;
            case IkeCommand.CreateChild create:
                CreateChild(now, create);
                break;
            case IkeCommand.RekeyChild rekey:
                foreach (var (sa, child) in Live(rekey.Connection, rekey.InboundSpi))
                    sa.Rekey(now, child);
                break;
            case IkeCommand.RekeyIke rekey:
                foreach (var sa in Established(rekey.Connection))
                    sa.Rekey(now);
                break;
            case IkeCommand.Reauthenticate reauthenticate:
                foreach (var sa in Established(reauthenticate.Connection))
                    Connect(now, reauthenticate.Connection, sa);
                break;
            case IkeCommand.CheckLiveness check:
                foreach (var sa in Established(check.Connection))
                    sa.Requests.Enqueue(now, new InformationalRequest([], () => _context.Notice(new IkeEvent.PeerAlive(check.Connection))));
                break;
            case IkeCommand.Disconnect disconnect:
                foreach (var sa in _context.Sas.Values.Where(sa => sa.Connection.Name == disconnect.Connection && sa.State != IkeSaState.Replaced).ToArray())
                    sa.Delete(now);
                break;
            case IkeCommand.DeleteChildren delete:
                foreach (var group in Live(delete.Connection, delete.InboundSpi).GroupBy(pair => pair.Sa, pair => pair.Child))
                    group.Key.DeleteChildren(now, group);
                break;
        }
        Sweep();
    }

    public void Advance(DateTimeOffset now)
    {
        foreach (var sa in _context.Sas.Values.ToArray())
        {
            sa.Advance(now);
            if (sa.State != IkeSaState.Established || !(sa.Authentication.Soft <= now))
                continue;
            sa.Authentication = sa.Authentication.WithoutSoft;
            Connect(now, sa.Connection.Name, sa);
        }
        Sweep();
    }

    /// <summary>One datagram to port 500 or 4500; octets of any kind.</summary>
    public void Handle(DateTimeOffset now, IkeDatagram datagram)
    {
        var octets = datagram.Message.Span;
        if (!IkeHeader.TryParse(octets, out var header, out var error))
        {
            _context.Violation(ProtocolViolation.MalformedHeader, datagram.Remote, error.ToString());
            return;
        }
        if (header.MajorVersion > 2)
        {
            // Section 2.5: drop it, and tell the highest version that we know; never in answer to a response.
            _context.Violation(ProtocolViolation.UnsupportedMajorVersion, datagram.Remote, $"{header.MajorVersion}");
            if (!header.IsResponse)
                SendUnprotected(now, datagram, header, new(NotifyType.InvalidMajorVersion));
            return;
        }
        if (header.MajorVersion < 2 || header.Length != octets.Length)
        {
            _context.Violation(ProtocolViolation.MalformedHeader, datagram.Remote, $"version {header.MajorVersion}, length {header.Length} of {octets.Length}");
            return;
        }
        if (header.ExchangeType == ExchangeType.IkeSaInit)
            HandleInit(now, datagram, header);
        else if (_context.Sas.TryGetValue(header.IsFromInitiator ? header.ResponderSpi : header.InitiatorSpi, out var sa)
            && sa.IsInitiator != header.IsFromInitiator && sa.InitiatorSpi == header.InitiatorSpi && sa.ResponderSpi == header.ResponderSpi)
            HandleProtected(now, datagram, header, sa);
        else
            HandleUnknown(now, datagram, header);
        Sweep();
    }

    /// <summary>An ICMP error has come in about a datagram of this end: it is too big for the path (RFC 7383 section 2.5.2).</summary>
    /// <param name="header">Of the message in it, as it was quoted.</param>
    /// <param name="size">Octets of an IKE message that are said to get through.</param>
    public void TooBig(DateTimeOffset now, IkeHeader header, int size)
    {
        if (!header.IsResponse && _context.Sas.TryGetValue(header.IsFromInitiator ? header.InitiatorSpi : header.ResponderSpi, out var sa)
            && sa.IsInitiator == header.IsFromInitiator && sa.InitiatorSpi == header.InitiatorSpi && sa.ResponderSpi == header.ResponderSpi)
            sa.Requests.TooBig(now, header.MessageId, size);
    }

    /// <summary>What has come of an <see cref="IkeEffect.LookUp"/>; ids that nobody waits for are ignored.</summary>
    /// <param name="content">Octets of any kind; null if nothing is there, or more than was wanted.</param>
    public void TakeLookup(DateTimeOffset now, ulong id, byte[]? content)
    {
        if (_context.Lookups.TryGetValue(id, out var lookup))
            lookup.Take(now, id, content);
        Sweep();
    }

    /// <summary>Something authentic has come in on a child SA: its peer is alive (RFC 7296 section 2.4).</summary>
    public void Heard(DateTimeOffset now, uint inboundSpi)
    {
        foreach (var sa in _context.Sas.Values.Where(sa => sa.Children.Any(child => child.Sa.InboundSpi == inboundSpi)))
            sa.LastHeard = now;
    }

    /// <summary>Something authentic and new has come in on a child SA, in UDP, from another address or port than it had (RFC 7296 section 2.23).</summary>
    public void HeardFrom(uint inboundSpi, IPEndPoint remote)
    {
        foreach (var sa in _context.Sas.Values.Where(sa => sa.Children.Any(child => child.Sa.InboundSpi == inboundSpi && child.Sa.UdpPorts is not null)))
            sa.Follow(sa.Local, remote);
    }

    /// <summary>ESP or AH has come with an SPI that no SA has: its sender hears of it, where there is an IKE SA with that address (RFC 7296 sections 1.5 and 2.21.4).</summary>
    /// <param name="port">The sender's, of ESP in UDP; null without UDP.</param>
    public void TellUnknownSpi(DateTimeOffset now, uint spi, IPAddress remote, ushort? port)
    {
        // Before the SAs are looked through, as anybody can send this.
        if (!_complaints.Allow(now))
            return;
        var octets = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(octets, spi);
        Tell(
            now, _context.Sas.Values.Where(sa => sa.State == IkeSaState.Established && sa.Remote.Address.Equals(remote) && (port ?? sa.Remote.Port) == sa.Remote.Port).MaxBy(sa => sa.LastHeard),
            new(NotifyType.InvalidSpi, octets));
    }

    /// <summary>What has come on a child SA was not for it: its sender hears of it (RFC 4301 section 5.2, RFC 7296 section 3.10.1).</summary>
    /// <param name="packet">The start of the packet, with its IP header.</param>
    public void TellInvalidSelectors(DateTimeOffset now, uint inboundSpi, byte[] packet)
    {
        if (!_complaints.Allow(now)
            || _context.Sas.Values.FirstOrDefault(sa => sa.State == IkeSaState.Established && sa.Children.Any(child => child.Sa.InboundSpi == inboundSpi)) is not { } holder)
            return;
        var spi = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(spi, inboundSpi);
        Tell(now, holder, new(holder.Children.First(child => child.Sa.InboundSpi == inboundSpi).Sa.Protocol, spi, NotifyType.InvalidSelectors, packet));
    }

    // Nothing waits for its turn, and the peer that has something to answer already is not asked more.
    private static void Tell(DateTimeOffset now, IkeSa? sa, NotifyPayload notify)
    {
        if (sa is not null && !sa.Requests.Unfinished.Any())
            sa.Requests.Enqueue(now, new InformationalRequest([notify]));
    }

    private void Connect(DateTimeOffset now, string name, IkeSa? predecessor, (TrafficSelector Local, TrafficSelector Remote)? packet = null)
    {
        if (_context.Connections.Find(connection => connection.Name == name) is not { } connection)
            return;
        if (connection.IkeProposals.IsEmpty || connection.ChildProposals.IsEmpty)
        {
            _context.Notice(new IkeEvent.Failed(name, "no proposal of it is permitted"));
            return;
        }
        var sa = new IkeSa(
            _context, connection, isInitiator: true, new(connection.LocalAddress, UdpEncapsulation.IkePort),
            new(connection.RemoteAddress, UdpEncapsulation.IkePort))
        {
            IsAuthenticationInitiator = true,
        };
        var exchange = InitialInitiator.Begin(_context, sa, predecessor, packet, now);
        _context.Register(sa);
        _initiating.Add(sa.LocalSpi, exchange);
    }

    private void CreateChild(DateTimeOffset now, IkeCommand.CreateChild create)
    {
        if (Established(create.Connection).FirstOrDefault() is not { } sa)
        {
            Connect(now, create.Connection, predecessor: null, create.Packet);
            return;
        }
        var terms = ChildTerms.ForFurther(sa);
        terms = terms with
        {
            LocalTraffic = create.LocalTraffic ?? terms.LocalTraffic,
            RemoteTraffic = create.RemoteTraffic ?? terms.RemoteTraffic,
            Packet = create.Packet,
        };
        sa.Requests.Enqueue(now, ChildCreation.New(_context, terms.ForOffer()));
    }

    private void HandleInit(DateTimeOffset now, IkeDatagram datagram, IkeHeader header)
    {
        if (!_context.Codec.TryRead(datagram.Message.Span, out var message, out var error))
        {
            _context.Violation(ProtocolViolation.MalformedPayload, datagram.Remote, error.ToString());
            if (!header.IsResponse && header.ResponderSpi == 0 && header.IsFromInitiator && header.MessageId == 0)
                SendUnprotected(now, datagram, header, new(NotifyType.InvalidSyntax));
            return;
        }
        if (header.IsResponse)
        {
            if (_initiating.TryGetValue(header.InitiatorSpi, out var exchange) && exchange.Sa.State == IkeSaState.Initial)
                exchange.HandleInitResponse(now, datagram, message);
            else
                _context.Violation(ProtocolViolation.UnexpectedResponse, datagram.Remote, message.Summary);
            return;
        }
        if (header.ResponderSpi != 0 || header.MessageId != 0 || !header.IsFromInitiator || header.InitiatorSpi == 0)
        {
            _context.Violation(ProtocolViolation.UnexpectedExchange, datagram.Remote, message.Summary);
            return;
        }
        HandleInitRequest(now, datagram, message);
    }

    private void HandleInitRequest(DateTimeOffset now, IkeDatagram datagram, IkeMessage request)
    {
        // Section 2.1: the same octets again are a retransmission, whatever became of the first.
        var digest = Convert.ToHexString(SHA256.HashData(datagram.Message.Span));
        if (_halfOpen.TryGetValue(digest, out var known))
        {
            _context.Effects.Enqueue(new IkeEffect.Send(datagram.Local, datagram.Remote, known.LocalInitMessage));
            return;
        }
        var connection = _context.Connections.Find(candidate => candidate.IsBetween(datagram.Local.Address, datagram.Remote.Address));
        if (connection is null)
        {
            SendUnprotected(now, datagram, request.Header, new(NotifyType.NoProposalChosen));
            return;
        }
        if (_halfOpen.Count >= _context.Options.MaximumHalfOpen)
            return;
        var cookies = _halfOpen.Count >= _context.Options.CookieThreshold ? _cookies : null;
        if (InitialResponder.HandleInitRequest(_context, connection, cookies, now, datagram, request, out var refusal) is { } sa)
        {
            _context.Register(sa);
            _halfOpen.Add(digest, sa);
        }
        else if (refusal is not null)
        {
            SendUnprotected(now, datagram, request.Header, refusal);
        }
    }

    private void HandleProtected(DateTimeOffset now, IkeDatagram datagram, IkeHeader header, IkeSa sa)
    {
        if (header.IsResponse)
        {
            sa.HandleResponse(now, header, datagram.Message.Span, datagram.Local, datagram.Remote);
            return;
        }
        // The responder may be done with IKE_AUTH before its answer is here: what it asks for then comes again.
        if (sa.IsInitiator && sa.State == IkeSaState.HalfOpen)
            return;
        // The request before is not answered yet, as its certificates are being looked up.
        if (sa.Lookup is not null)
            return;
        if (!sa.TryAcceptRequest(now, header, datagram.Message.Span, datagram.Local, datagram.Remote, out var payloads))
            return;
        switch (header.ExchangeType)
        {
            case ExchangeType.IkeAuth when sa.State == IkeSaState.HalfOpen && !sa.IsInitiator:
                InitialResponder.HandleAuthRequest(_context, sa, now, header, payloads);
                break;
            case ExchangeType.Informational when IsAuthenticated(sa):
                Informational.HandleRequest(_context, sa, now, header, payloads);
                break;
            case ExchangeType.CreateChildSa when IsAuthenticated(sa):
                CreateChildResponder.HandleRequest(_context, sa, now, header, payloads);
                break;
            default:
                _context.Violation(ProtocolViolation.UnexpectedExchange, datagram.Remote, header.ExchangeType.Notation());
                sa.Respond(header, [new NotifyPayload(NotifyType.InvalidSyntax)]);
                sa.Close($"{header.ExchangeType.Notation()} does not belong here");
                break;
        }
    }

    private void HandleUnknown(DateTimeOffset now, IkeDatagram datagram, IkeHeader header)
    {
        _context.Violation(ProtocolViolation.UnknownIkeSpi, datagram.Remote, $"{header.InitiatorSpi:x16} {header.ResponderSpi:x16}");
        // Section 2.21.4: a request may be answered, in clear, with its SPIs and message id; a response never. Nor what came in clear itself (section 1.5).
        if (!header.IsResponse && (header.NextPayload is PayloadType.Encrypted or PayloadType.EncryptedFragment))
            SendUnprotected(now, datagram, header, new(NotifyType.InvalidIkeSpi));
    }

    private void SendUnprotected(DateTimeOffset now, IkeDatagram datagram, IkeHeader request, NotifyPayload notify)
    {
        if (!_unprotectedErrors.Allow(now))
            return;
        var header = request with
        {
            MajorVersion = 2,
            MinorVersion = 0,
            Flags = IkeFlags.Response | (request.IsFromInitiator ? IkeFlags.None : IkeFlags.Initiator),
        };
        var octets = _context.Codec.Write(new(header, [notify]));
        _context.Effects.Enqueue(new IkeEffect.Send(datagram.Local, datagram.Remote, octets));
    }

    private static bool IsAuthenticated(IkeSa sa) => sa.State is IkeSaState.Established or IkeSaState.Replaced or IkeSaState.Closing;

    private IkeSa[] Established(string connection) =>
        [.. _context.Sas.Values.Where(sa => sa.State == IkeSaState.Established && sa.Connection.Name == connection)];

    private (IkeSa Sa, Child Child)[] Live(string connection, uint? inboundSpi) =>
    [
        .. from sa in Established(connection)
           from child in sa.Children
           where child.State == ChildState.Live && (inboundSpi is null || child.Sa.InboundSpi == inboundSpi)
           select (sa, child),
    ];

    /// <summary>Drops closed SAs from the tables, and half-open entries that are done.</summary>
    private void Sweep()
    {
        foreach (var (spi, sa) in _context.Sas)
            if (sa.State == IkeSaState.Closed)
                _context.Forget(spi);
        foreach (var (spi, exchange) in _initiating)
            if (exchange.Sa.State is not (IkeSaState.Initial or IkeSaState.HalfOpen))
                _initiating.Remove(spi);
        foreach (var (digest, sa) in _halfOpen)
            if (sa.State != IkeSaState.HalfOpen)
                _halfOpen.Remove(digest);
    }
}
