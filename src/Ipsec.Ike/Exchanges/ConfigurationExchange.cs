using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>CFG_REQUEST and CFG_REPLY in both roles (RFC 7296 sections 2.19, 3.15 and 4). CFG_SET is ignored, as it may be.</summary>
internal static class ConfigurationExchange
{
    private const int Ipv4Length = 4, Ipv6Length = 16;

    private static readonly ImmutableArray<ConfigurationAttributeType> Supported =
    [
        ConfigurationAttributeType.InternalIp4Address, ConfigurationAttributeType.InternalIp4Netmask, ConfigurationAttributeType.InternalIp4Dns,
        ConfigurationAttributeType.InternalIp6Address, ConfigurationAttributeType.InternalIp6Dns, ConfigurationAttributeType.InternalIp4Subnet,
        ConfigurationAttributeType.SupportedAttributes, ConfigurationAttributeType.InternalIp6Subnet,
    ];

    // The initiator's side.

    /// <summary>CFG_REQUEST for what the connection wants; nothing if that is nothing.</summary>
    /// <param name="before">What was told under the IKE SA that the new one takes the place of: the same addresses are suggested.</param>
    public static ImmutableArray<Payload> Ask(IkeConnection connection, InternalConfiguration? before) => connection.RequestedAttributes.IsEmpty
        ? []
        : [new ConfigurationPayload(ConfigurationType.Request, [.. connection.RequestedAttributes.Select(type => new ConfigurationAttribute(type, Suggestion(type, before)))])];

    /// <summary>Takes CFG_REPLY; false where an address was asked for and none is there. What was not asked for, or is not known, is ignored.</summary>
    public static bool Take(IkeContext context, IkeSa sa, ImmutableArray<Payload> response)
    {
        var requested = sa.Connection.RequestedAttributes;
        if (requested.IsEmpty)
            return true;
        var attributes = Find(response, ConfigurationType.Reply)?.Attributes ?? [];
        var addresses = attributes.Where(attribute => IsAddress(attribute.Type) && requested.Contains(attribute.Type)).DistinctBy(attribute => attribute.Type);
        var configuration = new InternalConfiguration
        {
            Addresses = [.. addresses.Select(AddressOf).OfType<IPAddress>()],
            NameServers = [.. attributes.Where(IsNameServer).Select(AddressOf).OfType<IPAddress>()],
            Subnets = [.. attributes.Select(SubnetOf).OfType<IPNetwork>()],
        };
        if (configuration.Addresses.IsEmpty)
            return !requested.Any(IsAddress);
        sa.Configuration = configuration;
        context.Effects.Enqueue(new IkeEffect.Configure(sa.Connection.Name, configuration));
        return true;
    }

    // The responder's side.

    /// <summary>CFG_REPLY for a CFG_REQUEST; nothing where there was none, or this end has nothing to tell.</summary>
    /// <param name="failure">Why there can be no child SA; null if there can.</param>
    public static ImmutableArray<Payload> Answer(IkeContext context, IkeSa sa, ImmutableArray<Payload> request, out NotifyPayload? failure)
    {
        failure = null;
        if (sa.Connection.InternalNetwork is not { } network)
            return [];
        var asked = Find(request, ConfigurationType.Request)?.Attributes ?? [];
        if (network.IsRequired && sa.AssignedAddresses.IsEmpty && !asked.Any(attribute => IsAddress(attribute.Type)))
            failure = new(NotifyType.FailedCpRequired);
        if (failure is not null || Find(request, ConfigurationType.Request) is null)
            return [];
        foreach (var wanted in asked.Where(attribute => IsAddress(attribute.Type)).DistinctBy(attribute => attribute.Type))
            Assign(context, sa, network, wanted);
        // Section 3.15.4: only where there are addresses of that kind, and none is left.
        if (sa.AssignedAddresses.IsEmpty && asked.Any(attribute => IsAddress(attribute.Type) && network.Pools.Any(pool => IsOfType(pool.BaseAddress, attribute.Type))))
        {
            failure = new(NotifyType.InternalAddressFailure);
            return [];
        }
        return [new ConfigurationPayload(ConfigurationType.Reply, [.. asked.Select(attribute => attribute.Type).Distinct().SelectMany(type => Values(sa, network, type))])];
    }

    /// <summary>Selectors for single addresses.</summary>
    public static ImmutableArray<TrafficSelector> Selectors(ImmutableArray<IPAddress> addresses) => [.. addresses.Select(address => TrafficSelector.Range(address, address))];

    /// <summary>One address of each family for an IKE SA, which it keeps.</summary>
    private static void Assign(IkeContext context, IkeSa sa, InternalNetwork network, ConfigurationAttribute wanted)
    {
        if (sa.AssignedAddresses.Any(address => IsOfType(address, wanted.Type)))
            return;
        foreach (var pool in network.Pools.Where(pool => IsOfType(pool.BaseAddress, wanted.Type)).Take(1))
            if (context.Leases.Take(pool, AddressOf(wanted), sa.Peer!) is { } address)
                sa.AssignedAddresses = sa.AssignedAddresses.Add(address);
    }

