using System.Globalization;
using System.Net;

namespace Conformance.Peers.Engine;

/// <summary>Picks subnets for peer networks from 172.31.0.0/16, in pieces of /24, where this machine has nothing yet.</summary>
internal static class Subnets
{
    /// <summary>
    /// The free subnets, from number <paramref name="first"/> on and round; a subnet that overlaps one in use is not free.
    /// </summary>
    public static IEnumerable<IPNetwork> Free(IReadOnlyCollection<IPNetwork> used, int first) =>
        Enumerable.Range(0, 256)
            .Select(i => new IPNetwork(new IPAddress([172, 31, (byte)(first + i), 0]), 24))
            .Where(candidate => !used.Any(network => Overlap(network, candidate)));

    /// <summary>The host with this number in a subnet.</summary>
    public static IPAddress Host(IPNetwork subnet, byte number)
    {
        var octets = subnet.BaseAddress.GetAddressBytes();
        octets[^1] = number;
        return new(octets);
    }

    /// <summary>An address with all but its first <paramref name="prefixLength"/> bits, a multiple of 8, zero.</summary>
    public static IPAddress Base(IPAddress address, int prefixLength)
    {
        var octets = address.GetAddressBytes();
        octets.AsSpan(prefixLength / 8).Clear();
        return new(octets);
    }

    /// <summary>
    /// The destinations in the text of <c>/proc/net/route</c>, without the default route. Its numbers are little-endian hexadecimal.
    /// </summary>
    public static IEnumerable<IPNetwork> ParseRoutes(string procNetRoute)
    {
        foreach (var line in procNetRoute.Split('\n').Skip(1))
        {
            var fields = line.Split('\t', StringSplitOptions.TrimEntries);
            if (fields.Length < 8 || !TryAddress(fields[1], out var destination) || !TryAddress(fields[7], out var mask))
                continue;
            var length = mask.GetAddressBytes().Sum(octet => int.PopCount(octet));
            if (length > 0)
                yield return new(destination, length);
        }
    }

    private static bool TryAddress(string hex, out IPAddress address)
    {
        var valid = uint.TryParse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var number);
        address = new(BitConverter.GetBytes(number));
        return valid;
    }

    private static bool Overlap(IPNetwork one, IPNetwork other) =>
        one.BaseAddress.AddressFamily == other.BaseAddress.AddressFamily && (one.Contains(other.BaseAddress) || other.Contains(one.BaseAddress));
}
