using System.Collections.Immutable;
using System.Security.Cryptography;
using Conformance.Implementations;

namespace Conformance.Peers.StrongSwan;

/// <summary>strongSwan: charon-systemd, configured by swanctl.</summary>
internal sealed class StrongSwanDaemon : IPeerDaemon
{
    public string Name => "strongswan";

    public Capabilities Capabilities => Capabilities.OfIkeDaemon.With(Capability.CertificateAuthentication, Capability.MixedAuthentication, Capability.Timers, Capability.Reauthentication, Capability.InitialContact, Capability.Eap, Capability.NegotiatedIpComp, Capability.NegotiatedFlowPadding, Capability.MandatoryAlgorithms, Capability.CertificateChains, Capability.RevocationLists, Capability.RevocationListsFromPeers, Capability.HashAndUrl, Capability.InitiatesOnTraffic, Capability.NoReplayCheck, Capability.NegotiatedAh, Capability.AddressAssignment, Capability.AddressRequest);

    public IReadOnlyDictionary<string, string> Render(ConnectionPolicy policy, Topology topology)
    {
        var files = new Dictionary<string, string>
        {
            ["strongswan.conf"] = CharonConfiguration.Render(policy),
            ["swanctl.conf"] = SwanctlConfiguration.Render(policy, topology),
        };
        if (policy.Certificates is { } certificates)
        {
            files["authority.pem"] = PemEncoding.WriteString("CERTIFICATE", certificates.Authority.Span);
            files["local.pem"] = PemEncoding.WriteString("CERTIFICATE", certificates.Local.Chain[0].Span);
            foreach (var (index, intermediate) in certificates.Local.Chain.Skip(1).Index())
                files[$"intermediate-{index + 1}.pem"] = PemEncoding.WriteString("CERTIFICATE", intermediate.Span);
            foreach (var (index, list) in certificates.RevocationLists.Index())
                files[$"revoked-{index + 1}.pem"] = PemEncoding.WriteString("X509 CRL", list.Span);
            files["private.pem"] = PemEncoding.WriteString("PRIVATE KEY", certificates.Local.PrivateKey.Span);
        }
        return files;
    }

    public ImmutableArray<SecurityAssociationInfo> ParseAssociations(string output) => SwanctlAssociations.Parse(output);
}
