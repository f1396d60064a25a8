namespace Conformance.Peers.Tests;

internal sealed class TestProgress : IProgress<string>
{
    public void Report(string value) => TestContext.Progress.WriteLine(value);
}
