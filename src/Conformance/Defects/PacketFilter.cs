using Ipsec.Dataplane;
using Ipsec.Host;
using Ipsec.Packets.Ip;

namespace Conformance.Defects;

/// <summary>Changes packets between a host and its link. An empty result drops a received packet.</summary>
/// <param name="answered">Whether a received packet is sent back to where it came from.</param>
internal sealed class PacketFilter(Func<byte[], byte[]>? received = null, Func<byte[], byte[]>? sent = null, Predicate<byte[]>? answered = null) : IPacketFilter
{
    public ReadOnlySpan<byte> Received(ReadOnlySpan<byte> packet, PacketHandler send)
    {
        var copy = packet.ToArray();
        if (answered?.Invoke(copy) == true)
            send(Reversed(copy));
        return received?.Invoke(copy) ?? copy;
    }

    public ReadOnlySpan<byte> Sent(ReadOnlySpan<byte> packet) => sent?.Invoke(packet.ToArray()) ?? packet.ToArray();

    private static byte[] Reversed(byte[] packet)
    {
        var reversed = (byte[])packet.Clone();
        IpView.TryParse(packet, out var view, out _);
        var (source, destination) = view.IsIpv6 ? (8, 24) : (12, 16);
        view.Destination.Write(reversed.AsSpan(source));
        view.Source.Write(reversed.AsSpan(destination));
        IpHeader.SetLength(reversed);
        return reversed;
    }
}

/// <summary>Defects on the way between a host and its link.</summary>
internal static class Filters
{
    public static Defect Received(string name, string effect, string requirement, Func<byte[], byte[]> change) =>
        new(name, effect, requirement) { Inject = options => options with { PacketFilter = new PacketFilter(received: change) } };

    public static Defect Dropped(string name, string effect, string requirement, Predicate<byte[]> dropped) =>
        Received(name, effect, requirement, packet => dropped(packet) ? [] : packet);

    public static Defect Sent(string name, string effect, string requirement, Func<byte[], byte[]> change) =>
        new(name, effect, requirement) { Inject = options => options with { PacketFilter = new PacketFilter(sent: change) } };

    /// <summary>What is larger than an Ethernet frame came in fragments.</summary>
    public static Defect NoReassembly(string name, string effect, string requirement, byte protocol) =>
        Dropped(name, effect, requirement, packet => packet.Length > 1500 && IpView.TryParse(packet, out var view, out _) && view.Protocol == protocol);
}
