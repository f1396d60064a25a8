using System.Buffers.Binary;
using System.Net;
using Conformance.Decoding;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Rules;

/// <summary>What was said on one IKE SA so far.</summary>
internal sealed class IkeHistory
{
    private const int MaximumMessages = 2048;
    private const int MaximumVariants = 8;

    private readonly Dictionary<(IPAddress Sender, bool IsResponse, uint Id, int Fragment, int Total), Repetitions> _messages = [];
    private readonly Dictionary<(IPAddress Sender, uint Id), List<IkeSighting>> _requests = [];
    private readonly Dictionary<(IPAddress Sender, ulong Iv), int> _ivs = [];
    private readonly Dictionary<(IPAddress Sender, bool IsResponse, uint Id), IkeSighting> _siblings = [];
    private readonly Dictionary<IPAddress, End> _ends = [];

    /// <summary>Who sent the first message without a responder's SPI; null if none was seen.</summary>
    public IPAddress? Initiator { get; private set; }

    /// <summary>The last IKE_SA_INIT request, and the last response with an SA payload.</summary>
    public IkeSighting? InitRequest { get; private set; }

    public IkeSighting? InitResponse { get; private set; }

    /// <summary>Whether an IKE_AUTH response went by.</summary>
    public bool HasAuthenticated { get; private set; }

    /// <summary>The frame in which its rekeying was granted; null before that.</summary>
    public int? Rekeyed { get; private set; }

    /// <summary>The last INVALID_KE_PAYLOAD of IKE_SA_INIT; null without one.</summary>
    public GroupHint? AskedForGroup { get; private set; }

    public bool WasAskedForGroup => AskedForGroup is not null;

    /// <summary>Whether what the other end saw of this one's address, or of its own, was not what was sent (RFC 7296 section 2.23).</summary>
    public bool FoundNat(IPAddress end)
    {
        var told = InitRequest?.Sender.Equals(end) is true ? InitResponse : InitRequest;
        if (told is not { Udp: { } udp })
            return false;
        var header = told.Header;
        var sources = told.All<NotifyPayload>().Where(notify => notify.NotifyType == NotifyType.NatDetectionSourceIp).ToArray();
        var destinations = told.All<NotifyPayload>().Where(notify => notify.NotifyType == NotifyType.NatDetectionDestinationIp).ToArray();
        return sources.Length > 0 && destinations.Length > 0
            && (!Matches(sources, told.Sender, udp.SourcePort) || !Matches(destinations, told.Receiver, udp.DestinationPort));

        bool Matches(NotifyPayload[] notifications, IPAddress address, ushort port)
        {
            var expected = NatDetection.Hash(header.InitiatorSpi, header.ResponderSpi, new(address, port));
            return notifications.Any(notify => notify.Data.Span.SequenceEqual(expected));
        }
    }

    /// <summary>Another fragment of the same message that came before; null if there is none.</summary>
    public IkeSighting? Sibling(IkeSighting fragment) =>
        _siblings.TryGetValue((fragment.Sender, fragment.IsResponse, fragment.Header.MessageId), out var first) && first != fragment ? first : null;

    /// <summary>What an end said of itself; null if nothing could be read, or more ends than two speak.</summary>
    public End? Of(IPAddress end) => _ends.GetValueOrDefault(end);

    public void Learn(IkeSighting ike)
    {
        if (ike is { Header: { ResponderSpi: 0, ExchangeType: ExchangeType.IkeSaInit } })
            Initiator ??= ike.Sender;
        if (!_ends.TryGetValue(ike.Sender, out var end) && _ends.Count < 4)
            _ends.Add(ike.Sender, end = new());
        if (!ike.IsReassembled)
            Compare(ike, end);
        if (!ike.IsFragment)
            Understand(ike, end);
    }

