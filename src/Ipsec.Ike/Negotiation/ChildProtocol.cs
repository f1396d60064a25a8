using System.Diagnostics.CodeAnalysis;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>The algorithms of a child SA, whichever protocol it has.</summary>
internal static class ChildProtocol
{
    /// <summary>An AH SA is one whose encryption has no key: its keying material is the integrity key alone (RFC 7296 section 2.17).</summary>
    public static bool TryFrom(Proposal chosen, [NotNullWhen(true)] out EspAlgorithms? algorithms)
    {
        algorithms = null;
        if (chosen.Protocol == ProtocolId.Esp)
            return EspAlgorithms.TryFrom(chosen, out algorithms);
        if (chosen.Protocol != ProtocolId.Ah || chosen.OfType(TransformType.Encryption).Any()
            || chosen.OfType(TransformType.Integrity).SingleOrDefault() is not { Id: not 0 } transform
            || Algorithms.Integrity((IntegrityId)transform.Id) is not { } integrity || !integrity.Facts.Protocols.HasFlag(SecurityProtocols.Ah))
            return false;
        var sequence = chosen.OfType(TransformType.SequenceNumbers).SingleOrDefault();
        algorithms = new(Algorithms.Encryption(EncryptionId.Null)!, 0, integrity, sequence?.Id == (ushort)SequenceNumbersId.Extended64);
        return true;
    }
}
