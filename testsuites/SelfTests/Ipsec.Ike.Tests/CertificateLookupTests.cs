using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests;

/// <summary>Certificates by hash and URL: what is asked for, when, how much of it, and what is believed.</summary>
public sealed class CertificateLookupTests
{
    private static readonly TestCertificates Authority = new();

    private static readonly CertificateCredential
        Left = Placed(Authority.Issue("left", ECDsa.Create(ECCurve.NamedCurves.nistP256)), "left"),
        Right = Placed(Authority.Issue("right", ECDsa.Create(ECCurve.NamedCurves.nistP256)), "right");

    [Test]
    public void BothLookUp_BothSendUrls_AuthenticateWithTheWholeChain()
    {
        var pair = Pair(Web(Left, Right));
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.Single().Peer.Chain, Is.EqualTo(new[] { Right.Chain[0], Authority.Intermediate, Authority.Root }));
        Assert.That(pair.RightEnd.Children.Single().Peer.Chain[0], Is.EqualTo(Left.Chain[0]));
        Assert.That(pair.LookedUp, Is.EquivalentTo(new[] { "http://left/0", "http://left/1", "http://right/0", "http://right/1" }));
    }

    [Test]
    public void OnlyOneLooksUp_TheOther_IsSentWholeCertificates()
    {
        var pair = Pair(Web(Left, Right), rightLooksUp: false);
        pair.Connect();
        Assert.That(pair.RightEnd.Children.Single().Peer.Chain[0], Is.EqualTo(Left.Chain[0]));
        Assert.That(pair.LookedUp, Is.EquivalentTo(new[] { "http://right/0", "http://right/1" }));
    }

    [Test]
    public void Bundle_HasAllCertificates()
    {
        var bundle = CertificateBundle.Write(Right.Chain, []);
        var pair = Pair(new(Web(Left)) { ["http://right/bundle"] = bundle }, Right with { Urls = ["http://right/bundle"], IsBundle = true });
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.Single().Peer.Chain[1], Is.EqualTo(Authority.Intermediate));
    }

    [Test]
    public void WrongHash_IsNotBelieved()
    {
        var web = Web(Left, Right);
        web["http://left/0"] = Right.Chain[0].ToArray();
        AssertRefused(Pair(web), "another hash");
    }

    [Test]
    public void NothingThere_IsNotBelieved() => AssertRefused(Pair(Web(Right)), "not found");

    [Test]
    public void TooMuch_IsNotBelieved()
    {
        var left = Left;
        AssertRefused(Pair(Web(left, Right), options: new() { MaximumLookupLength = left.Chain[0].Length - 1 }), "not found");
    }

    [Test]
    public void NoAnswer_WaitsNoLongerThanItsTime()
    {
        var pair = Pair(Web(Left, Right));
        pair.AnswersLookups = false;
        pair.Connect();
        Assert.That(pair.RightEnd.Associations.Single().IsEstablished, Is.False);
        pair.Pass(TimeSpan.FromSeconds(11));
        AssertNothing(pair);
        Assert.That(pair.RightEvents.OfType<IkeEvent.Misbehaved>().Last().Detail, Does.Contain("no certificate"));
    }

    [Test]
    public void MoreThanMayBeUnderWay_AreNotAskedFor()
    {
        var pair = Pair(Web(Left, Right), options: new() { MaximumLookups = 1 });
        pair.Connect();
        Assert.That(pair.LookedUp, Has.Count.EqualTo(1));
        AssertNothing(pair);
    }

    [Test]
    public void Reset_WhileALookupIsUnderWay_ForgetsIt()
    {
        var pair = Pair(Web(Left, Right));
        pair.AnswersLookups = false;
        pair.Connect();
        pair.RightEnd.Reset();
        pair.RightEnd.TakeLookup(pair.Now, 1, Left.Chain[0].ToArray());
        Assert.That(pair.RightEnd.Associations, Is.Empty);
    }

    [TestCase("ftp://left/0")]
    [TestCase("file:///etc/passwd")]
    [TestCase("https://left/0")]
    public void OtherScheme_IsNotAskedFor(string url)
    {
        var pair = Pair(Web(Left, Right), left: Left with { Urls = [url, "http://left/1"] });
        pair.Connect();
        Assert.That(pair.LookedUp, Is.EqualTo(new[] { "http://left/1" }));
        AssertNothing(pair);
    }

    private static void AssertRefused(IkePair pair, string reason)
    {
        pair.Connect();
        AssertNothing(pair);
        Assert.That(pair.RightEvents.OfType<IkeEvent.Misbehaved>().Select(misbehaved => misbehaved.Detail), Has.Some.Contain(reason));
        Assert.That(pair.Ladder[^1], Is.EqualTo("right IKE_AUTH response 1: N(AUTHENTICATION_FAILED)"));
    }

    private static void AssertNothing(IkePair pair) => Assert.That(pair.LeftEnd.Children.Concat(pair.RightEnd.Children), Is.Empty);

    private static IkePair Pair(
        Dictionary<string, byte[]> web, CertificateCredential? right = null, CertificateCredential? left = null, bool rightLooksUp = true, IkeOptions? options = null) => new(
        options: options,
        changeLeft: connection => connection with { Certificate = left ?? Left, TrustAnchors = [Authority.Root], LooksUpCertificates = true },
        changeRight: connection => connection with { Certificate = right ?? Right, TrustAnchors = [Authority.Root], LooksUpCertificates = rightLooksUp })
    {
        Web = web,
    };

    private static CertificateCredential Placed(CertificateCredential credential, string host) =>
        credential with { Urls = [.. credential.Chain.Select((_, index) => $"http://{host}/{index}")] };

    private static Dictionary<string, byte[]> Web(params CertificateCredential[] credentials) =>
        credentials.SelectMany(credential => credential.Urls.Zip(credential.Chain)).ToDictionary(pair => pair.First, pair => pair.Second.ToArray());
}