    /// <summary>Compares with what the same sender sent under the same id, and counts.</summary>
    private void Compare(IkeSighting ike, End? end)
    {
        var fragment = ike.Fragment;
        var key = (ike.Sender, ike.IsResponse, ike.Header.MessageId, (int)(fragment?.Number ?? 0), (int)(fragment?.Total ?? 0));
        if (!_messages.TryGetValue(key, out var known))
        {
            if (_messages.Count == MaximumMessages)
                return;
            _messages.Add(key, known = new());
        }
        known.Tell(ike);
        if (fragment is not null && _siblings.Count < MaximumMessages)
            _siblings.TryAdd((ike.Sender, ike.IsResponse, ike.Header.MessageId), ike);
        if (ike.Opened is { Iv.IsEmpty: false } opened && !ike.IsRepeat)
        {
            var iv = (ike.Sender, Fingerprint.Of(opened.Iv.Span));
            if (_ivs.TryGetValue(iv, out var other))
                ike.SameIv = other;
            else if (_ivs.Count < MaximumMessages)
                _ivs.Add(iv, ike.Frame);
        }
        if (!ike.IsResponse)
        {
            ike.IsNew = end is not null && end.Asked.Count < MaximumMessages && end.Asked.Add(ike.Header.MessageId);
            end?.LastOf(ike);
        }
        else if (_ends.TryGetValue(ike.Receiver, out var asker))
            asker.Answer(ike);
        if (!ike.IsNew || end is null)
            return;
        ike.Unanswered = end.Unanswered.Count;
        ike.OldestUnanswered = end.Unanswered.Count == 0 ? null : end.Unanswered.Min;
        ike.HighestRequest = end.Highest;
        end.Highest = Math.Max(end.Highest ?? 0, ike.Header.MessageId);
        if (!ike.Is(ExchangeType.IkeSaInit))
            end.Unanswered.Add(ike.Header.MessageId);
    }

    private void Understand(IkeSighting ike, End? end)
    {
        if (ike.IsResponse)
        {
            if (_requests.TryGetValue((ike.Receiver, ike.Header.MessageId), out var candidates)
                && (candidates.Count == 1 || ike.Is(ExchangeType.IkeSaInit) && candidates.Count < MaximumVariants))
                ike.Request = candidates[^1];
        }
        else if (_requests.TryGetValue((ike.Sender, ike.Header.MessageId), out var same))
        {
            if (same.Count < MaximumVariants && (ike.IsReassembled ? same.All(known => !known.IsReassembled) : same.All(known => !known.Octets.Span.SequenceEqual(ike.Octets.Span))))
                same.Add(ike);
        }
        else if (_requests.Count < MaximumMessages)
            _requests.Add((ike.Sender, ike.Header.MessageId), [ike]);
        if (ike.Is(ExchangeType.IkeSaInit))
        {
            if (!ike.IsResponse)
                InitRequest = ike;
            else if (ike.Notify(NotifyType.InvalidKePayload) is { Data.Length: 2 } hint && ike.Request?.Find<SecurityAssociationPayload>() is { } offer)
                AskedForGroup = new(
                    ike.Frame, BinaryPrimitives.ReadUInt16BigEndian(hint.Data.Span), ike.Request,
                    [.. offer.Proposals.SelectMany(proposal => proposal.OfType(TransformType.KeyExchange)).Select(transform => transform.Id)]);
            else if (ike.Find<SecurityAssociationPayload>() is not null)
                InitResponse = ike;
        }
        else if (ike.Is(ExchangeType.IkeAuth))
            HasAuthenticated |= ike.IsResponse;
        else if (ike.IsResponse && ike.Is(ExchangeType.CreateChildSa) && ike.Find<SecurityAssociationPayload>() is { Proposals: [{ Protocol: ProtocolId.Ike }, ..] })
            Rekeyed ??= ike.Frame;
        end?.Learn(ike);
    }

    /// <param name="Request">What was refused.</param>
    /// <param name="Offered">Groups in its proposals.</param>
    internal sealed record GroupHint(int Frame, ushort Group, IkeSighting Request, ushort[] Offered);

    /// <summary>One end of the IKE SA.</summary>
    internal sealed class End
    {
        private readonly Dictionary<uint, (IkeSighting Last, int Count)> _requests = [];

