using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Conformance.Reports.Html;

/// <summary>SVG's <c>text</c> element, which Razor takes for a directive of its own.</summary>
public sealed class SvgText : ComponentBase
{
    [Parameter, EditorRequired]
    public string Class { get; set; } = "";

    [Parameter, EditorRequired]
    public double X { get; set; }

    [Parameter, EditorRequired]
    public double Y { get; set; }

    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "class", Class);
        builder.AddAttribute(2, "x", Wording.Invariant($"{X:0.##}"));
        builder.AddAttribute(3, "y", Wording.Invariant($"{Y:0.##}"));
        builder.AddContent(4, Text);
        builder.CloseElement();
    }
}
