using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Conformance.Implementations;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Peers.LinuxKernel;

/// <summary>
/// A manual configuration as input for <c>ip -batch</c>: a line for each SA, a line for each policy and direction. Two things are the kernel's own: what no
/// policy matches it would let pass, so that the last policies block; and neighbour discovery and what it tells multicast routers pass through its policies, so
/// that the first let it.
/// </summary>
internal static class XfrmConfiguration
{
    private const int FirstPriority = 1000;
    private const int LastPriority = 60000;
    private static readonly string[] Directions = ["in", "fwd", "out"];

    /// <exception cref="UnsupportedPolicyException">The kernel, or its tool, has no word for it.</exception>
    public static string Render(ManualConfiguration configuration)
    {
        var numbers = configuration.Associations.Select((association, index) => (association, index)).ToDictionary(pair => pair.association, pair => pair.index + 1);
        var text = new StringBuilder();
        // Any of several parallel SAs does: they share a number, and the policy names no SPI.
        foreach (var policy in configuration.Policies)
        {
            foreach (var association in policy.Parallel)
                numbers[association] = numbers[policy.Associations[0]];
        }
        foreach (var (association, number) in numbers)
            text.Append(State(association, number, CarriesAnyFamily(association, configuration), CarriesIcmpErrors(association, configuration))).Append('\n');
        foreach (var direction in Directions)
        {
            foreach (var type in new[] { "135", "136" })
                text.Append(CultureInfo.InvariantCulture, $"xfrm policy add dir {direction} src ::/0 dst ::/0 proto 58 type {type} priority 1\n");
        }
        text.Append("xfrm policy add dir out src ::/0 dst ff02::/16 priority 1\n");
        // ICMP errors that nobody vouches for reach the kernel's ICMP only through a policy.
        foreach (var type in configuration.UnprotectedIcmpErrors)
        {
            text.Append(CultureInfo.InvariantCulture, $"xfrm policy add dir in src 0.0.0.0/0 dst 0.0.0.0/0 proto 1 type {type} priority 1\n");
            text.Append(CultureInfo.InvariantCulture, $"xfrm policy add dir in src ::/0 dst ::/0 proto 58 type {type} priority 1\n");
        }
        for (var index = 0; index < configuration.Policies.Length; index++)
        {
            var policy = configuration.Policies[index];
            foreach (var direction in policy.Direction == TrafficDirection.Outbound ? Directions.AsSpan(2, 1) : Directions.AsSpan(0, 2))
                text.Append(Policy(policy, direction, FirstPriority + index, numbers)).Append('\n');
        }
        foreach (var direction in Directions)
        {
            foreach (var any in new[] { "0.0.0.0/0", "::/0" })
                text.Append(CultureInfo.InvariantCulture, $"xfrm policy add dir {direction} src {any} dst {any} action block priority {LastPriority}\n");
        }
        return text.ToString();
    }

    /// <summary>The ports on which ESP in UDP is to arrive, on one line.</summary>
    public static string RenderPorts(ManualConfiguration configuration) => string.Join(
        ' ', configuration.Associations.Select(association => association.Encapsulation).OfType<UdpEncapsulationPorts>()
            .SelectMany(ports => new[] { ports.Source, ports.Destination }).Distinct().Order()) + "\n";

    /// <summary>
    /// Whether the innermost packets of an SA may be of another family than its own: in a tunnel, and in what lies over a tunnel. The kernel holds those packets
    /// against the selector of every SA that they came through.
    /// </summary>
    private static bool CarriesAnyFamily(ManualSecurityAssociation association, ManualConfiguration configuration) =>
        association.Mode == IpsecMode.Tunnel
        || configuration.Policies.Any(policy => policy.Associations.Contains(association)
            && association.Mode == IpsecMode.Transport && policy.Local.StartAddress.AddressFamily != association.Source.AddressFamily);

    /// <summary>
    /// Whether ICMP errors need their own way: over the SA of the traffic that they are about, because they fit no policy themselves (RFC 4301 section 6.2). Where
    /// they do, the kernel would count what it refuses twice.
    /// </summary>
    private static bool CarriesIcmpErrors(ManualPolicy policy) => policy.Local.IpProtocol is not (0 or IpProtocol.Icmp or IpProtocol.Icmpv6);

    private static bool CarriesIcmpErrors(ManualSecurityAssociation association, ManualConfiguration configuration) =>
        configuration.Policies.Any(policy => policy.Associations.Contains(association) && CarriesIcmpErrors(policy));

