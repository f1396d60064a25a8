using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>
/// One TCP connection (RFC 9293) with retransmission (RFC 6298) and NewReno congestion control (RFC 5681, RFC 6582); of the options only the
/// maximum segment size. Driven by its <see cref="InnerStack"/>; not thread-safe.
/// </summary>
public sealed class TcpConnection
{
    private const int BufferLength = 65535;
    private const int MinimumSegmentSize = 28;
    private const int MaximumTries = 12;
    private static readonly TimeSpan TimeWaitLength = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FinWait2Length = TimeSpan.FromSeconds(60);

    private readonly TcpLayer _layer;
    private readonly RoundTripEstimator _roundTrip = new();
    private readonly SendBuffer _sendBuffer = new(BufferLength);
    private readonly ReceiveBuffer _receiveBuffer = new(BufferLength);
    private readonly uint _initialSequenceNumber;
    private CongestionControl _congestion;
    private int _segmentSize;
    private uint _sendUnacknowledged;
    private uint _sendNext;
    private uint _sendHighest;
    private int _sendWindow;
    private uint _windowSequence;
    private uint _windowAcknowledgment;
    private bool _closing;
    private uint _receiveNext;
    private uint _advertisedEdge;
    private uint? _finSequence;
    private bool _acknowledgeNow;
    private int _tries;
    private (uint Sequence, DateTimeOffset Sent)? _timed;

    internal TcpConnection(TcpLayer layer, TcpEndpoints endpoints, uint initialSequenceNumber, TcpService? service)
    {
        _layer = layer;
        Endpoints = endpoints;
        Service = service;
        _initialSequenceNumber = initialSequenceNumber;
        _sendUnacknowledged = _sendNext = _sendHighest = initialSequenceNumber;
        _segmentSize = Math.Min(DefaultSegmentSize, layer.MaximumSegmentSize(endpoints.RemoteAddress));
        _congestion = new CongestionControl(_segmentSize, initialSequenceNumber);
    }

    public TcpState State { get; private set; } = TcpState.SynSent;

    public TcpFailure Failure { get; private set; }

    public IpAddress LocalAddress => Endpoints.LocalAddress;

    public ushort LocalPort => Endpoints.LocalPort;

    public IpAddress RemoteAddress => Endpoints.RemoteAddress;

    public ushort RemotePort => Endpoints.RemotePort;

    /// <summary>Octets that <see cref="Read"/> would give.</summary>
    public int Available => _receiveBuffer.Available;

    /// <summary>Octets that <see cref="Send"/> would take.</summary>
    public int SendSpace => CanSend ? _sendBuffer.Space : 0;

    /// <summary>Octets taken that the peer has not acknowledged.</summary>
    public int Unacknowledged => _sendBuffer.Length;

    /// <summary>Whether the peer has closed its side; what is <see cref="Available"/> then is the end.</summary>
    public bool RemoteClosed { get; private set; }

    /// <summary>Segments sent again.</summary>
    public long Retransmissions { get; private set; }

    /// <summary>Largest data part of a segment that is sent, in octets.</summary>
    public int SegmentSize => _segmentSize;

    internal TcpEndpoints Endpoints { get; }

    internal TcpService? Service { get; }

    internal TcpListener? Listener { get; init; }

    internal DateTimeOffset? Deadline { get; private set; }

    private bool CanSend => !_closing && State is TcpState.SynSent or TcpState.SynReceived or TcpState.Established or TcpState.CloseWait;

    // RFC 9293, 3.7.1: what a peer takes that says nothing.
    private int DefaultSegmentSize => RemoteAddress.IsIpv6 ? 1220 : 536;

    private uint DataStart => _sendUnacknowledged == _initialSequenceNumber ? _initialSequenceNumber + 1 : _sendUnacknowledged;

    private uint DataEnd => DataStart + (uint)_sendBuffer.Length;

    private int InFlight => (int)(_sendNext - _sendUnacknowledged);

    /// <summary>Takes octets to send.</summary>
    /// <returns>How many were taken; the rest has to wait for <see cref="SendSpace"/>.</returns>
    public int Send(DateTimeOffset now, ReadOnlySpan<byte> octets)
    {
        if (!CanSend)
        {
            return 0;
        }

        var taken = _sendBuffer.Append(octets);
        Transmit(now);
        return taken;
    }

