using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Conformance.Implementations;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace Conformance.Testing;

/// <summary>
/// A certification authority for a scenario, by itself or with others below it, the last of which issues certificates and revokes them. Keys are new in each run: nothing
/// depends on what they are.
/// </summary>
public sealed class TestCertificates
{
    internal static readonly DateTimeOffset From = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), Until = new(2045, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The root first.</summary>
    private readonly List<X509Certificate2> _authorities = [];
    private byte _serial = 1;

    /// <param name="intermediates">Authorities between the root and the end entities.</param>
    /// <param name="areAuthorities">Whether their certificates say that they are (RFC 5280 section 4.2.1.9).</param>
    /// <param name="name">Of the root; the others have a number behind it.</param>
    public TestCertificates(int intermediates = 0, bool areAuthorities = true, string name = "conformance test authority")
    {
        for (var level = 0; level <= intermediates; level++)
        {
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest(level == 0 ? $"CN={name}" : $"CN={name} {level}", key, HashAlgorithmName.SHA256);
            if (level == 0 || areAuthorities)
                request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
            if (level == 0)
            {
                _authorities.Add(request.CreateSelfSigned(From, Until));
                continue;
            }
            request.CertificateExtensions.Add(OfIssuer());
            _authorities.Add(request.Create(Issuer.SubjectName, Generator(Issuer), From, Until, [1, (byte)level]).CopyWithPrivateKey(key));
        }
    }

    public Octets Root => _authorities[0].RawData;

    /// <summary>Certificates of the authorities between end entities and the root, which they come after in a chain.</summary>
    public ImmutableArray<Octets> Intermediates => [.. _authorities.Skip(1).Reverse().Select(authority => new Octets(authority.RawData))];

    /// <summary>Both ends with keys of this kind: RSA (2048 bits), RSA3072, RSA4096, P256, P384, P521, ED25519, ED448.</summary>
    public CertificatePolicy Policy(string kind) => new(Root, Issue("iut.example", kind), Issue("tester.example", kind));

    public CertifiedKey Issue(string name, string kind, DateTimeOffset? until = null) => Issue(new CertificateContents(name) { Kind = kind, Until = until ?? Until });

    /// <summary>With the certificates of the intermediate authorities behind it.</summary>
    public CertifiedKey Issue(CertificateContents contents)
    {
        switch (contents.Kind)
        {
            case "ED25519":
                var ed25519 = new Ed25519PrivateKeyParameters(new SecureRandom());
                return Issue(contents, ed25519, ed25519.GeneratePublicKey());
            case "ED448":
                var ed448 = new Ed448PrivateKeyParameters(new SecureRandom());
                return Issue(contents, ed448, ed448.GeneratePublicKey());
        }
        using AsymmetricAlgorithm key = contents.Kind switch
        {
            "RSA" => RSA.Create(2048),
            "RSA3072" => RSA.Create(3072),
            "RSA4096" => RSA.Create(4096),
            "P384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            "P521" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
            _ => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        };
        return Issue(contents, new PublicKey(key), key.ExportPkcs8PrivateKey());
    }

    /// <summary>Keys that the platform can't make.</summary>
    private CertifiedKey Issue(CertificateContents contents, AsymmetricKeyParameter own, AsymmetricKeyParameter @public) => Issue(
        contents,
        PublicKey.CreateFromSubjectPublicKeyInfo(SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(@public).GetDerEncoded(), out _),
        PrivateKeyInfoFactory.CreatePrivateKeyInfo(own).GetDerEncoded());

    /// <summary>A CRL of who issues the end entities' certificates.</summary>
    /// <param name="change">Null for one that is current and names nobody.</param>
    public Octets Revoke(Func<TestRevocationList, TestRevocationList>? change = null) => RevokeBy(_authorities.Count - 1, change);

    /// <summary>A CRL of the root: of the intermediate authority below it, if there is one.</summary>
    public Octets RevokeByRoot(Func<TestRevocationList, TestRevocationList>? change = null) => RevokeBy(0, change);

    private Octets RevokeBy(int level, Func<TestRevocationList, TestRevocationList>? change)
    {
        using var key = _authorities[level].GetECDsaPrivateKey()!;
        var list = new TestRevocationList();
        return (change?.Invoke(list) ?? list).Encode(_authorities[level], key);
    }

    private X509Certificate2 Issuer => _authorities[^1];

    /// <summary>RFC 5280 section 4.2.1.1: which of several authorities of one name it is.</summary>
    private X509AuthorityKeyIdentifierExtension OfIssuer() => X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Issuer, true, false);

    private static X509SignatureGenerator Generator(X509Certificate2 issuer) => X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!);

    private CertifiedKey Issue(CertificateContents contents, PublicKey key, byte[] privateKey)
    {
        var request = new CertificateRequest(new X500DistinguishedName(contents.HasEmptySubject ? "" : $"CN={contents.Name}"), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in contents.Names.IsEmpty ? [contents.Name] : contents.Names)
            Add(names, name);
        request.CertificateExtensions.Add(names.Build(critical: contents.HasEmptySubject));
        if (contents.KeyUsage is { } usage)
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        request.CertificateExtensions.Add(OfIssuer());
        foreach (var extension in contents.Extensions)
            request.CertificateExtensions.Add(extension);
        return new([request.Create(Issuer.SubjectName, Generator(Issuer), contents.From, contents.Until, [2, _serial++]).RawData, .. Intermediates], privateKey);
    }

    private static void Add(SubjectAlternativeNameBuilder names, PolicyIdentity name)
    {
        switch (name.Type)
        {
            case IdentificationType.Ipv4Addr or IdentificationType.Ipv6Addr:
                names.AddIpAddress(new IPAddress(name.Data.Span));
                break;
            case IdentificationType.Rfc822Addr:
                names.AddEmailAddress(Encoding.ASCII.GetString(name.Data.Span));
                break;
            default:
                names.AddDnsName(Encoding.ASCII.GetString(name.Data.Span));
                break;
        }
    }
}
