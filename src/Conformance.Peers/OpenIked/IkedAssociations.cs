using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Conformance.Implementations;
using Conformance.Peers.Libreswan;

namespace Conformance.Peers.OpenIked;

/// <summary>
/// Puts together what iked and the kernel say: <c>ikectl show sa</c> (each IKE SA with the peer's identity, below it its child SAs, one line for each direction,
/// which names its other direction) and <c>ip -s xfrm state</c> (mode and packets).
/// </summary>
internal static partial class IkedAssociations
{
    /// <exception cref="ImplementationFailedException">A line is none of those that iked prints.</exception>
    public static ImmutableArray<SecurityAssociationInfo> Parse(string output)
    {
        var kernel = XfrmStates.Parse(output).ToDictionary(state => (state.Destination, state.Spi));
        var directions = Directions(output).ToList();
        return
        [
            .. from inbound in directions
               where inbound.IsInbound
               from outbound in directions
               where !outbound.IsInbound && outbound.Handle == inbound.OtherHandle
               let stateIn = kernel.GetValueOrDefault((inbound.Destination, inbound.Spi))
               let stateOut = kernel.GetValueOrDefault((outbound.Destination, outbound.Spi))
               select new SecurityAssociationInfo(
                   inbound.Spi, outbound.Spi, stateIn?.Mode ?? stateOut?.Mode ?? "", outbound.Destination, inbound.Identity, "pre-shared key", stateIn?.Packets, stateOut?.Packets),
        ];
    }

    private static IEnumerable<Direction> Directions(string output)
    {
        var identity = "";
        foreach (var line in output.Split('\n').TakeWhile(line => !line.StartsWith("src ", StringComparison.Ordinal)))
        {
            if (line.Length == 0 || OtherLine().IsMatch(line))
                continue;
            if (IkeLine().Match(line) is { Success: true } ike)
                identity = ike.Groups["id"].Value;
            else if (ChildLine().Match(line) is { Success: true } child)
                yield return new(
                    identity, child.Groups["handle"].Value, child.Groups["other"].Value, child.Groups["direction"].Value == "in", child.Groups["to"].Value,
                    uint.Parse(child.Groups["spi"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            else
                throw new ImplementationFailedException($"\"ikectl show sa\" printed a line that is not understood: \"{line}\".");
        }
    }

    // iked_sas: HANDLE rspi SPI ispi SPI ADDRESS:PORT->ADDRESS:PORT<TYPE/IDENTITY>[assigned address] STATE …; no identity before IKE_AUTH.
    [GeneratedRegex(@"^iked_sas: .*->\S+?<(?:[A-Z0-9_]+/)?(?<id>.*)>\[[^\]]*\] [A-Z_0-9]+ ")]
    private static partial Regex IkeLine();

    // A child SA's direction: HANDLE ESP SPI in|out FROM -> TO (L for in the kernel …) B=HANDLE P=OTHER DIRECTION @IKE SA.
    [GeneratedRegex(@"^  sa_childsas: (?<handle>\S+) ESP 0x(?<spi>[0-9a-f]{8}) (?<direction>in|out) [0-9.]+\S* -> (?<to>[0-9.]+)\S* \([A-Z]*\) B=\S+ P=(?<other>\S+) @\S+$")]
    private static partial Regex ChildLine();

    [GeneratedRegex(@"^(?:  sa_flows|iked_activesas|iked_flows|iked_dstid_sas): ")]
    private static partial Regex OtherLine();

    /// <summary>One direction of a child SA.</summary>
    private sealed record Direction(string Identity, string Handle, string OtherHandle, bool IsInbound, string Destination, uint Spi);
}
