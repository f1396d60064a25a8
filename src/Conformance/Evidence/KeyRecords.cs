using System.Net;
using Conformance.Implementations;
using Ipsec.Crypto;

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

    /// <summary>Null for what Wireshark has no keys or no name for.</summary>
    public static EspSaKeyRecord? Of(ManualSecurityAssociation association)
    {
        var keys = new EspSaKeyRecord(
            association.Source, association.Destination, association.Spi, (ushort)association.Encryption, association.KeyLength, (ushort)association.Integrity,
            association.EncryptionKey.ToArray(), association.IntegrityKey.ToArray(), association.ExtendedSequenceNumbers);
        return association.Protocol == IpsecProtocol.Esp && WiresharkKeyFiles.Knows(keys) ? keys : null;
    }
}
