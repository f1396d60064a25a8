namespace Conformance.Cli;

/// <summary>What the command tells its caller. Permanent: scripts rely on them.</summary>
internal static class ExitCode
{
    public const int AsExpected = 0;
    public const int UnexpectedVerdicts = 1;
    public const int Usage = 2;
    public const int NothingSelected = 3;
    /// <summary>The harness or a peer could not run.</summary>
    public const int CouldNotRun = 4;
    /// <summary>Ctrl-C, as shells count it.</summary>
    public const int Cancelled = 130;
}
