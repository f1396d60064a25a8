using Conformance.Implementations;
using Conformance.Peers.OpenIked;

namespace Conformance.Peers.Tests;

/// <summary>What OpenIKED 7.4's <c>ikectl show sa</c> printed in live runs.</summary>
internal sealed class IkedAssociationsTests
{
    private const string OneChild = """
        iked_sas: 0x55000f8850 rspi 0xa2b197cc0f86b8d2 ispi 0x0e5fa74f8242a817 172.31.14.2:500->172.31.14.10:500<FQDN/tester.example>[] ESTABLISHED r nexti (nil) pol 0x55000f9db0
          sa_childsas: 0x5500115310 ESP 0x20c4b208 in 172.31.14.10:500 -> 172.31.14.2:500 (LA) B=(nil) P=0x5500148360 @0x55000f8850
          sa_childsas: 0x5500148360 ESP 0x9d8b0e5a out 172.31.14.2:500 -> 172.31.14.10:500 (L) B=(nil) P=0x5500115310 @0x55000f8850
          sa_flows: 0x5500148120 ESP out 10.2.0.0/24 -> 10.1.0.0/24 [0]@-1 (L) @0x55000f8850
          sa_flows: 0x5500147ca0 ESP out 10.1.0.0/24 -> 10.2.0.0/24 [0]@-1 (L) @0x55000f8850
          sa_flows: 0x5500147ee0 ESP in 10.2.0.0/24 -> 10.1.0.0/24 [0]@-1 (L) @0x55000f8850
        iked_activesas: 0x5500115310 ESP 0x20c4b208 in 172.31.14.10:500 -> 172.31.14.2:500 (LA) B=(nil) P=0x5500148360 @0x55000f8850
        iked_activesas: 0x5500148360 ESP 0x9d8b0e5a out 172.31.14.2:500 -> 172.31.14.10:500 (L) B=(nil) P=0x5500115310 @0x55000f8850
        iked_flows: 0x5500147ee0 ESP in 10.2.0.0/24 -> 10.1.0.0/24 [0]@-1 (L) @0x55000f8850
        iked_flows: 0x5500147ca0 ESP out 10.1.0.0/24 -> 10.2.0.0/24 [0]@-1 (L) @0x55000f8850
        iked_flows: 0x5500148120 ESP out 10.2.0.0/24 -> 10.1.0.0/24 [0]@-1 (L) @0x55000f8850
        iked_dstid_sas: 0x55000f8850 rspi 0xa2b197cc0f86b8d2 ispi 0x0e5fa74f8242a817 172.31.14.2:500->172.31.14.10:500<FQDN/tester.example>[] ESTABLISHED r nexti (nil) pol 0x55000f9db0
        src 172.31.14.2 dst 172.31.14.10
        	proto esp spi 0x9d8b0e5a(2643136090) reqid 0(0x00000000) mode tunnel
        	replay-window 32 seq 0x00000006 flag  (0x00000000)
        	lastused 2026-11-24 20:31:29
        	anti-replay context: seq 0x0, oseq 0x21, bitmap 0x00000000
        	sel src 0.0.0.0/0 dst 0.0.0.0/0 uid 0
        	lifetime config:
        	  limit: soft (INF)(bytes), hard (INF)(bytes)
        	lifetime current:
        	  2856(bytes), 34(packets)
        	  add 2026-11-24 20:31:28 use 2026-11-24 20:31:29
        src 172.31.14.10 dst 172.31.14.2
        	proto esp spi 0x20c4b208(549761544) reqid 0(0x00000000) mode tunnel
        	replay-window 32 seq 0x00000005 flag  (0x00000000)
        	lastused 2026-11-24 20:31:29
        	lifetime current:
        	  2772(bytes), 33(packets)
        	  add 2026-11-24 20:31:28 use 2026-11-24 20:31:29

        """;

    private const string TwoChildren = """
        iked_sas: 0x55000f8850 rspi 0xbe4f969a1cb7a581 ispi 0x437c06afd9271a81 172.31.199.2:500->172.31.199.10:500<FQDN/tester.example>[] ESTABLISHED r nexti (nil) pol 0x55000f9db0
          sa_childsas: 0x5500115310 ESP 0x9ab46bcf in 172.31.199.10:500 -> 172.31.199.2:500 (LA) B=(nil) P=0x5500148360 @0x55000f8850
          sa_childsas: 0x5500148360 ESP 0x8cd20f6c out 172.31.199.2:500 -> 172.31.199.10:500 (L) B=(nil) P=0x5500115310 @0x55000f8850
          sa_childsas: 0x5500148d70 ESP 0x5b7f141a in 172.31.199.10:500 -> 172.31.199.2:500 (LA) B=(nil) P=0x5500149590 @0x55000f8850
          sa_childsas: 0x5500149590 ESP 0xf7de1a64 out 172.31.199.2:500 -> 172.31.199.10:500 (L) B=(nil) P=0x5500148d70 @0x55000f8850
          sa_flows: 0x5500148120 ESP out 10.2.0.0/24 -> 10.1.0.0/24 [0]@-1 (L) @0x55000f8850

        """;

