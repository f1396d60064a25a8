using Spectre.Console;

namespace Conformance.Cli;

/// <summary>Where the command writes: what was asked for to <see cref="Out"/>, everything else to <see cref="Error"/>.</summary>
/// <param name="IsInteractive">A person watches: progress may move.</param>
/// <param name="AllowsColor">Neither <c>NO_COLOR</c> nor the kind of terminal forbids colours.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool IsInteractive, bool AllowsColor)
{
    public static Terminal OfProcess()
    {
        var capable = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "" or null);
        return new(Console.Out, Console.Error, capable, capable && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
    }

    public Terminal WithoutColor() => this with { AllowsColor = false };

    /// <summary>For what moves or has colours; plain lines go to <see cref="Out"/> directly, because Spectre would wrap them.</summary>
    public IAnsiConsole Rich() => AnsiConsole.Create(new()
    {
        Out = new AnsiConsoleOutput(Out),
        Ansi = IsInteractive ? AnsiSupport.Yes : AnsiSupport.No,
        Interactive = IsInteractive ? InteractionSupport.Yes : InteractionSupport.No,
        ColorSystem = AllowsColor ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
    });

    public void Complain(string sentence) => Error.WriteLine($"ipsec-conformance: {sentence}");
}
