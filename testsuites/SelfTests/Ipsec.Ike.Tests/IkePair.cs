using System.Collections.Immutable;
using System.Net;
using System.Text;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests;

/// <summary>Two endpoints and the wire between them, on a clock that the test moves.</summary>
internal sealed class IkePair
{
    public static readonly IPAddress Left = IPAddress.Parse("192.0.2.1"), Right = IPAddress.Parse("192.0.2.2");

    private readonly Queue<(bool ToRight, IkeDatagram Datagram)> _wire = new();

    /// <param name="rightOptions">Null for the same as the left end's.</param>
    public IkePair(
        IkeOptions? options = null, Func<IkeConnection, IkeConnection>? changeRight = null, Func<IkeConnection, IkeConnection>? changeLeft = null, IkeOptions? rightOptions = null)
    {
        LeftEnd = new(options ?? new(), RandomSource.Seeded(1), new LadderCodec(this, "left"));
        RightEnd = new(rightOptions ?? options ?? new(), RandomSource.Seeded(2), new LadderCodec(this, "right"));
        var left = Connection(Left, Right, "left", "right");
        LeftEnd.Add(changeLeft?.Invoke(left) ?? left);
        var right = Connection(Right, Left, "right", "left");
        RightEnd.Add(changeRight?.Invoke(right) ?? right);
    }

    public IkeEndpoint LeftEnd { get; }
    public IkeEndpoint RightEnd { get; }

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Decides what becomes of a datagram: deliver it or not.</summary>
    public Func<bool, IkeDatagram, bool> Delivers { get; set; } = (_, _) => true;

    /// <summary>False leaves SIGNATURE_HASH_ALGORITHMS out of what both send.</summary>
    public bool AnnouncesHashes { get; init; } = true;

    /// <summary>What becomes of protected messages before they are protected.</summary>
    public Func<IkeMessage, IkeMessage> Changes { get; set; } = message => message;

    /// <summary>What is found at URLs, by either end.</summary>
    public Dictionary<string, byte[]> Web { get; init; } = [];

    public bool AnswersLookups { get; set; } = true;

    public List<string> LookedUp { get; } = [];

    public List<(bool ToRight, byte[] Message)> Sent { get; } = [];

    /// <summary>The protected messages as they were before protection: <c>left CREATE_CHILD_SA request 2: SA Nonce TSi TSr</c>. A retransmission is not in it.</summary>
    public List<string> Ladder { get; } = [];

    /// <summary>The nonces of CREATE_CHILD_SA, each with whether the left end initiated its exchange.</summary>
    public List<(bool LeftInitiated, Octets Nonce)> Nonces { get; } = [];

    /// <summary>What became of child SAs: <c>left install</c>, <c>right start</c> …, in order.</summary>
    public List<string> Installations { get; } = [];

    /// <summary>What the ends were told by each other, and what they lost again.</summary>
    public List<InternalConfiguration> Configured { get; } = [];
    public List<ImmutableArray<IPAddress>> Unconfigured { get; } = [];

    public List<IkeEvent> LeftEvents { get; } = [];
    public List<IkeEvent> RightEvents { get; } = [];

    public void Connect()
    {
        LeftEnd.Handle(Now, new IkeCommand.Connect("c"));
        Settle();
    }

    /// <summary>Gives both ends a command before anything is delivered.</summary>
    public void Both(IkeCommand command)
    {
        LeftEnd.Handle(Now, command);
        RightEnd.Handle(Now, command);
        Settle();
    }

    public void OnLeft(IkeCommand command)
    {
        LeftEnd.Handle(Now, command);
        Settle();
    }

    /// <summary>Moves the clock on, deadline by deadline.</summary>
    public void Pass(TimeSpan time)
    {
        var until = Now + time;
        while (new[] { LeftEnd.NextDeadline, RightEnd.NextDeadline }.Min() is { } next && next <= until && Advance())
        {
        }
        Now = until;
    }

    /// <summary>Delivers until the wire is empty.</summary>
    public void Settle()
    {
        Drain();
        while (_wire.TryDequeue(out var next))
        {
            (next.ToRight ? RightEnd : LeftEnd).Handle(Now, next.Datagram);
            Drain();
        }
    }

    /// <summary>Moves the clock to the next deadline of either end; false if there is none.</summary>
    public bool Advance()
    {
        DateTimeOffset?[] deadlines = [LeftEnd.NextDeadline, RightEnd.NextDeadline];
        if (deadlines.Min() is not { } next)
            return false;
        Now = next > Now ? next : Now;
        LeftEnd.Advance(Now);
        RightEnd.Advance(Now);
        Settle();
        return true;
    }

