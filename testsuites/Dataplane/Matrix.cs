using Conformance.Scenarios;
using Ipsec.Crypto;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Dataplane;

/// <summary>
/// Two data planes meet, keyed by hand, one cell of the matrix after the other: what one sends the other opens, and sends back. Each echo crosses in both
/// directions, so that each end has made and opened packets of that size.
/// </summary>
public sealed class Matrix : ScenarioFixture
{
    private static readonly int[] Pings = [0, 1, 64, 1400, 4000];
    private static readonly int[] Datagrams = [0, 500, 3000];

    internal static IEnumerable<ScenarioCase> Scenarios =>
        Cells.All.Select(cell => new ScenarioCase(cell.Id, cell.Title, cell, [.. cell.Covers()], [.. cell.Needs()]));

    [Scenarios(nameof(Scenarios))]
    public async Task Exchange(Cell cell)
    {
        var random = RandomSource.Seeded(Context.Seed);
        var configuration = cell.Configuration(Iut.Topology, random);
        var stack = await Context.Meet(configuration);
        IpAddress target = configuration.Policies[0].Local.StartAddress;
        foreach (var size in Pings)
            Judge(cell, await stack.Ping(target, Pattern(size)), $"an echo reply to a request with {size} octets of pattern");
        foreach (var size in Datagrams)
            Judge(cell, await stack.EchoUdp(target, random.Bytes(size)), $"a datagram of {size} random octets echoed");
    }

    private void Judge(Cell cell, bool cameBack, string what)
    {
        foreach (var requirement in cell.Covers())
            Context.Check(requirement, cameBack, $"{what}, with the same octets", "none, or with others");
    }

    /// <summary>Compresses well.</summary>
    private static byte[] Pattern(int size) => [.. Enumerable.Range(0, size).Select(index => (byte)(index % 64))];
}