    /// <summary>Reads octets that have arrived in order.</summary>
    /// <returns>How many; 0 if none are <see cref="Available"/>.</returns>
    public int Read(DateTimeOffset now, Span<byte> destination)
    {
        var count = _receiveBuffer.Read(destination);
        var opened = (int)(_receiveNext + (uint)_receiveBuffer.Space - _advertisedEdge);
        if (count > 0 && opened >= 2 * _segmentSize && State is TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2)
        {
            SendControl(now, TcpFlags.Ack);
        }

        return count;
    }

    /// <summary>Closes this side, after what was taken has been sent. The other side can still send.</summary>
    public void Close(DateTimeOffset now)
    {
        switch (State)
        {
            case TcpState.SynSent:
                Finish(TcpFailure.Aborted);
                return;
            case TcpState.SynReceived or TcpState.Established or TcpState.CloseWait when !_closing:
                _closing = true;
                Transmit(now);
                return;
        }
    }

    /// <summary>Gives the connection up: RST to the peer.</summary>
    public void Abort(DateTimeOffset now)
    {
        if (State is TcpState.Closed)
        {
            return;
        }

        if (State is not (TcpState.SynSent or TcpState.TimeWait))
        {
            SendControl(now, TcpFlags.Rst | TcpFlags.Ack);
        }

        Finish(TcpFailure.Aborted);
    }

    internal void Open(DateTimeOffset now)
    {
        SendSyn(now);
        Arm(now);
    }

    internal void OpenPassively(DateTimeOffset now, TcpSegment syn)
    {
        State = TcpState.SynReceived;
        TakeSyn(now, syn);
        SendSyn(now);
        Arm(now);
    }

    internal void Receive(DateTimeOffset now, TcpSegment segment)
    {
        if (State == TcpState.SynSent)
        {
            ReceiveInSynSent(now, segment);
        }
        else
        {
            ReceiveSynchronised(now, segment);
        }

        if (State is not TcpState.Closed)
        {
            Transmit(now);
            if (_acknowledgeNow)
            {
                SendControl(now, TcpFlags.Ack);
            }
        }
    }

    internal void Advance(DateTimeOffset now)
    {
        Deadline = null;
        if (State is TcpState.TimeWait or TcpState.FinWait2)
        {
            Finish(Failure);
            return;
        }

        if (++_tries > MaximumTries)
        {
            SendControl(now, TcpFlags.Rst | TcpFlags.Ack);
            Finish(TcpFailure.TimedOut);
            return;
        }

        _roundTrip.BackOff();
        _timed = null;
        Retransmissions++;
        if (State is TcpState.SynSent or TcpState.SynReceived)
        {
            SendSyn(now);
        }
        else
        {
            _congestion.TimedOut(_sendHighest, InFlight);
            _sendNext = _sendUnacknowledged;
            if (_sendWindow == 0 && _sendBuffer.Length > 0)
            {
                // A probe of the closed window (RFC 9293, 3.8.6.1). If the peer takes the octet, its acknowledgment moves SND.NXT.
                SendData(now, _sendNext, 1, fin: false);
            }
            else
            {
                Transmit(now);
            }
        }

        Arm(now);
    }

    /// <summary>ICMP says that nobody is there: believed only before the connection stands (RFC 5927).</summary>
    internal void Unreachable()
    {
        if (State == TcpState.SynSent)
        {
            Finish(TcpFailure.Refused);
        }
    }

    /// <summary>Whether a sequence number is one of those under way: what ICMP must quote to be believed (RFC 5927 section 4.1).</summary>
    internal bool IsUnderWay(uint sequenceNumber) => Sequence.AtOrBefore(_sendUnacknowledged, sequenceNumber) && Sequence.Before(sequenceNumber, _sendHighest);

    /// <summary>The path to the peer got narrower (RFC 1191, RFC 8201): what is under way is sent again in smaller segments.</summary>
    internal void PathMtuChanged(DateTimeOffset now)
    {
        var size = Math.Max(_layer.PathSegmentSize(now, RemoteAddress), MinimumSegmentSize);
        if (size >= _segmentSize || State is TcpState.SynSent or TcpState.SynReceived or TcpState.Closed)
        {
            return;
        }

        _segmentSize = size;
        _congestion = new CongestionControl(size, _initialSequenceNumber);
        _timed = null;
        _sendNext = _sendUnacknowledged;
        Transmit(now);
    }

