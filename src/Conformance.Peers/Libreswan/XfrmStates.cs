using System.Globalization;
using System.Text.RegularExpressions;

namespace Conformance.Peers.Libreswan;

/// <summary>Reads <c>ip -s xfrm state</c>, wherever it stands in a text.</summary>
internal static partial class XfrmStates
{
    public static IEnumerable<XfrmState> Parse(string output) => StateStart().Split(output)
        .Select(text => State().Match(text))
        .Where(match => match.Success)
        .Select(match => new XfrmState(
            match.Groups["source"].Value,
            match.Groups["destination"].Value,
            uint.Parse(match.Groups["spi"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            match.Groups["mode"].Value,
            long.Parse(match.Groups["packets"].Value, CultureInfo.InvariantCulture)));

    [GeneratedRegex("^(?=src )", RegexOptions.Multiline)]
    private static partial Regex StateStart();

    // Its first two lines, and the packets of its "lifetime current"; a larval state has no packets and is none yet.
    [GeneratedRegex(
        @"^src (?<source>\S+) dst (?<destination>\S+)\s*\n\s+proto (?:esp|ah) spi 0x(?<spi>[0-9a-f]+)\b.*? mode (?<mode>\w+)"
            + @".*lifetime current:\s+\d+\(bytes\), (?<packets>\d+)\(packets\)",
        RegexOptions.Singleline)]
    private static partial Regex State();
}

/// <summary>One ESP or AH state of the kernel.</summary>
/// <param name="Mode">"tunnel" or "transport".</param>
/// <param name="Packets">Packets that it has processed.</param>
internal sealed record XfrmState(string Source, string Destination, uint Spi, string Mode, long Packets);
