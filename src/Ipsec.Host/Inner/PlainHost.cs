using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>A host without IPsec: an <see cref="InnerStack"/> right on a link, with addresses of one family or both.</summary>
public sealed class PlainHost : INode
{
    /// <summary>Puts the host on the link.</summary>
    /// <param name="prefixLength">Bits of the address that those on the link share.</param>
    public PlainHost(ILink link, IpAddress address, int prefixLength, InnerStackOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(link);
        Port = new EthernetPort(link, address, prefixLength);
        Stack = new InnerStack(address, Port.Send, (options ?? InnerStackOptions.Default) with { Mtu = Math.Min(link.Mtu, options?.Mtu ?? link.Mtu) });
        Port.Received = Stack.Receive;
        AddToStack();
        link.Node = this;
    }

    public EthernetPort Port { get; }

    public InnerStack Stack { get; }

    /// <inheritdoc/>
    public DateTimeOffset? NextDeadline => Deadlines.Earlier(Port.NextDeadline, Stack.NextDeadline);

    /// <summary>Adds an address, as a rule that of the other family.</summary>
    public void AddAddress(IpAddress address, int prefixLength)
    {
        Port.AddAddress(address, prefixLength);
        AddToStack();
    }

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

    // The port may have made a link-local address.
    private void AddToStack()
    {
        foreach (var address in Port.Addresses)
        {
            Stack.AddAddress(address);
        }
    }
}
