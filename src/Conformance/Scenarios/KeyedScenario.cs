using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Testing;
using Ipsec.Packets.Ip;

namespace Conformance.Scenarios;

/// <summary>Base of scenarios without IKE: SAs and policies are given to the implementation by hand (RFC 4301 section 4.5.1).</summary>
[Needs(Capability.ManualKeying)]
public abstract class KeyedScenario : ScenarioFixture
{
    /// <summary>After a hostile step: the SAs still carry honest traffic.</summary>
    protected async Task StillCarries(ManualSession session)
    {
        for (var attempt = 0; attempt < 2; attempt++)
            if (await Tester.Ping(session) is not null)
                return;
        Context.Fail("after the hostile step, the SAs carry no traffic any more");
    }

    /// <summary>A packet around a new echo request must not be answered, and honest traffic must go on.</summary>
    /// <param name="seal">Makes the packet to send from the echo request.</param>
    protected async Task MustBeDiscarded(ManualSession session, string requirement, string what, Func<byte[], byte[]> seal)
    {
        var echo = Tester.NewEcho(session, out var packet);
        Tester.SendPacket(seal(packet), $"{what}: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, requirement, $"no reply: {what}");
        await StillCarries(session);
    }

    /// <summary>A packet around a new echo request must be answered.</summary>
    protected async Task<ReceivedProtected?> MustBeAnswered(ManualSession session, string requirement, string what, Func<byte[], byte[]> seal, int size = 56)
    {
        var echo = Tester.NewEcho(session, out var packet, size);
        Tester.SendPacket(seal(packet), $"{what}: ICMP echo request {echo}");
        var reply = await Tester.EchoReply(session, echo, Tester.ResponseTime);
        Context.Check(requirement, reply is not null, $"a reply: {what}", "none");
        return reply;
    }

    /// <summary>A datagram to the echo service must, or must not, be answered under the session's SAs.</summary>
    protected async Task<bool> EchoesUdp(ManualSession session, IpAddress source, IpAddress destination, ushort from, ushort to, string what)
    {
        var data = Tester.Random.Bytes(24);
        Tester.SendPacket(session.Seal(Testing.Tester.UdpPacket(source, destination, from, to, data)), what);
        return await Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(data)) is not null;
    }
}

/// <summary>A form of protection that a script is run with: modes and families.</summary>
/// <param name="Word">For ids.</param>
/// <param name="Title">For titles.</param>
public sealed record KeyedForm(string Word, string Title, ManualSetup Setup)
{
    /// <summary>Tunnel mode in all four combinations of families, transport mode in both.</summary>
    public static ImmutableArray<KeyedForm> Of(ManualLayer tunnel, string name) =>
    [
        new("T44", $"{name}, tunnel mode, IPv4 in IPv4", new() { Layers = [tunnel] }),
        new("T66", $"{name}, tunnel mode, IPv6 in IPv6", new() { Layers = [tunnel], InnerIpv6 = true, OuterIpv6 = true }),
        new("T46", $"{name}, tunnel mode, IPv4 in IPv6", new() { Layers = [tunnel], OuterIpv6 = true }),
        new("T64", $"{name}, tunnel mode, IPv6 in IPv4", new() { Layers = [tunnel], InnerIpv6 = true }),
        new("X4", $"{name}, transport mode, IPv4", new() { Layers = [tunnel with { Mode = IpsecMode.Transport }] }),
        new("X6", $"{name}, transport mode, IPv6", new() { Layers = [tunnel with { Mode = IpsecMode.Transport }], InnerIpv6 = true, OuterIpv6 = true }),
    ];

    public bool IsTunnel => Setup.Layers[^1].Mode == IpsecMode.Tunnel;

    public ScenarioCase Case(string subject, string title, params ImmutableArray<string> covers) => new($"{subject}-{Word}", $"{Title}: {title}", this, covers, Needs);

    private ImmutableArray<Capability> Needs =>
    [
        .. Setup.Layers.Select(layer => layer.Mode switch
        {
            IpsecMode.Tunnel => Capability.TunnelMode,
            IpsecMode.Transport => Capability.TransportMode,
            _ => Capability.Beet,
        }).Distinct(),
        .. Setup.Layers.Any(layer => layer.Protocol == IpsecProtocol.Ah) ? [Capability.Ah] : Array.Empty<Capability>(),
        .. Setup.Layers.Any(layer => layer.Protocol == IpsecProtocol.IpComp) ? [Capability.IpComp] : Array.Empty<Capability>(),
        .. Setup.Layers.Length > 1 ? [Capability.Bundles] : Array.Empty<Capability>(),
        .. Setup.InnerIpv6 || Setup.OuterIpv6 ? [Capability.Ipv6] : Array.Empty<Capability>(),
    ];
}
