using System.Net;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests.Simulation;

/// <summary>An endpoint with the SAs that it has had installed.</summary>
/// <param name="witness">Null where the ends' policies do not say what SAs they may have.</param>
internal sealed class SimulatedEnd(Schedule schedule, bool isLeft, SelectorWitness? witness, Action<SimulatedEnd, IkeEffect.Send> send)
{
    private readonly HashSet<string> _keys = [];
    private int _starts;

    public string Name => isLeft ? "left" : "right";

    public IkeEndpoint Endpoint { get; private set; } = null!;

    /// <summary>Keys of installed SAs by SPI: what this end receives with, and what it sends with.</summary>
    public Dictionary<uint, string> Inbound { get; } = [];
    public Dictionary<uint, string> Outbound { get; } = [];

    /// <summary>Addresses that the peer has given this end.</summary>
    public HashSet<IPAddress> Addresses { get; } = [];

    /// <summary>What is wrong, as soon as anything is.</summary>
    public string? Broken { get; set; }

    public List<string> Events { get; } = [];

    /// <summary>Starts the end, or starts it anew with nothing of before.</summary>
    public void Start()
    {
        Endpoint = new(schedule.Options, RandomSource.Seeded(schedule.Seed * 1000 + (ulong)_starts++ * 2 + (isLeft ? 0ul : 1)), new WitnessedCodec(message => witness?.Sees(isLeft, message)));
        Endpoint.Add(Connection());
        Inbound.Clear();
        Outbound.Clear();
        Addresses.Clear();
    }

    public void Do(DateTimeOffset now, Step step)
    {
        var command = step.Command([.. Endpoint.Children.Select(child => child.InboundSpi)], isLeft ? schedule.Traffic?.Left : schedule.Traffic?.Right);
        if (step.Deed == Deed.Restart)
            Start();
        else if (command is not null)
            Endpoint.Handle(now, command);
        Drain(now);
    }

    /// <summary>A packet wants an SA.</summary>
    public void Want(DateTimeOffset now, (TrafficSelector Local, TrafficSelector Remote) packet)
    {
        Endpoint.Handle(now, new IkeCommand.CreateChild("c") { Packet = packet });
        Drain(now);
    }

    public void Receive(DateTimeOffset now, IkeDatagram datagram)
    {
        Endpoint.Handle(now, datagram);
        Drain(now);
    }

    public void Advance(DateTimeOffset now)
    {
        Endpoint.Advance(now);
        Drain(now);
    }

    private void Drain(DateTimeOffset now)
    {
        while (Endpoint.TryDequeue(out var effect))
        {
            switch (effect)
            {
                case IkeEffect.Send message:
                    send(this, message);
                    break;
                case IkeEffect.Install install:
                    Install(install.Child, install.Keys);
                    break;
                case IkeEffect.StopSending stop:
                    Outbound.Remove(stop.Child.OutboundSpi);
                    break;
                case IkeEffect.Remove remove:
                    Outbound.Remove(remove.Child.OutboundSpi);
                    if (!Inbound.Remove(remove.Child.InboundSpi))
                        Broken ??= $"{Name} removes {remove.Child.InboundSpi:x8}, which is not installed";
                    break;
                case IkeEffect.Configure configure:
                    Addresses.UnionWith(configure.Configuration.Addresses);
                    break;
                case IkeEffect.Unconfigure unconfigure:
                    if (!unconfigure.Addresses.All(Addresses.Remove))
                        Broken ??= $"{Name} loses an address that it has not";
                    break;
                case IkeEffect.Notice notice:
                    Events.Add($"{now:mm:ss.fff} {Name} {notice.Event}");
                    break;
            }
        }
    }

    private void Install(ChildSa child, ChildKeys keys)
    {
        var (own, peer) = (Convert.ToHexString(keys.InitiatorEncryption), Convert.ToHexString(keys.ResponderEncryption));
        if (!child.IsExchangeInitiator)
            (own, peer) = (peer, own);
        if (!_keys.Add(own) || !_keys.Add(peer))
            Broken ??= $"{Name} has had the keys of {child.InboundSpi:x8} before";
        if (!Inbound.TryAdd(child.InboundSpi, peer) || !Outbound.TryAdd(child.OutboundSpi, own))
            Broken ??= $"{Name} has an SA with SPI {child.InboundSpi:x8} or {child.OutboundSpi:x8} already";
        witness?.Installed(isLeft, child);
        keys.Dispose();
    }

    private IkeConnection Connection()
    {
        var connection = isLeft ? IkePair.Connection(IkePair.Left, IkePair.Right, "left", "right") : IkePair.Connection(IkePair.Right, IkePair.Left, "right", "left");
        connection = connection with { Compression = isLeft ? schedule.HasCompression.Left : schedule.HasCompression.Right };
        if (schedule.Traffic is var (left, right))
        {
            var own = isLeft ? left : right;
            connection = connection with { LocalTraffic = own.Local, RemoteTraffic = own.Remote, SinglePairs = own.SinglePairs };
        }
        if (schedule.HasConfiguration)
        {
            connection = connection with
            {
                InternalNetwork = new() { Pools = [new(IPAddress.Parse(isLeft ? "10.1.0.0" : "10.2.0.0"), 29)] },
                RequestedAttributes = [ConfigurationAttributeType.InternalIp4Address],
                LocalTraffic = [TrafficSelector.Range(IPAddress.Any, IPAddress.Broadcast)],
                RemoteTraffic = [TrafficSelector.Range(IPAddress.Any, IPAddress.Broadcast)],
            };
        }
        return schedule.HasKeyExchange
            ? connection with
            {
                ChildProposals = [.. connection.ChildProposals.Select(proposal => proposal with { Transforms = [.. proposal.Transforms, Transform.KeyExchange(KeyExchangeId.Curve25519)] })],
            }
            : connection;
    }
}
