using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Dataplane;

/// <summary>A cipher with one of its key lengths, and what checks integrity beside it.</summary>
/// <param name="KeyLength">Bits, without salt.</param>
/// <param name="Integrity"><see cref="IntegrityId.None"/> with a combined-mode cipher.</param>
public sealed record CipherSuite(EncryptionId Encryption, int KeyLength, IntegrityId Integrity)
{
    /// <summary>As in scenario ids: <c>GCM16-128</c>, <c>CBC-256-SHA512</c>, <c>NULL-XCBC</c>.</summary>
    public string Word =>
        MatrixAlgorithms.Word(Encryption) + (KeyLength == 0 ? "" : $"-{KeyLength}") + (Integrity == IntegrityId.None ? "" : $"-{MatrixAlgorithms.Word(Integrity)}");

    /// <summary>Octets of key and salt.</summary>
    public int KeyOctets => KeyLength / 8 + Algorithms.Encryption(Encryption)!.SaltLength;
}