    private void ReceiveInSynSent(DateTimeOffset now, TcpSegment segment)
    {
        var acknowledges = segment.Has(TcpFlags.Ack);
        if (acknowledges && segment.AcknowledgmentNumber != _initialSequenceNumber + 1)
        {
            if (!segment.Has(TcpFlags.Rst))
            {
                _layer.SendReset(now, Endpoints, segment);
            }

            return;
        }

        if (segment.Has(TcpFlags.Rst))
        {
            if (acknowledges)
            {
                Finish(TcpFailure.Refused);
            }

            return;
        }

        if (!segment.Has(TcpFlags.Syn))
        {
            return;
        }

        TakeSyn(now, segment);
        if (!acknowledges)
        {
            // Both sides opened at once.
            State = TcpState.SynReceived;
            SendSyn(now);
            return;
        }

        TakeWindow(segment);
        TakeAcknowledgment(now, segment.AcknowledgmentNumber);
        State = TcpState.Established;
        _acknowledgeNow = true;
        TakeText(segment);
    }

    // RFC 9293, 3.10.7.4, in its order: sequence number, RST, SYN, ACK, text, FIN.
    private void ReceiveSynchronised(DateTimeOffset now, TcpSegment segment)
    {
        if (!IsAcceptable(segment))
        {
            _acknowledgeNow |= !segment.Has(TcpFlags.Rst);
            return;
        }

        if (segment.Has(TcpFlags.Rst))
        {
            // RFC 5961, 3.2: only the exact number resets; others are challenged.
            if (segment.SequenceNumber != _receiveNext)
            {
                _acknowledgeNow = true;
            }
            else
            {
                Finish(State is TcpState.TimeWait or TcpState.LastAck or TcpState.Closing ? TcpFailure.None : TcpFailure.Reset);
            }

            return;
        }

        if (segment.Has(TcpFlags.Syn))
        {
            _acknowledgeNow = true;
            return;
        }

        if (!segment.Has(TcpFlags.Ack))
        {
            return;
        }

        var acknowledgment = segment.AcknowledgmentNumber;
        if (State == TcpState.SynReceived)
        {
            if (acknowledgment != _initialSequenceNumber + 1)
            {
                _layer.SendReset(now, Endpoints, segment);
                return;
            }

            State = TcpState.Established;
            TakeWindow(segment);
            Listener?.Established(this);
        }

        if (Sequence.Before(_sendHighest, acknowledgment))
        {
            _acknowledgeNow = true;
            return;
        }

        if (Sequence.Before(_sendUnacknowledged, acknowledgment))
        {
            TakeWindow(segment);
            TakeAcknowledgment(now, acknowledgment);
        }
        else
        {
            var oldWindow = _sendWindow;
            TakeWindow(segment);
            if (acknowledgment == _sendUnacknowledged && segment.SequenceLength == 0 && _sendWindow == oldWindow && InFlight > 0)
            {
                TakeDuplicate(now);
            }

            // An answer to a window probe shows that the peer lives.
            _tries = _sendWindow == 0 ? 0 : _tries;
        }

        if (State == TcpState.FinWait2)
        {
            Deadline = now + FinWait2Length;
        }

        if (State is not TcpState.Closed)
        {
            TakeText(segment);
            TakeFin(now);
        }
    }

    // RFC 9293, 3.4, with the window's right edge inside: that is where an acknowledgment stands when the window is full, or closed.
    private bool IsAcceptable(TcpSegment segment)
    {
        var window = (int)(_advertisedEdge - _receiveNext);
        var offset = (int)(segment.SequenceNumber - _receiveNext);
        var end = offset + segment.SequenceLength;
        return offset <= window && (segment.SequenceLength == 0 ? offset >= 0 : end > 0);
    }

    private void TakeSyn(DateTimeOffset now, TcpSegment syn)
    {
        _receiveNext = syn.SequenceNumber + 1;
        _advertisedEdge = _receiveNext;
        _segmentSize = Math.Max(Math.Min(syn.MaximumSegmentSize ?? DefaultSegmentSize, _layer.PathSegmentSize(now, RemoteAddress)), MinimumSegmentSize);
        _congestion = new CongestionControl(_segmentSize, _initialSequenceNumber);
        _sendWindow = syn.Window;
        _windowSequence = syn.SequenceNumber;
        _windowAcknowledgment = _initialSequenceNumber;
    }

