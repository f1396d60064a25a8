using System.Collections.Immutable;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Implementations;

/// <summary>A policy's suites as proposals, numbered from 1, without SPI.</summary>
public static class PolicyProposals
{
    public static ImmutableArray<Proposal> ForIke(ConnectionPolicy policy) =>
        [.. policy.IkeSuites.Select((suite, index) => new Proposal((byte)(index + 1), ProtocolId.Ike, Octets.Empty, Transforms(suite)))];

    public static ImmutableArray<Proposal> ForEsp(ConnectionPolicy policy) =>
        [.. policy.EspSuites.Select((suite, index) => new Proposal((byte)(index + 1), ProtocolId.Esp, Octets.Empty, Transforms(suite)))];

    private static ImmutableArray<Transform> Transforms(IkeSuite suite) =>
    [
        Transform.Encryption((EncryptionId)suite.Encryption, suite.KeyLength),
        .. Integrity(suite.Integrity),
        Transform.Prf((PrfId)suite.Prf),
        Transform.KeyExchange((KeyExchangeId)suite.KeyExchange),
    ];

    private static ImmutableArray<Transform> Transforms(EspSuite suite) =>
    [
        Transform.Encryption((EncryptionId)suite.Encryption, suite.KeyLength),
        .. Integrity(suite.Integrity),
        Transform.SequenceNumbers(suite.ExtendedSequenceNumbers ? SequenceNumbersId.Extended64 : SequenceNumbersId.Sequential32),
    ];

    private static ImmutableArray<Transform> Integrity(ushort id) => id == 0 ? [] : [Transform.Integrity((IntegrityId)id)];
}
