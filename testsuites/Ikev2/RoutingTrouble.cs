using System.Buffers.Binary;
using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Ikev2;

/// <summary>ICMP errors that say that the peer can't be reached: anybody could have sent them, and nothing follows from them (RFC 7296 section 2.4).</summary>
public sealed class RoutingTrouble : Ikev2Scenario
{
    private const string Requirement = "RFC7296-2.4-4";

    /// <summary>Type and codes: host, protocol and port unreachable, communication prohibited (RFC 792, RFC 1812).</summary>
    private static readonly (byte Unreachable, ImmutableArray<byte> Codes) Ipv4 = (3, [1, 2, 3, 13]);

    /// <summary>No route, communication prohibited, address and port unreachable (RFC 4443 section 3.1).</summary>
    private static readonly (byte Unreachable, ImmutableArray<byte> Codes) Ipv6 = (1, [0, 1, 3, 4]);

    [Scenario("IKEV2-ICMP-001", "ICMP errors about its IKE and ESP packets end none of its SAs, where the tester initiated")]
    [Covers("RFC7296-2.4-4")]
    public async Task AsResponder()
    {
        await Context.Configure(new());
        await SasSurvive(await Tester.Establish());
    }

    [Scenario("IKEV2-ICMP-002", "ICMP errors about its IKE and ESP packets end none of its SAs, where it initiated", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.4-4")]
    public async Task AsInitiator()
    {
        await Context.Configure(new());
        await SasSurvive(await BeAtWork());
    }

    [Scenario("IKEV2-ICMP-003", "ICMP errors about its IKE_SA_INIT request do not make it give up", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.4-4")]
    public async Task DuringInitiation()
    {
        await Context.Configure(new());
        var init = await Tester.AwaitInitiation();
        if (init is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        SendErrors(Quote(init!));
        var again = await Tester.Receive<ReceivedIke>(Tester.IsInitRequest, Tester.ResponseTime * 2);
        Context.Check(Requirement, again is not null, "the request again", "nothing");
        var session = Tester.AnswerInit(again!);
        Context.Check(Requirement, session is not null && await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime) is not null, "IKE_AUTH after the answer", "nothing");
    }

    [Scenario("IKEV2-ICMP-004", "ICMP errors about its CREATE_CHILD_SA request do not make it give up", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-2.4-4")]
    public async Task DuringRekeying()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        SendErrors(Quote(request));
        var again = await Tester.Receive<ReceivedIke>(received => received.Octets == request.Octets, Tester.ResponseTime * 2);
        Context.Check(Requirement, again is not null, "the request again", "nothing");
        Context.Check(Requirement, await Tester.Carries(Tester.AnswerChild(request)), "traffic over the new child SA, once it is answered", "no echo reply in ESP");
    }

    private async Task SasSurvive(IkeSession session)
    {
        var child = session.Children[0];
        var (response, reply) = (await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational)), await Tester.Ping(child));
        if (response is null || reply is null)
        {
            Context.Inconclusive("preamble: no answer to a liveness check, or to an echo request");
            return;
        }
        SendErrors(Quote(response));
        var esp = new byte[32];
        BinaryPrimitives.WriteUInt32BigEndian(esp, reply.Spi);
        BinaryPrimitives.WriteUInt32BigEndian(esp.AsSpan(4), reply.SequenceNumber);
        SendErrors(Tester.IpPacket(Places.Iut, Places.Tester, IpProtocol.Esp, esp));
        await Pass(Iut.Topology.SilenceTime);
        Context.Check(Requirement, (await Iut.SecurityAssociations(Context.Cancellation)).Any(sa => sa.OutboundSpi == child.InboundSpi), "the child SA is there", "it is gone");
        Context.Check(Requirement, await Tester.Carries(child), "traffic over it", "no echo reply in ESP");
        await Tester.ProbeLiveness(session);
    }

    private static byte[] Quote(ReceivedIke message) =>
        Tester.UdpPacket(message.Remote.Address, message.Local.Address, (ushort)message.Remote.Port, (ushort)message.Local.Port, message.Octets.ToArray());

    /// <summary>Each error, with the packet's header and first octets in it (RFC 792, RFC 4443).</summary>
    private void SendErrors(byte[] about)
    {
        const int quotedTransport = 8;
        var (source, destination) = ((IpAddress)Places.Tester, (IpAddress)Places.Iut);
        var (unreachable, codes) = source.IsIpv6 ? Ipv6 : Ipv4;
        foreach (var code in codes)
        {
            byte[] message = [unreachable, code, 0, 0, 0, 0, 0, 0, .. about.AsSpan(0, IpHeader.LengthOf(source.IsIpv6) + quotedTransport)];
            Tester.SendClear(Tester.IcmpPacket(source, destination, message), $"ICMP destination unreachable, code {code}");
        }
    }
}
