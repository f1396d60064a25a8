using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Conformance.Implementations;
using Conformance.Peers.Libreswan;

namespace Conformance.Peers.OpenIked;

/// <summary>Puts together what iked and the kernel say: <c>ikectl show sa</c> (SPIs and identity) and <c>ip -s xfrm state</c> (mode and packets).</summary>
internal static partial class IkedAssociations
{
    public static ImmutableArray<SecurityAssociationInfo> Parse(string output)
    {
        var kernel = XfrmStates.Parse(output).ToDictionary(state => (state.Destination, state.Spi));
        var found = ImmutableArray.CreateBuilder<SecurityAssociationInfo>();
        var identity = "";
        var inbound = new Queue<Match>();
        var outbound = new Queue<Match>();
        foreach (var line in output.Split('\n'))
        {
            if (IkeLine().Match(line) is { Success: true } ike)
            {
                identity = ike.Groups["id"].Value;
                inbound.Clear();
                outbound.Clear();
            }
            else if (ChildLine().Match(line) is { Success: true } child)
            {
                (child.Groups["direction"].Value == "in" ? inbound : outbound).Enqueue(child);
            }
            while (inbound.Count > 0 && outbound.Count > 0)
                found.Add(Pair(inbound.Dequeue(), outbound.Dequeue()));
        }
        return found.ToImmutable();

        SecurityAssociationInfo Pair(Match receiving, Match sending)
        {
            var (spiIn, spiOut, peer) = (Spi(receiving), Spi(sending), sending.Groups["to"].Value);
            var stateIn = kernel.GetValueOrDefault((receiving.Groups["to"].Value, spiIn));
            var stateOut = kernel.GetValueOrDefault((peer, spiOut));
            return new(
                spiIn, spiOut, stateIn?.Mode ?? stateOut?.Mode ?? "", peer, identity, "pre-shared key", stateIn?.Packets, stateOut?.Packets);
        }
    }

    private static uint Spi(Match match) => uint.Parse(match.Groups["spi"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^iked_sas: .*<[A-Z0-9_]+/(?<id>[^>]*)>")]
    private static partial Regex IkeLine();

    [GeneratedRegex(@"^\s+sa_childsas: \S+ ESP 0x(?<spi>[0-9a-f]+) (?<direction>in|out) (?<from>[0-9.]+)\S* -> (?<to>[0-9.]+)")]
    private static partial Regex ChildLine();
}
