using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace Ipsec.Ike.Tests;

/// <summary>Authentication by certificate: which method is used, which chain is believed, and what is not.</summary>
public sealed class CertificateTests
{
    private static readonly TestCertificates Authority = new();
    private static readonly RSA Rsa = RSA.Create(2048);

    [TestCase("rsa")]
    [TestCase("P-256")]
    [TestCase("P-384")]
    [TestCase("P-521")]
    [TestCase("Ed25519")]
    [TestCase("Ed448")]
    public void DigitalSignature_ByBothEnds_AuthenticatesWithTheWholeChain(string kind)
    {
        var (left, right) = (Credential(kind, "left"), Credential(kind, "right"));
        var pair = Pair(left, right);
        pair.Connect();
        var peer = pair.LeftEnd.Children.Single().Peer;
        Assert.That((peer.Identity, peer.Method), Is.EqualTo(("right", AuthenticationMethod.DigitalSignature)));
        Assert.That(peer.Chain, Is.EqualTo(new[] { right.Chain[0], Authority.Intermediate, Authority.Root }));
        Assert.That(pair.RightEnd.Children.Single().Peer.Chain[0], Is.EqualTo(left.Chain[0]));
        Assert.That(pair.Ladder, Is.EqualTo(new[]
        {
            "left IKE_AUTH request 1: IDi CERT CERT N(INITIAL_CONTACT) CERTREQ IDr AUTH SA TSi TSr", "right IKE_AUTH response 1: IDr CERT CERT AUTH SA TSi TSr",
        }));
    }

    [TestCase("rsa", AuthenticationMethod.RsaDigitalSignature)]
    [TestCase("P-256", AuthenticationMethod.EcdsaWithSha256)]
    [TestCase("P-384", AuthenticationMethod.EcdsaWithSha384)]
    [TestCase("P-521", AuthenticationMethod.EcdsaWithSha512)]
    public void PeerWithoutHashAnnouncement_GetsTheMethodOfItsKey(string kind, AuthenticationMethod method)
    {
        var pair = Pair(Credential(kind, "left"), Credential(kind, "right"), strips: true);
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.Single().Peer.Method, Is.EqualTo(method));
    }

    [Test]
    public void RsaWithoutPss_UsesPkcs1InADigitalSignature()
    {
        var pair = Pair(Credential("rsa", "left") with { PrefersPss = false }, Credential("rsa", "right"));
        pair.Connect();
        Assert.That(pair.RightEnd.Children.Single().Peer.Method, Is.EqualTo(AuthenticationMethod.DigitalSignature));
    }

    [Test]
    public void MixedMethods_CertificateOneWayAndSharedKeyTheOther_Work()
    {
        var right = Credential("P-256", "right");
        var pair = new IkePair(
            changeLeft: left => left with { TrustAnchors = [Authority.Root] }, changeRight: connection => connection with { Certificate = right });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.Single().Peer.Method, Is.EqualTo(AuthenticationMethod.DigitalSignature));
        Assert.That(pair.RightEnd.Children.Single().Peer.Method, Is.EqualTo(AuthenticationMethod.SharedKey));
    }

    [Test]
    public void CertificateOfAnotherName_IsNotBelieved() => AssertRefused(Credential("P-256", "middle"), "not one of left");

    [Test]
    public void CertificateOfAnotherAuthority_IsNotBelieved() =>
        AssertRefused(new TestCertificates().Issue("left", ECDsa.Create(ECCurve.NamedCurves.nistP256)), "no trusted chain");

    [Test]
    public void MissingIntermediate_IsNotBelieved() => AssertRefused(Credential("P-256", "left") is var whole ? whole with { Chain = [whole.Chain[0]] } : whole, "no trusted chain");

    [Test]
    public void ExpiredCertificate_IsNotBelieved() => AssertRefused(
        Authority.Issue("left", ECDsa.Create(ECCurve.NamedCurves.nistP256), until: new DateTimeOffset(2025, 12, 31, 0, 0, 0, TimeSpan.Zero)), "NotTimeValid");

    [Test]
    public void CertificateForEncryption_IsNotBelieved() => AssertRefused(
        Authority.Issue("left", ECDsa.Create(ECCurve.NamedCurves.nistP256), X509KeyUsageFlags.KeyEncipherment), "not one for signatures");

    [Test]
    public void ForeignKey_UnderARightCertificate_IsNotBelieved() => AssertRefused(
        Credential("P-256", "left") with { PrivateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportPkcs8PrivateKey() }, "AUTH does not verify");

    [Test]
    public void GarbageInTheChain_IsNotBelieved() =>
        AssertRefused(Credential("P-256", "left") is var whole ? whole with { Chain = [whole.Chain[0], new byte[] { 0x30, 0x03, 1, 2, 3 }] } : whole, "malformed");

    private static void AssertRefused(CertificateCredential left, string reason)
    {
        var pair = Pair(left, Credential("P-256", "right"));
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.Concat(pair.RightEnd.Children), Is.Empty);
        Assert.That(pair.RightEvents.OfType<IkeEvent.Misbehaved>().Single(misbehaved => misbehaved.Violation == ProtocolViolation.AuthenticationFailed).Detail, Does.Contain(reason));
        Assert.That(pair.Ladder[^1], Is.EqualTo("right IKE_AUTH response 1: N(AUTHENTICATION_FAILED)"));
    }

    private static IkePair Pair(CertificateCredential left, CertificateCredential right, bool strips = false) => new(
        changeLeft: connection => connection with { Certificate = left, TrustAnchors = [Authority.Root] },
        changeRight: connection => connection with { Certificate = right, TrustAnchors = [Authority.Root] })
    {
        AnnouncesHashes = !strips,
    };

    private static CertificateCredential Credential(string kind, string name) => kind switch
    {
        "rsa" => Authority.Issue(name, Rsa),
        "P-256" => Authority.Issue(name, ECDsa.Create(ECCurve.NamedCurves.nistP256)),
        "P-384" => Authority.Issue(name, ECDsa.Create(ECCurve.NamedCurves.nistP384)),
        "P-521" => Authority.Issue(name, ECDsa.Create(ECCurve.NamedCurves.nistP521)),
        "Ed25519" => Edwards(name, new Ed25519PrivateKeyParameters(new SecureRandom())),
        _ => Edwards(name, new Ed448PrivateKeyParameters(new SecureRandom())),
    };

    private static CertificateCredential Edwards(string name, Org.BouncyCastle.Crypto.AsymmetricKeyParameter key)
    {
        Org.BouncyCastle.Crypto.AsymmetricKeyParameter publicKey = key is Ed25519PrivateKeyParameters small ? small.GeneratePublicKey() : ((Ed448PrivateKeyParameters)key).GeneratePublicKey();
        var encoded = SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(publicKey).GetDerEncoded();
        return Authority.Issue(name, PublicKey.CreateFromSubjectPublicKeyInfo(encoded, out _), PrivateKeyInfoFactory.CreatePrivateKeyInfo(key).GetDerEncoded());
    }
}
