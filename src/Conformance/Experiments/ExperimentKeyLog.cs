using System.Text;
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

    /// <summary>A Wireshark profile as a folder of files.</summary>
    public IEnumerable<(string Name, byte[] Octets)> Files(string folder) =>
    [
        File(folder, WiresharkKeyFiles.EspFileName, Esp.Select(WiresharkKeyFiles.EspLine)),
        File(folder, WiresharkKeyFiles.IkeFileName, Ike.Select(WiresharkKeyFiles.IkeLine)),
        File(folder, WiresharkKeyFiles.PreferencesFileName, WiresharkKeyFiles.Preferences),
    ];

    /// <inheritdoc/>
    public void IkeSa(ulong initiatorSpi, ulong responderSpi, IkeAlgorithms algorithms, IkeKeys keys) =>
        Ike.Add(KeyRecords.Of(initiatorSpi, responderSpi, algorithms, keys));

    /// <inheritdoc/>
    public void ChildSa(ChildSa child, ChildKeys keys)
    {
        var (outbound, inbound) = KeyRecords.Of(child, keys);
        Esp.Add(outbound);
        Esp.Add(inbound);
    }

    private static (string Name, byte[] Octets) File(string folder, string name, IEnumerable<string> lines) =>
        ($"{folder}/{name}", Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
}
