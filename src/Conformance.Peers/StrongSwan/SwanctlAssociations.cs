using System.Collections.Immutable;
using System.Globalization;
using Conformance.Implementations;

namespace Conformance.Peers.StrongSwan;

/// <summary>Reads <c>swanctl --list-sas --raw</c>: each line "list-sa event {NAME {key=value … child-sas {NAME {…}}}}".</summary>
internal static class SwanctlAssociations
{
    public static ImmutableArray<SecurityAssociationInfo> Parse(string output)
    {
        var found = ImmutableArray.CreateBuilder<SecurityAssociationInfo>();
        foreach (var line in output.Split('\n').Where(line => line.StartsWith("list-sa event ", StringComparison.Ordinal)))
        {
            foreach (var ike in ViciSection.Parse(line["list-sa event ".Length..]).Sections.Values)
            {
                if (!ike.Sections.TryGetValue("child-sas", out var children))
                    continue;
                found.AddRange(children.Sections.Values
                    .Where(child => child["state"] == "INSTALLED" && child["protocol"] is "ESP" or "AH")
                    .Select(child => Describe(ike, child)));
            }
        }
        return found.ToImmutable();
    }

    private static SecurityAssociationInfo Describe(ViciSection ike, ViciSection child) => new(
        Spi(child["spi-in"]),
        Spi(child["spi-out"]),
        child["mode"].ToLowerInvariant(),
        ike["remote-host"],
        ike["remote-id"],
        "pre-shared key",
        Count(child["packets-in"]),
        Count(child["packets-out"]));

    private static uint Spi(string hex) => uint.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static long? Count(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
}
