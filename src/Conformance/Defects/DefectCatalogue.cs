using System.Collections.Immutable;

namespace Conformance.Defects;

/// <summary>All defects. A suite that does not catch one of them is not good enough.</summary>
public static class DefectCatalogue
{
    public static ImmutableArray<Defect> All { get; } =
    [
        .. IkeDefects.All, .. IkeExchangeDefects.All, .. IkeFragmentDefects.All, .. IkePayloadDefects.All, .. IkeProposalDefects.All, .. AuthenticationDefects.All, .. AlgorithmDefects.All,
        .. CertificateDefects.All, .. ReauthenticationDefects.All, .. InitiatorDefects.All, .. Ipv6Defects.All,
        .. EspDefects.All, .. AhDefects.All, .. PeerDefects.All, .. PolicyDefects.All, .. AssociationDefects.All,
        .. TunnelDefects.All, .. EncapsulationDefects.All,
        .. SentPacketDefects.All, .. SentMessageDefects.All,
    ];
}
