using Conformance.Experiments;

namespace Conformance.Cli;

/// <summary>What experiments print alike.</summary>
internal static class ExperimentTables
{
    public static void Write(IReadOnlyList<FlowFigures> flows, TextWriter output)
    {
        output.WriteLine($"  {"traffic",-16} {"family",-6} {"from",-10} {"to",-16} {"sent",8} {"returned",8} {"altered",8}");
        foreach (var flow in flows)
            output.WriteLine($"  {$"{flow.Protocol} {flow.Name}",-16} {(flow.Ipv6 ? "IPv6" : "IPv4"),-6} {flow.From,-10} {flow.To,-16} {flow.Sent,8} {flow.Returned,8} {flow.Altered,8}");
        output.WriteLine();
    }

    public static void Write(IReadOnlyList<(string Name, SeenOnWire Seen)> wires, TextWriter output)
    {
        output.WriteLine($"  {"wire",-16} {"ESP",8} {"IKE",8} {"in clear",8} {"readable",8}");
        foreach (var (name, seen) in wires)
            output.WriteLine($"  {name,-16} {seen.Esp,8} {seen.Ike,8} {seen.Other,8} {seen.Readable,8}");
        output.WriteLine();
    }

    /// <summary>Names the page, and what was not kept.</summary>
    /// <returns>The exit code.</returns>
    public static int Finish(Terminal terminal, string page, IEnumerable<string> broken)
    {
        terminal.Out.WriteLine($"report: {page}");
        var sentences = broken.ToList();
        foreach (var sentence in sentences)
            terminal.Complain(sentence);
        return sentences.Count == 0 ? ExitCode.AsExpected : ExitCode.UnexpectedVerdicts;
    }
}
