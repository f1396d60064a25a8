using System.CommandLine;
using Conformance.Experiments;
using Conformance.Reports;

namespace Conformance.Cli;

/// <summary><c>experiment vpn</c>: two private networks joined over a hostile one.</summary>
internal static class ExperimentVpnCommand
{
    public static Command Create(Terminal terminal)
    {
        var options = new ExperimentOptions("vpn");
        var command = new DocumentedCommand(
            "vpn", "Two private networks joined by two gateways over a network that loses, repeats, reorders, has a small MTU, and listens.", $"""
            TCP, UDP and ICMP of IPv4 and IPv6 cross it, once over IPv4 and once over IPv6. Judged: TCP arrives whole, nothing arrives altered, nothing can be read on the
            hostile network. What is not kept is said, and the exit code is 1. The captures and the keys for Wireshark lie beside the page.

            Examples:
              {CommandLine.Name} experiment vpn
              {CommandLine.Name} experiment vpn --seed 7 --output joined
            """);
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var outcome = new VpnExperiment { Seed = parsed.GetValue(options.Seed) }.Run();
            foreach (var stage in outcome.Figures.Stages)
            {
                terminal.Out.WriteLine($"Over {(stage.OuterIpv6 ? "IPv6" : "IPv4")}:");
                ExperimentTables.Write(stage.Flows, terminal.Out);
                ExperimentTables.Write([("hostile", stage.Hostile), ("left", stage.Left), ("right", stage.Right)], terminal.Out);
            }
            return ExperimentTables.Finish(terminal, ExperimentReport.Write(outcome, options.Folder(parsed)), VpnExperiment.Broken(outcome.Figures));
        });
        return command;
    }
}
