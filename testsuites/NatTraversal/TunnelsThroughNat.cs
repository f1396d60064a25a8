using System.Buffers.Binary;
using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.NatTraversal;

/// <summary>What comes out of tunnels in UDP (RFC 3948 sections 3.1.1 and 3.1.2), keyed by hand.</summary>
[Needs(Capability.NatTraversal)]
public sealed class TunnelsThroughNat : KeyedScenario
{
    private static readonly ImmutableArray<KeyedForm> Forms =
    [
        .. KeyedForm.Of(ManualLayer.Esp with { Adjust = association => association with { Encapsulation = UdpEncapsulationPorts.Standard } }, "ESP in UDP").Where(form => form.IsTunnel),
    ];

    public static IEnumerable<ScenarioCase> Sources => Forms.Select(form => form.Case(
        "NAT-KEYED-SOURCE", "a packet inside from another source than policy has for the peer is discarded", "RFC3948-3.1.1-1"));

    [Scenarios(nameof(Sources))]
    public async Task OtherSourceInsideIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var echo = Tester.NewEcho(((IpAddress)session.Own).Offset(1), session.Peer, out var packet);
        Tester.SendPacket(session.Seal(packet), $"inside from the neighbour of {session.Own}: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, "RFC3948-3.1.1-1", "no reply to a source that is not the peer's");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> Checksums => Forms.Select(form => form.Case(
        "NAT-KEYED-TCPCHECKSUM", "a TCP segment in a tunnel with a wrong checksum is dropped, with the right one it is answered", "RFC3948-3.1.2-4"));

    [Scenarios(nameof(Checksums))]
    public async Task TcpChecksumIsVerified(KeyedForm form)
    {
        const string requirement = "RFC3948-3.1.2-4";
        var session = await Tester.KeyWorking(form.Setup);
        Tester.SendPacket(session.Seal(Synchronize(session, 4002, wrong: true)), "TCP SYN to port 7, its checksum wrong");
        Context.Check(requirement, await Answer(session) is null, "no answer to a segment with a wrong checksum", "one");
        Tester.SendPacket(session.Seal(Synchronize(session, 4003, wrong: false)), "TCP SYN to port 7, its checksum right");
        Context.Check(requirement, await Answer(session) is not null, "an answer to a segment with the right one", "none");
    }

    private Task<ReceivedProtected?> Answer(ManualSession session) =>
        Tester.ReceiveInside(session, inside => IpView.TryParse(inside, out var view, out _) && view.Protocol == IpProtocol.Tcp);

    private static byte[] Synchronize(ManualSession session, ushort port, bool wrong)
    {
        byte[] segment = [(byte)(port >> 8), (byte)port, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0x20, 0, 0, 0, 0, 0];
        IpAddress source = session.Own, destination = session.Peer;
        var sum = InternetChecksum.AddPseudoHeader(0, source, destination, IpProtocol.Tcp, segment.Length);
        var checksum = InternetChecksum.Finish(InternetChecksum.Add(sum, segment));
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(16), (ushort)(wrong ? checksum ^ 0x0101 : checksum));
        return Testing.Tester.IpPacket(source, destination, IpProtocol.Tcp, segment);
    }
}
