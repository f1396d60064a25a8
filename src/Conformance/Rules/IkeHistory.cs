using System.Buffers.Binary;
using System.Net;
using Conformance.Decoding;
using Ipsec.Packets.Ike;

namespace Conformance.Rules;

/// <summary>What was said on one IKE SA so far.</summary>
internal sealed class IkeHistory
{
    private const int MaximumMessages = 2048;
    private const int MaximumVariants = 8;

    private readonly Dictionary<(IPAddress Sender, bool IsResponse, uint Id, int Fragment, int Total), List<IkeSighting>> _messages = [];
    private readonly Dictionary<(IPAddress Sender, uint Id), List<IkeSighting>> _requests = [];
    private readonly Dictionary<(IPAddress Sender, ulong Iv), (int Frame, uint Id, bool IsResponse)> _ivs = [];
    private readonly Dictionary<IPAddress, End> _ends = [];
    private int _remembered;

    /// <summary>The last IKE_SA_INIT request, and the last response with an SA payload.</summary>
    public IkeSighting? InitRequest { get; private set; }

    public IkeSighting? InitResponse { get; private set; }

    /// <summary>Whether a readable request for the deletion of the IKE SA went by.</summary>
    public bool IsBeingDeleted { get; private set; }

    /// <summary>What an end said of itself; null if nothing could be read, or more ends than two speak.</summary>
    public End? Of(IPAddress end) => _ends.GetValueOrDefault(end);

    public void Learn(IkeSighting ike)
    {
        if (!_ends.TryGetValue(ike.Sender, out var end) && _ends.Count < 4)
            _ends.Add(ike.Sender, end = new());
        if (!ike.IsReassembled)
            Compare(ike, end);
        if (!ike.IsFragment)
            Understand(ike, end);
    }

    private void Compare(IkeSighting ike, End? end)
    {
        var fragment = ike.Fragment;
        var key = (ike.Sender, ike.IsResponse, ike.Header.MessageId, (int)(fragment?.Number ?? 0), (int)(fragment?.Total ?? 0));
        if (!_messages.TryGetValue(key, out var variants))
        {
            if (_remembered == MaximumMessages)
                return;
            _remembered++;
            _messages.Add(key, variants = []);
        }
        ike.Earlier = variants.FirstOrDefault();
        ike.IsRepeat = variants.Any(known => known.Octets.Span.SequenceEqual(ike.Octets.Span));
        if (!ike.IsRepeat && variants.Count < MaximumVariants)
            variants.Add(ike);
        if (ike.Opened is { Iv.IsEmpty: false } opened && !ike.IsRepeat)
        {
            var iv = (ike.Sender, Fingerprint.Of(opened.Iv.Span));
            if (_ivs.TryGetValue(iv, out var other))
                ike.SameIv = other.Frame;
            else if (_ivs.Count < MaximumMessages)
                _ivs.Add(iv, (ike.Frame, ike.Header.MessageId, ike.IsResponse));
        }
        if (end is null || ike.Header.ExchangeType == ExchangeType.IkeSaInit)
            return;
        if (!ike.IsResponse && !end.Unanswered.Contains(ike.Header.MessageId) && ike.Earlier is null)
        {
            ike.Unanswered = end.Unanswered.Count;
            if (end.Unanswered.Count < MaximumMessages)
                end.Unanswered.Add(ike.Header.MessageId);
        }
        else if (ike.IsResponse)
            _ends.GetValueOrDefault(ike.Receiver)?.Unanswered.Remove(ike.Header.MessageId);
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
            else if (ike.Find<SecurityAssociationPayload>() is not null)
                InitResponse = ike;
        }
        else if (!ike.IsResponse && ike.All<DeletePayload>().Any(delete => delete.Protocol == ProtocolId.Ike))
            IsBeingDeleted = true;
        end?.Learn(ike);
    }

    /// <summary>One end of the IKE SA.</summary>
    internal sealed class End
    {
        /// <summary>Own requests without response.</summary>
        public HashSet<uint> Unanswered { get; } = [];

        /// <summary>How many requests at a time it takes: SET_WINDOW_SIZE, 1 before that.</summary>
        public uint Window { get; private set; } = 1;

        public bool TakesFragments { get; private set; }

        /// <summary>Whether IKE_SA_INIT had both NAT detection notifications.</summary>
        public bool DetectsNat { get; private set; }

        /// <summary>Hashes of SIGNATURE_HASH_ALGORITHMS; null if it sent none.</summary>
        public HashSet<ushort>? Hashes { get; private set; }

        public void Learn(IkeSighting ike)
        {
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
}
