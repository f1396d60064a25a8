using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Conformance.Implementations;

namespace Conformance.Peers.Libreswan;

/// <summary>
/// Puts together what pluto and the kernel say: <c>whack --showstates</c> (the SPIs of each child SA, the peer's first),
/// <c>whack --trafficstatus</c> (the identity) and <c>ip -s xfrm state</c> (mode and packets).
/// </summary>
internal static partial class PlutoAssociations
{
    public static ImmutableArray<SecurityAssociationInfo> Parse(string output)
    {
        var kernel = XfrmStates.Parse(output).ToDictionary(state => (state.Destination, state.Spi));
        var identities = TrafficLine().Matches(output).ToDictionary(match => match.Groups["state"].Value, match => match.Groups["id"].Value.TrimStart('@'));

        var found = ImmutableArray.CreateBuilder<SecurityAssociationInfo>();
        foreach (Match match in SpiLine().Matches(output))
        {
            var (outbound, peer) = (Spi(match.Groups["out"].Value), match.Groups["peer"].Value);
            var (inbound, own) = (Spi(match.Groups["in"].Value), match.Groups["own"].Value);
            var stateIn = kernel.GetValueOrDefault((own, inbound));
            var stateOut = kernel.GetValueOrDefault((peer, outbound));
            found.Add(new(
                inbound,
                outbound,
                stateIn?.Mode ?? stateOut?.Mode ?? "",
                peer,
                identities.GetValueOrDefault(match.Groups["state"].Value, ""),
                "pre-shared key",
                stateIn?.Packets,
                stateOut?.Packets));
        }
        return found.ToImmutable();
    }

    private static uint Spi(string hex) => uint.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<state>#\d+): .*?\b(?:esp|ah)[.:](?<out>[0-9a-f]+)@(?<peer>[0-9a-f.:]+) (?:esp|ah)[.:](?<in>[0-9a-f]+)@(?<own>[0-9a-f.:]+)")]
    private static partial Regex SpiLine();

    [GeneratedRegex(@"(?<state>#\d+): .*?, type=(?:ESP|AH), .*?\bid='(?<id>[^']*)'")]
    private static partial Regex TrafficLine();
}
