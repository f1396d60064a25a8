using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace Ipsec.Crypto;

/// <summary>Curve25519 (RFC 8031): 32-octet values; an all-zero shared secret is refused (RFC 8031 section 5 by RFC 7748 section 6.1).</summary>
internal sealed class Curve25519Method : KeyExchangeMethod
{
    public override KeyExchangeId Id => KeyExchangeId.Curve25519;
    public override int PublicValueLength => X25519.PointSize;

    public override PrivateValue Generate(RandomSource random) => new Value(random.Bytes(X25519.ScalarSize));

    private sealed class Value : PrivateValue
    {
        private readonly byte[] _scalar;

        public Value(byte[] scalar)
        {
            _scalar = scalar;
            PublicValue = new byte[X25519.PointSize];
            X25519.ScalarMultBase(scalar, 0, PublicValue, 0);
        }

        public override KeyExchangeId Method => KeyExchangeId.Curve25519;

        public override byte[] PublicValue { get; }

        public override bool TryAgree(ReadOnlySpan<byte> peerValue, [NotNullWhen(true)] out byte[]? secret, [NotNullWhen(false)] out string? reason)
        {
            secret = null;
            reason = null;
            if (peerValue.Length != X25519.PointSize)
            {
                reason = $"{peerValue.Length} octets, must be {X25519.PointSize}";
                return false;
            }
            var shared = new byte[X25519.PointSize];
            if (!X25519.CalculateAgreement(_scalar, 0, peerValue.ToArray(), 0, shared, 0))
            {
                reason = "small-order value: the shared secret is all zero";
                return false;
            }
            secret = shared;
            return true;
        }

        public override void Dispose() => CryptographicOperations.ZeroMemory(_scalar);
    }
}
