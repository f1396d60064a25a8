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
        var (outbound, inbound) = KeyRecords.Of(child, keys);
        recorder.Keys(outbound);
        recorder.Keys(inbound);
    }
}
