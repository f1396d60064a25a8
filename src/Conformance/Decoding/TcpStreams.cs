using System.Net;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Tcp;

namespace Conformance.Decoding;

/// <summary>
/// Puts TCP streams in order and cuts those that encapsulate IKE and ESP (RFC 9329) into frames: streams that begin with IKETCP, and those of port 4500.
/// Bounded: so many streams, so many octets out of order. Not thread-safe.
/// </summary>
internal sealed class TcpStreams
{
    private const int MaximumStreams = 256;
    private const int MaximumWaiting = 64;
    private const int MaximumWaitingOctets = 1 << 18;
    private const ushort EncapsulationPort = 4500;

    private readonly Dictionary<Key, Direction> _streams = [];

    /// <summary>The frames that this segment completes. Those which began in earlier segments have a source of their own.</summary>
    public List<Slice> Segment(Dissection dissection, TcpView view, Slice slice)
    {
        var frames = new List<Slice>();
        var key = new Key(dissection.Source, view.SourcePort, dissection.Destination, view.DestinationPort);
        if (view.Syn || view.Reset)
        {
            _streams.Remove(key);
            if (view.Syn && !view.Reset)
                Add(key, view.SequenceNumber + 1);
            return frames;
        }
        if (view.Payload.IsEmpty)
            return frames;
        if (!_streams.TryGetValue(key, out var direction))
            direction = Add(key, view.SequenceNumber);
        direction.Waiting.TryAdd(view.SequenceNumber, slice.From(view.HeaderLength).Memory.ToArray());
        while (direction.TryTake(out var octets))
            Read(dissection, slice, key, direction, octets, frames);
        if (direction.Waiting.Count > MaximumWaiting || direction.Waiting.Values.Sum(segment => segment.Length) > MaximumWaitingOctets)
        {
            // A segment was never captured: go on behind the gap, where a frame may or may not begin.
            dissection.Notes.Add("TCP segments are missing");
            _streams.Remove(key);
        }
        return frames;
    }

    private static void Read(Dissection dissection, Slice slice, Key key, Direction direction, byte[] octets, List<Slice> frames)
    {
        if (direction.Reader is null)
        {
            // A first segment may be shorter than the prefix: what it has decides until more is there.
            var common = octets.AsSpan().CommonPrefixLength(TcpEncapsulation.StreamPrefix);
            var hasPrefix = common == Math.Min(octets.Length, TcpEncapsulation.StreamPrefix.Length);
            direction.Reader = new TcpFrameReader(hasPrefix);
            direction.IsEncapsulation = hasPrefix || IsKnownPort(key);
        }
        if (!direction.IsEncapsulation)
            return;
        direction.Reader.Append(octets);
        while (true)
        {
            var at = direction.Reader.Consumed;
            switch (direction.Reader.TryNext(out var content, out var error))
            {
                case TcpFrameStatus.Frame:
                    frames.Add(new(content, 0, $"TCP frame at stream offset {at}"));
                    break;
                case TcpFrameStatus.Prefix:
                    dissection.Notes.Add("IKETCP");
                    break;
                case TcpFrameStatus.Malformed when at == 0 && !IsKnownPort(key):
                    direction.IsEncapsulation = false;
                    return;
                case TcpFrameStatus.Malformed:
                    dissection.Malformed("TCP encapsulation", new(slice.Memory, 0, "TCP stream"), error);
                    direction.IsEncapsulation = false;
                    return;
                default:
                    return;
            }
        }
    }

    private static bool IsKnownPort(Key key) => key.SourcePort == EncapsulationPort || key.DestinationPort == EncapsulationPort;

    private Direction Add(Key key, uint next)
    {
        if (_streams.Count >= MaximumStreams)
            _streams.Remove(_streams.MinBy(pair => pair.Value.Age).Key);
        var direction = new Direction { Next = next, Age = _age++ };
        _streams[key] = direction;
        return direction;
    }

    private long _age;

    private readonly record struct Key(IPAddress Source, ushort SourcePort, IPAddress Destination, ushort DestinationPort);

    private sealed class Direction
    {
        public uint Next { get; set; }

        public long Age { get; init; }

        public TcpFrameReader? Reader { get; set; }

        public bool IsEncapsulation { get; set; }

        /// <summary>Segments by sequence number, some of them ahead of <see cref="Next"/>.</summary>
        public Dictionary<uint, byte[]> Waiting { get; } = [];

        /// <summary>The octets that come next; what was there before is cut off.</summary>
        public bool TryTake(out byte[] octets)
        {
            octets = [];
            foreach (var (sequence, segment) in Waiting)
            {
                var behind = (int)(Next - sequence);
                if (behind < 0)
                    continue;
                Waiting.Remove(sequence);
                if (behind >= segment.Length)
                    return TryTake(out octets);
                octets = segment[behind..];
                Next += (uint)octets.Length;
                return true;
            }
            return false;
        }
    }
}
