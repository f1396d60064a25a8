using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Conformance.Cli;

/// <summary>A command whose help ends with examples and whatever else does not fit a table of options.</summary>
internal sealed class DocumentedCommand(string name, string description, string notes) : Command(name, description)
{
    public string Notes { get; } = notes;
}

/// <summary>The library's help, followed by the command's own notes.</summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    public static void Install(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new HelpWithExamples((HelpAction)option.Action!);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var status = inner.Invoke(parseResult);
        if (parseResult.CommandResult.Command is DocumentedCommand documented)
            parseResult.InvocationConfiguration.Output.WriteLine(documented.Notes.TrimEnd() + "\n");
        return status;
    }

    public override bool ClearsParseErrors => true;
}
