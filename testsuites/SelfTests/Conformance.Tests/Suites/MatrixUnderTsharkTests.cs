using Conformance.Evidence;
using Conformance.Implementations;
using Conformance.InHouse;
using Conformance.Results;
using Conformance.Scenarios;
using Conformance.Suites.Dataplane;
using Conformance.Tests.Evidence;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Tests.Suites;

/// <summary>
/// An independent dissector reads what our data planes sent each other in a sample of the matrix's cells: nothing is malformed, and with the key files as
/// they are every ESP packet whose cipher it knows is opened, its ICV right.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class MatrixUnderTsharkTests
{
    private const int Step = 11;

    private static IEnumerable<ScenarioDescriptor> Sample =>
        AllSuites.Catalogue.Scenarios.Where(scenario => scenario.Argument is Cell).Where((_, index) => index % Step == 0);

    private static IEnumerable<string> Ids => Sample.Select(scenario => scenario.Id);

    [TestCaseSource(nameof(Ids))]
    public async Task Cell_IsWellFormedAndOpened(string id)
    {
        Tshark.Require();
        var scenario = AllSuites.Find(id);
        var cell = (Cell)scenario.Argument!;
        using var folder = new TemporaryFolder();
        var result = await new ScenarioExecutor(new EvidenceFolder(folder.Path)).Execute(scenario, new InHouseDriver(), default);
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Pass), result.Reason);
        var capture = Path.Combine(folder.Path, result.Evidence.Capture!);
        var frames = Tshark.Decode(capture, Path.GetDirectoryName(capture)!);

        var spis = (await Associations(cell)).Where(association => association.Protocol != IpsecProtocol.IpComp).ToArray();
        var esp = spis.Where(association => association.Protocol == IpsecProtocol.Esp).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(frames.Where(frame => frame.Has("_ws.malformed")), Is.Empty);
            Assert.That(frames.Any(frame => frame.Has("ah.spi")), Is.EqualTo(spis.Length > esp.Length));
            // AH around ESP and the like: the outer one has to be opened for the inner one to be seen.
            if (!esp.All(IsKnown))
                return;
            Assert.That(frames.Any(frame => frame.Has("esp.spi")), Is.EqualTo(esp.Length > 0));
            Assert.That(frames.Where(frame => frame.Values("esp.spi").Count != frame.Values("esp.protocol").Count), Is.Empty, "not decrypted");
            Assert.That(frames.Count(frame => frame.Has("icmp.type") || frame.Has("icmpv6.type")), Is.GreaterThan(4), "echoes are seen inside");
            if (esp.All(association => IsChecked(association.Integrity) && (!association.ExtendedSequenceNumbers || Tshark.KnowsExtendedSequenceNumbers)))
                Assert.That(frames.Where(frame => frame.Values("esp.icv_good").Any(good => good != "1")), Is.Empty, "ICV wrong");
        });
    }

    [Test]
    public async Task Sample_HasCellsOfEveryKind()
    {
        var cells = Sample.Select(scenario => (Cell)scenario.Argument!).ToArray();
        var known = 0;
        foreach (var cell in cells)
            known += (await Associations(cell)).Where(association => association.Protocol == IpsecProtocol.Esp).All(IsKnown) ? 1 : 0;
        Assert.That(cells.Select(cell => cell.Layers).Distinct().Count(), Is.EqualTo(Enum.GetValues<Layers>().Length));
        Assert.That(known, Is.GreaterThan(20));
        Assert.That(cells.Select(cell => cell.Families).Distinct().Count(), Is.EqualTo(4));
    }

    private static async Task<ManualSecurityAssociation[]> Associations(Cell cell)
    {
        await using var implementation = await new InHouseDriver().Start(0, new Progress<string>(), default);
        return [.. cell.Configuration(implementation.Topology, RandomSource.Seeded(1)).Associations];
    }

    private static bool IsKnown(ManualSecurityAssociation association) => WiresharkKeyFiles.Knows(new EspSaKeyRecord(
        association.Source, association.Destination, association.Spi, (ushort)association.Encryption, association.KeyLength, (ushort)association.Integrity, [], [], false));

    private static bool IsChecked(IntegrityId integrity) => integrity is not (IntegrityId.AesXcbc_96 or IntegrityId.AesCmac_96);
}
