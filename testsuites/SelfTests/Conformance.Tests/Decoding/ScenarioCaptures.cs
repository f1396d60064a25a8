using Conformance.Evidence;
using Conformance.InHouse;
using Conformance.Scenarios;
using Conformance.Tests.Evidence;

namespace Conformance.Tests.Decoding;

/// <summary>Captures of the project's own scenarios, run in memory against the in-house stack.</summary>
internal sealed class ScenarioCaptures : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Folders with <c>capture.pcapng</c> and the key files.</summary>
    public IReadOnlyList<string> Folders { get; private set; } = [];

    /// <param name="scenarios">Ids; a * at the end stands for any text.</param>
    public static async Task<ScenarioCaptures> Make(params string[] scenarios)
    {
        var captures = new ScenarioCaptures();
        var executor = new ScenarioExecutor(new EvidenceFolder(captures._folder.Path));
        var folders = new List<string>();
        foreach (var scenario in ScenarioCatalogue.LoadBeside(AppContext.BaseDirectory).Scenarios.Where(scenario => scenarios.Any(wanted => Matches(scenario.Id, wanted))))
        {
            var result = await executor.Execute(scenario, new InHouseDriver(), CancellationToken.None);
            folders.Add(Path.GetDirectoryName(Path.Combine(captures._folder.Path, result.Evidence.Capture!))!);
        }
        captures.Folders = folders;
        return captures;
    }

    public void Dispose() => _folder.Dispose();

    private static bool Matches(string id, string wanted) => wanted.EndsWith('*') ? id.StartsWith(wanted[..^1], StringComparison.Ordinal) : id == wanted;
}
