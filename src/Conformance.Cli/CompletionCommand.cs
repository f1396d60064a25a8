using System.CommandLine;

namespace Conformance.Cli;

/// <summary><c>completion</c>: what a shell needs to complete this command's words; the words come from the command itself.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _ipsec_conformance() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(ipsec-conformance "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -F _ipsec_conformance ipsec-conformance
        """;

    private const string Zsh = """
        _ipsec_conformance() {
            local words_known=("${(@f)$(ipsec-conformance "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a words_known
        }
        compdef _ipsec_conformance ipsec-conformance
        """;

    private const string Fish = """
        complete -f -c ipsec-conformance -a '(ipsec-conformance "[suggest:"(commandline -C)"]" (commandline -p) 2>/dev/null)'
        """;

    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("SHELL") { HelpName = "SHELL", Description = "bash, zsh or fish." }.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new DocumentedCommand("completion", "Prints a script that completes this command's words in a shell.", $"""
            Example:
              source <({CommandLine.Name} completion bash)
            """);
        command.Arguments.Add(shell);
        command.SetAction(parsed =>
        {
            terminal.Out.WriteLine(parsed.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCode.AsExpected;
        });
        return command;
    }
}
