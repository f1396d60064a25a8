using Ipsec.Host;

namespace Conformance.Defects;

/// <summary>A named, deliberate fault: the in-house stack decorated at one of its seams, so that the stack itself knows nothing of it.</summary>
/// <param name="Name">Small letters and dashes.</param>
/// <param name="Effect">What it makes happen, one line.</param>
/// <param name="Requirement">The requirement that it breaks: whatever catches it should name this.</param>
/// <param name="Inject">Decorates the options.</param>
public sealed record Defect(string Name, string Effect, string Requirement, Func<IpsecHostOptions, IpsecHostOptions> Inject);
