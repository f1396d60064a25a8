using Conformance.Implementations;
using Conformance.Scenarios;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Esp;

/// <summary>Traffic through each algorithm and mode: sealed by the tester, opened by the implementation, and back (RFC 4303 sections 2 and 3).</summary>
public sealed class Transforms : EspScenario
{
    [Scenario("ESP-GCM-001", "AES-GCM-16 with 256-bit key: an echo through the tunnel comes back in ESP", Needs = [Capability.AesGcm16])]
    [Covers("RFC4303-2-1", "RFC4303-2.1-6", "RFC4303-2.2-1", "RFC4303-2.4-2")]
    public Task Gcm256() => EchoesComeBack(Standard);

    [Scenario("ESP-GCM-002", "AES-GCM-16 with 128-bit key: an echo through the tunnel comes back in ESP", Needs = [Capability.AesGcm16])]
    [Covers("RFC4303-2-1", "RFC4303-2.1-6", "RFC4303-2.2-1", "RFC4303-2.4-2")]
    public Task Gcm128() => EchoesComeBack(Standard with { EspSuites = [EspSuite.Aes128Gcm] });

    [Scenario("ESP-CBC-001", "AES-CBC with HMAC-SHA2-256-128: an echo through the tunnel comes back in ESP", Needs = [Capability.AesCbcHmacSha2])]
    [Covers("RFC4303-2-1", "RFC4303-2.1-6", "RFC4303-2.2-1", "RFC4303-2.4-2", "RFC4301-4.5.2-2")]
    public Task CbcSha256() => EchoesComeBack(Standard with { EspSuites = [EspSuite.Aes256CbcSha256] });

    [Scenario("ESP-CBC-002", "AES-CBC with HMAC-SHA2-384-192: an echo through the tunnel comes back in ESP", Needs = [Capability.AesCbcHmacSha2])]
    [Covers("RFC4303-2-1", "RFC4303-2.1-6", "RFC4303-2.2-1", "RFC4303-2.4-2", "RFC4301-4.5.2-2")]
    public Task CbcSha384() => EchoesComeBack(Standard with { EspSuites = [EspSuite.Aes256CbcSha384] });

    [Scenario("ESP-CBC-003", "AES-CBC with HMAC-SHA2-512-256: an echo through the tunnel comes back in ESP", Needs = [Capability.AesCbcHmacSha2])]
    [Covers("RFC4303-2-1", "RFC4303-2.1-6", "RFC4303-2.2-1", "RFC4303-2.4-2", "RFC4301-4.5.2-2")]
    public Task CbcSha512() => EchoesComeBack(Standard with { EspSuites = [EspSuite.Aes256CbcSha512] });

    [Scenario("ESP-ESN-001", "Extended sequence numbers: an echo through the tunnel comes back in ESP", Needs = [Capability.ExtendedSequenceNumbers])]
    [Covers("RFC4303-2.2.1-2", "RFC4303-2.1-6", "RFC4303-2.2-1", "RFC4303-2-1", "RFC4303-2.4-2")]
    public Task ExtendedSequenceNumbers() => EchoesComeBack(Standard with { EspSuites = [EspSuite.Aes256GcmEsn] });

    [Scenario("ESP-TRANSPORT-001", "Transport mode: an echo to the outer address comes back in ESP", Needs = [Capability.TransportMode])]
    [Covers("RFC7296-1.3.1-2", "RFC4303-2-1", "RFC4303-2.1-6", "RFC4303-2.2-1", "RFC4303-2.4-2")]
    public Task TransportMode() => EchoesComeBack(Standard with { Mode = IpsecMode.Transport });

    [Scenario("ESP-UDP-001", "ESP in UDP: with a NAT pretended, an echo through the tunnel comes back in UDP on port 4500", Needs = [Capability.NatTraversal])]
    [Covers("RFC7296-2.23-5", "RFC3948-2.1-1", "RFC3948-2.1-4", "RFC4303-2.2-1", "RFC4303-2.4-2", "RFC4303-2-1", "RFC4303-2.1-6")]
    public Task UdpEncapsulation() => EchoesComeBack(Standard with { ForceUdpEncapsulation = true });

    private async Task EchoesComeBack(ConnectionPolicy policy)
    {
        var child = await WorkingChild(policy);
        Context.Note(child.Session.HasNat ? "NAT found" : "no NAT found");
        if (policy.ForceUdpEncapsulation && !child.Session.HasNat)
            Context.Inconclusive("told to encapsulate in UDP, the implementation did not pretend a NAT");
        var numbers = new List<uint>();
        foreach (var size in new[] { 0, 1, 2, 3, 57, 1200 })
        {
            var reply = await Tester.Ping(child, size);
            Context.Check("RFC4303-2.4-2", reply is not null, $"a reply to an echo of {size} octets, whatever padding it takes", "none");
            Context.Check("RFC4303-2.1-6", reply!.Spi != 0, "an SPI other than zero", "zero");
            if (policy.ForceUdpEncapsulation)
                Context.Check("RFC7296-2.23-5", reply.IsEncapsulated, "ESP in UDP", "ESP directly above IP");
            else
                Context.Check("RFC4303-2-1", !reply.IsEncapsulated, $"IP protocol {IpProtocol.Esp}", "ESP in UDP");
            if (policy.EspSuites.Any(suite => suite.Integrity != 0))
                Context.Check("RFC4301-4.5.2-2", reply.Inner is not null, "a reply under keys cut from the key material in order, encryption first", "it can't be opened");
            numbers.Add(reply.SequenceNumber);
        }
        Context.Check(
            "RFC4303-2.2-1", numbers.Zip(numbers.Skip(1), (one, other) => other > one).All(grows => grows), "sequence numbers that grow with each packet", string.Join(", ", numbers));
        await Tester.ProbeLiveness(child.Session);
    }
}
