using System.Net;

namespace Ipsec.Ike;

/// <summary>An IKE message with the addresses and ports of its UDP datagram; the non-ESP marker of port 4500 is not part of it.</summary>
public readonly record struct IkeDatagram(IPEndPoint Local, IPEndPoint Remote, ReadOnlyMemory<byte> Message);

/// <summary>What a user can ask of an endpoint.</summary>
public abstract record IkeCommand
{
    private IkeCommand()
    {
    }

    /// <summary>Set up the connection's IKE SA and first child SA.</summary>
    public sealed record Connect(string Connection) : IkeCommand;

    /// <summary>Ask every peer of the connection whether it is alive.</summary>
    public sealed record CheckLiveness(string Connection) : IkeCommand;

    /// <summary>Delete the connection's IKE SAs with their children, telling the peer.</summary>
    public sealed record Disconnect(string Connection) : IkeCommand;

    /// <summary>Delete the connection's child SAs, telling the peer; the IKE SA stays.</summary>
    public sealed record DeleteChildren(string Connection) : IkeCommand;
}
