using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets.Ike;

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

    /// <summary>
    /// Set up one more child SA under the connection's IKE SA; without one, as <see cref="Connect"/>.
    /// </summary>
    public sealed record CreateChild(string Connection) : IkeCommand
    {
        /// <summary>Traffic of this end; null for all that the connection has.</summary>
        public ImmutableArray<TrafficSelector>? LocalTraffic { get; init; }

        public ImmutableArray<TrafficSelector>? RemoteTraffic { get; init; }

        /// <summary>
        /// The packet that wants the SA, as selectors of its own: they come first, so that the responder can narrow to them, and are all that is asked for when it
        /// wants single pairs (RFC 7296 section 2.9). Null where no packet does.
        /// </summary>
        public (TrafficSelector Local, TrafficSelector Remote)? Packet { get; init; }
    }

    /// <summary>Replace the connection's child SAs by new ones.</summary>
    /// <param name="InboundSpi">Only the one with this SPI; null for all.</param>
    public sealed record RekeyChild(string Connection, uint? InboundSpi = null) : IkeCommand;

    /// <summary>Replace the connection's IKE SAs by new ones; their children stay.</summary>
    public sealed record RekeyIke(string Connection) : IkeCommand;

    /// <summary>Authenticate again: a new IKE SA from scratch, with its children, then the old one is deleted (RFC 7296 section 2.8.3).</summary>
    public sealed record Reauthenticate(string Connection) : IkeCommand;

    /// <summary>Ask every peer of the connection whether it is alive.</summary>
    public sealed record CheckLiveness(string Connection) : IkeCommand;

    /// <summary>Delete the connection's IKE SAs with their children, telling the peer.</summary>
    public sealed record Disconnect(string Connection) : IkeCommand;

    /// <summary>Delete the connection's child SAs, telling the peer; the IKE SA stays.</summary>
    /// <param name="InboundSpi">Only the one with this SPI; null for all.</param>
    public sealed record DeleteChildren(string Connection, uint? InboundSpi = null) : IkeCommand;
}
