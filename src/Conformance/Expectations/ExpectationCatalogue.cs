using System.Collections.Immutable;
using System.Globalization;
using System.IO.Enumeration;
using Conformance.Results;
using Conformance.Rules;
using Conformance.Scenarios;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Conformance.Expectations;

/// <summary>The expectations of <c>fixtures/expectations/&lt;implementation&gt;.yaml</c>, which are built into this library.</summary>
public sealed class ExpectationCatalogue(ImmutableArray<Expectation> expectations)
{
    public ImmutableArray<Expectation> Expectations => expectations;

    /// <summary>Reads the built-in files and checks that each expectation matches a scenario and has not expired.</summary>
    /// <exception cref="CatalogueException">A file is malformed, or an expectation matches nothing or has expired; file and line are named.</exception>
    public static ExpectationCatalogue Load(ScenarioCatalogue scenarios, DateOnly today)
    {
        var assembly = typeof(ExpectationCatalogue).Assembly;
        var all = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("expectations/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .SelectMany(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return Parse(reader, Path.GetFileNameWithoutExtension(name), $"fixtures/{name}");
            })
            .ToImmutableArray();
        Check(all, scenarios, today);
        return new(all);
    }

    /// <summary>Checks that each expectation matches a scenario and has not expired.</summary>
    /// <exception cref="CatalogueException">One matches nothing or has expired; file and line are named.</exception>
    public static void Check(IEnumerable<Expectation> expectations, ScenarioCatalogue scenarios, DateOnly today)
    {
        foreach (var expectation in expectations)
        {
            if (!scenarios.Scenarios.Any(scenario => Matches(expectation, scenario.Id)))
                throw new CatalogueException($"{expectation.Place}: '{expectation.Scenarios}' matches no scenario: correct or remove it");
            if (expectation.Expires < today)
                throw new CatalogueException($"{expectation.Place}: '{expectation.Scenarios}' expired on {expectation.Expires:yyyy-MM-dd}: look at it again, then renew or remove it");
        }
    }

    /// <summary>The expectation that counts for a pair today: the last one in its file that matches. Null where nothing out of the ordinary is expected.</summary>
    public Expectation? Find(string implementation, string scenario, DateOnly today) => expectations.LastOrDefault(expectation => expectation.Rule is null && Counts(expectation, implementation, scenario, today));

    /// <summary>The expectation that a rule may be broken; null where that would be news.</summary>
    /// <param name="rule">Id of the rule.</param>
    public Expectation? FindBreak(string implementation, string scenario, string rule, DateOnly today) =>
        expectations.LastOrDefault(expectation => expectation.Rule == rule && Counts(expectation, implementation, scenario, today));

    /// <summary>
    /// Reads one file: a sequence of mappings with <c>scenario</c> and <c>verdict</c>, or <c>rule</c> and at will <c>scenario</c>; then <c>reason</c>, and at will
    /// <c>link</c> and <c>expires</c> (a date).
    /// </summary>
    public static IReadOnlyList<Expectation> Parse(TextReader yaml, string implementation, string file)
    {
        var expectations = new List<Expectation>();
        try
        {
            var parser = new Parser(yaml);
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
                return expectations;
            parser.Consume<SequenceStart>();
            while (!parser.TryConsume<SequenceEnd>(out _))
                expectations.Add(ParseOne(parser, implementation, file));
        }
        catch (YamlException error)
        {
            throw new CatalogueException($"{file}:{error.Start.Line}: {error.Message}");
        }
        return expectations;
    }

    private static Expectation ParseOne(Parser parser, string implementation, string file)
    {
        var place = $"{file}:{parser.Consume<MappingStart>().Start.Line}";
        var fields = new Dictionary<string, string>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>();
            if (key.Value is not ("scenario" or "rule" or "verdict" or "reason" or "link" or "expires") || !fields.TryAdd(key.Value, parser.Consume<Scalar>().Value))
                throw new CatalogueException($"{file}:{key.Start.Line}: unknown or repeated key '{key.Value}': scenario, rule, verdict, reason, link and expires are known");
        }
        string Required(string key) => fields.TryGetValue(key, out var value) && value.Trim() != ""
            ? value
            : throw new CatalogueException($"{place}: '{key}' is missing");
        if (fields.GetValueOrDefault("rule") is { } id)
        {
            if (fields.ContainsKey("verdict"))
                throw new CatalogueException($"{place}: 'verdict' beside 'rule': a rule has its own");
            var rule = RuleCatalogue.All.FirstOrDefault(rule => rule.Id == id) ?? throw new CatalogueException($"{place}: '{id}' is no rule: see check --list");
            return new(implementation, fields.GetValueOrDefault("scenario") ?? "*", rule.Verdict, Required("reason"), fields.GetValueOrDefault("link"), Date(), place) { Rule = id };
        }
        if (Verdicts.All.Where(verdict => verdict.Word == Required("verdict")).ToList() is not [var expected])
            throw new CatalogueException($"{place}: '{fields["verdict"]}' is no verdict: {string.Join(", ", Verdicts.All.Select(verdict => verdict.Word))}");
        return new(implementation, Required("scenario"), expected, Required("reason"), fields.GetValueOrDefault("link"), Date(), place);

        DateOnly? Date()
        {
            if (!fields.TryGetValue("expires", out var text))
                return null;
            return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                ? date
                : throw new CatalogueException($"{place}: '{text}' is no date of the form 2027-12-31");
        }
    }

    private static bool Counts(Expectation expectation, string implementation, string scenario, DateOnly today) =>
        expectation.Implementation == implementation && Matches(expectation, scenario) && (expectation.Expires is null || today <= expectation.Expires);

    private static bool Matches(Expectation expectation, string scenario) => FileSystemName.MatchesSimpleExpression(expectation.Scenarios, scenario);
}
