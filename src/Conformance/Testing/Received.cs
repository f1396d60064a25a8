using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Testing;

/// <summary>Something that came in on the tester's link.</summary>
/// <param name="Frame">Its number in the scenario's capture.</param>
public abstract record Received(DateTimeOffset Time, int Frame);

/// <summary>An IKE message, whatever its state.</summary>
/// <param name="Local">The tester's address and port.</param>
/// <param name="Message">Null if malformed; <paramref name="Error"/> then says why.</param>
/// <param name="Session">The tester's session that it belongs to by its SPIs, if any.</param>
/// <param name="Inner">What was inside the encrypted payload; default if there was none, or it could not be opened.</param>
public sealed record ReceivedIke(
    DateTimeOffset Time, int Frame, IPEndPoint Local, IPEndPoint Remote, Octets Octets, IkeHeader Header, IkeMessage? Message, string Error,
    IkeSession? Session, ImmutableArray<Payload> Inner) : Received(Time, Frame)
{
    public bool IsProtected => !Inner.IsDefault;

    /// <summary>The payloads inside, or of a message in clear the payloads themselves.</summary>
    public ImmutableArray<Payload> Payloads => IsProtected ? Inner : Message?.Payloads ?? [];

    public NotifyPayload? Notify(NotifyType type) => Payloads.OfType<NotifyPayload>().FirstOrDefault(notify => notify.NotifyType == type);

    public NotifyPayload? AnyError => Payloads.OfType<NotifyPayload>().FirstOrDefault(notify => notify.IsError);

    public bool IsAuthRequestOf(IkeSession session) => Session == session && Header.ExchangeType == ExchangeType.IkeAuth && !Header.IsResponse;

    public T? Find<T>() where T : Payload => Payloads.OfType<T>().FirstOrDefault();

    /// <summary>All selectors of a side; empty where there are none.</summary>
    /// <param name="side">TSi or TSr.</param>
    public ImmutableArray<TrafficSelector> Selectors(PayloadType side) =>
        [.. Payloads.OfType<TrafficSelectorPayload>().Where(payload => payload.Side == side).SelectMany(payload => payload.Selectors)];

    public string Summary => IkeSummary.Of(Header, Payloads, IsProtected, Error);
}

/// <summary>One fragment of an IKE message (RFC 7383); when it was the last that was missing, the message itself follows as <see cref="ReceivedIke"/>.</summary>
/// <param name="Fragment">Its numbers; null if its ICV is wrong.</param>
public sealed record ReceivedFragment(
    DateTimeOffset Time, int Frame, IkeSession Session, IkeHeader Header, EncryptedFragmentPayload? Fragment, Octets Octets) : Received(Time, Frame);

/// <summary>An ESP packet.</summary>
/// <param name="Child">The tester's SA with this SPI, if any.</param>
/// <param name="Inner">The IP packet that came out (for transport mode with the outer addresses); null if it could not be opened.</param>
public sealed record ReceivedEsp(
    DateTimeOffset Time, int Frame, uint Spi, uint SequenceNumber, bool IsEncapsulated, EspSession? Child, byte[]? Inner, string Summary) : Received(Time, Frame)
{
    /// <summary>What ESP held: a protocol number; null where it could not be opened.</summary>
    public byte? NextHeader { get; init; }

    public bool IsCompressed => NextHeader == IpProtocol.IpComp;

    public bool IsDummy => NextHeader == IpProtocol.NoNextHeader;
}

/// <summary>A NAT keepalive (RFC 3948 section 2.3).</summary>
public sealed record ReceivedKeepalive(DateTimeOffset Time, int Frame, IPEndPoint Local, IPEndPoint Remote, Octets Octets) : Received(Time, Frame);

/// <summary>A packet under an SA that was keyed by hand.</summary>
/// <param name="Packet">As it came, reassembled.</param>
/// <param name="Layers">What came out of each SA, outermost first; those that did not open are missing.</param>
/// <param name="Inner">The traffic itself; null if not every SA could be opened.</param>
public sealed record ReceivedProtected(
    DateTimeOffset Time, int Frame, byte[] Packet, ManualSession Session, ImmutableArray<Opened> Layers, byte[]? Inner, string Summary) : Received(Time, Frame);

/// <summary>Any other IP packet to the tester's MAC address: what came in clear.</summary>
public sealed record ReceivedClear(DateTimeOffset Time, int Frame, byte[] Packet, string Summary) : Received(Time, Frame);
