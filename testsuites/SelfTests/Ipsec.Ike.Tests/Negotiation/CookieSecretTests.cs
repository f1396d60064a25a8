using System.Net;
using Ipsec.Crypto;
using Ipsec.Packets;

namespace Ipsec.Ike.Tests;

/// <summary>A cookie is good for its own initiator, until the secret has changed twice (RFC 7296 section 2.6).</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CookieSecretTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;
    private static readonly Octets Nonce = new byte[] { 1, 2, 3 };
    private static readonly IPAddress Initiator = IPAddress.Parse("192.0.2.1");

    private readonly CookieSecret _secret = new(RandomSource.Seeded(1));

    [Test]
    public void Cookie_OfTheSameInitiator_IsGood_AnyOtherIsNot()
    {
        var cookie = _secret.Make(Start, Nonce, Initiator, 7);
        Assert.That(cookie.Length, Is.InRange(1, 64), "RFC 7296 section 3.10.1");
        Assert.That(_secret.Verify(Start, cookie, Nonce, Initiator, 7), Is.True);
        Assert.That(_secret.Verify(Start, cookie, new byte[] { 1, 2, 4 }, Initiator, 7), Is.False, "another nonce");
        Assert.That(_secret.Verify(Start, cookie, Nonce, IPAddress.Parse("192.0.2.2"), 7), Is.False, "another address");
        Assert.That(_secret.Verify(Start, cookie, Nonce, Initiator, 8), Is.False, "another SPI");
        Assert.That(new CookieSecret(RandomSource.Seeded(2)).Verify(Start, cookie, Nonce, Initiator, 7), Is.False, "another secret");
    }

    [Test]
    public void Cookie_ChangedOrCut_IsNotGood()
    {
        var cookie = _secret.Make(Start, Nonce, Initiator, 7).ToArray();
        for (var length = 0; length < cookie.Length; length++)
            Assert.That(_secret.Verify(Start, cookie[..length], Nonce, Initiator, 7), Is.False, $"{length} octets");
        for (var index = 0; index < cookie.Length; index++)
        {
            cookie[index] ^= 1;
            Assert.That(_secret.Verify(Start, cookie, Nonce, Initiator, 7), Is.False, $"octet {index}");
            cookie[index] ^= 1;
        }
        cookie[0] = 255;
        Assert.That(_secret.Verify(Start, cookie, Nonce, Initiator, 7), Is.False, "there was no secret before the first");
    }

    /// <summary>Asked every so many seconds, so that the secret changes when it is due.</summary>
    [TestCase(119, ExpectedResult = true)]
    [TestCase(120, ExpectedResult = true, Description = "the secret before is honoured")]
    [TestCase(239, ExpectedResult = true)]
    [TestCase(240, ExpectedResult = false)]
    public bool Cookie_LaterOn(int seconds)
    {
        var cookie = _secret.Make(Start, Nonce, Initiator, 7);
        for (var second = 1; second < seconds; second++)
            _secret.Verify(Start.AddSeconds(second), Octets.Empty, Nonce, Initiator, 7);
        return _secret.Verify(Start.AddSeconds(seconds), cookie, Nonce, Initiator, 7);
    }

    /// <summary>When nobody asked for long, the secret before the change is too old as well.</summary>
    [TestCase(239, ExpectedResult = true)]
    [TestCase(240, ExpectedResult = false)]
    public bool Cookie_AfterSilence(int seconds)
    {
        var cookie = _secret.Make(Start, Nonce, Initiator, 7);
        return _secret.Verify(Start.AddSeconds(seconds), cookie, Nonce, Initiator, 7);
    }

    [Test]
    public void Secret_Changes()
    {
        var first = _secret.Make(Start, Nonce, Initiator, 7);
        Assert.That(_secret.Make(Start.AddSeconds(119), Nonce, Initiator, 7), Is.EqualTo(first));
        var second = _secret.Make(Start.AddSeconds(120), Nonce, Initiator, 7);
        Assert.That(second.Span[1..].SequenceEqual(first.Span[1..]), Is.False);
        Assert.That(second[0], Is.EqualTo(first[0] + 1));
    }
}
