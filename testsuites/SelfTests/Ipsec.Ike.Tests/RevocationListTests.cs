using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ipsec.Crypto;

namespace Ipsec.Ike.Tests;

/// <summary>CRLs, made by the platform: what they say, and octets that are none.</summary>
public sealed class RevocationListTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly X509Certificate2 Issuer = Self("issuer"), Other = Self("issuer");

    private static readonly byte[] Sample = Make(Issuer);

    [Test]
    public void List_OfThePlatform_NamesWhomItNames()
    {
        Assert.That(RevocationList.TryParse(Sample, out var list));
        Assert.That(list!.IsUnderstood && list.IsBy(Issuer) && list.IsCurrent(Now));
        Assert.That(list.Names(Issuer), Is.False);
        Assert.That(RevocationList.TryParse(Make(Issuer, Issuer), out var naming) && naming.Names(Issuer));
    }

    [Test]
    public void List_OfAnotherKeyUnderTheSameName_IsNotTheIssuers()
    {
        Assert.That(RevocationList.TryParse(Make(Other), out var list));
        Assert.That(list!.IsBy(Issuer), Is.False);
    }

    [Test]
    public void List_OutOfItsTime_IsNotCurrent()
    {
        Assert.That(RevocationList.TryParse(Sample, out var list));
        Assert.That(list!.IsCurrent(Now.AddDays(-2)) || list.IsCurrent(Now.AddDays(2)), Is.False);
    }

    [Test]
    public void HostileOctets_NeverThrow()
    {
        var random = RandomSource.Seeded(7);
        for (var attempt = 0; attempt < 2000; attempt++)
        {
            var changed = Sample.ToArray();
            changed[random.NextUInt32() % Sample.Length] = (byte)random.NextUInt32();
            var length = attempt % 2 == 0 ? Sample.Length : (int)(random.NextUInt32() % Sample.Length);
            if (RevocationList.TryParse(changed.AsSpan(0, length), out var list))
                list.IsBy(Issuer);
        }
    }

    private static byte[] Make(X509Certificate2 issuer, params X509Certificate2[] revoked)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked)
            builder.AddEntry(certificate, Now);
        return builder.Build(issuer, 1, Now.AddDays(1), HashAlgorithmName.SHA256, thisUpdate: Now.AddDays(-1));
    }

    private static X509Certificate2 Self(string name)
    {
        var request = new CertificateRequest($"CN={name}", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(1));
    }
}
