using System.Collections.Immutable;
using Ipsec.Packets;

namespace Ipsec.Ike;

/// <summary>What an end proves itself with: a certificate and its private key.</summary>
/// <param name="Chain">DER, its own certificate first, then those of intermediate CAs; all are sent.</param>
/// <param name="PrivateKey">PrivateKeyInfo (PKCS #8), DER.</param>
public sealed record CertificateCredential(ImmutableArray<Octets> Chain, ReadOnlyMemory<byte> PrivateKey)
{
    /// <summary>For RSA with RFC 7427: RSASSA-PSS rather than RSASSA-PKCS1-v1_5.</summary>
    public bool PrefersPss { get; init; } = true;

    /// <summary>
    /// Where a peer that looks certificates up finds them, over HTTP: a URL for each of <see cref="Chain"/>, or with <see cref="IsBundle"/> one for all of them.
    /// Empty: they are always sent whole.
    /// </summary>
    public ImmutableArray<string> Urls { get; init; } = [];

    /// <summary>There is a <see cref="Packets.Ike.CertificateBundle"/> of the chain at the one URL.</summary>
    public bool IsBundle { get; init; }
}
