using Conformance.Evidence;
using Ipsec.Crypto;
using Ipsec.Host;
using Ipsec.Ike;

namespace Conformance.Experiments;

/// <summary>Keeps the keys of one gateway's SAs, so that the captures can be opened in Wireshark. They are of an experiment: nobody's secrets.</summary>
internal sealed class ExperimentKeyLog : IKeyLog
{
    public List<IkeSaKeyRecord> Ike { get; } = [];

    public List<EspSaKeyRecord> Esp { get; } = [];

    /// <inheritdoc/>
    public void IkeSa(ulong initiatorSpi, ulong responderSpi, IkeAlgorithms algorithms, IkeKeys keys) =>
        Ike.Add(KeyRecords.Of(initiatorSpi, responderSpi, algorithms, keys));

    /// <inheritdoc/>
    public void ChildSa(ChildSa child, ChildKeys keys)
    {
        var (own, peer) = ((keys.InitiatorEncryption, keys.InitiatorIntegrity), (keys.ResponderEncryption, keys.ResponderIntegrity));
        if (!child.IsExchangeInitiator)
            (own, peer) = (peer, own);
        Esp.Add(KeyRecords.Of(child.Local, child.Remote, child.OutboundSpi, child.Algorithms, own.Item1, own.Item2));
        Esp.Add(KeyRecords.Of(child.Remote, child.Local, child.InboundSpi, child.Algorithms, peer.Item1, peer.Item2));
    }
}
