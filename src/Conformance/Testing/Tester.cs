using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Results;
using Conformance.Scenarios;
using Ipsec.Crypto;
using Ipsec.Host.Links;
using Ipsec.Packets;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Testing;

/// <summary>
/// The scripted endpoint on the other side of the implementation: in control of every octet that it sends, patient and literal about what it receives.
/// What may legally come in between (retransmissions, liveness checks, deletes) is answered in one place, <see cref="Courtesy"/>.
/// </summary>
public sealed partial class Tester : IDisposable
{
    private readonly ScenarioContext _context;
    private readonly INetwork _network;
    private readonly Topology _topology;
    private readonly ILink _link;
    private readonly TesterNode _node;
    private readonly SentFrames _sentFrames;
    private readonly RandomSource _random;
    private readonly Courtesy _courtesy;
    private readonly List<IkeSession> _sessions = [];
    private readonly List<EspSession> _children = [];
    private readonly Queue<Received> _inbox = new();
    private readonly Dictionary<Octets, int> _duplicatesDue = [];
    private ushort _echoSequence;
    private CertificateServer? _certificateServer;

    internal Tester(ScenarioContext context)
    {
        _context = context;
        _network = context.Implementation.Network;
        _topology = context.Implementation.Topology;
        _random = RandomSource.Seeded(context.Seed);
        _link = _network.Attach("tester", TesterPlace.Mac);
        context.Recorder.Watch(_link);
        _sentFrames = new(_link, context.Recorder);
        _node = new(_link, _topology, TakeIke, TakeKeepalive, TakeEsp, TakeProtected, TakeClear);
        _link.Node = _node;
        _courtesy = new(this);
    }

    /// <summary>How long an answer that is due may take.</summary>
    public TimeSpan ResponseTime => _topology.ResponseTime;

    public RandomSource Random => _random;

    public DateTimeOffset Now => _network.Now;

    /// <summary>Whether requests of the peer that no script waits for are answered, and retransmitted ones again.</summary>
    public bool IsCourteous { get; set; } = true;

    // IKE sessions.

    /// <summary>A new IKE SA that the implementation initiates; nothing is answered yet.</summary>
    public IkeSession NewResponder() => Add(new(_context.Policy, _topology.Of(_context.Policy), _random, _context.Recorder, isInitiator: false));

    /// <summary>A new IKE SA that the tester will initiate.</summary>
    public IkeSession NewSession() => Add(new(_context.Policy, _topology.Of(_context.Policy), _random, _context.Recorder, isInitiator: true));

    /// <summary>
    /// Preamble: an IKE SA with a child SA, the tester its initiator. A cookie or another group asked for is given. If it does not come about, the scenario is
    /// inconclusive: it is about something else.
    /// </summary>
    /// <param name="offersFragmentation">Whether the tester says that it takes fragments.</param>
    /// <param name="inside">Where the tester pretends to be, behind a NAT; null for no NAT.</param>
    public async Task<IkeSession> Establish(bool offersFragmentation = false, IPEndPoint? inside = null)
    {
        var session = NewSession();
        session.OffersFragmentation = offersFragmentation;
        session.Inside = inside;
        var response = await ExchangeInit(session).ConfigureAwait(false);
        if (session.TakeInitResponse(response) is { } trouble)
            _context.Inconclusive($"preamble: IKE_SA_INIT: {trouble}");
        var auth = Send(session, ExchangeType.IkeAuth, session.AuthRequestPayloads(out var child));
        var answer = await ResponseTo(auth).ConfigureAwait(false);
        if (answer is null)
            _context.Inconclusive("preamble: no IKE_AUTH response");
        if (session.TakeAuthResponse(answer!, child) is { } failure)
            _context.Inconclusive($"preamble: IKE_AUTH: {failure}");
        _children.Add(child);
        return session;
    }

    /// <summary>Preamble: an IKE SA with a child SA, the implementation its initiator.</summary>
    public async Task<IkeSession> BeEstablished()
    {
        var auth = await AwaitAuthRequest().ConfigureAwait(false);
        if (AnswerAuth(auth) is { } trouble)
            _context.Inconclusive($"preamble: IKE_AUTH: {trouble}");
        return auth.Session!;
    }

