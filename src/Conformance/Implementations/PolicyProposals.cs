using System.Collections.Immutable;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Implementations;

/// <summary>A policy's suites as proposals, numbered from 1, without SPI.</summary>
public static class PolicyProposals
{
    public static ImmutableArray<Proposal> ForIke(ConnectionPolicy policy) =>
        [.. policy.IkeSuites.Select((suite, index) => new Proposal((byte)(index + 1), ProtocolId.Ike, Octets.Empty, Transforms(suite)))];

    /// <summary>Of child SAs: ESP, or AH where the policy has that.</summary>
    public static ImmutableArray<Proposal> ForEsp(ConnectionPolicy policy) =>
        [.. policy.EspSuites.Select((suite, index) => policy.UsesAh
            ? new Proposal((byte)(index + 1), ProtocolId.Ah, Octets.Empty, [.. Transforms(suite).Where(transform => transform.Type != TransformType.Encryption)])
            : new Proposal((byte)(index + 1), ProtocolId.Esp, Octets.Empty, Transforms(suite)))];

    private static ImmutableArray<Transform> Transforms(IkeSuite suite) =>
    [
        Encryption(suite.Encryption, suite.KeyLength),
        .. Integrity(suite.Integrity),
        Transform.Prf((PrfId)suite.Prf),
        Transform.KeyExchange((KeyExchangeId)suite.KeyExchange),
    ];

    private static ImmutableArray<Transform> Transforms(EspSuite suite) =>
    [
        Encryption(suite.Encryption, suite.KeyLength),
        .. Integrity(suite.Integrity),
        .. suite.KeyExchange == 0 ? [] : ImmutableArray.Create(Transform.KeyExchange((KeyExchangeId)suite.KeyExchange)),
        Transform.SequenceNumbers(suite.ExtendedSequenceNumbers ? SequenceNumbersId.Extended64 : SequenceNumbersId.Sequential32),
    ];

    /// <summary>Ciphers with keys of one length have no Key Length attribute (RFC 7296 section 3.3.5).</summary>
    private static Transform Encryption(ushort id, int keyLength) => Transform.Encryption((EncryptionId)id, keyLength == 0 ? null : keyLength);

    private static ImmutableArray<Transform> Integrity(ushort id) => id == 0 ? [] : [Transform.Integrity((IntegrityId)id)];
}
