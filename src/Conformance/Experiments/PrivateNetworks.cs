using System.Net;
using System.Net.NetworkInformation;
using Ipsec.Crypto;
using Ipsec.Host;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Experiments;

/// <summary>What the experiments' networks are made of: MAC addresses in a row, and IKE connections between gateways.</summary>
internal sealed class PrivateNetworks(VirtualNetwork network, int seed)
{
    private byte _lastMac;

    public VirtualNetwork Network { get; } = network;

    public int Seed { get; } = seed;

    /// <summary>Attaches a link with the next MAC address.</summary>
    public ILink Attach(string name, string segment, int mtu = VirtualNetwork.DefaultMtu) =>
        Network.Attach(name, new PhysicalAddress([2, 0, 0x5E, 0, 0x10, ++_lastMac]), segment, mtu);

    /// <summary>Options of a gateway, different for each of its numbers, the same for the same seed.</summary>
    public IpsecHostOptions Options(int number, IKeyLog? keyLog = null) => new() { Random = RandomSource.Seeded((ulong)(uint)Seed * 16 + (ulong)number), KeyLog = keyLog };

    /// <summary>An IKE connection that protects all traffic between two sets of prefixes with AES-GCM in a tunnel.</summary>
    public static IkeConnection Connection(
        string name, (string Name, IPAddress Address, IEnumerable<IPNetwork> Networks) local, (string Name, IPAddress Address, IEnumerable<IPNetwork> Networks) remote) => new()
    {
        Name = name,
        LocalAddress = local.Address,
        RemoteAddress = remote.Address,
        IkeProposals =
        [
            new(1, ProtocolId.Ike, Octets.Empty,
            [
                Transform.Encryption(EncryptionId.AesGcm16, 256), Transform.Prf(PrfId.HmacSha256), Transform.KeyExchange(KeyExchangeId.Curve25519),
            ]),
        ],
        ChildProposals =
        [
            new(1, ProtocolId.Esp, Octets.Empty, [Transform.Encryption(EncryptionId.AesGcm16, 128), Transform.SequenceNumbers(SequenceNumbersId.Sequential32)]),
        ],
        LocalIdentity = (IdentificationType.Fqdn, System.Text.Encoding.ASCII.GetBytes(local.Name)),
        RemoteIdentity = (IdentificationType.Fqdn, System.Text.Encoding.ASCII.GetBytes(remote.Name)),
        SharedKey = "the two gateways know it"u8.ToArray(),
        LocalTraffic = [.. local.Networks.Select(TrafficSelector.Subnet)],
        RemoteTraffic = [.. remote.Networks.Select(TrafficSelector.Subnet)],
    };

    /// <summary>Runs until the condition holds; false when the limit is over.</summary>
    public bool Run(Func<bool> condition, TimeSpan limit) => Network.RunUntil(condition, Network.Now + limit, CancellationToken.None).GetAwaiter().GetResult();
}
