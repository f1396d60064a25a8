using Conformance.Evidence;
using Ipsec.Host.Links;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Interop;

/// <summary>Turns the frames of a link into steps of the ladder: IKE messages by their headers, ESP and AH packets by SPI and number.</summary>
internal sealed class LadderObserver(Recorder recorder, string own, string peer)
{
    // A TCP transfer would drown the exchange that it shows: the capture has it all.
    private const int MaximumProtectedSteps = 60;

    private const int EthernetHeader = 14;

    private int _protectedSteps;

    public void Observe(DateTimeOffset time, FrameDirection direction, ReadOnlySpan<byte> frame)
    {
        if (frame.Length <= EthernetHeader || frame[12] != 8 || frame[13] != 0 || !Ipv4View.TryParse(frame[EthernetHeader..], out var packet, out _))
            return;
        var (from, to) = direction == FrameDirection.Sent ? (own, peer) : (peer, own);
        if (Summarise(packet) is { } summary)
            recorder.Message(from, to, summary, "", [recorder.LastFrame], time);
    }

    private string? Summarise(Ipv4View packet)
    {
        if (packet.Protocol == IpProtocol.Esp)
            return Esp(packet.Payload, "ESP");
        if (packet.Protocol == IpProtocol.Ah)
            return Ah(packet.Payload);
        if (packet.Protocol != IpProtocol.Udp || !UdpView.TryParse(packet.Payload, out var udp, out _))
            return packet.IsFragment ? null : $"in clear: protocol {packet.Protocol}";
        var content = udp.Payload;
        if (UdpEncapsulation.NatTraversalPort == udp.DestinationPort || UdpEncapsulation.NatTraversalPort == udp.SourcePort)
        {
            switch (UdpEncapsulation.Classify(udp.Payload, out content))
            {
                case EncapsulatedKind.Esp:
                    return Esp(udp.Payload, "ESP in UDP");
                case EncapsulatedKind.Keepalive:
                    return "NAT-keepalive";
            }
        }
        return IkeMessage.TryParse(content, out var message, out _) ? message.Summary : $"UDP {udp.SourcePort} > {udp.DestinationPort}";
    }

    private string? Esp(ReadOnlySpan<byte> octets, string what)
    {
        return EspView.TryParse(octets, out var esp, out _) ? Protected($"{what} {esp.Spi:x8} sequence {esp.SequenceNumber}, {octets.Length} octets") : null;
    }

    private string? Ah(ReadOnlySpan<byte> octets) =>
        AhView.TryParse(octets, out var ah, out _) ? Protected($"AH {ah.Spi:x8} sequence {ah.SequenceNumber}, {octets.Length} octets") : null;

    private string? Protected(string summary) => ++_protectedSteps switch
    {
        < MaximumProtectedSteps => summary,
        MaximumProtectedSteps => "more protected packets: see the capture",
        _ => null,
    };
}