    private static IEnumerable<ConfigurationAttribute> Values(IkeSa sa, InternalNetwork network, ConfigurationAttributeType type)
    {
        var ipv4 = sa.AssignedAddresses.FirstOrDefault(IsIpv4);
        return type switch
        {
            ConfigurationAttributeType.InternalIp4Address => Present(ipv4, address => address.GetAddressBytes()),
            ConfigurationAttributeType.InternalIp4Netmask => Present(ipv4, address => Netmask(network.Pools.First(pool => pool.Contains(address)).PrefixLength)),
            ConfigurationAttributeType.InternalIp6Address => Present(
                sa.AssignedAddresses.FirstOrDefault(address => !IsIpv4(address)),
                address => [.. address.GetAddressBytes(), (byte)network.Pools.First(pool => pool.Contains(address)).PrefixLength]),
            ConfigurationAttributeType.InternalIp4Dns => network.NameServers.Where(IsIpv4).Select(address => Attribute(address.GetAddressBytes())),
            ConfigurationAttributeType.InternalIp6Dns => network.NameServers.Where(address => !IsIpv4(address)).Select(address => Attribute(address.GetAddressBytes())),
            ConfigurationAttributeType.InternalIp4Subnet => network.Subnets.Where(subnet => IsIpv4(subnet.BaseAddress))
                .Select(subnet => Attribute([.. subnet.BaseAddress.GetAddressBytes(), .. Netmask(subnet.PrefixLength)])),
            ConfigurationAttributeType.InternalIp6Subnet => network.Subnets.Where(subnet => !IsIpv4(subnet.BaseAddress))
                .Select(subnet => Attribute([.. subnet.BaseAddress.GetAddressBytes(), (byte)subnet.PrefixLength])),
            ConfigurationAttributeType.SupportedAttributes => [Attribute([.. Supported.SelectMany(known => new[] { (byte)((ushort)known >> 8), (byte)known })])],
            _ => [],
        };

        ConfigurationAttribute Attribute(byte[] value) => new(type, Octets.TakeOver(value));

        IEnumerable<ConfigurationAttribute> Present(IPAddress? address, Func<IPAddress, byte[]> value) => address is null ? [] : [Attribute(value(address))];
    }

    // Attributes.

    private static ConfigurationPayload? Find(ImmutableArray<Payload> payloads, ConfigurationType type) =>
        payloads.OfType<ConfigurationPayload>().FirstOrDefault(payload => payload.ConfigurationType == type);

    private static bool IsAddress(ConfigurationAttributeType type) => type is ConfigurationAttributeType.InternalIp4Address or ConfigurationAttributeType.InternalIp6Address;

    private static bool IsOfType(IPAddress address, ConfigurationAttributeType type) =>
        type == (IsIpv4(address) ? ConfigurationAttributeType.InternalIp4Address : ConfigurationAttributeType.InternalIp6Address);

    private static bool IsNameServer(ConfigurationAttribute attribute) =>
        attribute.Type is ConfigurationAttributeType.InternalIp4Dns or ConfigurationAttributeType.InternalIp6Dns;

    private static bool IsIpv4(IPAddress address) => address.GetAddressBytes().Length == Ipv4Length;

    /// <summary>The address in an attribute of the right length, else null.</summary>
    private static IPAddress? AddressOf(ConfigurationAttribute attribute) => (attribute.Type, attribute.Value.Length) switch
    {
        (ConfigurationAttributeType.InternalIp4Address or ConfigurationAttributeType.InternalIp4Dns, Ipv4Length) => new(attribute.Value.Span),
        (ConfigurationAttributeType.InternalIp6Address, Ipv6Length + 1) => new(attribute.Value.Span[..Ipv6Length]),
        (ConfigurationAttributeType.InternalIp6Dns, Ipv6Length) => new(attribute.Value.Span),
        _ => null,
    };

    private static IPNetwork? SubnetOf(ConfigurationAttribute attribute)
    {
        var value = attribute.Value.Span;
        var (length, prefix) = (attribute.Type, value.Length) switch
        {
            (ConfigurationAttributeType.InternalIp4Subnet, 2 * Ipv4Length) => (Ipv4Length, PrefixLength(value[Ipv4Length..])),
            (ConfigurationAttributeType.InternalIp6Subnet, Ipv6Length + 1) when value[Ipv6Length] <= 128 => (Ipv6Length, value[Ipv6Length]),
            _ => (0, -1),
        };
        if (prefix < 0)
            return null;
        // Bits behind the prefix are none of the network's.
        var octets = value[..length].ToArray();
        for (var bit = prefix; bit < length * 8; bit++)
            octets[bit / 8] &= (byte)~(0x80 >> bit % 8);
        return new(new IPAddress(octets), prefix);
    }

    private static Octets Suggestion(ConfigurationAttributeType type, InternalConfiguration? before) =>
        IsAddress(type) && before?.Addresses.FirstOrDefault(address => IsOfType(address, type)) is { } address
            ? Octets.TakeOver(IsIpv4(address) ? address.GetAddressBytes() : [.. address.GetAddressBytes(), 128])
            : Octets.Empty;

    private static byte[] Netmask(int prefixLength)
    {
        var mask = new byte[Ipv4Length];
        BinaryPrimitives.WriteUInt32BigEndian(mask, (uint)(0xffff_ffff_0000_0000 >> prefixLength));
        return mask;
    }

    /// <summary>-1 for a netmask with holes.</summary>
    private static int PrefixLength(ReadOnlySpan<byte> netmask)
    {
        var mask = BinaryPrimitives.ReadUInt32BigEndian(netmask);
        var length = System.Numerics.BitOperations.LeadingZeroCount(~mask);
        return BinaryPrimitives.ReadUInt32BigEndian(Netmask(length)) == mask ? length : -1;
    }
}
