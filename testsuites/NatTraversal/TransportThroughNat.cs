using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.NatTraversal;

/// <summary>Transport mode with a tester that is behind a NAT, as far as the implementation can tell (RFC 7296 section 2.23.1, RFC 3948 section 3.1.2).</summary>
[Needs(Capability.IkeV2, Capability.TransportMode, Capability.TransportThroughNat)]
public sealed class TransportThroughNat : ScenarioFixture
{
    private const ushort EchoPort = 7, OwnPort = 40007;

    // RFC 5737: documentation, so nobody's own.
    private static readonly IPEndPoint Inside = new(IPAddress.Parse("203.0.113.5"), 500);

    [Scenario("NAT-TRANSPORT-001", "Transport mode through a NAT: the SA comes about, its packets go in UDP both ways")]
    [Covers("RFC7296-2.23-5")]
    public async Task EspGoesInUdp()
    {
        var child = await Child();
        Context.Check("RFC7296-2.23-5", await Tester.Carries(child), "an echo reply inside of ESP in UDP", "none");
        await Tester.ProbeLiveness(child.Session);
    }

    [Scenario("NAT-TRANSPORT-002", "Transport mode through a NAT: a UDP checksum made over the address behind it is mended")]
    [Covers("RFC3948-3.1.2-1")]
    public async Task ChecksumIsMended()
    {
        var child = await Child();
        if (!await Tester.Carries(child))
            Context.Inconclusive("preamble: no echo reply through the child SA");
        // The datagram as it was before the NAT: the receiver sees another source address, over which the checksum is wrong.
        var datagram = Tester.UdpPacket(Inside.Address, child.PeerAddress, OwnPort, EchoPort, "mended"u8.ToArray());
        Tester.SendEsp(child, child.Seal(datagram), $"ESP sequence {child.SequenceNumber}: UDP datagram {OwnPort} > {EchoPort}, checksum over {Inside.Address}");
        var answer = await Tester.Receive<ReceivedEsp>(received => received.Child == child && IsAnswer(received.Inner), Tester.ResponseTime);
        Context.Check("RFC3948-3.1.2-1", answer is not null, "the datagram is taken: an echo of it, or port unreachable", "nothing");
        await Tester.ProbeLiveness(child.Session);
    }

    private async Task<EspSession> Child()
    {
        await Context.Configure(new ConnectionPolicy { OuterIpv6 = false, Mode = IpsecMode.Transport });
        return (await Tester.Establish(inside: Inside)).Children[0];
    }

    private static bool IsAnswer(byte[]? packet)
    {
        if (!IpView.TryParse(packet, out var view, out _))
            return false;
        const byte unreachable = 3;
        return view.Protocol == IpProtocol.Udp && UdpView.TryParse(view.Transport, out var udp, out _) && udp is { SourcePort: EchoPort, DestinationPort: OwnPort }
            || view.Protocol == IpProtocol.Icmp && view.Transport is [unreachable, unreachable, ..];
    }
}
