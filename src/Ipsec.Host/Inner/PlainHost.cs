using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>A host without IPsec: an <see cref="InnerStack"/> right on a link.</summary>
public sealed class PlainHost : INode
{
    /// <summary>Puts the host on the link.</summary>
    public PlainHost(ILink link, Ipv4Address address, int prefixLength, InnerStackOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(link);
        Port = new EthernetPort(link, address, prefixLength);
        Stack = new InnerStack(address, Port.Send, (options ?? InnerStackOptions.Default) with { Mtu = Math.Min(link.Mtu, options?.Mtu ?? link.Mtu) });
        Port.Received = Stack.Receive;
        link.Node = this;
    }

    public EthernetPort Port { get; }

    public InnerStack Stack { get; }

    /// <inheritdoc/>
    public DateTimeOffset? NextDeadline =>
        (Port.NextDeadline, Stack.NextDeadline) switch
        {
            (null, var other) => other,
            (var one, null) => one,
            (var one, var other) => one < other ? one : other,
        };

    /// <inheritdoc/>
    public void Receive(DateTimeOffset now, ReadOnlySpan<byte> frame) => Port.Receive(now, frame);

    /// <inheritdoc/>
    public void Advance(DateTimeOffset now)
    {
        if (Port.NextDeadline <= now)
        {
            Port.Advance(now);
        }

        Stack.Advance(now);
    }
}
