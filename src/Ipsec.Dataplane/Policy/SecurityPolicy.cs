using System.Collections.Immutable;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>What the SPD says of a packet (RFC 4301 section 4.4.1).</summary>
public enum PolicyAction
{
    Discard,
    Bypass,
    Protect,
}

/// <summary>
/// Which selector values of a new SA come from the packet that asks for it instead of the policy: the "populate from packet" flags (RFC 4301 section 4.4.1.2).
/// </summary>
[Flags]
public enum PopulateFromPacket
{
    None = 0,
    LocalAddress = 1,
    RemoteAddress = 2,
    Protocol = 4,
    LocalPort = 8,
    RemotePort = 16,
}

/// <summary>An SPD entry. Its name links PROTECT entries to the connection that makes their SAs.</summary>
public sealed record SecurityPolicy(string Name, PolicyAction Action, TrafficPair Traffic)
{
    /// <summary>Null for both; BYPASS and DISCARD entries may be for one direction: they form SPD-O and SPD-I, the PROTECT entries SPD-S.</summary>
    public Direction? Only { get; init; }

    public PopulateFromPacket Populate { get; init; }

    /// <summary>
    /// What this entry's SAs make of a packet is looked up in the SPD again, and may be protected by another entry's SAs: nested SAs (RFC 4301 appendix E).
    /// Inbound, the packets of its SAs are then accepted only if they came in as the SPD says of them.
    /// </summary>
    public bool Nested { get; init; }

    /// <summary>
    /// An ICMP error whose own selectors no SA carries may go over the SA that carries the packet that it quotes, and is accepted from it (RFC 4301 section 6.2).
    /// </summary>
    public bool CarriesIcmpErrors { get; init; } = true;

    /// <summary>Fragments other than the first may travel on SAs for particular ports (RFC 4301 section 7.3): only if the peer agreed (NON_FIRST_FRAGMENTS_ALSO).</summary>
    public bool NonFirstFragmentsAlso { get; init; }

    /// <summary>Names by which IKE may find the entry (RFC 4301 section 4.4.1.1), such as a DNS name, a mail address, a distinguished name.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Whether the entry speaks of such a packet.</summary>
    public bool Matches(in PacketSelectors packet, Direction direction) => (Only is null || Only == direction) && Traffic.Contains(packet, direction);

    /// <summary>The selectors of an SA made for a packet that goes out: the entry's, narrowed by the PFP flags.</summary>
    public TrafficPair TrafficFor(in PacketSelectors packet) => Populate == PopulateFromPacket.None
        ? Traffic
        : new(
            Narrow(Traffic.Local, packet.Source, packet.Protocol, packet.SourcePort, PopulateFromPacket.LocalAddress, PopulateFromPacket.LocalPort),
            Narrow(Traffic.Remote, packet.Destination, packet.Protocol, packet.DestinationPort, PopulateFromPacket.RemoteAddress, PopulateFromPacket.RemotePort));

    private ImmutableArray<TrafficRange> Narrow(
        ImmutableArray<TrafficRange> ranges, IpAddress address, byte protocol, ushort? port, PopulateFromPacket addressFlag, PopulateFromPacket portFlag)
    {
        var narrowed = ImmutableArray.CreateBuilder<TrafficRange>();
        foreach (var range in ranges)
        {
            if (!range.Contains(address, protocol, port))
                continue;
            var result = range;
            if (Populate.HasFlag(addressFlag))
                result = result with { First = address, Last = address };
            if (Populate.HasFlag(PopulateFromPacket.Protocol))
                result = result with { Protocol = protocol };
            if (Populate.HasFlag(portFlag))
                result = port is { } number ? result with { FirstPort = number, LastPort = number } : result with { FirstPort = ushort.MaxValue, LastPort = 0 };
            narrowed.Add(result);
        }
        return narrowed.DrainToImmutable();
    }
}
