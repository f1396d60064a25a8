using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Math;

namespace Ipsec.Crypto;

/// <summary>
/// Diffie-Hellman in an elliptic curve group (RFC 5903 section 7): the shared secret is the x-coordinate alone. Whether the peer's point is on the
/// curve is checked here for both providers (RFC 6989 section 2.3).
/// </summary>
internal sealed class EcpMethod(EcpGroup group, EcpArithmetic arithmetic) : KeyExchangeMethod(group.Facts)
{
    public override PrivateValue Generate(RandomSource random)
    {
        // 64 bits more than the order, reduced: the bias is negligible (FIPS 186-5 appendix A.2.1).
        var wide = new BigInteger(1, random.Bytes((group.Order.BitLength + 7) / 8 + 8));
        return Value.Of(this, group, arithmetic, wide.Mod(group.Order.Subtract(BigInteger.One)).Add(BigInteger.One));
    }

    public override bool TryImport(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out PrivateValue? value)
    {
        var scalar = new BigInteger(1, octets);
        value = scalar.SignValue > 0 && scalar.CompareTo(group.Order) < 0 ? Value.Of(this, group, arithmetic, scalar) : null;
        return value is not null;
    }

    private sealed class Value(EcpMethod method, EcpGroup group, EcpArithmetic arithmetic, byte[] scalar) : PrivateValue
    {
        public static Value Of(EcpMethod method, EcpGroup group, EcpArithmetic arithmetic, BigInteger scalar)
        {
            var octets = new byte[(group.Order.BitLength + 7) / 8];
            var significant = scalar.ToByteArrayUnsigned();
            significant.CopyTo(octets.AsSpan(octets.Length - significant.Length));
            CryptographicOperations.ZeroMemory(significant);
            return new(method, group, arithmetic, octets);
        }

        public override KeyExchangeId Method => method.Id;

        public override byte[] PublicValue { get; } = arithmetic.PublicValue(group, scalar);

        public override bool TryAgree(ReadOnlySpan<byte> peerValue, [NotNullWhen(true)] out byte[]? secret, [NotNullWhen(false)] out string? reason)
        {
            secret = null;
            if (!method.HasLength(peerValue, method.PublicValueLength, out reason))
                return false;
            if (group.Decode(peerValue) is not { } point)
            {
                reason = "not a point on the curve";
                return false;
            }
            secret = arithmetic.SharedX(group, scalar, point);
            return true;
        }

        public override void Dispose() => CryptographicOperations.ZeroMemory(scalar);
    }
}
