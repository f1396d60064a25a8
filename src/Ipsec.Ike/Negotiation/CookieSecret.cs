using System.Net;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets;

namespace Ipsec.Ike;

/// <summary>
/// Stateless cookies (RFC 7296 section 2.6): version of the secret | SHA-256(secret | Ni | IPi | SPIi). The secret changes with time; the one
/// before is honoured, so that a cookie given just before the change still counts.
/// </summary>
internal sealed class CookieSecret(RandomSource random)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    private byte _version;
    private byte[] _current = random.Bytes(32);
    private byte[]? _previous;
    private DateTimeOffset? _changed;

    public Octets Make(DateTimeOffset now, Octets nonce, IPAddress initiator, ulong initiatorSpi)
    {
        Rotate(now);
        return Compute(_version, _current, nonce, initiator, initiatorSpi);
    }

    public bool Verify(DateTimeOffset now, Octets cookie, Octets nonce, IPAddress initiator, ulong initiatorSpi)
    {
        Rotate(now);
        if (cookie.IsEmpty)
            return false;
        var secret = cookie[0] == _version ? _current : cookie[0] == (byte)(_version - 1) ? _previous : null;
        return secret is not null
            && CryptographicOperations.FixedTimeEquals(cookie.Span, Compute(cookie[0], secret, nonce, initiator, initiatorSpi).Span);
    }

    private void Rotate(DateTimeOffset now)
    {
        _changed ??= now;
        if (now - _changed < Lifetime)
            return;
        _previous = now - _changed < 2 * Lifetime ? _current : null;
        _current = random.Bytes(32);
        _version++;
        _changed = now;
    }

    private static Octets Compute(byte version, byte[] secret, Octets nonce, IPAddress initiator, ulong initiatorSpi)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(secret);
        hash.AppendData(nonce.Span);
        hash.AppendData(initiator.GetAddressBytes());
        hash.AppendData(BitConverter.GetBytes(initiatorSpi));
        return Octets.TakeOver([version, .. hash.GetHashAndReset()]);
    }
}
