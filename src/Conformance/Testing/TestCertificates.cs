using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Conformance.Implementations;
using Ipsec.Packets;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace Conformance.Testing;

/// <summary>A certification authority for a scenario, with end entities that have a dNSName. Their keys are new in each run: nothing depends on what they are.</summary>
public sealed class TestCertificates
{
    private static readonly DateTimeOffset From = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), Until = new(2045, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509Certificate2 _root;
    private byte _serial = 1;

    public TestCertificates()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=conformance test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _root = request.CreateSelfSigned(From, Until);
    }

    public Octets Root => _root.RawData;

    /// <summary>Both ends with keys of this kind: RSA (2048 bits), RSA3072, RSA4096, P256, P384, P521, ED25519.</summary>
    public CertificatePolicy Policy(string kind) => new(Root, Issue("iut.example", kind), Issue("tester.example", kind));

    public CertifiedKey Issue(string name, string kind, DateTimeOffset? until = null)
    {
        if (kind == "ED25519")
        {
            var pair = new Ed25519PrivateKeyParameters(new SecureRandom());
            var encoded = SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(pair.GeneratePublicKey()).GetDerEncoded();
            return Issue(name, PublicKey.CreateFromSubjectPublicKeyInfo(encoded, out _), PrivateKeyInfoFactory.CreatePrivateKeyInfo(pair).GetDerEncoded(), until);
        }
        using AsymmetricAlgorithm key = kind switch
        {
            "RSA" => RSA.Create(2048),
            "RSA3072" => RSA.Create(3072),
            "RSA4096" => RSA.Create(4096),
            "P384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            "P521" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
            _ => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        };
        return Issue(name, new PublicKey(key), key.ExportPkcs8PrivateKey(), until);
    }

    private CertifiedKey Issue(string name, PublicKey key, byte[] privateKey, DateTimeOffset? until)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        var generator = X509SignatureGenerator.CreateForECDsa(_root.GetECDsaPrivateKey()!);
        return new([request.Create(_root.SubjectName, generator, From, until ?? Until, [2, _serial++]).RawData], privateKey);
    }
}
