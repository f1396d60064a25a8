using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ipsec.Packets;

namespace Ipsec.Ike.Tests;

/// <summary>A certification authority for a test: root, intermediate, and end entities with a dNSName.</summary>
internal sealed class TestCertificates
{
    public static readonly DateTimeOffset From = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), Until = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509Certificate2 _intermediate;
    private byte _serial = 1;

    public TestCertificates()
    {
        var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=root", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var root = rootRequest.CreateSelfSigned(From, Until);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=intermediate", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _intermediate = request.Create(root, From, Until, [1]).CopyWithPrivateKey(key);
        Root = root.RawData;
    }

    public Octets Root { get; }

    public Octets Intermediate => _intermediate.RawData;

    /// <summary>A credential whose chain goes over the intermediate.</summary>
    public CertificateCredential Issue(string name, AsymmetricAlgorithm key, X509KeyUsageFlags usage = X509KeyUsageFlags.DigitalSignature, DateTimeOffset? until = null) =>
        Issue(name, new PublicKey(key), key.ExportPkcs8PrivateKey(), usage, until);

    public CertificateCredential Issue(
        string name, PublicKey key, byte[] privateKey, X509KeyUsageFlags usage = X509KeyUsageFlags.DigitalSignature, DateTimeOffset? until = null)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        var generator = X509SignatureGenerator.CreateForECDsa(_intermediate.GetECDsaPrivateKey()!);
        var certificate = request.Create(_intermediate.SubjectName, generator, From, until ?? Until, [2, _serial++]);
        return new([certificate.RawData, Intermediate], privateKey);
    }
}
