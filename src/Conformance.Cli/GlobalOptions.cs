using System.CommandLine;

namespace Conformance.Cli;

/// <summary>Options of every command.</summary>
internal static class GlobalOptions
{
    public static Option<bool> NoColor { get; } = new("--no-color")
    {
        Description = "Print without colours (so does NO_COLOR in the environment).",
        Recursive = true,
    };

    public static Option<bool> Debug { get; } = new("--debug")
    {
        Description = "Show the stack trace when the harness breaks (so does IPSEC_CONFORMANCE_DEBUG=1).",
        Recursive = true,
    };

    public static bool WantsDebug(ParseResult parsed) =>
        parsed.GetValue(Debug) || Environment.GetEnvironmentVariable("IPSEC_CONFORMANCE_DEBUG") is not (null or "" or "0");
}
