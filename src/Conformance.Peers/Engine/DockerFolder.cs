using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Conformance.Peers.Engine;

/// <summary>
/// The project's <c>docker/</c> folder: where it is, what is in it by content, and one of its folders as a build context.
/// </summary>
internal static class DockerFolder
{
    /// <summary>Looks for it from a folder upwards; null if it isn't there.</summary>
    public static string? Find(string from)
    {
        for (var folder = new DirectoryInfo(from); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "docker");
            if (File.Exists(Path.Combine(candidate, "base", "Dockerfile")))
                return candidate;
        }
        return null;
    }

    /// <summary>
    /// Twelve hexadecimal digits that change with any file's name, content or mode in the image's folder, and with its parent's tag.
    /// </summary>
    public static string TagOf(string imageFolder, string parentTag)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, Encoding.UTF8.GetBytes(parentTag));
        foreach (var file in FilesOf(imageFolder))
        {
            Add(hash, Encoding.UTF8.GetBytes(Path.GetRelativePath(imageFolder, file)));
            Add(hash, [(byte)(IsExecutable(file) ? 1 : 0)]);
            Add(hash, File.ReadAllBytes(file));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }

    /// <summary>The folder as a tar archive with owner, time and all mode bits but the executable one left out.</summary>
    public static MemoryStream Archive(string imageFolder)
    {
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var file in FilesOf(imageFolder))
            {
                using var content = new MemoryStream(File.ReadAllBytes(file));
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, Path.GetRelativePath(imageFolder, file))
                {
                    Mode = IsExecutable(file) ? ExecutableMode : PlainMode,
                    ModificationTime = DateTimeOffset.UnixEpoch,
                    DataStream = content,
                });
            }
        }
        archive.Position = 0;
        return archive;
    }

    private const UnixFileMode PlainMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode ExecutableMode =
        PlainMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static IEnumerable<string> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private static bool IsExecutable(string file) =>
        !OperatingSystem.IsWindows() && File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute);

    private static void Add(IncrementalHash hash, byte[] octets)
    {
        hash.AppendData(BitConverter.GetBytes(octets.LongLength));
        hash.AppendData(octets);
    }
}
