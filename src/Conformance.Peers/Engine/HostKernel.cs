namespace Conformance.Peers.Engine;

/// <summary>Who does a peer's ESP.</summary>
internal enum PeerMode
{
    /// <summary>The host's kernel, in the container's network namespace.</summary>
    Host,
    /// <summary>A kernel of its own in the container.</summary>
    Guest,
}

/// <summary>Finds out, once per boot, whether the host's kernel does ESP and AH for a container.</summary>
internal sealed class HostKernel(ContainerEngine engine)
{
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(30);

    private const string FactName = "host-kernel";

    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <param name="image">Any image on <c>guest</c>.</param>
    public async Task<PeerMode> Probe(string image, IProgress<string> progress, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            // What the probe does is the guest image's: another image may find something else.
            var probe = PeerImages.ReferenceOf(engine.RequireDockerFolder(), "guest");
            if (ControlFolders.ReadFact(FactName)?.Split(' ') is [var knownProbe, var knownMode]
                && knownProbe == probe
                && Enum.TryParse<PeerMode>(knownMode, out var mode))
                return mode;
            mode = await Try(image, progress, cancellation);
            ControlFolders.WriteFact(FactName, $"{probe} {mode}");
            return mode;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<PeerMode> Try(string image, IProgress<string> progress, CancellationToken cancellation)
    {
        var created = await engine.Ask(
            (client, token) => client.Containers.CreateContainerAsync(
                new()
                {
                    Image = image,
                    Entrypoint = ["/usr/local/sbin/probe-kernel"],
                    Labels = ProjectLabels.OwnedBy(ProcessIdentity.Current, "probe"),
                    HostConfig = new() { NetworkMode = "none", CapAdd = ["NET_ADMIN"] },
                },
                token),
            cancellation,
            ProbeTime);
        try
        {
            await engine.Ask((client, token) => client.Containers.StartContainerAsync(created.ID, new(), token), cancellation, ProbeTime);
            var ended = await engine.Ask(
                (client, token) => client.Containers.WaitContainerAsync(created.ID, token),
                cancellation, ProbeTime);
            var said = await ContainerLog.Read(engine, created.ID, cancellation);
            progress.Report(ended.StatusCode == 0
                ? $"the host's kernel {said} does ESP and AH: peers use it"
                : $"the host's kernel does no ESP and AH ({said}): each peer boots a kernel of its own");
            return ended.StatusCode == 0 ? PeerMode.Host : PeerMode.Guest;
        }
        finally
        {
            await new Leftovers(engine).RemoveContainer(created.ID, CancellationToken.None);
        }
    }
}