    /// <summary>Puts octets in front of an endpoint as if the other had sent them.</summary>
    public void Inject(bool toRight, byte[] message)
    {
        var datagram = toRight ? new IkeDatagram(new(Right, 500), new(Left, 500), message) : new IkeDatagram(new(Left, 500), new(Right, 500), message);
        (toRight ? RightEnd : LeftEnd).Handle(Now, datagram);
        Settle();
    }

    private void Drain()
    {
        Drain(LeftEnd, LeftEvents, toRight: true);
        Drain(RightEnd, RightEvents, toRight: false);
    }

    private void Drain(IkeEndpoint end, List<IkeEvent> events, bool toRight)
    {
        while (end.TryDequeue(out var effect))
        {
            if (effect is IkeEffect.Notice notice)
                events.Add(notice.Event);
            if (Installation(effect) is { } installation)
                Installations.Add($"{(toRight ? "left" : "right")} {installation}");
            if (effect is IkeEffect.Configure configure)
                Configured.Add(configure.Configuration);
            if (effect is IkeEffect.Unconfigure unconfigure)
                Unconfigured.Add(unconfigure.Addresses);
            if (effect is IkeEffect.LookUp lookUp)
            {
                LookedUp.Add(lookUp.Url);
                if (AnswersLookups)
                    end.TakeLookup(Now, lookUp.Id, Web.TryGetValue(lookUp.Url, out var content) ? content : null);
            }
            if (effect is not IkeEffect.Send send)
                continue;
            Sent.Add((toRight, send.Message));
            var datagram = new IkeDatagram(send.Remote, send.Local, send.Message);
            if (Delivers(toRight, datagram))
                _wire.Enqueue((toRight, datagram));
        }
    }

    public static IkeConnection Connection(IPAddress local, IPAddress remote, string localName, string remoteName) => new()
    {
        Name = "c",
        LocalAddress = local,
        RemoteAddress = remote,
        IkeProposals =
        [
            new(1, ProtocolId.Ike, Octets.Empty,
            [
                Transform.Encryption(EncryptionId.AesGcm16, 256), Transform.Prf(PrfId.HmacSha256),
                Transform.KeyExchange(KeyExchangeId.Curve25519), Transform.KeyExchange(KeyExchangeId.Ecp256),
            ]),
        ],
        ChildProposals = [new(1, ProtocolId.Esp, Octets.Empty, [Transform.Encryption(EncryptionId.AesGcm16, 256), Transform.SequenceNumbers(SequenceNumbersId.Sequential32)])],
        LocalIdentity = (IdentificationType.Fqdn, Encoding.ASCII.GetBytes(localName)),
        RemoteIdentity = (IdentificationType.Fqdn, Encoding.ASCII.GetBytes(remoteName)),
        SharedKey = "secret"u8.ToArray(),
        LocalTraffic = [TrafficSelector.Range(local, local)],
        RemoteTraffic = [TrafficSelector.Range(remote, remote)],
    };

    private static string? Installation(IkeEffect effect) => effect switch
    {
        IkeEffect.Install install => install.IsSending ? "install" : "install inbound",
        IkeEffect.StartSending => "start",
        IkeEffect.StopSending => "stop",
        IkeEffect.Remove => "remove",
        _ => null,
    };

    private sealed class LadderCodec(IkePair pair, string name) : IIkeMessageCodec
    {
        public bool TryRead(ReadOnlySpan<byte> octets, out IkeMessage message, out ParseError error) => IkeMessageCodec.Instance.TryRead(octets, out message, out error);

        public bool TryReadInner(PayloadType first, ReadOnlySpan<byte> octets, int offset, out ImmutableArray<Payload> payloads, out ParseError error) =>
            IkeMessageCodec.Instance.TryReadInner(first, octets, offset, out payloads, out error);

        public byte[] Write(IkeMessage message) => IkeMessageCodec.Instance.Write(pair.AnnouncesHashes ? message : message with
        {
            Payloads = message.Payloads.RemoveAll(payload => payload is NotifyPayload { NotifyType: NotifyType.SignatureHashAlgorithms }),
        });

        public byte[] WriteProtected(IkeMessage message, IkeProtection protection)
        {
            pair.Ladder.Add($"{name} {message.Summary}");
            if (message.Find<NoncePayload>() is { } nonce)
                pair.Nonces.Add(((name == "left") != message.Header.IsResponse, nonce.Nonce));
            return IkeMessageCodec.Instance.WriteProtected(pair.Changes(message), protection);
        }

        public byte[][] WriteFragments(IkeMessage message, IkeProtection protection, int size)
        {
            pair.Ladder.Add($"{name} {message.Summary}");
            return ((IIkeMessageCodec)IkeMessageCodec.Instance).WriteFragments(pair.Changes(message), protection, size);
        }
    }
}
