using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using System.Buffers.Binary;
using System.Net;

namespace Conformance.Suites.Esp;

/// <summary>Packets that a receiver must discard, with the SA unharmed (RFC 4303 sections 2.4, 2.6, 3.4; RFC 4301 section 5.2).</summary>
public sealed class Discards : EspScenario
{
    [Scenario("ESP-ICV-001", "AES-GCM: a packet with a wrong ICV is discarded")]
    [Covers("RFC4303-3.4.4.2-1")]
    public Task WrongIcvOfCombinedMode() => WrongIcv(Standard, "RFC4303-3.4.4.2-1");

    [Scenario("ESP-ICV-002", "AES-CBC with HMAC-SHA2-256: a packet with a wrong ICV is discarded", Needs = [Capability.AesCbcHmacSha2])]
    [Covers("RFC4303-3.4.4.1-1")]
    public Task WrongIcvOfSeparateAlgorithms() => WrongIcv(Standard with { EspSuites = [EspSuite.Aes256CbcSha256] }, "RFC4303-3.4.4.1-1");

    [Scenario("ESP-ICV-003", "AES-CBC with HMAC-SHA2-256: a packet with changed ciphertext is discarded", Needs = [Capability.AesCbcHmacSha2])]
    [Covers("RFC4303-3.4.4.1-1")]
    public async Task ChangedCiphertext()
    {
        var child = await WorkingChild(Standard with { EspSuites = [EspSuite.Aes256CbcSha256] });
        await NoReply(child, "RFC4303-3.4.4.1-1", "with a ciphertext bit flipped", esp => esp[8 + 16 + 3] ^= 0x10);
    }

    [Scenario("ESP-ICV-004", "A packet cut short within its ICV is discarded")]
    [Covers("RFC4303-3.4.4.2-1")]
    public async Task TruncatedIcv()
    {
        var child = await WorkingChild();
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendEsp(child, child.Seal(packet)[..^4], $"ESP sequence {child.SequenceNumber}: ICMP echo request {echo} without the last 4 octets");
        await Tester.ExpectNoReply(echo, "RFC4303-3.4.4.2-1", "no reply to a truncated packet");
        await StillCarries(child);
    }

    [Scenario("ESP-SPI-001", "A packet for an unknown SPI is discarded")]
    [Covers("RFC4303-3.4.2-1")]
    public async Task UnknownSpi()
    {
        var child = await WorkingChild();
        await NoReply(child, "RFC4303-3.4.2-1", "under another SPI", esp => BinaryPrimitives.WriteUInt32BigEndian(esp, child.OutboundSpi ^ 0x00ff00ff));
    }

    [Scenario("ESP-SHORT-001", "An ESP packet of eight octets is discarded, and the receiver survives")]
    [Covers("RFC4303-3.4.4.2-1")]
    public async Task NothingButAHeader()
    {
        var child = await WorkingChild();
        Tester.SendEsp(child, child.Seal(new byte[20])[..8], "ESP with SPI and sequence number and nothing else");
        await Tester.ExpectNone<ReceivedEsp>(_ => true, "RFC4303-3.4.4.2-1", "nothing in answer");
        await StillCarries(child);
    }

    [Scenario("ESP-PAD-001", "Padding that is not 1, 2, 3 … is noticed: the packet is discarded")]
    [Covers("RFC4303-2.4-4", "RFC4303-3.4.4.1-3")]
    public async Task WrongPaddingContent()
    {
        var child = await WorkingChild();
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendEsp(
            child, child.SealWithTrailer(packet, (shortest, nextHeader) => [.. Enumerable.Repeat((byte)0xee, shortest + 16), (byte)(shortest + 16), nextHeader]),
            $"ESP sequence {child.SequenceNumber}: ICMP echo request {echo}, padding of sixteen or more octets EE, ICV right");
        await Tester.ExpectNoReply(echo, "RFC4303-2.4-4", "no reply to a packet whose padding is not the default one");
        await StillCarries(child);
    }

    [Scenario("ESP-PAD-002", "A pad length beyond the packet's beginning is refused, and the receiver survives")]
    [Covers("RFC4303-2.4-2")]
    public async Task ImpossiblePadLength()
    {
        var child = await WorkingChild();
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendEsp(
            child, child.SealWithTrailer(packet, (shortest, nextHeader) => [.. Enumerable.Range(1, shortest).Select(number => (byte)number), 255, nextHeader]),
            $"ESP sequence {child.SequenceNumber}: ICMP echo request {echo}, pad length 255, ICV right");
        await Tester.ExpectNoReply(echo, "RFC4303-2.4-2", "no reply to a packet whose pad length is impossible");
        await StillCarries(child);
    }

