using Conformance.Implementations;
using Conformance.Peers.Libreswan;
using Conformance.Peers.StrongSwan;

namespace Conformance.Peers.Tests;

internal sealed class AssociationsTests
{
    [Test]
    public void SwanctlOutput_Parsed_IsTheInstalledChild()
    {
        const string output = """
            list-sa event {standard {uniqueid=1 version=2 state=ESTABLISHED local-host=172.31.7.2 local-port=500 local-id=iut.example remote-host=172.31.7.10 remote-port=500 remote-id=tester.example initiator=yes initiator-spi=2382535f9b3bc474 responder-spi=a2541ba2bb276c18 encr-alg=AES_GCM_16 encr-keysize=256 prf-alg=PRF_HMAC_SHA2_256 dh-group=CURVE_25519 established=2 child-sas {standard-1 {name=standard uniqueid=1 reqid=1 state=INSTALLED mode=TUNNEL protocol=ESP spi-in=c1d35b36 spi-out=22c9e583 encr-alg=AES_GCM_16 encr-keysize=256 bytes-in=84 packets-in=1 bytes-out=168 packets-out=2 install-time=2 local-ts=[10.1.0.0/24 10.3.0.0/24] remote-ts=[10.2.0.0/24]}}}}
            list-sas reply {}
            """;
        Assert.That(
            SwanctlAssociations.Parse(output),
            Is.EqualTo(new[] { new SecurityAssociationInfo(0xc1d35b36, 0x22c9e583, "tunnel", "172.31.7.10", "tester.example", "pre-shared key", 1, 2) }));
    }

    [TestCase("list-sas reply {}")]
    [TestCase("")]
    [TestCase("list-sa event {standard {uniqueid=1 state=CONNECTING child-sas {}}}")]
    [TestCase("list-sa event {standard {uniqueid=1 child-sas {standard-1 {state=INST")]
    public void SwanctlOutputWithoutChild_Parsed_IsEmpty(string output) => Assert.That(SwanctlAssociations.Parse(output), Is.Empty);

    private const string PlutoOutput = """
        #1: "standard"[1] 172.31.7.10:500 ESTABLISHED_IKE_SA (established IKE SA); EXPIRE in 86398s; newest; idle;
        #2: "standard"[1] 172.31.7.10:500 ESTABLISHED_CHILD_SA (established Child SA); EXPIRE in 28798s; newest; eroute owner; IKE SA #1; idle;
        #2: "standard"[1] 172.31.7.10 esp.c1d35b36@172.31.7.10 esp.22c9e583@172.31.7.2 tun.0@172.31.7.10 tun.0@172.31.7.2 Traffic: ESPin=0B ESPout=0B ESPmax=2^63B 
        #2: "standard"[1] 172.31.7.10, type=ESP, add_time=1795443570, inBytes=0, outBytes=0, maxBytes=2^63B, id='@tester.example'
        src 172.31.7.2 dst 172.31.7.10
        	proto esp spi 0xc1d35b36(3251854134) reqid 16393(0x00004009) mode tunnel
        	replay-window 0 seq 0x00000000 flag af-unspec (0x00100000)
        	aead rfc4106(gcm(aes)) 0x21d97d3c (288 bits) 128
        	lifetime config:
        	  limit: soft (INF)(bytes), hard (INF)(bytes)
        	lifetime current:
        	  168(bytes), 2(packets)
        	  add 2026-11-23 14:19:30 use -
        src 172.31.7.10 dst 172.31.7.2
        	proto esp spi 0x22c9e583(583656835) reqid 16393(0x00004009) mode tunnel
        	replay-window 0 seq 0x00000000 flag af-unspec (0x00100000)
        	lifetime current:
        	  84(bytes), 1(packets)
        	  add 2026-11-23 14:19:29 use -

        """;

    [Test]
    public void PlutoAndKernelOutput_Parsed_AreOneAssociation() =>
        Assert.That(
            PlutoAssociations.Parse(PlutoOutput),
            Is.EqualTo(new[] { new SecurityAssociationInfo(0x22c9e583, 0xc1d35b36, "tunnel", "172.31.7.10", "tester.example", "pre-shared key", 1, 2) }));

    [Test]
    public void PlutoAndKernelOutputOfAh_Parsed_AreOneAssociation() => Assert.That(
        PlutoAssociations.Parse(PlutoOutput.Replace("esp.", "ah.", StringComparison.Ordinal).Replace("proto esp", "proto ah", StringComparison.Ordinal).Replace("type=ESP", "type=AH", StringComparison.Ordinal)),
        Is.EqualTo(new[] { new SecurityAssociationInfo(0x22c9e583, 0xc1d35b36, "tunnel", "172.31.7.10", "tester.example", "pre-shared key", 1, 2) }));

    [Test]
    public void KernelOutput_Parsed_IsEachState() =>
        Assert.That(
            XfrmStates.Parse(PlutoOutput),
            Is.EqualTo(new[] { new XfrmState("172.31.7.2", "172.31.7.10", 0xc1d35b36, "tunnel", 2), new XfrmState("172.31.7.10", "172.31.7.2", 0x22c9e583, "tunnel", 1) }));

    [Test]
    public void LarvalState_Parsed_DoesNotTakeTheNextOnesPackets()
    {
        const string output = "src 1.1.1.1 dst 2.2.2.2\n\tproto esp spi 0x00000001(1) reqid 1 mode tunnel\n"
            + "src 2.2.2.2 dst 1.1.1.1\n\tproto esp spi 0x00000002(2) reqid 1 mode transport\n\tlifetime current:\n\t  9(bytes), 7(packets)\n";
        Assert.That(XfrmStates.Parse(output), Is.EqualTo(new[] { new XfrmState("2.2.2.2", "1.1.1.1", 2, "transport", 7) }));
    }

    [Test]
    public void PlutoWithoutStates_Parsed_IsEmpty() => Assert.That(PlutoAssociations.Parse("\n"), Is.Empty);
}
