using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace Ipsec.Crypto;

/// <summary>
/// Curve25519 and Curve448 (RFC 8031): values of 32 and 56 octets, little-endian. An all-zero shared secret, which a small-order value makes, is
/// refused (RFC 8031 section 3.2 by RFC 7748 section 6).
/// </summary>
internal sealed class MontgomeryMethod : KeyExchangeMethod
{
    private readonly PublicFunction _public;
    private readonly SharedFunction _shared;

    private MontgomeryMethod(KeyExchangeFacts facts, PublicFunction publicFunction, SharedFunction sharedFunction)
        : base(facts) => (_public, _shared) = (publicFunction, sharedFunction);

    public static MontgomeryMethod Curve25519 { get; } = new(
        new(KeyExchangeId.Curve25519, "Curve25519", X25519.PointSize, X25519.PointSize), X25519.ScalarMultBase, X25519.CalculateAgreement);

    public static MontgomeryMethod Curve448 { get; } = new(
        new(KeyExchangeId.Curve448, "Curve448", X448.PointSize, X448.PointSize), X448.ScalarMultBase, X448.CalculateAgreement);

    private delegate void PublicFunction(ReadOnlySpan<byte> scalar, Span<byte> point);

    private delegate bool SharedFunction(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point, Span<byte> shared);

    public override PrivateValue Generate(RandomSource random) => new Value(this, random.Bytes(PublicValueLength));

    public override bool TryImport(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out PrivateValue? value)
    {
        value = octets.Length == PublicValueLength ? new Value(this, octets.ToArray()) : null;
        return value is not null;
    }

    private sealed class Value : PrivateValue
    {
        private readonly MontgomeryMethod _method;
        private readonly byte[] _scalar;

        public Value(MontgomeryMethod method, byte[] scalar)
        {
            _method = method;
            _scalar = scalar;
            PublicValue = new byte[method.PublicValueLength];
            method._public(scalar, PublicValue);
        }

        public override KeyExchangeId Method => _method.Id;

        public override byte[] PublicValue { get; }

        public override bool TryAgree(ReadOnlySpan<byte> peerValue, [NotNullWhen(true)] out byte[]? secret, [NotNullWhen(false)] out string? reason)
        {
            secret = null;
            if (!_method.HasLength(peerValue, _method.PublicValueLength, out reason))
                return false;
            var shared = new byte[_method.PublicValueLength];
            if (!_method._shared(_scalar, peerValue, shared))
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
