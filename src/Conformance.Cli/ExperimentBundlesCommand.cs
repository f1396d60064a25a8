using System.CommandLine;
using Conformance.Experiments;
using Conformance.Reports;

namespace Conformance.Cli;

/// <summary><c>experiment bundles</c>: two SAs on the same packets.</summary>
internal static class ExperimentBundlesCommand
{
    public static Command Create(Terminal terminal)
    {
        var options = new ExperimentOptions("bundles");
        var command = new DocumentedCommand(
            "bundles", "Two SAs on the same packets: one for all traffic through a gateway, one for all traffic to a particular host.", $"""
            The inner SA ends in a host behind the gateway, then in the gateway itself. Judged: each packet has exactly the SAs that are for it, and each SA ends where it
            should. What is not kept is said, and the exit code is 1. The captures and the keys for Wireshark lie beside the page.

            Examples:
              {CommandLine.Name} experiment bundles
              {CommandLine.Name} experiment bundles --seed 7 --output nested
            """);
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var outcome = new BundleExperiment { Seed = parsed.GetValue(options.Seed) }.Run();
            foreach (var one in outcome.Figures.Cases)
            {
                terminal.Out.WriteLine($"{BundleExperiment.NameOf(one.End)}:");
                terminal.Out.WriteLine($"  {"SA",-36} {"from",-16} {"to",-16} {"sealed",7} {"opened",7}");
                foreach (var association in one.Outer.Concat(one.Inner))
                    terminal.Out.WriteLine($"  {association.Name,-36} {association.From,-16} {association.To,-16} {association.Packets,7} {association.Opened,7}");
                terminal.Out.WriteLine();
                ExperimentTables.Write([.. one.ToParticularHost.Flows, .. one.ToPlainHost.Flows], terminal.Out);
            }
            return ExperimentTables.Finish(terminal, ExperimentReport.Write(outcome, options.Folder(parsed)), BundleExperiment.Broken(outcome.Figures));
        });
        return command;
    }
}
