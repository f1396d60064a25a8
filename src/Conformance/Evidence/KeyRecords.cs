using System.Net;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Ike;

namespace Conformance.Evidence;

/// <summary>Keys as the evidence keeps them.</summary>
internal static class KeyRecords
{
    public static IkeSaKeyRecord Of(ulong initiatorSpi, ulong responderSpi, IkeAlgorithms algorithms, IkeKeys keys) => new(
        initiatorSpi, responderSpi, (ushort)algorithms.Encryption.Id, algorithms.KeyBits, (ushort)(algorithms.Integrity?.Id ?? 0),
        [.. keys.SkEi], [.. keys.SkEr], [.. keys.SkAi], [.. keys.SkAr]);

    public static EspSaKeyRecord Of(IPAddress source, IPAddress destination, uint spi, EspAlgorithms algorithms, byte[] encryptionKey, byte[] integrityKey) => new(
        source, destination, spi, (ushort)algorithms.Encryption.Id, algorithms.KeyBits, (ushort)(algorithms.Integrity?.Id ?? 0),
        [.. encryptionKey], [.. integrityKey], algorithms.ExtendedSequenceNumbers);

    /// <summary>Null for AH and IPComp, which keep nothing secret.</summary>
    public static EspSaKeyRecord? Of(ManualSecurityAssociation association) => association.Protocol != IpsecProtocol.Esp
        ? null
        : new(
            association.Source, association.Destination, association.Spi, (ushort)association.Encryption, association.KeyLength, (ushort)association.Integrity,
            association.EncryptionKey.ToArray(), association.IntegrityKey.ToArray(), association.ExtendedSequenceNumbers);

    /// <summary>Both directions of a child SA, the own one first.</summary>
    public static (EspSaKeyRecord Outbound, EspSaKeyRecord Inbound) Of(ChildSa child, ChildKeys keys)
    {
        var (own, peer) = ((keys.InitiatorEncryption, keys.InitiatorIntegrity), (keys.ResponderEncryption, keys.ResponderIntegrity));
        if (!child.IsExchangeInitiator)
            (own, peer) = (peer, own);
        return (
            Of(child.Local, child.Remote, child.OutboundSpi, child.Algorithms, own.Item1, own.Item2),
            Of(child.Remote, child.Local, child.InboundSpi, child.Algorithms, peer.Item1, peer.Item2));
    }
}