    /// <summary>Preamble: the implementation initiates, IKE_SA_INIT is answered properly, and its IKE_AUTH request is there, not yet answered.</summary>
    /// <param name="change">Makes the tester's side of the IKE SA another one before it answers.</param>
    public async Task<ReceivedIke> AwaitAuthRequest(Action<IkeSession>? change = null)
    {
        var init = await AwaitInitiation().ConfigureAwait(false);
        if (init is null)
            _context.Inconclusive("preamble: told to initiate, it sent no IKE_SA_INIT request");
        return await AwaitAuthRequest(init!, change).ConfigureAwait(false);
    }

    /// <summary>As <see cref="AwaitAuthRequest(Action{IkeSession}?)"/>, where a UDP datagram of the implementation's is what wants the SAs.</summary>
    public async Task<ReceivedIke> AwaitAuthRequest(IPEndPoint from, IPEndPoint to, Action<IkeSession>? change = null)
    {
        await SendFromImplementation(from, to).ConfigureAwait(false);
        var init = await Receive<ReceivedIke>(IsInitRequest, ResponseTime).ConfigureAwait(false);
        if (init is null)
            _context.Inconclusive("preamble: its datagram had no SAs asked for");
        return await AwaitAuthRequest(init!, change).ConfigureAwait(false);
    }

    /// <summary>The implementation sends a UDP datagram of its own.</summary>
    public async Task SendFromImplementation(IPEndPoint from, IPEndPoint to)
    {
        _context.Recorder.Command($"send a UDP datagram {from} > {to}");
        await _context.Implementation.SendDatagram(from, to, _context.Cancellation).ConfigureAwait(false);
    }

    private async Task<ReceivedIke> AwaitAuthRequest(ReceivedIke init, Action<IkeSession>? change)
    {
        var session = AnswerInit(init, change);
        if (session is null)
            _context.Inconclusive("preamble: its IKE_SA_INIT request can't be answered");
        var auth = await Receive<ReceivedIke>(received => received.IsAuthRequestOf(session!), ResponseTime).ConfigureAwait(false);
        if (auth is null)
            _context.Inconclusive("preamble: no IKE_AUTH request");
        return auth!;
    }

    /// <summary>Tells the implementation to initiate and waits for its IKE_SA_INIT request.</summary>
    public async Task<ReceivedIke?> AwaitInitiation()
    {
        _context.Recorder.Command("initiate");
        await _context.Implementation.Initiate(_context.Cancellation).ConfigureAwait(false);
        return await Receive<ReceivedIke>(IsInitRequest, ResponseTime).ConfigureAwait(false);
    }

    public static bool IsInitRequest(ReceivedIke received) => received.Header.ExchangeType == ExchangeType.IkeSaInit && !received.Header.IsResponse;

    /// <summary>Answers an IKE_SA_INIT request properly; null (with a note) if the tester's policy can't.</summary>
    public IkeSession? AnswerInit(ReceivedIke request, Action<IkeSession>? change = null)
    {
        var session = NewResponder();
        change?.Invoke(session);
        if (session.AnswerInitRequest(request, out var trouble) is not { } payloads)
        {
            _context.Recorder.Note($"IKE_SA_INIT can't be answered: {trouble}");
            return null;
        }
        session.OwnInit = SendMessage(session, session.Header(ExchangeType.IkeSaInit, 0, isResponse: true), payloads, answers: request).Octets;
        return session;
    }

    /// <summary>Answers an IKE_AUTH request properly, with a child SA; null, or why it can't be.</summary>
    public string? AnswerAuth(ReceivedIke request)
    {
        var session = request.Session!;
        if (session.AnswerAuthRequest(request, out var child, out var trouble) is not { } payloads)
            return trouble;
        _children.Add(child);
        Respond(request, payloads);
        return null;
    }

