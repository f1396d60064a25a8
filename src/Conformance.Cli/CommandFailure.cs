namespace Conformance.Cli;

/// <summary>Ends the command with an exit code. The message is a sentence for the user: what, where, what to do.</summary>
internal sealed class CommandFailure(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public static CommandFailure Usage(string message) => new(Cli.ExitCode.Usage, message);

    public static CommandFailure NothingSelected(string message) => new(Cli.ExitCode.NothingSelected, message);

    public static CommandFailure CouldNotRun(string message) => new(Cli.ExitCode.CouldNotRun, message);
}
