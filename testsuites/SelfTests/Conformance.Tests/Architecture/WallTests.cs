using System.Reflection;
using Conformance.Tests.Suites;
using Conformance.Testing;

namespace Conformance.Tests.Architecture;

/// <summary>The walls of the house: which code may know which.</summary>
public sealed class WallTests
{
    private static readonly Type[] SansIo =
        [typeof(Ipsec.Packets.Octets), typeof(Ipsec.Crypto.RandomSource), typeof(Ipsec.Dataplane.DataPlane), typeof(Ipsec.Ike.IkeEndpoint)];

    private static IEnumerable<Assembly> SansIoAssemblies => SansIo.Select(type => type.Assembly);

    [TestCaseSource(nameof(SansIoAssemblies))]
    public void SansIoLibrary_References_NoSocketsThreadsOrLinks(Assembly assembly)
    {
        string[] forbidden = ["System.Net.Sockets", "System.Threading.Thread", "System.Diagnostics.Process", "SharpPcap", "PacketDotNet", "Ipsec.Host", "Conformance"];
        // System.Net.Sockets holds the AddressFamily enumeration in System.Net.Primitives' place only on other frameworks: a reference means I/O.
        Assert.That(assembly.GetReferencedAssemblies().Select(name => name.Name), Has.None.Matches<string?>(name => forbidden.Contains(name)));
    }

    [TestCaseSource(nameof(SansIoAssemblies))]
    public void SansIoLibrary_Code_ReadsNoClockAndNoAmbientRandomness(Assembly assembly)
    {
        var used = MemberUse.Of(assembly).ToHashSet();
        string[] clocks =
        [
            "System.DateTime.get_UtcNow", "System.DateTime.get_Now", "System.DateTimeOffset.get_UtcNow", "System.DateTimeOffset.get_Now",
            "System.Environment.get_TickCount", "System.Environment.get_TickCount64", "System.Diagnostics.Stopwatch.GetTimestamp", "System.Random.get_Shared", "System.Random..ctor",
            "System.Threading.Tasks.Task.Delay", "System.Threading.Thread.Sleep",
        ];
        Assert.That(clocks.Where(used.Contains), Is.Empty);
    }

    [Test]
    public void OperatingSystemRandomness_IsReadInOnePlace()
    {
        var users = MemberUse.TypesUsing(typeof(Ipsec.Crypto.RandomSource).Assembly, "System.Security.Cryptography.RandomNumberGenerator").Distinct();
        Assert.That(users, Is.EqualTo(new[] { "SystemSource" }));
    }

    [Test]
    public void Tester_KnowsNothingOfTheStackItJudges()
    {
        var offenders = MemberUse.TypesUsing(typeof(Tester).Assembly, "Ipsec.Ike.", "Ipsec.Dataplane.", "Ipsec.Host.IpsecHost")
            .Where(type => typeof(Tester).Assembly.GetTypes().Any(candidate => candidate.Name == type && candidate.Namespace == typeof(Tester).Namespace));
        Assert.That(offenders, Is.Empty);
    }

    [Test]
    public void Suites_Reference_NeitherPeersNorDocker()
    {
        var suites = AllSuites.Catalogue.Scenarios.Select(scenario => scenario.Method.DeclaringType!.Assembly).Distinct();
        foreach (var suite in suites)
            Assert.That(
                suite.GetReferencedAssemblies().Select(name => name.Name),
                Has.None.Matches<string?>(name => name!.StartsWith("Conformance.Peers", StringComparison.Ordinal) || name.StartsWith("Docker", StringComparison.Ordinal)));
    }
}