    /// <summary>IKE_SA_INIT request and response, with cookie and group retry; inconclusive without a response.</summary>
    public async Task<ReceivedIke> ExchangeInit(IkeSession session)
    {
        Payload? cookie = null;
        KeyExchangeId? method = null;
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var sent = SendInit(session, [.. cookie is null ? [] : new[] { cookie }, .. session.InitRequestPayloads(method)]);
            var response = await ResponseTo(sent).ConfigureAwait(false);
            if (response is null)
                _context.Inconclusive("no IKE_SA_INIT response");
            if (response!.Notify(NotifyType.Cookie) is { } asked)
                cookie = new NotifyPayload(NotifyType.Cookie, asked.Data);
            else if (response.Notify(NotifyType.InvalidKePayload) is { Data.Length: 2 } wanted)
                method = (KeyExchangeId)(wanted.Data[0] << 8 | wanted.Data[1]);
            else
                return response;
        }
        throw new ScenarioStopped(Verdict.Inconclusive, "IKE_SA_INIT asked for a cookie or another group again and again");
    }

    /// <summary>Certificates over HTTP at the tester's address: there from when it is first asked for.</summary>
    public CertificateServer CertificateServer
    {
        get
        {
            if (_certificateServer is null)
            {
                _certificateServer = new(_topology.Of(new ConnectionPolicy().For(_context.Implementation)).Tester);
                _node.Serve(CertificateServer.Port, _certificateServer.Serve);
            }
            return _certificateServer;
        }
    }

    // Sending.

    /// <summary>Sends an IKE_SA_INIT request; AUTH will cover its octets.</summary>
    public SentIke SendInit(IkeSession session, ImmutableArray<Payload> payloads, IkeHeader? header = null)
    {
        var sent = SendMessage(session, header ?? session.Header(ExchangeType.IkeSaInit, 0), payloads);
        session.OwnInit = sent.Octets;
        return sent;
    }

    /// <summary>Sends a protected request with the session's next message id.</summary>
    public SentIke Send(IkeSession session, ExchangeType exchange, params ImmutableArray<Payload> payloads) =>
        SendMessage(session, session.Header(exchange, session.NextRequestId++), payloads);

    /// <summary>Answers a request of the peer.</summary>
    public SentIke Respond(ReceivedIke request, params ImmutableArray<Payload> payloads) => SendMessage(
        request.Session!, request.Session!.Header(request.Header.ExchangeType, request.Header.MessageId, isResponse: true), payloads, request);

    /// <summary>Sends a message under a header of the script's making; protected as soon as the session has keys, but for IKE_SA_INIT.</summary>
    public SentIke SendMessage(IkeSession session, IkeHeader header, ImmutableArray<Payload> payloads, ReceivedIke? answers = null)
    {
        RawPayload[] raw = [.. payloads.Select(payload => payload.ToRaw())];
        var isProtected = session.HasKeys && header.ExchangeType != ExchangeType.IkeSaInit;
        var octets = isProtected
            ? session.OwnProtection.Seal(header, IkeWriter.FirstType(raw), IkeWriter.Chain(raw))
            : IkeWriter.Message(header, raw);
        var detail = new IkeMessage(header, payloads).Describe();
        var sent = SendOctets(session, octets, IkeSummary.Of(header, payloads, isProtected), detail, header);
        if (answers is not null)
            _courtesy.Remember(answers, sent);
        return sent;
    }

    /// <summary>Sends raw payloads, right or wrong, sealed with a right ICV.</summary>
    public SentIke SendSealed(IkeSession session, IkeHeader header, IReadOnlyList<RawPayload> inner, string summary) => SendOctets(
        session, session.OwnProtection.Seal(header, IkeWriter.FirstType(inner), IkeWriter.Chain(inner)), summary, "", header);

    /// <summary>Sends octets that claim to be an IKE message.</summary>
    public SentIke SendOctets(IkeSession session, byte[] octets, string summary, string detail = "", IkeHeader header = default)
    {
        var time = _network.Now;
        var datagram = session.Remote.Port == UdpEncapsulation.NatTraversalPort ? UdpEncapsulation.WithMarker(octets) : octets;
        _sentFrames.Record(() => _node.SendUdp(time, session.Local, session.Remote, datagram), time, summary, detail);
        return new(session, header, Octets.TakeOver(octets), session.Local, session.Remote, summary, time);
    }

    /// <summary>The session goes on from this port of the tester to that port of the implementation.</summary>
    public void UsePorts(IkeSession session, ushort local, ushort remote)
    {
        session.Local = new(session.Local.Address, local);
        session.Remote = new(session.Remote.Address, remote);
        if (local is not (UdpEncapsulation.IkePort or UdpEncapsulation.NatTraversalPort))
            _node.OtherPorts.Add(local);
    }

    /// <summary>Sends ESP in UDP from and to the session's ports, whether a NAT was found or not.</summary>
    public void SendEncapsulatedEsp(EspSession child, byte[] esp, string summary)
    {
        var time = _network.Now;
        _sentFrames.Record(() => _node.SendUdp(time, child.Session.Local, child.Session.Remote, esp), time, summary, "");
    }

    /// <summary>Sends ESP directly above IP, whether a NAT was found or not.</summary>
    public void SendPlainEsp(EspSession child, byte[] esp, string summary)
    {
        var time = _network.Now;
        _sentFrames.Record(() => _node.SendEsp(time, child.Session, esp), time, summary, "");
    }

    /// <summary>Sends any UDP datagram between the session's ports.</summary>
    public void SendDatagram(IkeSession session, byte[] payload, string summary)
    {
        var time = _network.Now;
        _sentFrames.Record(() => _node.SendUdp(time, session.Local, session.Remote, payload), time, summary, "");
    }

    /// <summary>Sends the very same octets again.</summary>
    public void SendAgain(SentIke sent) => SendOctets(sent.Session, sent.Octets.ToArray(), $"{sent.Summary} (again)", "", sent.Header);

    /// <summary>Sends an ESP packet, in UDP where the IKE SA found a NAT.</summary>
    public void SendEsp(EspSession child, byte[] esp, string summary)
    {
        var time = _network.Now;
        _sentFrames.Record(
            () =>
            {
                if (child.Session.HasNat)
                    _node.SendUdp(time, child.Session.Local, child.Session.Remote, esp);
                else
                    _node.SendEsp(time, child.Session, esp);
            },
            time, summary, "");
    }

    /// <summary>Sends a packet in clear to the implementation's MAC address, whatever its destination.</summary>
    public void SendClear(byte[] packet, string summary)
    {
        var time = _network.Now;
        var nextHop = packet[0] >> 4 == 6 ? _topology.Ipv6!.Iut : _topology.Iut;
        _sentFrames.Record(() => _node.SendVia(time, nextHop, packet), time, summary, "");
    }

    // Receiving.

    /// <summary>
    /// The response to a request: same exchange, same message id. As any initiator must (RFC 7296 section 2.1), the tester repeats the request while it is not
    /// answered: a packet may be lost, or dropped by a peer that is still busy with the one before. Null if no response comes in time.
    /// </summary>
    public async Task<ReceivedIke?> ResponseTo(SentIke request)
    {
        const int transmissions = 3;
        for (var transmission = 1; ; transmission++)
        {
            var response = await Receive<ReceivedIke>(
                received => IsResponseTo(request, received) && !IsLateDuplicate(received), ResponseTime / transmissions).ConfigureAwait(false);
            if (response is not null && transmission > 1)
                _duplicatesDue[response.Octets] = transmission - 1;
            if (response is not null || transmission == transmissions)
                return response;
            SendAgain(request);
        }
    }

    /// <summary>As <see cref="ResponseTo(SentIke)"/>, without repeating the request, and content with a response that came before.</summary>
    public Task<ReceivedIke?> ResponseTo(SentIke request, TimeSpan window) => Receive<ReceivedIke>(received => IsResponseTo(request, received), window);

    /// <summary>The response to a request, which a requirement demands.</summary>
    public async Task<ReceivedIke> ExpectResponse(SentIke request, string requirement)
    {
        var response = await ResponseTo(request).ConfigureAwait(false);
        _context.Check(
            requirement, response is not null, $"a response to {request.Summary}", $"nothing within {ResponseTime.TotalSeconds} s");
        return response!;
    }

    /// <summary>The first thing received that matches, now or within the window; null if there is none. What doesn't match is dealt with by courtesy.</summary>
    public async Task<T?> Receive<T>(Func<T, bool> match, TimeSpan window) where T : Received
    {
        T? found = null;
        await _network.RunUntil(Look, _network.Now + window, _context.Cancellation).ConfigureAwait(false);
        return found;

        bool Look()
        {
            while (found is null && _inbox.TryDequeue(out var received))
            {
                if (received is T candidate && match(candidate))
                    found = candidate;
                else if (received is ReceivedIke ike && IsCourteous)
                    _courtesy.Answer(ike);
            }
            return found is not null;
        }
    }

    /// <summary>Watches for the silence time; what matches and comes all the same breaks the requirement.</summary>
    public async Task ExpectNone<T>(Func<T, bool> match, string requirement, string expected) where T : Received
    {
        var unwanted = await Receive(match, _topology.SilenceTime).ConfigureAwait(false);
        _context.Check(requirement, unwanted is null, expected, unwanted switch
        {
            ReceivedIke ike => ike.Summary,
            ReceivedEsp esp => esp.Summary,
            ReceivedProtected keyed => keyed.Summary,
            ReceivedClear clear => clear.Summary,
            _ => "",
        });
    }

    // Probes.

    /// <summary>
    /// After a hostile step: does the implementation still live? Asked on the IKE SA if one is given, else by a new IKE_SA_INIT, which any responder answers.
    /// A dead implementation fails the scenario.
    /// </summary>
    public async Task ProbeLiveness(IkeSession? session = null)
    {
        var alive = session is null
            ? await AnswersNewInit().ConfigureAwait(false)
            : await ResponseTo(Send(session, ExchangeType.Informational)).ConfigureAwait(false) is { IsProtected: true };
        _context.Recorder.Check(session is null ? "alive: answers a new IKE_SA_INIT" : "alive: answers a liveness check on the IKE SA", "", alive);
        if (alive)
            return;
        var runs = await _context.Implementation.IsAlive(_context.Cancellation).ConfigureAwait(false);
        var actual = runs ? "it runs, but does not answer" : "it does not run any more";
        _context.Recorder.Finding(new("", Verdict.Fail, "the implementation survives, and its state is as before", actual, []));
        throw new ScenarioStopped(Verdict.Fail, $"liveness probe after the hostile step: {actual}");
    }

    /// <summary>
    /// The implementation has no child SA any more. It may take a moment over that: some daemons answer a delete before their kernel has carried it out.
    /// </summary>
    public async Task ExpectNoChild(string requirement)
    {
        var deadline = _network.Now + ResponseTime;
        var left = await _context.Implementation.SecurityAssociations(_context.Cancellation).ConfigureAwait(false);
        while (!left.IsEmpty && _network.Now < deadline)
        {
            await Receive<Received>(_ => false, ResponseTime / 20).ConfigureAwait(false);
            left = await _context.Implementation.SecurityAssociations(_context.Cancellation).ConfigureAwait(false);
        }
        _context.Check(requirement, left.IsEmpty, "no child SA", $"{left.Length} child SAs, also after {ResponseTime.TotalSeconds} s");
    }

    /// <summary>An ICMP echo request through the child SA; the reply inside ESP, null if none comes.</summary>
    /// <param name="size">Octets of echo data.</param>
    /// <param name="sequenceNumber">Default: the next one.</param>
    public Task<ReceivedEsp?> Ping(EspSession child, int size = 56, ulong? sequenceNumber = null)
    {
        var echo = NewEcho(child, out var packet, size);
        SendEsp(child, child.Seal(packet, sequenceNumber), $"ESP {child.OutboundSpi:x8} sequence {sequenceNumber ?? child.SequenceNumber}: ICMP echo request {echo}, {size} octets");
        return EchoReply(child, echo, ResponseTime);
    }

    /// <summary>
    /// Whether a new child SA carries traffic. Its first packets may be lost while the other end still installs it: RFC 7296 section 2.8 allows for that, so a few
    /// echo requests are sent.
    /// </summary>
    /// <param name="orAnother">Whether the reply may come on another child SA with the same traffic: which one it sends on is up to the peer.</param>
    public async Task<bool> Carries(EspSession child, bool orAnother = false)
    {
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var echo = NewEcho(child, out var packet);
            SendEsp(child, child.Seal(packet), $"ESP {child.OutboundSpi:x8} sequence {child.SequenceNumber}: ICMP echo request {echo}");
            if (await Receive<ReceivedEsp>(received => (orAnother || received.Child == child) && IsReply(received.Inner, echo), ResponseTime / 4).ConfigureAwait(false) is not null)
                return true;
        }
        return false;
    }

    /// <summary>A new echo request for the child's addresses; returns its sequence number.</summary>
    public ushort NewEcho(EspSession child, out byte[] packet, int size = 56) => NewEcho(child.OwnAddress, child.PeerAddress, out packet, size);

    /// <summary>A new echo request whose data is all zero, so that it can be compressed; returns its sequence number.</summary>
    public ushort NewZeroEcho(EspSession child, out byte[] packet, int size) => NewEcho(child.OwnAddress, child.PeerAddress, out packet, new byte[size]);

    /// <summary>Waits for the reply to an echo request, inside ESP.</summary>
    public Task<ReceivedEsp?> EchoReply(EspSession child, ushort echo, TimeSpan window) => Receive<ReceivedEsp>(
        received => received.Child == child && IsReply(received.Inner, echo), window);

    /// <summary>The same on whichever child SA it comes.</summary>
    public Task<ReceivedEsp?> AnyEchoReply(ushort echo, TimeSpan window) => Receive<ReceivedEsp>(received => IsReply(received.Inner, echo), window);

    /// <summary>No reply to an echo request may come, protected or in clear.</summary>
    public Task ExpectNoReply(ushort echo, string requirement, string expected) => ExpectNoReply([echo], requirement, expected);

    /// <summary>The same for several requests that were sent one after the other: one window for all of them.</summary>
    public Task ExpectNoReply(IReadOnlyCollection<ushort> echoes, string requirement, string expected) =>
        ExpectNone<Received>(received => Content(received) is var content && echoes.Any(echo => IsReply(content, echo)), requirement, expected);

    public void Dispose()
    {
        foreach (var keyed in _keyed)
            keyed.Dispose();
        _link.Node = null;
        _link.Dispose();
    }

    internal void Note(string text) => _context.Recorder.Note(text);

    private async Task<bool> AnswersNewInit()
    {
        var session = NewSession();
        return await ResponseTo(SendInit(session, session.InitRequestPayloads())).ConfigureAwait(false) is not null;
    }

    /// <summary>A request that was sent n times may be answered n times; a later request must not take the rest for its own answer.</summary>
    private bool IsLateDuplicate(ReceivedIke received)
    {
        if (!_duplicatesDue.TryGetValue(received.Octets, out var due) || due == 0)
            return false;
        _duplicatesDue[received.Octets] = due - 1;
        return true;
    }

    private static bool IsResponseTo(SentIke request, ReceivedIke received) =>
        received.Header.IsResponse && received.Header.MessageId == request.Header.MessageId
        && received.Header.ExchangeType == request.Header.ExchangeType && received.Header.InitiatorSpi == request.Header.InitiatorSpi;

    private static bool IsReply(byte[]? packet, ushort echo) =>
        packet is not null && PacketSummary.TryReadEcho(packet, out var isReply, out var number, out _) && isReply && number == echo;

    /// <summary>The traffic that something received brought; null if there is none to see.</summary>
    private static byte[]? Content(Received received) => received switch
    {
        ReceivedEsp esp => esp.Inner,
        ReceivedProtected sealedPacket => sealedPacket.Inner,
        ReceivedClear clear => clear.Packet,
        _ => null,
    };

    private IkeSession Add(IkeSession session)
    {
        _sessions.Add(session);
        return session;
    }

    private void TakeIke(DateTimeOffset time, IPEndPoint local, IPEndPoint remote, ReadOnlySpan<byte> octets)
    {
        var error = "";
        if (!IkeHeader.TryParse(octets, out var header, out var headerError))
            error = headerError.ToString();
        IkeMessage? message = null;
        if (error == "" && !IkeMessage.TryParse(octets, out message, out var parseError))
            (message, error) = (null, parseError.ToString());
        var session = _sessions.FindLast(candidate => candidate.InitiatorSpi == header.InitiatorSpi
            && (candidate.ResponderSpi == header.ResponderSpi || candidate.ResponderSpi == 0 && header.IsResponse));
        ImmutableArray<Payload> inner = default;
        if (message is not null && session is { HasKeys: true } && message.Find<EncryptedPayload>() is not null)
        {
            if (!session.PeerProtection.TryOpen(octets, out var opened, out var first, out var offset, out var failure))
                error = $"encrypted payload: {failure}";
            else if (!IkeMessage.TryParseChain(first, opened, offset, out inner, out var innerError))
                (inner, error) = (default, innerError.ToString());
        }
        if (message?.Find<EncryptedFragmentPayload>() is not null && session is { HasKeys: true })
        {
            var isWhole = TryReassemble(session, header, octets, out var fragment, out inner, out error);
            _inbox.Enqueue(new ReceivedFragment(time, _context.Recorder.LastFrame, session, header, fragment, new(octets)));
            if (!isWhole)
            {
                _context.Recorder.Message("iut", "tester", IkeSummary.Of(header, message.Payloads, false, error), message.Describe(), [_context.Recorder.LastFrame], time);
                return;
            }
        }
        var received = new ReceivedIke(time, _context.Recorder.LastFrame, local, remote, new(octets), header, message, error, session, inner);
        _context.Recorder.Message("iut", "tester", received.Summary, message?.Describe(inner) ?? "", [received.Frame], time);
        _inbox.Enqueue(received);
    }

    private void TakeKeepalive(DateTimeOffset time, IPEndPoint local, IPEndPoint remote, ReadOnlySpan<byte> octets)
    {
        var received = new ReceivedKeepalive(time, _context.Recorder.LastFrame, local, remote, new(octets));
        _context.Recorder.Message("iut", "tester", $"NAT keepalive from port {remote.Port} to port {local.Port}", "", [received.Frame], time);
        _inbox.Enqueue(received);
    }

    private void TakeEsp(DateTimeOffset time, IpView outer, ReadOnlySpan<byte> esp, bool isEncapsulated)
    {
        if (!EspView.TryParse(esp, out var view, out _))
            return;
        var spi = view.Spi;
        var child = _children.Find(candidate => candidate.InboundSpi == spi);
        var inner = child?.Open(outer, esp);
        var summary = $"ESP {spi:x8} sequence {view.SequenceNumber}: {(inner is null ? child is null ? "unknown SPI" : "can't be opened" : PacketSummary.Of(inner))}";
        var received = new ReceivedEsp(time, _context.Recorder.LastFrame, spi, view.SequenceNumber, isEncapsulated, child, inner, summary) { NextHeader = child?.NextHeader };
        _context.Recorder.Message("iut", "tester", summary, "", [received.Frame], time);
        _inbox.Enqueue(received);
    }

    private void TakeClear(DateTimeOffset time, ReadOnlySpan<byte> packet)
    {
        var received = new ReceivedClear(time, _context.Recorder.LastFrame, packet.ToArray(), PacketSummary.Of(packet));
        _context.Recorder.Message("iut", "tester", $"in clear: {received.Summary}", "", [received.Frame], time);
        _inbox.Enqueue(received);
    }
}
