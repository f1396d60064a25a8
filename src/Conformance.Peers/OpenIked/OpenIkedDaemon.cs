using System.Collections.Immutable;
using Conformance.Implementations;

namespace Conformance.Peers.OpenIked;

/// <summary>OpenIKED: iked, configured by iked.conf.</summary>
internal sealed class OpenIkedDaemon : IPeerDaemon
{
    public string Name => "openiked";

    public Capabilities Capabilities => Capabilities.OfIkeDaemon.Without(
        Capability.CookieOnDemand, Capability.ExtendedSequenceNumbers, Capability.AesGcm16, Capability.AesCbcHmacSha2, Capability.OrderRekeyChild,
        Capability.OrderRekeyIke, Capability.OrderDeleteChild).With(Capability.AddressAssignment, Capability.AddressRequest);

    public EspSuite StandardEspSuite => EspSuite.Aes256CbcSha1;

    // It initiates two seconds after its policy was loaded.
    public TimeSpan ResponseTime => TimeSpan.FromSeconds(5);

    public IReadOnlyDictionary<string, string> Render(ConnectionPolicy policy, Topology topology) => new Dictionary<string, string>
    {
        ["iked.conf"] = IkedConfiguration.Render(policy, topology),
    };

    public ImmutableArray<SecurityAssociationInfo> ParseAssociations(string output) => IkedAssociations.Parse(output);
}
