using System.Collections.Immutable;
using Conformance.Implementations;

namespace Conformance.Peers;

/// <summary>
/// What differs between one daemon in a container and another: its image, its configuration language, what it prints. Stateless.
/// </summary>
internal interface IPeerDaemon
{
    /// <summary>Short name of the peer and of its folder in <c>docker/</c>.</summary>
    string Name { get; }

    Capabilities Capabilities { get; }

    /// <inheritdoc cref="IImplementation.StandardEspSuite"/>
    EspSuite StandardEspSuite => EspSuite.Aes256Gcm;

    /// <summary>How long it may take to answer, or to begin when told to.</summary>
    TimeSpan ResponseTime => TimeSpan.FromSeconds(2.5);

    /// <summary>The files of one configuration, by name, as its <c>peer-daemon configure</c> takes them.</summary>
    /// <exception cref="UnsupportedPolicyException">It can't be expressed; the field is named.</exception>
    IReadOnlyDictionary<string, string> Render(ConnectionPolicy policy, Topology topology);

    /// <summary>Reads what <c>peer-daemon associations</c> printed.</summary>
    ImmutableArray<SecurityAssociationInfo> ParseAssociations(string output);
}
