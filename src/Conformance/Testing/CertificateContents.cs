using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Conformance.Implementations;

namespace Conformance.Testing;

/// <summary>What an end entity's certificate says; as it stands, what IKE wants of it (RFC 4945 section 5).</summary>
/// <param name="Name">A domain name: the subject's commonName, and the dNSName where there are no <see cref="Names"/>.</param>
public sealed record CertificateContents(string Name)
{
    /// <summary>Of its key: RSA, P256, P384, P521, ED25519, ED448.</summary>
    public string Kind { get; init; } = "P256";

    public DateTimeOffset From { get; init; } = TestCertificates.From;
    public DateTimeOffset Until { get; init; } = TestCertificates.Until;

    /// <summary>Null for a certificate without the extension.</summary>
    public X509KeyUsageFlags? KeyUsage { get; init; } = X509KeyUsageFlags.DigitalSignature;

    /// <summary>For subjectAltName: domain names, mail addresses, IP addresses. Empty: the name.</summary>
    public ImmutableArray<PolicyIdentity> Names { get; init; } = [];

    /// <summary>No subject: all identities are in subjectAltName, which is critical then (RFC 5280 section 4.1.2.6).</summary>
    public bool HasEmptySubject { get; init; }

    /// <summary>Beyond those of names and key usage.</summary>
    public ImmutableArray<X509Extension> Extensions { get; init; } = [];
}