    [Scenario("ESP-PAD-003", "The longest padding, 252 octets or more, is accepted")]
    [Covers("RFC4303-2.4-2")]
    public async Task LongestPadding()
    {
        var child = await WorkingChild();
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendEsp(
            child, child.SealWithTrailer(packet, (shortest, nextHeader) =>
            {
                var length = shortest + (255 - shortest) / 16 * 16;
                return [.. Enumerable.Range(1, length).Select(number => (byte)number), (byte)length, nextHeader];
            }),
            $"ESP sequence {child.SequenceNumber}: ICMP echo request {echo} with padding as long as can be");
        Context.Check("RFC4303-2.4-2", await Tester.EchoReply(child, echo, Tester.ResponseTime) is not null, "a reply", "none");
        await Tester.ProbeLiveness(child.Session);
    }

    [Scenario("ESP-DUMMY-001", "A dummy packet (next header 59) is discarded without a word")]
    [Covers("RFC4303-2.6-2")]
    public async Task DummyIsDiscarded()
    {
        var child = await WorkingChild();
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendEsp(
            child, child.SealWithTrailer(packet, (shortest, _) => [.. Enumerable.Range(1, shortest).Select(number => (byte)number), (byte)shortest, IpProtocol.NoNextHeader]),
            $"ESP sequence {child.SequenceNumber}: next header 59 around ICMP echo request {echo}");
        await Tester.ExpectNone<Received>(received => received is ReceivedEsp or ReceivedClear, "RFC4303-2.6-2", "nothing in answer to a dummy packet");
        await StillCarries(child);
    }

    [Scenario("ESP-SELECTOR-001", "A packet inside whose source is outside the SA's selectors is discarded", Needs = [Capability.TunnelMode])]
    [Covers("RFC4301-5.2-6")]
    public async Task SelectorMismatch()
    {
        var child = await WorkingChild();
        var packet = new IcmpEcho(false, 7, 4242, new byte[32]).EncodePacket(IPAddress.Parse("198.51.100.77"), child.PeerAddress);
        Tester.SendEsp(child, child.Seal(packet), $"ESP sequence {child.SequenceNumber}: ICMP echo request from 198.51.100.77, outside the selectors");
        await Tester.ExpectNone<Received>(received => received is ReceivedEsp or ReceivedClear, "RFC4301-5.2-6", "no reply, in ESP or in clear");
        await StillCarries(child);
    }

    [Scenario("ESP-CLEAR-001", "A packet in clear that the policy wants protected is discarded", Needs = [Capability.TunnelMode])]
    [Covers("RFC4301-5-1")]
    public async Task UnprotectedTrafficIsDiscarded()
    {
        var child = await WorkingChild();
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendClear(packet, $"in clear: ICMP echo request {echo} for the protected network");
        await Tester.ExpectNoReply(echo, "RFC4301-5-1", "no reply, in ESP or in clear");
        await StillCarries(child);
    }

    [Scenario("ESP-DELETE-001", "After the child SA is deleted its packets are discarded, and nothing leaves in clear")]
    [Covers("RFC7296-1.4.1-3", "RFC4303-3.4.2-1")]
    public async Task NothingAfterDelete()
    {
        var child = await WorkingChild();
        await Tester.ExpectResponse(Tester.Send(child.Session, ExchangeType.Informational, DeletePayload.Esp(child.InboundSpi)), "RFC7296-1.4.1-3");
        await Tester.ExpectNoChild("RFC7296-1.4.1-3");
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendEsp(child, child.Seal(packet), $"ESP sequence {child.SequenceNumber}: ICMP echo request {echo} on the deleted SA");
        await Tester.ExpectNoReply(echo, "RFC4303-3.4.2-1", "no reply, in ESP or in clear");
        await Tester.ProbeLiveness(child.Session);
    }

    [Scenario("ESP-DELETE-002", "After the IKE SA is deleted the packets of its child are discarded, and nothing leaves in clear")]
    [Covers("RFC7296-1.4.1-3", "RFC4303-3.4.2-1")]
    public async Task NothingAfterIkeDelete()
    {
        var child = await WorkingChild();
        await Tester.ExpectResponse(Tester.Send(child.Session, ExchangeType.Informational, DeletePayload.IkeSa), "RFC7296-1.4.1-3");
        await Tester.ExpectNoChild("RFC7296-1.4.1-3");
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendEsp(child, child.Seal(packet), $"ESP sequence {child.SequenceNumber}: ICMP echo request {echo} on the deleted SA");
        await Tester.ExpectNoReply(echo, "RFC4303-3.4.2-1", "no reply, in ESP or in clear");
        await Tester.ProbeLiveness();
    }

    private async Task WrongIcv(ConnectionPolicy policy, string requirement)
    {
        var child = await WorkingChild(policy);
        await NoReply(child, requirement, "with its last ICV bit flipped", esp => esp[^1] ^= 0x01);
    }

    private async Task NoReply(EspSession child, string requirement, string how, Action<byte[]> damage)
    {
        var echo = Tester.NewEcho(child, out var packet);
        var esp = child.Seal(packet);
        damage(esp);
        Tester.SendEsp(child, esp, $"ESP sequence {child.SequenceNumber}: ICMP echo request {echo} {how}");
        await Tester.ExpectNoReply(echo, requirement, "no reply, in ESP or in clear");
        await StillCarries(child);
    }
}
