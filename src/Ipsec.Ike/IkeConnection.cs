using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>One configured connection: with whom, how authenticated, and for which traffic (an SPD entry, with its PAD entry where there is no PAD: RFC 4301 section 4.4.3).</summary>
public sealed record IkeConnection
{
    public required string Name { get; init; }
    public required IPAddress LocalAddress { get; init; }
    public required IPAddress RemoteAddress { get; init; }

    /// <summary>For the IKE SA, best first; each transform type may have several alternatives.</summary>
    public required ImmutableArray<Proposal> IkeProposals { get; init; }

    /// <summary>For child SAs, best first, without SPI.</summary>
    public required ImmutableArray<Proposal> ChildProposals { get; init; }

    /// <summary>Own identity, as the body of an ID payload.</summary>
    public required (IdentificationType Type, Octets Data) LocalIdentity { get; init; }

    /// <summary>The only identity that the peer may have; null, with <see cref="IkeOptions.Peers"/>, for every one that is known there.</summary>
    public required (IdentificationType Type, Octets Data)? RemoteIdentity { get; init; }

    /// <summary>Pre-shared key: for each end that has no other proof.</summary>
    public ReadOnlyMemory<byte> SharedKey { get; init; }

    /// <summary>What this end proves itself with; null for the pre-shared key.</summary>
    public CertificateCredential? Certificate { get; init; }

    /// <summary>Certificates, DER, that the peer's must lead to; empty where the peer proves itself with the pre-shared key.</summary>
    public ImmutableArray<Octets> TrustAnchors { get; init; } = [];

    /// <summary>With <see cref="TrustAnchors"/>: which certificates are no longer good.</summary>
    public RevocationPolicy Revocation { get; init; } = new();

    /// <summary>Whether the peer may send a URL for each certificate, and is told so (RFC 7296 section 3.6): <see cref="IkeEffect.LookUp"/> asks for what is there.</summary>
    public bool LooksUpCertificates { get; init; }

    /// <summary>As an initiator this end proves itself by EAP, and its peer by a certificate that leads to <see cref="TrustAnchors"/>; null without EAP.</summary>
    public EapCredential? Eap { get; init; }

    /// <summary>As a responder this end has its peer prove itself by EAP, and proves itself by its <see cref="Certificate"/>; null without EAP.</summary>
    public EapCredential? PeerEap { get; init; }

    /// <summary>This end proves nothing: NULL authentication (RFC 7619). As a rule with ID_NULL.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>A peer that proves nothing may have this connection (the flag of RFC 7619 section 2.4). It gets nothing by its name.</summary>
    public bool AcceptsAnonymous { get; init; }

    internal bool IsBetween(IPAddress local, IPAddress remote) => LocalAddress.Equals(local) && (RemoteAddress.Equals(remote) || RemoteAddress.Equals(IPAddress.Any));

    /// <summary>The same connection, offering and accepting numbers of 32 bits alone; proposals that have extended ones only are left out.</summary>
    public IkeConnection WithoutExtendedSequenceNumbers() => this with
    {
        ChildProposals =
        [
            .. from proposal in ChildProposals
               let kept = proposal.Transforms.RemoveAll(transform => transform is { Type: TransformType.SequenceNumbers, Id: (ushort)SequenceNumbersId.Extended64 })
               where kept.Any(transform => transform.Type == TransformType.SequenceNumbers)
               select proposal with { Transforms = kept },
        ],
    };

    internal bool UsesSignatures => Certificate is not null || !TrustAnchors.IsEmpty;

    public required ImmutableArray<TrafficSelector> LocalTraffic { get; init; }
    public required ImmutableArray<TrafficSelector> RemoteTraffic { get; init; }

    public bool TransportMode { get; init; }

    /// <summary>Whether SAs for particular ports may carry fragments but the first, if the peer wants that too (RFC 4301 section 7.3). In tunnels only.</summary>
    public bool NonFirstFragmentsAlso { get; init; }

    /// <summary>Whether IPComp with DEFLATE is offered and accepted inside of child SAs (RFC 7296 section 2.22).</summary>
    public bool Compression { get; init; }

    /// <summary>Whether peers are told that they must not send TFC padding (RFC 7296 section 1.3.1). This end could take it off.</summary>
    public bool RefusesFlowPadding { get; init; }

    /// <summary>Whether each child SA has to be for a single pair of addresses (RFC 7296 section 2.9).</summary>
    public bool SinglePairs { get; init; }

    /// <summary>
    /// What peers are told that ask for configuration; null for nothing. Who has got an address is given child SAs for that alone, whatever <see cref="RemoteTraffic"/> says.
    /// </summary>
    public InternalNetwork? InternalNetwork { get; init; }

    /// <summary>
    /// Attributes that this end asks for as initiator of the IKE SA; empty asks for none. With an address among them the IKE SA is of no use without one, and
    /// <see cref="LocalTraffic"/> is what it might be within.
    /// </summary>
    public ImmutableArray<ConfigurationAttributeType> RequestedAttributes { get; init; } = [];

    /// <summary>Pretend to be behind a NAT, so that ESP goes in UDP (RFC 7296 section 2.23).</summary>
    public bool ForceUdpEncapsulation { get; init; }
}
