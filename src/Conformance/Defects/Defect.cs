using Conformance.Implementations;
using Ipsec.Host;

namespace Conformance.Defects;

/// <summary>A named, deliberate fault: the in-house stack decorated at one of its seams, or told something else, so that the stack itself knows nothing of it.</summary>
/// <param name="Name">Small letters and dashes.</param>
/// <param name="Effect">What it makes happen, one line.</param>
/// <param name="Requirement">The requirement that it breaks: whatever catches it should name this.</param>
public sealed record Defect(string Name, string Effect, string Requirement)
{
    /// <summary>The rule that has to see it, in whatever scenario: the proof that the rule can fail. Null where it is enough that anybody catches the defect.</summary>
    public string? Rule { get; init; }

    /// <summary>Decorates the options of a host.</summary>
    public Func<IpsecHostOptions, IpsecHostOptions> Inject { get; init; } = options => options;

    /// <summary>What the stack makes of a connection's policy.</summary>
    public Func<ConnectionPolicy, ConnectionPolicy> MisreadPolicy { get; init; } = policy => policy;

    /// <summary>Decorates the options of a host that is keyed by hand, knowing what it is told.</summary>
    public Func<ManualConfiguration, IpsecHostOptions, IpsecHostOptions> InjectKeyed { get; init; } = (_, options) => options;

    /// <summary>What the stack makes of what it is told by hand: a rule that it doesn't know, or gets wrong.</summary>
    public Func<ManualConfiguration, ManualConfiguration> Misread { get; init; } = configuration => configuration;
}
