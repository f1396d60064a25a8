using System.Diagnostics;
using System.Globalization;
using Conformance.Implementations;
using Docker.DotNet;

namespace Conformance.Peers.Engine;

/// <summary>
/// The root file system under all images: the engine's own <c>debian:trixie</c>, or that image from a registry if one answers quickly, or
/// one made by
/// debootstrap from Debian's packages.
/// </summary>
internal sealed class RootFileSystem(ContainerEngine engine)
{
    private const string Release = "trixie";
    private const string Official = $"debian:{Release}";
    private const string Made = $"ipsec-conformance/rootfs:{Release}";

    private static readonly TimeSpan RegistryAnswerTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PullTime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MakeTime = TimeSpan.FromMinutes(10);

    /// <summary>The reference of an image to build on.</summary>
    /// <param name="baseFolder"><c>docker/base</c>, which has the recipe.</param>
    public async Task<string> Ensure(string baseFolder, IProgress<string> progress, CancellationToken cancellation)
    {
        if (await engine.Images.Exists(Made, cancellation))
            return Made;
        if (await engine.Images.Exists(Official, cancellation))
            return Official;
        progress.Report($"pulling image {Official}, if a registry answers");
        if (await Pull(cancellation))
            return Official;
        progress.Report($"no registry: making a Debian {Release} root file system from its packages with debootstrap (about half a minute)");
        await Make(Path.Combine(baseFolder, "make-rootfs"), cancellation);
        return Made;
    }

    private async Task<bool> Pull(CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(RegistryAnswerTime);
        // The first message comes when a registry has answered; then the pull may take its time.
        var output = new BuildOutput(_ => limited.CancelAfter(PullTime));
        try
        {
            await engine.Client.Images.CreateImageAsync(new() { FromImage = "debian", Tag = Release }, authConfig: null, output, limited.Token);
            return output.Error is null && await engine.Images.Exists(Official, cancellation);
        }
        catch (Exception failure) when (failure is DockerApiException or HttpRequestException or IOException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task Make(string recipe, CancellationToken cancellation)
    {
        List<string> command = [recipe, Release];
        if (Environment.GetEnvironmentVariable("IPSEC_CONFORMANCE_MIRROR") is { Length: > 0 } mirror)
            command.Add(mirror);

        using var process = Start(command);
        try
        {
            var complaints = process.StandardError.ReadToEndAsync(cancellation);
            var output = new BuildOutput();
            await engine.Do(
                (client, token) => client.Images.CreateImageAsync(
                    new() { FromSrc = "-", Repo = Made.Split(':')[0], Tag = Release, Changes = [$"LABEL {ProjectLabels.Project}=1"] },
                    process.StandardOutput.BaseStream, authConfig: null, output, token),
                cancellation,
                MakeTime);
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode != 0 || output.Error is not null)
            {
                await RemoveIncomplete(cancellation);
                throw new ImplementationFailedException(
                    $"docker/base/make-rootfs could not make a Debian {Release} root file system (exit status {process.ExitCode}{(output.Error is { } error ? ", " + error : "")}): "
                    + $"see whether Debian's packages can be reached. It said last:\n{LastLines(await complaints)}");
            }
        }
        finally
        {
            await Stop(process);
        }
    }

    private static Process Start(List<string> command)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("sh", command) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new ImplementationFailedException($"{command[0]} can't be started: {missing.Message}.", missing);
        }
    }

    private async Task RemoveIncomplete(CancellationToken cancellation)
    {
        if (await engine.Images.Exists(Made, cancellation))
            await engine.Ask((client, token) => client.Images.DeleteImageAsync(Made, new() { Force = true }, token), cancellation);
    }

    /// <summary>Asks the recipe to end: its traps remove its folder.</summary>
    private static async Task Stop(Process process)
    {
        if (process.HasExited)
            return;
        await HostCommand.Run("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)], CancellationToken.None);
        process.StandardOutput.Close();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    private static string LastLines(string text) => string.Join('\n', text.TrimEnd().Split('\n').TakeLast(5));
}
