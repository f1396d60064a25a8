using System.CommandLine;
using Conformance.Experiments;
using Conformance.Reports;

namespace Conformance.Cli;

/// <summary><c>experiment one-to-one</c>: ESP beside a tunnel in TCP over a lossy path.</summary>
internal static class ExperimentOneToOneCommand
{
    public static Command Create(Terminal terminal)
    {
        var options = new ExperimentOptions("one-to-one");
        var command = new DocumentedCommand(
            "one-to-one", "A voice stream and a bulk transfer through an ESP tunnel, and through a tunnel whose packets ride one TCP connection, at 0 to 10 % loss.", $"""
            Judges ESP: one outer packet for each inner packet, lost exactly what the path lost, no packet held up. What it does not keep is said, and the exit code is 1.
            The tunnel in TCP is shown beside it. Everything happens in memory; it takes some seconds.

            Examples:
              {CommandLine.Name} experiment one-to-one
              {CommandLine.Name} experiment one-to-one --seed 7 --output lossy
            """);
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var experiment = new OneToOneExperiment { Seed = parsed.GetValue(options.Seed) };
            var figures = experiment.Run((kind, loss) =>
            {
                if (terminal.IsInteractive)
                    terminal.Error.WriteLine(FormattableString.Invariant($"measuring {Name(kind)} at {loss * 100:0.##} % loss"));
            });
            Write(figures, terminal.Out);
            return ExperimentTables.Finish(terminal, ExperimentReport.Write(figures, options.Folder(parsed)), OneToOneExperiment.Broken(figures));
        });
        return command;
    }

    private static void Write(OneToOneFigures figures, TextWriter output)
    {
        output.WriteLine(FormattableString.Invariant(
            $"Round trip {figures.RoundTripMs:0.#} ms; voice: {figures.VoiceSeconds:0} s, a packet every {figures.VoiceIntervalMs:0} ms, late after {figures.LateMs:0} ms (ITU-T G.114); bulk: {figures.BulkSeconds:0} s; seed {figures.Seed}."));
        output.WriteLine();
        output.WriteLine("             | voice: one-way delay, ms                           | voice: packets                     | bulk");
        output.WriteLine("tunnel  loss |  median     95 %     99 %   longest     stall |  lost   late  gap ms  outer/inner |  Mbit/s  stall ms  outer/inner");
        foreach (var run in figures.Runs)
        {
            output.WriteLine(FormattableString.Invariant(
                $"{Name(run.Tunnel),-6}  {run.Loss * 100,2:0.#} % | {run.Voice.Percentile(0.5),7:0.0}  {run.Voice.Percentile(0.95),7:0.0}  {run.Voice.Percentile(0.99),7:0.0}  {run.Voice.Percentile(1),8:0.0}  {run.Voice.LongestStallMs(figures.PathMs),8:0.0} | {run.Voice.Lost,5}  {run.Voice.Late(figures.LateMs),5}  {run.Voice.LongestGap(figures.LateMs) * figures.VoiceIntervalMs,6:0}  {run.Voice.Tunnel.OuterPerInner,11:0.000} | {run.Bulk.MegabitsPerSecond(figures.BulkSeconds),7:0.00}  {run.Bulk.LongestStallMs,8:0.0}  {run.Bulk.Tunnel.OuterPerInner,11:0.000}"));
        }
        output.WriteLine();
    }

    private static string Name(TunnelKind kind) => kind == TunnelKind.Esp ? "ESP" : "in TCP";
}
