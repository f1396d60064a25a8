using System.Text;

namespace Ipsec.Crypto.Tests;

/// <summary>The examples of RFC 2759 section 9.2 and RFC 3079 section 3.5.3.</summary>
public sealed class MsChapV2Tests
{
    private static readonly byte[]
        Authenticator = Convert.FromHexString("5B5D7C7D7B3F2F3E3C2C602132262628"), Peer = Convert.FromHexString("21402324255E262A28295F2B3A337C7E"),
        Name = "User"u8.ToArray(), Password = "clientPass"u8.ToArray(), Response = Convert.FromHexString("82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF");

    [Test]
    public void Response_OfTheExample_IsThePublishedOne() => Assert.That(MsChapV2.Response(Authenticator, Peer, Name, Password), Is.EqualTo(Response));

    [Test]
    public void AuthenticatorResponse_OfTheExample_IsThePublishedOne() => Assert.That(
        MsChapV2.AuthenticatorResponse(Authenticator, Peer, Name, Password, Response), Is.EqualTo("S=407A5589115FD0D6209F510FE9C04566932CDA56"));

    /// <summary>RFC 3079 has the key with which the server sends, of 128 bits.</summary>
    [Test]
    public void MasterSessionKey_OfTheExample_HasThePublishedSendKey() => Assert.Multiple(() =>
    {
        var key = MsChapV2.MasterSessionKey(Password, Response);
        Assert.That(key, Has.Length.EqualTo(MsChapV2.MasterSessionKeySize));
        Assert.That(Convert.ToHexString(key, 16, 16), Is.EqualTo("8B7CDC149B993A1BA118CB153F56DCCB"));
        Assert.That(key[32..], Has.All.Zero);
    });

    [Test]
    public void Response_WithAnotherPassword_IsAnother() =>
        Assert.That(MsChapV2.Response(Authenticator, Peer, Name, Encoding.ASCII.GetBytes("clientpass")), Is.Not.EqualTo(Response));
}
