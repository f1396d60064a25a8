using Conformance.Implementations;

namespace Conformance.Peers.Engine;

/// <summary>
/// The folders under <c>/run/ipsec-conformance</c>, which a reboot empties: one for each process that runs peers, one in it for each peer
/// (its container's <c>/ctl</c>), and the lock of the image builds.
/// </summary>
internal static class ControlFolders
{
    public const string Root = "/run/ipsec-conformance";

    private const string OwnerPrefix = "run-";
    private const UnixFileMode OnlyMe = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>Makes an empty folder for a peer of this process.</summary>
    public static string Create(string container)
    {
        var folder = Path.Combine(Root, OwnerPrefix + ProcessIdentity.Current, container);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        CreatePrivate(folder);
        return folder;
    }

    /// <summary>The folder of a container, whichever process made it; null if it has none.</summary>
    public static string? Find(string container) => Directory.Exists(Root)
        ? Directory.GetDirectories(Root, OwnerPrefix + "*").Select(owner => Path.Combine(owner, container)).FirstOrDefault(Directory.Exists)
        : null;

    /// <summary>Removes a peer's folder, and the process's when that was its last.</summary>
    public static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var owners = Path.GetDirectoryName(folder)!;
        if (Directory.Exists(owners) && !Directory.EnumerateFileSystemEntries(owners).Any())
            Directory.Delete(owners);
    }

    /// <summary>Removes the folders of dead processes, or of all. Returns their paths.</summary>
    public static IEnumerable<string> RemoveLeftovers(bool livingToo)
    {
        if (!Directory.Exists(Root))
            yield break;
        foreach (var folder in Directory.GetDirectories(Root, OwnerPrefix + "*"))
        {
            if (!livingToo && ProcessIdentity.Parse(Path.GetFileName(folder)[OwnerPrefix.Length..]) is { IsAlive: true })
                continue;
            Directory.Delete(folder, recursive: true);
            yield return folder;
        }
    }

    /// <summary>Waits until no other process builds images; disposing the result lets the next one.</summary>
    public static async Task<IDisposable> LockImages(IProgress<string> progress, CancellationToken cancellation)
    {
        CreatePrivate(Root);
        var path = Path.Combine(Root, "images.lock");
        for (var told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (!told)
                    progress.Report("waiting for another process that builds images");
                await Task.Delay(LockPoll, cancellation);
            }
        }
    }

    /// <summary>A small text that is true until the next boot, such as what a probe found; null if there is none.</summary>
    public static string? ReadFact(string name)
    {
        var path = Path.Combine(Root, name);
        return File.Exists(path) ? File.ReadAllText(path) : null;
    }

    public static void WriteFact(string name, string text)
    {
        CreatePrivate(Root);
        File.WriteAllText(Path.Combine(Root, name), text);
    }

    private static void CreatePrivate(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                throw new PlatformNotSupportedException();
            Directory.CreateDirectory(folder, OnlyMe);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            throw new ImplementationFailedException(
                $"The folder {folder} can't be made ({failure.Message}): live peers need it, and root.", failure);
        }
    }
}
