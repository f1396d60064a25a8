using System.CommandLine;
using Conformance.Implementations;

namespace Conformance.Cli;

/// <summary><c>peers up</c>: builds the images, starts the containers, leaves them running.</summary>
internal static class PeersUpCommand
{
    public static Command Create(Terminal terminal)
    {
        var names = PeersCommand.Names();
        var command = new Command("up", "Builds the images that are missing, starts the peers and leaves them running, until `peers down` or the next start of a peer removes them.")
        {
            names,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var chosen = PeersCommand.Chosen(parsed, names);
            using var peers = new KnownPeers();
            if (await peers.Engine.Obstacle(cancellation) is { } obstacle)
                throw CommandFailure.CouldNotRun(obstacle);
            var started = new List<IImplementation>();
            try
            {
                foreach (var name in chosen)
                    started.Add(await Start(peers, name, terminal, cancellation));
            }
            catch
            {
                foreach (var implementation in started)
                    await implementation.DisposeAsync();
                throw;
            }
            return ExitCode.AsExpected;
        });
        return command;
    }

    private static async Task<IImplementation> Start(KnownPeers peers, string name, Terminal terminal, CancellationToken cancellation)
    {
        var implementation = await peers.Driver(name).Start(0, new Lines(name, terminal.Error), cancellation);
        try
        {
            // On a policy the daemon runs too, not only its container.
            if (implementation.Capabilities.Has(Capability.IkeV2))
                await implementation.Configure(new ConnectionPolicy().For(implementation), cancellation);
        }
        catch
        {
            await implementation.DisposeAsync();
            throw;
        }
        var topology = implementation.Topology;
        await terminal.Out.WriteLineAsync(
            $"{name}: ready at {topology.Iut}/{topology.PrefixLength}, {implementation.Description.Product}, ESP by {implementation.Description.DataPlane}; it expects its peer at {topology.Tester}");
        return implementation;
    }

    private sealed class Lines(string name, TextWriter output) : IProgress<string>
    {
        public void Report(string value) => output.WriteLine($"{name}: {PeerText.Without(name, value)}");
    }
}
