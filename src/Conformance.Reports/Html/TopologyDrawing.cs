namespace Conformance.Reports.Html;

/// <summary>A network as its overview draws it. Places are those of the SVG's view box.</summary>
public sealed record TopologyDrawing(
    double Width, double Height, IReadOnlyList<TopologyZone> Zones, IReadOnlyList<TopologyNode> Nodes, IReadOnlyList<TopologyLink> Links, IReadOnlyList<TopologySpan> Spans);

/// <summary>An area that several nodes share.</summary>
/// <param name="Class">"private" or "hostile".</param>
public sealed record TopologyZone(double Left, double Right, double Top, double Bottom, string Label, string Class);

/// <param name="X">Middle.</param>
/// <param name="Class">"plain", "router" or "secure".</param>
public sealed record TopologyNode(string Id, double X, double Y, string Name, string Detail, string Class)
{
    public const double Width = 148;
    public const double Height = 46;
}

public sealed record TopologyLink(string From, string To);

/// <summary>What reaches from one node to another over everything between them: an SA pair.</summary>
/// <param name="Y">Top of the band.</param>
/// <param name="Class">"outer" or "inner".</param>
public sealed record TopologySpan(string From, string To, double Y, string Label, string Counters, string Class)
{
    public const double Height = 40;
}
