using System.Net;
using System.Net.NetworkInformation;
using System.Text;
using Ipsec.Crypto;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Host.Tests;

/// <summary>Hosts of ours on a network, and the connections that they are told of.</summary>
internal static class TestHosts
{
    /// <param name="decorate">Puts something between the host and its link.</param>
    public static IpsecHost Make(
        INetwork network, byte number, IPAddress outer, IPAddress inner, IkeConnection connection, Func<ILink, ILink>? decorate = null, Func<IpsecHostOptions, IpsecHostOptions>? change = null)
    {
        var link = network.Attach($"host{number}", new PhysicalAddress([2, 0, 0, 0, 0, number]));
        link = decorate?.Invoke(link) ?? link;
        var options = new IpsecHostOptions { Random = RandomSource.Seeded(number) };
        var host = new IpsecHost(link, outer, 24, inner, change?.Invoke(options) ?? options);
        host.Add(connection);
        link.Node = host;
        return host;
    }

    public static IkeConnection Connection(
        IPAddress local, IPAddress remote, IPAddress localInner, IPAddress remoteInner, string localName, string remoteName, bool transport, bool udp) => new()
    {
        Name = "c",
        LocalAddress = local,
        RemoteAddress = remote,
        IkeProposals =
        [
            new(1, ProtocolId.Ike, Octets.Empty,
            [
                Transform.Encryption(EncryptionId.AesGcm16, 256), Transform.Prf(PrfId.HmacSha256), Transform.KeyExchange(KeyExchangeId.Curve25519),
            ]),
        ],
        ChildProposals =
        [
            new(1, ProtocolId.Esp, Octets.Empty,
                [Transform.Encryption(EncryptionId.AesGcm16, 128), Transform.SequenceNumbers(SequenceNumbersId.Sequential32)]),
        ],
        LocalIdentity = (IdentificationType.Fqdn, Encoding.ASCII.GetBytes(localName)),
        RemoteIdentity = (IdentificationType.Fqdn, Encoding.ASCII.GetBytes(remoteName)),
        SharedKey = "secret"u8.ToArray(),
        LocalTraffic = [TrafficSelector.Range(transport ? local : localInner, transport ? local : localInner)],
        RemoteTraffic = [TrafficSelector.Range(transport ? remote : remoteInner, transport ? remote : remoteInner)],
        TransportMode = transport,
        ForceUdpEncapsulation = udp,
    };
}