    private const string Rekeyed = """
        iked_sas: 0x5500148f30 rspi 0x99dd9be38b48da96 ispi 0x7e29e6f6def64bc7 172.31.108.2:4500->172.31.108.10:4500<FQDN/tester.example>[] ESTABLISHED r natt udpecap nexti (nil) pol 0x55000f9db0
          sa_childsas: 0x55001153d0 ESP 0x58d43d4c in 172.31.108.10:4500 -> 172.31.108.2:4500 (LA) B=(nil) P=0x5500148420 @0x5500148f30
          sa_childsas: 0x5500148420 ESP 0xae2853de out 172.31.108.2:4500 -> 172.31.108.10:4500 (L) B=(nil) P=0x55001153d0 @0x5500148f30
        iked_sas: 0x55000f8910 rspi 0x64e96eb56e4e5db7 ispi 0x5b8e2f030449719f 172.31.108.2:4500->172.31.108.10:4500<FQDN/tester.example>[] CLOSING r natt udpecap nexti (nil) pol 0x55000f9db0
        iked_activesas: 0x55001153d0 ESP 0x58d43d4c in 172.31.108.10:4500 -> 172.31.108.2:4500 (LA) B=(nil) P=0x5500148420 @0x5500148f30

        """;

    [Test]
    public void IkectlAndKernelOutput_Parsed_AreOneAssociation() => Assert.That(
        IkedAssociations.Parse(OneChild),
        Is.EqualTo(new[] { new SecurityAssociationInfo(0x20c4b208, 0x9d8b0e5a, "tunnel", "172.31.14.10", "tester.example", "pre-shared key", 33, 34) }));

    [Test]
    public void ChildrenThatTheKernelDoesNotHave_Parsed_ArePairsWithoutCounters() => Assert.That(
        IkedAssociations.Parse(TwoChildren),
        Is.EqualTo(new[]
        {
            new SecurityAssociationInfo(0x9ab46bcf, 0x8cd20f6c, "", "172.31.199.10", "tester.example", "pre-shared key", null, null),
            new SecurityAssociationInfo(0x5b7f141a, 0xf7de1a64, "", "172.31.199.10", "tester.example", "pre-shared key", null, null),
        }));

    [Test]
    public void DirectionsInAnotherOrder_Parsed_ArePairedByHandle()
    {
        var lines = TwoChildren.Split('\n');
        (lines[1], lines[3]) = (lines[3], lines[1]);
        Assert.That(
            IkedAssociations.Parse(string.Join('\n', lines)).Select(one => (one.InboundSpi, one.OutboundSpi)),
            Is.EquivalentTo(new[] { (0x9ab46bcfu, 0x8cd20f6cu), (0x5b7f141au, 0xf7de1a64u) }));
    }

    [Test]
    public void ChildOfARekeyedIkeSaBehindANat_Parsed_IsOneAssociation() => Assert.That(
        IkedAssociations.Parse(Rekeyed),
        Is.EqualTo(new[] { new SecurityAssociationInfo(0x58d43d4c, 0xae2853de, "", "172.31.108.10", "tester.example", "pre-shared key", null, null) }));

    [TestCase("")]
    [TestCase("iked_sas: 0x55000f8910 rspi 0x38dba81e13783f66 ispi 0x438e1f6548de2a19 any->any<>[] INIT r nexti (nil) pol 0x55000f9db0\n")]
    [TestCase("iked_sas: 0x55000fa770 rspi 0x0000000000000000 ispi 0x6baba3ab0fb27f7d any->any<>[] SA_INIT i nexti (nil) pol 0x55000f8a00\n")]
    [TestCase("iked_sas: 0x5500148d70 rspi 0x21fe3b1349edcdc4 ispi 0xbbf23a80cb1d4849 172.31.199.2:500->172.31.199.10:500<>[] SA_INIT r nexti (nil) pol 0x55000f9db0\n")]
    [TestCase("iked_sas: 0x55000fa700 rspi 0x4818f4b9c1be0f6b ispi 0x94987a2df6063bcf 172.31.184.2:500->172.31.184.10:500<FQDN/tester.example>[] CLOSING i nexti (nil) pol 0x55000f8990\n")]
    public void OutputWithoutChild_Parsed_IsEmpty(string output) => Assert.That(IkedAssociations.Parse(output), Is.Empty);

    [TestCase("ikectl: connect: /var/run/iked.sock: Connection refused\n")]
    [TestCase("iked_sas: 0x5500148f30 rspi 0x99dd9be38b48da96\n")]
    [TestCase("  sa_childsas: 0x55001153d0 ESP 0x58d43d4c in 172.31.108.10:500 -> 172.31.108.2:500\n")]
    [TestCase("sa_childsas: changed\n")]
    public void LineThatIkedDoesNotPrint_Parsed_IsAnError(string output) => Assert.That(
        () => IkedAssociations.Parse(output), Throws.TypeOf<ImplementationFailedException>().With.Message.Contains(output.TrimEnd('\n')));
}