    private void TakeWindow(TcpSegment segment)
    {
        if (Sequence.Before(_windowSequence, segment.SequenceNumber)
            || (_windowSequence == segment.SequenceNumber && Sequence.AtOrBefore(_windowAcknowledgment, segment.AcknowledgmentNumber)))
        {
            _sendWindow = segment.Window;
            _windowSequence = segment.SequenceNumber;
            _windowAcknowledgment = segment.AcknowledgmentNumber;
        }
    }

    private void TakeAcknowledgment(DateTimeOffset now, uint acknowledgment)
    {
        var newly = (int)(acknowledgment - _sendUnacknowledged);
        var data = Math.Min((int)(acknowledgment - DataStart), _sendBuffer.Length);
        var finAcknowledged = _closing && acknowledgment == DataEnd + 1;
        _sendBuffer.Release(Math.Max(data, 0));
        _sendUnacknowledged = acknowledgment;
        _sendNext = Sequence.Later(_sendNext, acknowledgment);
        if (_timed is { } timed && Sequence.Before(timed.Sequence, acknowledgment))
        {
            _roundTrip.Measured(now - timed.Sent);
            _timed = null;
        }

        _tries = 0;
        _roundTrip.Recover();
        var retransmit = _congestion.Acknowledged(acknowledgment, newly);
        Deadline = null;
        Arm(now);
        if (finAcknowledged)
        {
            FinAcknowledged(now);
        }
        else if (retransmit)
        {
            RetransmitFirst(now);
        }
    }

    private void TakeDuplicate(DateTimeOffset now)
    {
        if (_congestion.Duplicate(_sendUnacknowledged, _sendHighest, InFlight))
        {
            RetransmitFirst(now);
        }
    }

    private void RetransmitFirst(DateTimeOffset now)
    {
        _timed = null;
        Retransmissions++;
        var length = Math.Min(_segmentSize, _sendBuffer.Length);
        var fin = _closing && length == _sendBuffer.Length && Sequence.Before(DataEnd, _sendHighest);
        if (length > 0 || fin)
        {
            SendData(now, _sendUnacknowledged, length, fin);
        }
    }

    private void FinAcknowledged(DateTimeOffset now)
    {
        switch (State)
        {
            case TcpState.FinWait1:
                State = TcpState.FinWait2;
                Deadline = now + FinWait2Length;
                break;
            case TcpState.Closing:
                EnterTimeWait(now);
                break;
            case TcpState.LastAck:
                Finish(TcpFailure.None);
                break;
        }
    }

    private void TakeText(TcpSegment segment)
    {
        if (segment.SequenceLength == 0)
        {
            return;
        }

        _acknowledgeNow = true;
        if (State is not (TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2))
        {
            return;
        }

        var payload = segment.Payload;
        var start = segment.Has(TcpFlags.Syn) ? segment.SequenceNumber + 1 : segment.SequenceNumber;
        var end = start + (uint)payload.Length;
        var offset = (int)(start - _receiveNext);
        if (offset < 0)
        {
            payload = -offset < payload.Length ? payload[-offset..] : default;
            offset = 0;
        }

        var room = Math.Max(0, (int)(_advertisedEdge - _receiveNext) - offset);
        var fits = payload.Length <= room;
        _receiveNext += (uint)_receiveBuffer.Write(offset, fits ? payload : payload[..room]);
        if (segment.Has(TcpFlags.Fin) && fits)
        {
            _finSequence ??= end;
        }
    }

    private void TakeFin(DateTimeOffset now)
    {
        if (RemoteClosed)
        {
            if (State == TcpState.TimeWait && _acknowledgeNow)
            {
                Deadline = now + TimeWaitLength;
            }

            return;
        }

        if (_finSequence != _receiveNext)
        {
            return;
        }

        _receiveNext++;
        _advertisedEdge = Sequence.Later(_advertisedEdge, _receiveNext);
        RemoteClosed = true;
        _acknowledgeNow = true;
        switch (State)
        {
            case TcpState.Established:
                State = TcpState.CloseWait;
                break;
            case TcpState.FinWait1:
                State = TcpState.Closing;
                break;
            case TcpState.FinWait2:
                EnterTimeWait(now);
                break;
        }
    }

