using System.Diagnostics.CodeAnalysis;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC;
using Org.BouncyCastle.Math.EC.Multiplier;

namespace Ipsec.Crypto;

/// <summary>An elliptic curve group over GF(p) (RFC 5903): Key Exchange Data is x | y, the shared secret x alone.</summary>
internal sealed class EcpMethod(KeyExchangeId id, X9ECParameters curve) : KeyExchangeMethod
{
    private int FieldLength => (curve.Curve.FieldSize + 7) / 8;

    public override KeyExchangeId Id => id;
    public override int PublicValueLength => 2 * FieldLength;

    public override PrivateValue Generate(RandomSource random)
    {
        // 64 bits more than the order, reduced: the bias is negligible (FIPS 186-5 appendix A.2.1).
        var wide = new BigInteger(1, random.Bytes((curve.N.BitLength + 7) / 8 + 8));
        return new Value(this, wide.Mod(curve.N.Subtract(BigInteger.One)).Add(BigInteger.One));
    }

    private byte[] Coordinate(ECFieldElement element)
    {
        var octets = element.GetEncoded();
        var padded = new byte[FieldLength];
        octets.CopyTo(padded.AsSpan(padded.Length - octets.Length));
        return padded;
    }

    private byte[] Multiply(BigInteger scalar)
    {
        var point = new FixedPointCombMultiplier().Multiply(curve.G, scalar).Normalize();
        return [.. Coordinate(point.AffineXCoord), .. Coordinate(point.AffineYCoord)];
    }

    private ECPoint? Decode(ReadOnlySpan<byte> value)
    {
        var x = new BigInteger(1, value[..FieldLength].ToArray());
        var y = new BigInteger(1, value[FieldLength..].ToArray());
        // Coordinates at or above p are non-canonical: refuse before the library reduces them (RFC 6989 section 2.3).
        var p = curve.Curve.Field.Characteristic;
        if (x.CompareTo(p) >= 0 || y.CompareTo(p) >= 0)
            return null;
        var point = curve.Curve.CreatePoint(x, y);
        return point.IsValid() && !point.IsInfinity ? point : null;
    }

    private sealed class Value(EcpMethod group, BigInteger scalar) : PrivateValue
    {
        public override KeyExchangeId Method => group.Id;

        public override byte[] PublicValue { get; } = group.Multiply(scalar);

        public override bool TryAgree(ReadOnlySpan<byte> peerValue, [NotNullWhen(true)] out byte[]? secret, [NotNullWhen(false)] out string? reason)
        {
            secret = null;
            reason = null;
            if (peerValue.Length != group.PublicValueLength)
            {
                reason = $"{peerValue.Length} octets, must be {group.PublicValueLength}";
                return false;
            }
            if (group.Decode(peerValue) is not { } point)
            {
                reason = "not a point on the curve";
                return false;
            }
            var shared = point.Multiply(scalar).Normalize();
            if (shared.IsInfinity)
            {
                reason = "the shared point is the point at infinity";
                return false;
            }
            secret = group.Coordinate(shared.AffineXCoord);
            return true;
        }

        // BouncyCastle's integers are immutable: nothing to zero.
        public override void Dispose()
        {
        }
    }
}
