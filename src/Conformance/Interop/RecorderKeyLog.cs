using Conformance.Evidence;
using Ipsec.Crypto;
using Ipsec.Host;
using Ipsec.Ike;

namespace Conformance.Interop;

/// <summary>Keeps a stack's keys as evidence of the scenario.</summary>
internal sealed class RecorderKeyLog(Recorder recorder) : IKeyLog
{
    public void IkeSa(ulong initiatorSpi, ulong responderSpi, IkeAlgorithms algorithms, IkeKeys keys) =>
        recorder.Keys(KeyRecords.Of(initiatorSpi, responderSpi, algorithms, keys));

    public void ChildSa(ChildSa child, ChildKeys keys)
    {
        var (inbound, outbound) = ((keys.ResponderEncryption, keys.ResponderIntegrity), (keys.InitiatorEncryption, keys.InitiatorIntegrity));
        if (!child.IsExchangeInitiator)
            (inbound, outbound) = (outbound, inbound);
        recorder.Keys(KeyRecords.Of(child.Local, child.Remote, child.OutboundSpi, child.Algorithms, outbound.Item1, outbound.Item2));
        recorder.Keys(KeyRecords.Of(child.Remote, child.Local, child.InboundSpi, child.Algorithms, inbound.Item1, inbound.Item2));
    }
}