    internal static string State(ManualSecurityAssociation association, int number, bool anyFamily, bool icmpErrors = false)
    {
        if (association.TrafficFlowPadding > 0)
            throw new UnsupportedPolicyException(nameof(association.TrafficFlowPadding), "ip xfrm has no word for TFC padding");
        if (association.Dummies is not null)
            throw new UnsupportedPolicyException(nameof(association.Dummies), "Linux sends no dummy packets");
        if (association.DontFragment == DontFragment.Set)
            throw new UnsupportedPolicyException(nameof(association.DontFragment), "Linux copies or clears the DF bit of a tunnel's outer header");

        List<string> flags = icmpErrors ? ["icmp"] : [];
        if (association.ExtendedSequenceNumbers)
            flags.Add("esn");
        // RFC 4302 section 2.2 has AH end on 4 octets in IPv4, on 8 in IPv6; Linux takes 8 for both unless it is told.
        if (association is { Protocol: IpsecProtocol.Ah, Source.AddressFamily: AddressFamily.InterNetwork })
            flags.Add("align4");
        if (anyFamily)
            flags.Add("af-unspec");
        if (association.DontFragment == DontFragment.Clear)
            flags.Add("nopmtudisc");
        if (association.RestoreDscp)
            flags.Add("decap-dscp");
        if (!association.Ecn)
            flags.Add("noecn");
        var lifetime = association.Lifetime;
        List<string> words =
        [
            $"xfrm state add {Ends(association)} reqid {number}",
            .. association is { Protocol: not IpsecProtocol.IpComp, ReplayWindow: > 0 } ? [$"replay-window {association.ReplayWindow}"] : Array.Empty<string>(),
            .. association.FirstSequenceNumber > 1 ? [$"replay-oseq {association.FirstSequenceNumber - 1}"] : Array.Empty<string>(),
            .. flags.Count > 0 ? [$"flag {string.Join(' ', flags)}"] : Array.Empty<string>(),
            XfrmNames.Algorithms(association),
            .. association.CopyDscp ? Array.Empty<string>() : ["extra-flag dont-encap-dscp"],
            .. association.Encapsulation is { } ports ? [$"encap espinudp {ports.Source} {ports.Destination} 0.0.0.0"] : Array.Empty<string>(),
            .. Limit("byte-soft", lifetime.SoftOctets), .. Limit("byte-hard", lifetime.HardOctets),
            .. Limit("packet-soft", lifetime.SoftPackets), .. Limit("packet-hard", lifetime.HardPackets),
            .. Limit("time-soft", (long?)lifetime.SoftTime?.TotalSeconds), .. Limit("time-hard", (long?)lifetime.HardTime?.TotalSeconds),
            .. association.Mode == IpsecMode.Beet ? [$"sel src {Host(association.InnerSource)} dst {Host(association.InnerDestination)}"] : Array.Empty<string>(),
        ];
        return string.Join(' ', words);
    }

    private static string[] Limit(string word, long? limit) => limit is { } number ? [string.Create(CultureInfo.InvariantCulture, $"limit {word} {number}")] : [];

    private static string Policy(ManualPolicy policy, string direction, int priority, Dictionary<ManualSecurityAssociation, int> numbers)
    {
        if (policy.Nested)
            throw new UnsupportedPolicyException(nameof(policy.Nested), "Linux looks a packet up once: what its policy's SAs make of it is not held against the policies again");
        var (source, destination) = direction == "out" ? (policy.Local, policy.Remote) : (policy.Remote, policy.Local);
        List<string> words =
        [
            $"xfrm policy add dir {direction} src {Prefix(source)} dst {Prefix(destination)}{UpperLayer(source, destination)}",
            policy.Action == ManualAction.Discard ? $"action block priority {priority}" : $"priority {priority}{(CarriesIcmpErrors(policy) ? " flag icmp" : "")}",
        ];
        foreach (var association in policy.Associations)
        {
            // What compression would not have made smaller arrives as it was (RFC 3173 section 2.2).
            var level = association.Protocol == IpsecProtocol.IpComp && direction != "out" ? " level use" : "";
            words.Add($"tmpl {(policy.Parallel.IsEmpty ? Ends(association) : EndsOfAny(association))} reqid {numbers[association]}{level}");
        }
        return string.Join(' ', words);
    }

    private static string Ends(ManualSecurityAssociation association) => Ends(association, $" spi 0x{association.Spi:x8}");

    private static string EndsOfAny(ManualSecurityAssociation association) => Ends(association, "");

    private static string Ends(ManualSecurityAssociation association, string spi)
    {
        var protocol = association.Protocol switch
        {
            IpsecProtocol.Esp => "esp",
            IpsecProtocol.Ah => "ah",
            _ => "comp",
        };
        return $"src {association.Source} dst {association.Destination} proto {protocol}{spi} mode {Mode(association.Mode)}";
    }

    private static string Mode(IpsecMode mode) => mode switch
    {
        IpsecMode.Tunnel => "tunnel",
        IpsecMode.Transport => "transport",
        _ => "beet",
    };

    private static string Host(IPAddress? address) => $"{address}/{(address?.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32)}";

    /// <summary>The kernel's selectors have prefixes.</summary>
    internal static string Prefix(TrafficSelector selector)
    {
        IpAddress first = selector.StartAddress, last = selector.EndAddress;
        for (var length = 0; length <= first.Bits; length++)
        {
            if (first.Prefix(length) == (first, last))
                return $"{first}/{length}";
        }
        throw new UnsupportedPolicyException(nameof(ManualPolicy.Local), $"Linux takes prefixes, and {first} to {last} is none");
    }

    private static string UpperLayer(TrafficSelector source, TrafficSelector destination)
    {
        var protocol = source.IpProtocol;
        if (protocol == 0)
            return "";
        return protocol is IpProtocol.Icmp or IpProtocol.Icmpv6 or IpProtocol.Mobility
            ? $" proto {protocol}{TypeAndCode(destination)}"
            : $" proto {protocol}{Port("sport", source)}{Port("dport", destination)}";
    }

    private static string Port(string word, TrafficSelector selector) => (selector.StartPort, selector.EndPort) switch
    {
        (0, 65535) => "",
        var (first, last) when first == last => $" {word} {first}",
        var (first, last) => throw new UnsupportedPolicyException(nameof(ManualPolicy.Local), $"ip xfrm takes one port or any, not {first} to {last}"),
    };

    private static string TypeAndCode(TrafficSelector selector) => (selector.StartPort, selector.EndPort) switch
    {
        (0, 65535) => "",
        var (first, last) when first == last => $" type {first >> 8} code {first & 0xff}",
        var (first, last) when first >> 8 == last >> 8 && (first & 0xff) == 0 && (last & 0xff) == 0xff => $" type {first >> 8}",
        var (first, last) => throw new UnsupportedPolicyException(nameof(ManualPolicy.Local), $"ip xfrm takes one type, not {first >> 8} to {last >> 8}"),
    };
}
