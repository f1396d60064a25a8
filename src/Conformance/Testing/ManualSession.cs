using System.Collections.Immutable;
using System.Net;
using Conformance.Evidence;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Packets.Ip;

namespace Conformance.Testing;

/// <summary>
/// The tester's end of what an implementation was keyed with by hand: the SAs of its first protecting policy in each direction, and the addresses that talk.
/// </summary>
public sealed class ManualSession : IDisposable
{
    private readonly RandomSource _random;
    private readonly List<ScriptedAssociation> _others = [];

    internal ManualSession(ManualConfiguration configuration, ManualSetup setup, Topology topology, RandomSource random, Recorder recorder)
    {
        Configuration = configuration;
        Setup = setup;
        _random = random;
        (Own, Peer) = setup.Inside(topology);
        ToImplementation = Bundle(TrafficDirection.Inbound);
        FromImplementation = Bundle(TrafficDirection.Outbound);
        foreach (var association in ToImplementation.Concat(FromImplementation))
            if (KeyRecords.Of(association.Parameters) is { } keys)
                recorder.Keys(keys);

        ImmutableArray<ScriptedAssociation> Bundle(TrafficDirection direction)
        {
            var protecting = configuration.Policies.Where(policy => policy.Direction == direction && policy.Action == ManualAction.Protect).ToArray();
            var all = protecting.TakeWhile(policy => policy.Nested).Concat(protecting.SkipWhile(policy => policy.Nested).Take(1));
            return [.. all.SelectMany(policy => policy.Associations).Select(association => new ScriptedAssociation(association, random))];
        }
    }

    public ManualConfiguration Configuration { get; }

    public ManualSetup Setup { get; }

    /// <summary>The address inside on the tester's side.</summary>
    public IPAddress Own { get; }

    /// <summary>The address inside on the implementation's side.</summary>
    public IPAddress Peer { get; }

    /// <summary>The SAs for what the tester sends, innermost first.</summary>
    public ImmutableArray<ScriptedAssociation> ToImplementation { get; }

    /// <summary>The SAs for what the implementation sends, innermost first.</summary>
    public ImmutableArray<ScriptedAssociation> FromImplementation { get; }

    /// <summary>The tester's end of another SA than those of the session, or of one of them that it takes for another.</summary>
    public ScriptedAssociation Another(ManualSecurityAssociation parameters)
    {
        _others.Add(new(parameters, _random));
        return _others[^1];
    }

    /// <summary>The packet with all SAs around it; the options are for the outermost.</summary>
    public byte[] Seal(byte[] packet, SealOptions? options = null)
    {
        for (var index = 0; index < ToImplementation.Length; index++)
            packet = ToImplementation[index].Seal(packet, index == ToImplementation.Length - 1 ? options : null);
        return packet;
    }

    /// <summary>
    /// Takes all SAs off a packet, outermost first, each in its place; an IPComp header may be missing. Empty where the first doesn't open; else what came out
    /// of each, the innermost last.
    /// </summary>
    public ImmutableArray<Opened> Open(byte[] packet)
    {
        var layers = ImmutableArray.CreateBuilder<Opened>();
        for (var index = FromImplementation.Length - 1; index >= 0; index--)
        {
            var association = FromImplementation[index];
            if (association.Open(packet) is { } opened)
                layers.Add(opened);
            else if (association.Parameters.Protocol == IpsecProtocol.IpComp && Uncompressed(association, packet) is { } inner)
                layers.Add(new(inner, association, 0, 0, 0, 0, packet));
            else
                break;
            packet = layers[^1].Packet;
        }
        return layers.DrainToImmutable();
    }

    /// <summary>Whether what was opened went through every SA, so that what is inside is the traffic itself.</summary>
    public bool IsWhole(ImmutableArray<Opened> layers) => layers.Length == FromImplementation.Length;

    public void Dispose()
    {
        foreach (var association in ToImplementation.Concat(FromImplementation).Concat(_others))
            association.Dispose();
    }

    private static byte[]? Uncompressed(ScriptedAssociation association, byte[] packet)
    {
        if (association.Parameters.Mode != IpsecMode.Tunnel)
            return packet;
        return IpView.TryParse(packet, out var view, out _)
            && view.Protocol is IpProtocol.IpInIp or IpProtocol.Ipv6
            ? view.Transport.ToArray()
            : null;
    }
}
