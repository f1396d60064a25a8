namespace Conformance.Cli.Tests;

[TestFixture]
internal sealed class VectorsCommandTests
{
    [Test]
    public async Task Vectors_oneAlgorithm_printsCountsAndSucceeds()
    {
        var (exitCode, output, _) = await Run("--algorithm", "ENCR_NULL");
        Assert.That(exitCode, Is.EqualTo(ExitCode.AsExpected));
        Assert.That(output, Does.Contain("RFC 2410").And.Contain("2 vectors, 2 passed, 0 failed"));
    }

    [Test]
    public async Task Vectors_folderMissing_isUsageAndNamesIt()
    {
        var (exitCode, _, error) = await Run("--from", "/no/such/folder");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain("/no/such/folder"));
    }

    [Test]
    public async Task Vectors_malformedFile_couldNotRunAndNamesIt()
    {
        var folder = Directory.CreateTempSubdirectory("vectors-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "broken.json"), "{");
            var (exitCode, _, error) = await Run("--from", folder.FullName);
            Assert.That(exitCode, Is.EqualTo(ExitCode.CouldNotRun));
            Assert.That(error, Does.Contain("broken.json is malformed"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public async Task Vectors_unknownAlgorithm_selectsNothingAndSuggests()
    {
        var (exitCode, _, error) = await Run("--algorithm", "ENCR_AES_CBX");
        Assert.That(exitCode, Is.EqualTo(ExitCode.NothingSelected));
        Assert.That(error, Does.Contain("Did you mean ENCR_AES_CBC"));
    }

    private static async Task<(int ExitCode, string Output, string Error)> Run(params string[] options)
    {
        using StringWriter output = new(), error = new();
        var exitCode = await CommandLine.Run(["vectors", .. options], new(output, error, IsInteractive: false, AllowsColor: false), CancellationToken.None);
        return (exitCode, output.ToString(), error.ToString());
    }
}
