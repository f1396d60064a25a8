using System.Net;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Udp;

namespace Ipsec.Ike;

/// <summary>NAT detection in IKE_SA_INIT (RFC 7296 section 2.23).</summary>
internal static class NatTraversal
{
    /// <summary>NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP for a message of ours.</summary>
    public static NotifyPayload[] Notifications(IkeSa sa) =>
    [
        // To get UDP encapsulation without a NAT, an address that isn't ours will do: no NAT can be ruled out then.
        new(NotifyType.NatDetectionSourceIp, NatDetection.Hash(
            sa.InitiatorSpi, sa.ResponderSpi, sa.Connection.ForceUdpEncapsulation ? new(IPAddress.Any, 0) : sa.Local)),
        new(NotifyType.NatDetectionDestinationIp, NatDetection.Hash(sa.InitiatorSpi, sa.ResponderSpi, sa.Remote)),
    ];

    /// <summary>Compares the peer's notifications with the addresses that its message came with.</summary>
    public static void Detect(IkeSa sa, IkeMessage message, IPEndPoint local, IPEndPoint remote)
    {
        var sources = message.Payloads.OfType<NotifyPayload>().Where(notify => notify.NotifyType == NotifyType.NatDetectionSourceIp).ToList();
        var destination = message.Notify(NotifyType.NatDetectionDestinationIp);
        if (sources.Count == 0 || destination is null)
            return;
        var header = message.Header;
        var expectedSource = NatDetection.Hash(header.InitiatorSpi, header.ResponderSpi, remote);
        var expectedDestination = NatDetection.Hash(header.InitiatorSpi, header.ResponderSpi, local);
        sa.RemoteIsBehindNat = !sources.Any(source => CryptographicOperations.FixedTimeEquals(source.Data.Span, expectedSource));
        sa.LocalIsBehindNat = sa.Connection.ForceUdpEncapsulation
            || !CryptographicOperations.FixedTimeEquals(destination.Data.Span, expectedDestination);
    }

    /// <summary>An initiator that found a NAT goes on from port 4500 to port 4500.</summary>
    public static void FloatPorts(IkeSa sa)
    {
        if (!sa.LocalIsBehindNat && !sa.RemoteIsBehindNat || sa.Local.Port == UdpEncapsulation.NatTraversalPort)
            return;
        sa.Local = new(sa.Local.Address, UdpEncapsulation.NatTraversalPort);
        sa.Remote = new(sa.Remote.Address, UdpEncapsulation.NatTraversalPort);
    }

    /// <summary>Ports for ESP in UDP, null where there is no NAT.</summary>
    public static (ushort Local, ushort Remote)? EspPorts(IkeSa sa) =>
        sa.LocalIsBehindNat || sa.RemoteIsBehindNat ? ((ushort)sa.Local.Port, (ushort)sa.Remote.Port) : null;
}
