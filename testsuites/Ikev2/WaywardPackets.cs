using System.Buffers.Binary;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Ikev2;

/// <summary>ESP that no SA is for, or not the one it came on: told under the IKE SA (RFC 7296 sections 1.5, 2.21.4 and 3.10.1, RFC 4301 section 5.2).</summary>
public sealed class WaywardPackets : Ikev2Scenario
{
    private const string Told = "RFC7296-2.21.4-7", UnderIkeSa = "RFC7296-2.21.4-8", Selectors = "RFC4301-5.2-8";
    private const ushort OwnPort = 40007, EchoPort = 7;

    // RFC 5737: documentation, so nobody's own.
    private static readonly IPEndPoint Inside = new(IPAddress.Parse("203.0.113.5"), 500);
    private static readonly IPAddress Stranger = IPAddress.Parse("198.51.100.77");

    [Scenario("IKEV2-WAYWARD-001", "ESP comes with an SPI that it has never had: it says INVALID_SPI under the IKE SA with the sender")]
    [Covers("RFC7296-2.21.4-7", "RFC7296-2.21.4-8")]
    public async Task UnknownSpi()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var esp = WithOtherSpi(session.Children[0]);
        Tester.SendPlainEsp(session.Children[0], esp, "ESP with an SPI of nobody");
        await ExpectInvalidSpi(session, esp);
    }

    [Scenario("IKEV2-WAYWARD-002", "ESP in UDP comes with an SPI that it has never had: it says INVALID_SPI under the IKE SA with that address and port", Needs = [Capability.NatTraversal])]
    [Covers("RFC7296-2.21.4-7", "RFC7296-2.21.4-8")]
    public async Task UnknownSpiInUdp()
    {
        await Context.Configure(new());
        var session = await Tester.Establish(inside: Inside);
        var esp = WithOtherSpi(session.Children[0]);
        Tester.SendEncapsulatedEsp(session.Children[0], esp, "ESP in UDP with an SPI of nobody");
        await ExpectInvalidSpi(session, esp);
    }

    [Scenario("IKEV2-WAYWARD-003", "A packet comes on a child SA that is not for its source: it says INVALID_SELECTORS under the IKE SA")]
    [Covers("RFC4301-5.2-8")]
    public async Task OtherSelectors()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var child = session.Children[0];
        var packet = Tester.UdpPacket(Stranger, child.PeerAddress, OwnPort, EchoPort, "wayward"u8.ToArray());
        var esp = child.Seal(packet);
        Tester.SendEsp(child, esp, $"ESP sequence {child.SequenceNumber}: UDP datagram from {Stranger}");
        var request = await Tester.Receive<ReceivedIke>(
            received => Tester.IsRequest(received, session, ExchangeType.Informational) && received.Notify(NotifyType.InvalidSelectors) is not null, Tester.ResponseTime);
        Context.Check(Selectors, request is not null, "N(INVALID_SELECTORS) in an INFORMATIONAL request", "none");
        if (request is null)
            return;
        Tester.Respond(request);
        var notify = request.Notify(NotifyType.InvalidSelectors)!;
        Context.Check(Selectors, (notify.Protocol, notify.Spi) == (ProtocolId.Esp, (Octets)esp[..4]), $"ESP with SPI {child.OutboundSpi:x8}", $"{notify.Protocol} {notify.Spi}");
        // Section 3.10.1 does not say which: the packet as it came, or the one inside.
        var start = notify.Data.ToArray();
        var header = IpHeader.LengthOf(Context.Policy.OuterIpv6 is true);
        Context.Check(Selectors, IsStartOf(start, packet) || (start.Length >= header && start.AsSpan(header).StartsWith(esp.AsSpan(0, Math.Min(8, start.Length - header)))), "the start of the packet", $"{notify.Data}");
        Context.Check(Selectors, await Tester.Carries(child), "the child SA as it was", "no echo reply in ESP");
    }

    private async Task ExpectInvalidSpi(IkeSession session, byte[] esp)
    {
        var request = await Tester.Receive<ReceivedIke>(
            received => received.Header is { IsResponse: false, ExchangeType: ExchangeType.Informational } && received.Notify(NotifyType.InvalidSpi) is not null, Tester.ResponseTime);
        Context.Check(Told, request is not null, "N(INVALID_SPI) in an INFORMATIONAL request", "none");
        var isUnderIkeSa = request is not null && Tester.IsRequest(request, session, ExchangeType.Informational);
        Context.Check(UnderIkeSa, isUnderIkeSa, "it is protected by the IKE SA", Text(request));
        if (request is null || !isUnderIkeSa)
            return;
        Tester.Respond(request);
        Context.Check(Told, request.Notify(NotifyType.InvalidSpi)!.Data == (Octets)esp[..4], $"SPI {(Octets)esp[..4]}", $"{request.Notify(NotifyType.InvalidSpi)!.Data}");
        Context.Check(UnderIkeSa, await Tester.Carries(session.Children[0]), "the child SA as it was", "no echo reply in ESP");
    }

    private byte[] WithOtherSpi(EspSession child)
    {
        Tester.NewEcho(child, out var packet);
        var esp = child.Seal(packet);
        BinaryPrimitives.WriteUInt32BigEndian(esp, child.OutboundSpi ^ 0x00ffff00);
        return esp;
    }

    private static bool IsStartOf(byte[] start, byte[] packet) => start.Length >= Ipv4View.MinimumHeaderLength && packet.AsSpan().StartsWith(start.AsSpan(0, Math.Min(start.Length, packet.Length)));
}
