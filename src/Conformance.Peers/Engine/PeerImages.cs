using Conformance.Implementations;
using Docker.DotNet.Models;

namespace Conformance.Peers.Engine;

/// <summary>
/// The images of <c>docker/</c>, each built when its content changed: base, guest on it, the peers on that. A file lock keeps two processes
/// from building at the same time.
/// </summary>
internal sealed class PeerImages(ContainerEngine engine)
{
    private static readonly TimeSpan BuildTime = TimeSpan.FromMinutes(15);

    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>The reference of the image of <c>docker/NAME</c>, which exists when this returns.</summary>
    /// <exception cref="ImplementationFailedException">It can't be built; the message ends with what the build said last.</exception>
    public async Task<string> Ensure(string name, IProgress<string> progress, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limited.CancelAfter(BuildTime);
            using var held = await ControlFolders.LockImages(progress, limited.Token);
            return await EnsureChain(engine.RequireDockerFolder(), name, progress, limited.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ImplementationFailedException(
                $"The image of docker/{name} was not built within {BuildTime.TotalMinutes:0} minutes: "
                + "see whether Debian's packages can be reached.");
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<string> EnsureChain(string dockerFolder, string name, IProgress<string> progress, CancellationToken cancellation)
    {
        var reference = ReferenceOf(dockerFolder, name);
        if (await Exists(reference, cancellation))
            return reference;

        var parent = ParentOf(name) is { } parentName
            ? await EnsureChain(dockerFolder, parentName, progress, cancellation)
            : await new RootFileSystem(engine).Ensure(Path.Combine(dockerFolder, name), progress, cancellation);
        await Build(Path.Combine(dockerFolder, name), parent, reference, progress, cancellation);
        return reference;
    }

    internal static string ReferenceOf(string dockerFolder, string name)
    {
        var parentTag = ParentOf(name) is { } parent ? ReferenceOf(dockerFolder, parent) : "";
        return $"ipsec-conformance/{name}:{DockerFolder.TagOf(Path.Combine(dockerFolder, name), parentTag)}";
    }

    private static string? ParentOf(string name) => name switch
    {
        "base" => null,
        "guest" => "base",
        _ => "guest",
    };

    internal async Task<bool> Exists(string reference, CancellationToken cancellation)
    {
        var found = await engine.Ask(
            (client, token) => client.Images.ListImagesAsync(
                new() { Filters = new Dictionary<string, IDictionary<string, bool>> { ["reference"] = new Dictionary<string, bool> { [reference] = true } } }, token),
            cancellation);
        return found.Count > 0;
    }

    private async Task Build(string folder, string parent, string reference, IProgress<string> progress, CancellationToken cancellation)
    {
        progress.Report($"building image {reference} from docker/{Path.GetFileName(folder)}");
        var output = new BuildOutput();
        using var context = DockerFolder.Archive(folder);
        var parameters = new ImageBuildParameters
        {
            Tags = [reference],
            BuildArgs = new Dictionary<string, string> { ["PARENT"] = parent },
            Labels = ProjectLabels.Image,
            Remove = true,
            ForceRemove = true,
        };
        await engine.Do(
            (client, token) => client.Images.BuildImageFromDockerfileAsync(parameters, context, [], new Dictionary<string, string>(), output, token),
            cancellation,
            BuildTime);
        if (output.Error is { } error || !await Exists(reference, cancellation))
            throw new ImplementationFailedException(
                $"The image of docker/{Path.GetFileName(folder)} can't be built: {output.Error ?? "the engine left no image"}. "
                + $"The build said last:\n{output.Tail}");
    }
}
