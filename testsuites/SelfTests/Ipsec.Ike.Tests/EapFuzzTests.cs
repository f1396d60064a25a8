using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests;

/// <summary>Hostile EAP in the middle of IKE_AUTH, from either end: nothing throws, nothing goes on for ever, and no SA comes of what was changed for good.</summary>
public sealed class EapFuzzTests
{
    private const int MaximumMessages = 60;

    private static readonly TestCertificates Authority = new();
    private static readonly CertificateCredential Gateway = Authority.Issue("right", ECDsa.Create(ECCurve.NamedCurves.nistP256));

    [Test]
    public void RightMessages_Authenticate([Values(EapMethod.Md5Challenge, EapMethod.MsChapV2)] EapMethod method)
    {
        var pair = Pair(method);
        pair.Connect();
        Assert.That(pair.LeftEnd.Children.Count(), Is.EqualTo(1));
        Assert.That(pair.RightEnd.Children.Single().Peer.Identity, Is.EqualTo("left"));
    }

    /// <param name="fromResponder">Whose EAP messages are changed.</param>
    [Test]
    public void ChangedMessages_NeverThrow_AndEnd([Values(EapMethod.Md5Challenge, EapMethod.MsChapV2)] EapMethod method, [Values] bool fromResponder, [Range(1, 20)] int seed)
    {
        var random = RandomSource.Seeded((ulong)seed);
        var pair = Pair(method);
        pair.Changes = message => message.Header.IsResponse != fromResponder ? message : message with
        {
            Payloads = [.. message.Payloads.Select(payload => payload is ExtensibleAuthenticationPayload eap ? Changed(eap, random) : payload)],
        };
        Assert.That(pair.Connect, Throws.Nothing);
        Assert.That(() => pair.Pass(TimeSpan.FromMinutes(5)), Throws.Nothing);
        Assert.That(pair.Sent, Has.Count.LessThan(MaximumMessages));
        Assert.That(pair.RightEnd.Associations.Count(association => !association.IsEstablished), Is.Zero, "nothing half-open is left");
    }

    [Test]
    public void EndlessRequests_AreNotAnsweredForEver()
    {
        var pair = Pair(EapMethod.Md5Challenge);
        byte identifier = 0;
        pair.Changes = message => message.Header.IsResponse && message.Find<ExtensibleAuthenticationPayload>() is { } eap
            ? message with { Payloads = message.Payloads.Replace(eap, new ExtensibleAuthenticationPayload(EapCode.Request, identifier++, new byte[] { (byte)EapMethod.Identity })) }
            : message;
        pair.Connect();
        pair.Pass(TimeSpan.FromMinutes(5));
        Assert.That(pair.Sent, Has.Count.LessThan(2 * MaximumMessages));
        Assert.That(pair.LeftEnd.Children.Concat(pair.RightEnd.Children), Is.Empty);
    }

    /// <summary>Octets changed, cut off, added, or all of them others; or another code or identifier; or as it was.</summary>
    private static ExtensibleAuthenticationPayload Changed(ExtensibleAuthenticationPayload eap, RandomSource random)
    {
        var data = eap.Data.ToArray();
        switch (random.NextUInt32() % 7)
        {
            case 0 when data.Length > 0:
                data[random.NextUInt32() % data.Length] ^= (byte)(1 + random.NextUInt32() % 255);
                return eap with { Data = data };
            case 1 when data.Length > 0:
                return eap with { Data = data[..(int)(random.NextUInt32() % data.Length)] };
            case 2:
                return eap with { Data = (byte[])[.. data, .. random.Bytes((int)(random.NextUInt32() % 300))] };
            case 3:
                return eap with { Data = (byte[])[.. data.Take(1), .. random.Bytes((int)(random.NextUInt32() % 80))] };
            case 4:
                return eap with { Code = (EapCode)(random.NextUInt32() % 8) };
            case 5:
                return eap with { Identifier = (byte)random.NextUInt32() };
            default:
                return eap;
        }
    }

    private static IkePair Pair(EapMethod method)
    {
        var credential = new EapCredential("left"u8.ToArray(), "password"u8.ToArray(), [method]);
        return new(
            changeLeft: left => left with { Eap = credential, TrustAnchors = [Authority.Root], SharedKey = default },
            changeRight: right => right with { PeerEap = credential, Certificate = Gateway, SharedKey = default });
    }
}
