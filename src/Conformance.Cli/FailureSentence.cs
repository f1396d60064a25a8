using Conformance.Implementations;
using Conformance.KnownAnswers;
using Conformance.Reports;
using Conformance.Results;
using Conformance.Scenarios;
using Ipsec.Host.Links;

namespace Conformance.Cli;

/// <summary>Every exception as one sentence and an exit code: no stack trace reaches a user who did not ask for it.</summary>
internal static class FailureSentence
{
    public static (int ExitCode, string Sentence) Of(Exception failure) => failure switch
    {
        CommandFailure ours => (ours.ExitCode, ours.Message),
        ResultsFileException or ReportException or CatalogueException or ImplementationFailedException or NetworkFailedException or VectorFileException => (ExitCode.CouldNotRun, failure.Message),
        AggregateException { InnerExceptions: [var only, ..] } => Of(only),
        IOException or UnauthorizedAccessException => (ExitCode.CouldNotRun, $"A file or folder can't be used: {failure.Message.Trim()}"),
        OperationCanceledException => (ExitCode.Cancelled, "Stopped."),
        _ => (ExitCode.CouldNotRun, $"The harness broke: {failure.GetType().Name}: {failure.Message} (--debug shows where; please report it)"),
    };
}
