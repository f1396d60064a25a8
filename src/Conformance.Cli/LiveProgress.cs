using Conformance.Implementations;
using Conformance.Results;
using Conformance.Runs;
using Spectre.Console;

namespace Conformance.Cli;

/// <summary>A moving bar for each implementation, and above the bars a line for what needs attention: for people at a terminal.</summary>
internal sealed class LiveProgress(RunPlan plan, IAnsiConsole console) : IProgressView
{
    private const int LongestText = 60;

    private readonly ResultLine _lines = new(plan);
    private readonly Dictionary<string, ProgressTask> _bars = [];
    private readonly Dictionary<string, int> _failures = [];

    public Task Follow(Func<Task> run) => console.Progress()
        .AutoClear(false)
        .Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left },
            new ProgressBarColumn(),
            new CountColumn(),
            new ElapsedTimeColumn())
        .StartAsync(async context =>
        {
            foreach (var planned in plan.Implementations)
                _bars[planned.Driver.Name] = context.AddTask(Markup.Escape(planned.Driver.Name), autoStart: false, maxValue: planned.Scenarios.Length);
            await run();
        });

    public void Progress(string implementation, string text) => Describe(implementation, PeerText.Without(implementation, text));

    public void Ready(ImplementationDescription implementation, bool live)
    {
        console.WriteLine($"{implementation.Name}: {implementation.Product}, ESP by {implementation.DataPlane}, {(live ? "live" : "in memory")}");
        Describe(implementation.Name, "");
    }

    public void Finished(ScenarioResult result)
    {
        if (result.NeedsAttention || result.Standing == Standing.Expected)
            console.WriteLine(_lines.Of(result), VerdictStyle.Of(result));
        if (!result.IsAsExpected)
        {
            var failures = _failures[result.Implementation] = _failures.GetValueOrDefault(result.Implementation) + 1;
            Describe(result.Implementation, $"{failures} not as expected");
        }
        var bar = _bars[result.Implementation];
        bar.Increment(1);
        if (bar.IsFinished)
            bar.StopTask();
    }

    public void Failed(string implementation, string reason) =>
        console.WriteLine(ResultLine.OneLine($"{implementation}: could not be run: {reason}"), VerdictStyle.Of(Verdict.Error));

    private void Describe(string implementation, string text)
    {
        var bar = _bars[implementation];
        if (!bar.IsStarted)
            bar.StartTask();
        var line = ResultLine.OneLine(text);
        var shown = line.Length <= LongestText ? line : line[..(LongestText - 1)] + "…";
        bar.Description = Markup.Escape(shown.Length == 0 ? implementation : $"{implementation}: {shown}");
    }

    /// <summary>Done of all.</summary>
    private sealed class CountColumn : ProgressColumn
    {
        public override Spectre.Console.Rendering.IRenderable Render(Spectre.Console.Rendering.RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text($"{task.Value:0}/{task.MaxValue:0}");
    }
}
