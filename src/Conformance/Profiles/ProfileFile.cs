using System.Collections.Immutable;
using System.Globalization;
using Conformance.Implementations;
using Conformance.Scenarios;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Conformance.Profiles;

/// <summary>
/// Reads a profile: a YAML mapping with any of <c>responseTime</c> and <c>silenceTime</c> (seconds), <c>without</c> (a sequence of capabilities) and <c>outer</c>
/// (ipv4 or ipv6).
/// </summary>
public static class ProfileFile
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <exception cref="CatalogueException">The file can't be read, or is not of that form; file and line are named.</exception>
    public static Profile Read(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            return Parse(reader, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CatalogueException($"profile {path} can't be read: {error.Message}");
        }
    }

    public static Profile Parse(TextReader yaml, string file)
    {
        var profile = new Profile(null, null, []);
        try
        {
            var parser = new Parser(yaml);
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            parser.Consume<MappingStart>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = parser.Consume<Scalar>();
                profile = key.Value switch
                {
                    "responseTime" => profile with { ResponseTime = Seconds(parser.Consume<Scalar>(), file) },
                    "silenceTime" => profile with { SilenceTime = Seconds(parser.Consume<Scalar>(), file) },
                    "without" => profile with { Without = Capabilities(parser, file) },
                    "outer" => profile with { OuterIpv6 = IsIpv6(parser.Consume<Scalar>(), file) },
                    _ => throw new CatalogueException($"{file}:{key.Start.Line}: unknown key '{key.Value}': responseTime, silenceTime, without and outer are known"),
                };
            }
        }
        catch (YamlException error)
        {
            throw new CatalogueException($"{file}:{error.Start.Line}: {error.Message}");
        }
        return profile;
    }

    private static TimeSpan Seconds(Scalar value, string file) =>
        double.TryParse(value.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 && seconds <= Longest.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new CatalogueException($"{file}:{value.Start.Line}: '{value.Value}' is no number of seconds above 0 and up to {Longest.TotalSeconds}");

    private static bool IsIpv6(Scalar value, string file) => value.Value switch
    {
        "ipv6" => true,
        "ipv4" => false,
        var other => throw new CatalogueException($"{file}:{value.Start.Line}: '{other}' is no family: ipv4 or ipv6"),
    };

    private static ImmutableArray<Capability> Capabilities(Parser parser, string file)
    {
        var capabilities = ImmutableArray.CreateBuilder<Capability>();
        parser.Consume<SequenceStart>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            var name = parser.Consume<Scalar>();
            capabilities.Add(Enum.GetNames<Capability>().Contains(name.Value)
                ? Enum.Parse<Capability>(name.Value)
                : throw new CatalogueException($"{file}:{name.Start.Line}: unknown capability '{name.Value}': {string.Join(", ", Enum.GetNames<Capability>())}"));
        }
        return capabilities.DrainToImmutable();
    }
}
