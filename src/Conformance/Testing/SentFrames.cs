using Conformance.Evidence;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Conformance.Testing;

/// <summary>
/// Says of each message that the tester sends which frames of the capture carry it. A packet that waits for ARP or neighbour discovery leaves later than its step is recorded; such
/// packets leave in the order in which they were sent.
/// </summary>
internal sealed class SentFrames
{
    private readonly Recorder _recorder;
    private readonly Queue<int> _waiting = new();
    private readonly List<int> _now = [];
    private bool _isSending;

    /// <param name="link">Already watched by the recorder, so that its frames have numbers.</param>
    public SentFrames(ILink link, Recorder recorder)
    {
        _recorder = recorder;
        link.Observed += Observe;
    }

    /// <summary>Sends and records one message.</summary>
    public void Record(Action send, DateTimeOffset time, string summary, string detail)
    {
        _now.Clear();
        _isSending = true;
        send();
        _isSending = false;
        var step = _recorder.Message("tester", "iut", summary, detail, [.. _now], time);
        if (_now.Count == 0)
            _waiting.Enqueue(step);
    }

    private void Observe(DateTimeOffset time, FrameDirection direction, ReadOnlySpan<byte> frame)
    {
        if (direction != FrameDirection.Sent || !IsTraffic(frame))
            return;
        if (_isSending)
            _now.Add(_recorder.LastFrame);
        else if (_waiting.TryDequeue(out var step))
            _recorder.SetFrames(step, [_recorder.LastFrame]);
    }

    /// <summary>IPv4, or IPv6 but for the neighbour discovery that goes before it.</summary>
    private static bool IsTraffic(ReadOnlySpan<byte> frame)
    {
        const int ethernet = 14, ipv6 = 40, neighbourSolicitation = 135, neighbourAdvertisement = 136;
        if (frame.Length < ethernet)
            return false;
        return (frame[12] << 8 | frame[13]) switch
        {
            0x0800 => true,
            0x86DD => frame.Length <= ethernet + ipv6 || frame[ethernet + 6] != IpProtocol.Icmpv6
                || frame[ethernet + ipv6] is not (neighbourSolicitation or neighbourAdvertisement),
            _ => false,
        };
    }
}
