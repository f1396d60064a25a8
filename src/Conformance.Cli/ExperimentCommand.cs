using System.CommandLine;

namespace Conformance.Cli;

/// <summary><c>experiment</c>: what IPsec does to traffic, measured in memory and shown on a page.</summary>
internal static class ExperimentCommand
{
    public static Command Create(Terminal terminal) =>
        new DocumentedCommand("experiment", "Shows what IPsec does to traffic: measured in memory on virtual time, with a page and the raw figures.", $"""
            Examples:
              {CommandLine.Name} experiment one-to-one
              {CommandLine.Name} experiment vpn
              {CommandLine.Name} experiment bundles --seed 7 --output nested
            """)
        {
            ExperimentBundlesCommand.Create(terminal),
            ExperimentOneToOneCommand.Create(terminal),
            ExperimentVpnCommand.Create(terminal),
        };
}