    private void EnterTimeWait(DateTimeOffset now)
    {
        State = TcpState.TimeWait;
        Deadline = now + TimeWaitLength;
    }

    // Sends what windows allow, and FIN after the last octet.
    private void Transmit(DateTimeOffset now)
    {
        if (State is not (TcpState.Established or TcpState.CloseWait or TcpState.FinWait1 or TcpState.Closing or TcpState.LastAck))
        {
            return;
        }

        while (Sequence.AtOrBefore(_sendNext, DataEnd))
        {
            var waiting = (int)(DataEnd - _sendNext);
            var usable = Math.Max(0, Math.Min(_congestion.Window, _sendWindow) - InFlight);
            var length = Math.Min(Math.Min(waiting, usable), _segmentSize);
            var fin = _closing && length == waiting;
            var isSilly = length < _segmentSize && length < waiting && InFlight > 0;
            if ((length == 0 && !fin) || isSilly)
            {
                break;
            }

            SendData(now, _sendNext, length, fin);
            _sendNext += (uint)length + (fin ? 1u : 0u);
            if (fin)
            {
                State = State switch
                {
                    TcpState.Established => TcpState.FinWait1,
                    TcpState.CloseWait => TcpState.LastAck,
                    _ => State,
                };
                break;
            }
        }

        Arm(now);
    }

    private void Arm(DateTimeOffset now)
    {
        var awaitsWindow = InFlight == 0 && _sendBuffer.Length > 0;
        if (Deadline is null && (InFlight > 0 || awaitsWindow))
        {
            Deadline = now + _roundTrip.Timeout;
        }
    }

    private void SendData(DateTimeOffset now, uint sequence, int length, bool fin)
    {
        var end = sequence + (uint)length + (fin ? 1u : 0u);
        if (Sequence.Before(_sendHighest, end))
        {
            if (sequence == _sendHighest)
            {
                _timed ??= (sequence, now);
            }

            _sendHighest = end;
        }

        var flags = TcpFlags.Ack | (fin ? TcpFlags.Fin : TcpFlags.None)
            | (sequence + (uint)length == DataEnd && length > 0 ? TcpFlags.Psh : TcpFlags.None);
        _acknowledgeNow = false;
        _layer.Send(now, Endpoints, sequence, _receiveNext, flags, AdvertiseWindow(), null, _sendBuffer, (int)(sequence - DataStart), length);
    }

    private void SendSyn(DateTimeOffset now)
    {
        var flags = State == TcpState.SynSent ? TcpFlags.Syn : TcpFlags.Syn | TcpFlags.Ack;
        _sendNext = _sendHighest = _initialSequenceNumber + 1;
        if (_tries == 0)
        {
            _timed ??= (_initialSequenceNumber, now);
        }

        _acknowledgeNow = false;
        var window = State == TcpState.SynSent ? BufferLength : AdvertiseWindow();
        _layer.Send(now, Endpoints, _initialSequenceNumber, _receiveNext, flags, window, _layer.MaximumSegmentSize(RemoteAddress), _sendBuffer, 0, 0);
    }

    private void SendControl(DateTimeOffset now, TcpFlags flags)
    {
        _acknowledgeNow = false;
        _layer.Send(now, Endpoints, _sendHighest, _receiveNext, flags, AdvertiseWindow(), null, _sendBuffer, 0, 0);
    }

    // Never takes back what was advertised, and opens only by a worthwhile step (RFC 9293, 3.8.6.2.2).
    private int AdvertiseWindow()
    {
        var edge = _receiveNext + (uint)_receiveBuffer.Space;
        if ((int)(edge - _advertisedEdge) >= Math.Min(BufferLength / 2, _segmentSize))
        {
            _advertisedEdge = edge;
        }

        return Math.Max(0, (int)(_advertisedEdge - _receiveNext));
    }

    private void Finish(TcpFailure failure)
    {
        State = TcpState.Closed;
        Failure = failure;
        Deadline = null;
        _acknowledgeNow = false;
        _layer.Forget(this);
    }
}
