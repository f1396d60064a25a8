namespace Conformance.Reports.Html;

/// <summary>One axis of a plot: from values to places between 0 and 1.</summary>
/// <param name="Label">With the unit.</param>
/// <param name="Ticks">Where a line and a number stand, within <paramref name="Minimum"/> and <paramref name="Maximum"/>.</param>
/// <param name="IsLogarithmic">Then all values are positive.</param>
public sealed record PlotAxis(string Label, double Minimum, double Maximum, IReadOnlyList<double> Ticks, bool IsLogarithmic = false, string Unit = "")
{
    /// <summary>From 0 to a round number that is not less than any value, with about five ticks.</summary>
    public static PlotAxis FromZero(string label, IEnumerable<double> values, string unit = "")
    {
        var largest = values.Append(0).Max();
        var step = Step(largest > 0 ? largest : 1);
        var count = Math.Max(1, (int)Math.Ceiling((largest / step) - 1e-9));
        return new(label, 0, count * step, [.. Enumerable.Range(0, count + 1).Select(i => i * step)], Unit: unit);
    }

    /// <summary>Powers of ten with 2 and 5 between them.</summary>
    public static PlotAxis Logarithmic(string label, double minimum, double maximum)
    {
        var ticks = from power in Enumerable.Range(-3, 12)
                    from factor in new[] { 1, 2, 5 }
                    let tick = factor * Math.Pow(10, power)
                    where tick >= minimum * 0.999 && tick <= maximum * 1.001
                    select tick;
        return new(label, minimum, maximum, [.. ticks], IsLogarithmic: true);
    }

    /// <summary>Values outside stand at the edge.</summary>
    public double Place(double value)
    {
        var clamped = Math.Clamp(value, Minimum, Maximum);
        return IsLogarithmic ? Math.Log(clamped / Minimum) / Math.Log(Maximum / Minimum) : (clamped - Minimum) / (Maximum - Minimum);
    }

    public string Number(double tick) => Wording.Invariant($"{tick:0.######}{Unit}");

    private static double Step(double largest)
    {
        var rough = largest / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / power) switch
        {
            <= 1 => power,
            <= 2 => 2 * power,
            <= 5 => 5 * power,
            _ => 10 * power,
        };
    }
}

/// <summary>What is drawn into a plot.</summary>
/// <param name="Class">Its colour in the style sheet.</param>
/// <param name="AsDots">Dots instead of a line.</param>
public sealed record PlotSeries(string Name, string Class, IReadOnlyList<(double X, double Y)> Points, bool AsDots = false);