        /// <summary>Ids of own requests.</summary>
        public HashSet<uint> Asked { get; } = [];

        /// <summary>Those without response.</summary>
        public SortedSet<uint> Unanswered { get; } = [];

        public uint? Highest { get; set; }

        /// <summary>The frame of its own request to delete the IKE SA; null before that.</summary>
        public int? Leaving { get; private set; }

        /// <summary>SPIs that its own requests deleted.</summary>
        public HashSet<(ProtocolId, uint)> Deleted { get; } = [];

        /// <summary>How many requests at a time it takes: SET_WINDOW_SIZE, 1 before that.</summary>
        public uint Window { get; private set; } = 1;

        public bool TakesFragments { get; private set; }

        /// <summary>Hashes of SIGNATURE_HASH_ALGORITHMS; null if it sent none.</summary>
        public HashSet<ushort>? Hashes { get; private set; }

        /// <summary>Counts a request of its own, whatever its octets.</summary>
        public void LastOf(IkeSighting request)
        {
            var count = _requests.TryGetValue(request.Header.MessageId, out var known) ? known.Count : 0;
            if (count > 0 || _requests.Count < MaximumMessages)
                _requests[request.Header.MessageId] = (request, count + 1);
        }

        /// <summary>Tells a response what it answers.</summary>
        public void Answer(IkeSighting response)
        {
            Unanswered.Remove(response.Header.MessageId);
            if (_requests.TryGetValue(response.Header.MessageId, out var asked))
                (response.LastRequest, response.RequestsSeen) = asked;
        }

        public void Learn(IkeSighting ike)
        {
            if (!ike.IsResponse)
                foreach (var delete in ike.All<DeletePayload>())
                {
                    if (delete.Protocol == ProtocolId.Ike)
                        Leaving ??= ike.Frame;
                    foreach (var spi in delete.Spis)
                        if (spi.Length == 4 && Deleted.Count < MaximumMessages)
                            Deleted.Add((delete.Protocol, BinaryPrimitives.ReadUInt32BigEndian(spi.Span)));
                }
            foreach (var notify in ike.All<NotifyPayload>())
                switch (notify.NotifyType)
                {
                    case NotifyType.SetWindowSize when notify.Data.Length == 4:
                        Window = Math.Max(Window, BinaryPrimitives.ReadUInt32BigEndian(notify.Data.Span));
                        break;
                    case NotifyType.Ikev2FragmentationSupported:
                        TakesFragments = true;
                        break;
                    case NotifyType.SignatureHashAlgorithms:
                        Hashes = [];
                        for (var at = 0; at + 2 <= notify.Data.Length; at += 2)
                            Hashes.Add(BinaryPrimitives.ReadUInt16BigEndian(notify.Data.Span[at..]));
                        break;
                }
        }
    }

    /// <summary>What one sender sent under one id.</summary>
    private sealed class Repetitions
    {
        private static readonly TimeSpan NetworkCopy = TimeSpan.FromMilliseconds(50);

        private readonly List<IkeSighting> _variants = [];
        private int _count;
        private DateTimeOffset _last;
        private TimeSpan? _pause;

        public void Tell(IkeSighting ike)
        {
            ike.Earlier = _variants.FirstOrDefault();
            ike.IsRepeat = _variants.Any(known => known.Octets.Span.SequenceEqual(ike.Octets.Span));
            var pause = ike.Time - _last;
            // Sooner than anyone repeats: the network's copy.
            if (ike.IsRepeat && pause < NetworkCopy)
            {
                ike.TimesSeen = _count;
                return;
            }
            ike.TimesSeen = ++_count;
            if (_count > 1)
            {
                if (_pause is { } before && ike.IsRepeat && _variants.Count == 1)
                    ike.Pauses = (before, pause);
                _pause = pause;
            }
            _last = ike.Time;
            if (!ike.IsRepeat && _variants.Count < MaximumVariants)
                _variants.Add(ike);
        }
    }
}
