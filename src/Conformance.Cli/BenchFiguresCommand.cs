using System.Collections.Immutable;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO.Enumeration;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Conformance.Benchmarks;

namespace Conformance.Cli;

/// <summary><c>bench crypto</c> and <c>bench dataplane</c>: a set of measurements, each beside a reference that was measured in turns with it.</summary>
internal static class BenchFiguresCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Crypto(Terminal terminal) => Create(
        terminal, CryptoBenchmarks.All, "crypto", "Measures ESP packets, MACs, key exchanges and signatures beside OpenSSL called directly, in turns, in the same run.", $"""
        Names are esp/seal/ALGORITHM-KEYBITS/OCTETS, esp/open/…, mac/ALGORITHM/OCTETS, ke/generate/METHOD, ke/agree/METHOD, ke/encapsulate/METHOD,
        signature/sign/ALGORITHM, signature/verify/ALGORITHM. Figures are medians of rounds; the ratio is the median of the ratios within each round.
        Without libcrypto.so.3, and for what OpenSSL hasn't got, there is no reference. All of it takes two to three minutes.

        Examples:
          {CommandLine.Name} bench crypto --filter 'esp/*/1400' --filter 'ke/*/MODP-2048'
          {CommandLine.Name} bench crypto --json > figures.json
        """);

    public static Command Dataplane(Terminal terminal)
    {
        var live = new Option<string?>("--live")
        {
            HelpName = "PEER",
            Description = $"Instead of all that: echoes through tunnels to this peer ({string.Join(", ", BenchLive.Peers)}), keyed by hand, and where the time goes, beside the same in memory. Needs root and a container engine.",
        };
        live.CompletionSources.Add([.. BenchLive.Peers]);
        return WithLive(terminal, live);
    }

    private static Command WithLive(Terminal terminal, Option<string?> live) => Create(
        terminal, DataplaneBenchmarks.All, "dataplane", "Measures whole packets through the data plane on one core, beside the raw cipher in the same run, and look-ups in SPD and SAD.", $"""
        Names are out/ALGORITHM-KEYBITS/OCTETS and in/… for an IP packet of so many octets through a tunnel (policy look-up, header, ESP; the reference is OpenSSL
        on as many octets), ah/out and ah/in for AH in tunnel mode, spd/POLICIES and spd-miss/POLICIES for a flow that is known or new (the reference has 10
        policies), sad/ASSOCIATIONS for opening a packet of one of so many SAs (the reference has one).

        Examples:
          {CommandLine.Name} bench dataplane --filter '*/ENCR_AES_GCM_16-128/*'
          {CommandLine.Name} bench dataplane --filter 'spd*' --filter 'sad*'
          {CommandLine.Name} bench dataplane --live linux-kernel
        """, live);

    private static Command Create(Terminal terminal, ImmutableArray<Benchmark> all, string name, string description, string details, Option<string?>? live = null)
    {
        var filters = new Option<string[]>("--filter") { HelpName = "GLOB", Description = "Only what has this name; * and ? stand for any text and any character. Repeatable." };
        var asJson = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new DocumentedCommand(name, description, details);
        command.Options.Add(filters);
        command.Options.Add(asJson);
        if (live is not null)
            command.Options.Add(live);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (live is not null && parsed.GetValue(live) is { } peer)
            {
                if (parsed.GetValue(filters) is { Length: > 0 })
                    throw CommandFailure.Usage("--live and --filter exclude each other.");
                await ShowLive(BenchLive.Measure(peer, terminal, cancellation), parsed.GetValue(asJson), terminal);
                return ExitCode.AsExpected;
            }
            var chosen = Choose(all, parsed.GetValue(filters) ?? []);
            if (!IsOptimised)
                terminal.Complain("this is a debug build: its figures say little; build with -c Release.");
            if (parsed.GetValue(asJson))
                terminal.Out.WriteLine(JsonSerializer.Serialize(Document(Measure(chosen, terminal, cancellation).ToImmutableArray()), Json));
            else
                Write(Measure(chosen, terminal, cancellation), chosen, terminal.Out);
            return ExitCode.AsExpected;
        });
        return command;
    }

    private static async Task ShowLive(IAsyncEnumerable<LiveFigures> figures, bool asJson, Terminal terminal)
    {
        if (!asJson)
        {
            await BenchLive.Write(figures, terminal.Out);
            return;
        }
        var all = new List<LiveFigures>();
        await foreach (var one in figures)
            all.Add(one);
        await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(new { Machine, Optimised = IsOptimised, LiveThroughput.InFlight, Figures = all }, Json));
    }

    private static ImmutableArray<Benchmark> Choose(ImmutableArray<Benchmark> all, string[] globs)
    {
        var chosen = globs.Length == 0 ? all : [.. all.Where(benchmark => globs.Any(glob => FileSystemName.MatchesSimpleExpression(glob, benchmark.Name)))];
        return chosen.IsEmpty ? throw CommandFailure.NothingSelected($"No benchmark is called {string.Join(" or ", globs)}; names are like {all[0].Name}.") : chosen;
    }

    private static IEnumerable<BenchmarkFigures> Measure(ImmutableArray<Benchmark> chosen, Terminal terminal, CancellationToken cancellation)
    {
        var measurement = new InterleavedMeasurement();
        var shown = Stopwatch.StartNew();
        for (var index = 0; index < chosen.Length; index++)
        {
            // The table itself shows progress to a person; a pipe or a log wants a sign of life now and then.
            if (shown.Elapsed > TimeSpan.FromSeconds(5))
            {
                terminal.Error.WriteLine($"{index} of {chosen.Length} measured; now {chosen[index].Name}");
                shown.Restart();
            }
            yield return measurement.Measure(chosen[index], cancellation);
        }
    }

    private static void Write(IEnumerable<BenchmarkFigures> figures, ImmutableArray<Benchmark> chosen, TextWriter output)
    {
        var width = chosen.Max(benchmark => benchmark.Name.Length);
        output.WriteLine($"Reference: {CryptoBenchmarks.Reference ?? "none (libcrypto.so.3 is missing)"}. {Machine}.");
        output.WriteLine($"{"".PadRight(width)}  {"ours",10}  {"spread",6}  {"reference",10}  {"spread",6}  {"ratio",6}  {"per second",10}  {"Gbit/s",6}  {"octets allocated",16}");
        foreach (var one in figures)
        {
            output.WriteLine(
                $"{one.Name.PadRight(width)}  {Time(one.Nanoseconds),10}  {Percent(one.Spread),6}  {Time(one.ReferenceNanoseconds),10}  {Percent(one.ReferenceSpread),6}  "
                + $"{Number(one.Ratio, "0.00"),6}  {Number(1e9 / one.Nanoseconds, "0"),10}  {Number(one.Octets * 8 / one.Nanoseconds, "0.00"),6}  {Number(one.AllocatedOctets, "0.#"),16}");
            output.Flush();
        }
    }

    private static object Document(ImmutableArray<BenchmarkFigures> figures) => new
    {
        CryptoBenchmarks.Reference,
        Machine,
        Optimised = IsOptimised,
        Figures = figures,
    };

    private static string Machine => $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors";

    private static bool IsOptimised => typeof(Ipsec.Crypto.EspProtection).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    private static string Time(double? nanoseconds) => nanoseconds switch
    {
        null => "-",
        < 10_000 => Number(nanoseconds, "0 ns"),
        < 10_000_000 => Number(nanoseconds / 1e3, "0.0 µs"),
        _ => Number(nanoseconds / 1e6, "0.0 ms"),
    };

    private static string Percent(double? part) => Number(part, "0 %");

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
