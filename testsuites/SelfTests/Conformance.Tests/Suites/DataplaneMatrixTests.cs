using Conformance.Implementations;
using Conformance.InHouse;
using Conformance.Scenarios;
using Conformance.Suites.Dataplane;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Tests.Suites;

/// <summary>What the matrix of manually keyed SAs promises, held against its scenarios without its own means of choosing them.</summary>
public sealed class DataplaneMatrixTests
{
    private static readonly (ScenarioDescriptor Scenario, Cell Cell)[] Matrix =
        [.. AllSuites.Catalogue.Scenarios.Where(scenario => scenario.Argument is Cell).Select(scenario => (scenario, (Cell)scenario.Argument!))];

    private static IEnumerable<Cell> Cells => Matrix.Select(entry => entry.Cell);

    [Test]
    public void Matrix_HasAtLeast250Cells() => Assert.That(Matrix, Has.Length.GreaterThanOrEqualTo(250));

    [TestCase("DATAPLANE-ESP-TUNNEL-V4V6-GCM16-128-ESN-UDP")]
    [TestCase("DATAPLANE-AH-TRANSPORT-V6V6-XCBC-ESN")]
    [TestCase("DATAPLANE-AHESP-TUNNEL-V4V6-SHA256-OVER-CCM12-128-ESN")]
    [TestCase("DATAPLANE-ESPCOMP-TUNNEL-V6V4-GMAC-256-UDP")]
    public void Id_SaysWhatIsInTheCell(string id)
    {
        var cell = Matrix.Single(entry => entry.Scenario.Id == id).Cell;
        Assert.That(cell.Id, Is.EqualTo(id));
        Assert.That(cell.Esn, Is.EqualTo(id.Contains("-ESN", StringComparison.Ordinal)));
        Assert.That(cell.Udp, Is.EqualTo(id.EndsWith("-UDP", StringComparison.Ordinal)));
        Assert.That(id, Does.Contain($"-{cell.Mode.ToString().ToUpperInvariant()}-{cell.Families}-"));
    }

    [Test]
    public void Esp_HasEveryCipherInEveryModeAndFamily()
    {
        var shapes = Cells.Where(cell => cell.Layers == Layers.Esp).ToLookup(cell => (cell.Mode, cell.Families), cell => cell.Suite!.Encryption);
        Assert.That(shapes, Has.Count.EqualTo(10));
        var ciphers = Cells.Where(cell => cell.Suite is not null).Select(cell => cell.Suite!.Encryption).Distinct().ToArray();
        Assert.That(ciphers, Has.Length.EqualTo(16));
        foreach (var shape in shapes)
            Assert.That(shape.Distinct(), Is.EquivalentTo(ciphers), $"{shape.Key}");
    }

    [Test]
    public void Esp_HasEveryPairOfCipherAndIntegrityThatCanBe()
    {
        var pairs = Cells.Where(cell => cell.Layers == Layers.Esp).Select(cell => (cell.Suite!.Encryption, cell.Suite.Integrity)).ToHashSet();
        foreach (var cipher in pairs.Select(pair => pair.Encryption).Distinct().ToArray())
        {
            var integrities = pairs.Where(pair => pair.Encryption == cipher).Select(pair => pair.Integrity).ToArray();
            if (Algorithms.Encryption(cipher)!.IsAead)
                Assert.That(integrities, Is.EqualTo(new[] { IntegrityId.None }), $"{cipher}");
            else
                Assert.That(integrities, Has.Length.EqualTo(7).And.None.EqualTo(IntegrityId.None), $"{cipher}");
        }
    }

    [Test]
    public void Ah_IsTheFullProduct() => Assert.That(
        Cells.Where(cell => cell.Layers == Layers.Ah).Select(cell => (cell.Mode, cell.Families, cell.AhIntegrity, cell.Esn)).Distinct().Count(), Is.EqualTo(6 * 10 * 2));

    [TestCase(Layers.AhOverEsp)]
    [TestCase(Layers.EspOverEsp)]
    [TestCase(Layers.EspOverIpComp)]
    public void Bundle_OccursInEveryModeAndFamily(Layers layers) => Assert.That(
        Cells.Where(cell => cell.Layers == layers).Select(cell => (cell.Mode, cell.Families)).Distinct().Count(), Is.EqualTo(10));

    [Test]
    public void Cells_ThatCanNotBe_AreNotThere()
    {
        Assert.That(Cells.Where(cell => cell.Mode == IpsecMode.Transport && cell.Families.InnerIpv6 != cell.Families.OuterIpv6), Is.Empty);
        Assert.That(Cells.Where(cell => cell is { Udp: true, Layers: Layers.Ah or Layers.AhOverEsp }), Is.Empty);
        Assert.That(Cells.Where(cell => cell.Layers == Layers.Ah && cell.Mode == IpsecMode.Beet), Is.Empty);
    }

    [Test]
    public async Task Keys_OfACell_AreDifferentInEverySa()
    {
        await using var implementation = await new InHouseDriver().Start(0, new Progress<string>(), default);
        foreach (var cell in Cells)
        {
            var associations = cell.Configuration(implementation.Topology, RandomSource.Seeded(1)).Associations.ToArray();
            var keys = associations.SelectMany(association => new[] { association.EncryptionKey, association.IntegrityKey }).Where(key => !key.IsEmpty);
            Assert.That(keys, Is.Unique, cell.Id);
            Assert.That(associations.Select(association => (association.Protocol, association.Spi)), Is.Unique, cell.Id);
        }
    }
}
