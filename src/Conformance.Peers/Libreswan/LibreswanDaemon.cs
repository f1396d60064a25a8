using System.Collections.Immutable;
using Conformance.Implementations;

namespace Conformance.Peers.Libreswan;

/// <summary>Libreswan: pluto, configured by ipsec.conf.</summary>
internal sealed class LibreswanDaemon : IPeerDaemon
{
    public string Name => "libreswan";

    // Selectors with an address behind a NAT get TS_UNACCEPTABLE: it does not translate them.
    public Capabilities Capabilities => Capabilities.OfIkeDaemon.With(Capability.CertificateAuthentication, Capability.MixedAuthentication, Capability.Timers, Capability.NullAuthentication, Capability.NegotiatedIpComp, Capability.NegotiatedAh, Capability.MandatoryAlgorithms, Capability.CertificateChains, Capability.RevocationLists, Capability.AddressAssignment, Capability.AddressRequest).Without(Capability.TransportThroughNat);

    public IReadOnlyDictionary<string, string> Render(ConnectionPolicy policy, Topology topology)
    {
        var files = new Dictionary<string, string>
        {
            ["ipsec.conf"] = IpsecConfiguration.Render(policy, topology),
            ["ipsec.secrets"] = IpsecConfiguration.RenderSecrets(policy),
        };
        foreach (var (name, text) in policy.Certificates is { } certificates ? NssFiles.Of(certificates) : [])
            files[name] = text;
        return files;
    }

    public ImmutableArray<SecurityAssociationInfo> ParseAssociations(string output) => PlutoAssociations.Parse(output);
}
