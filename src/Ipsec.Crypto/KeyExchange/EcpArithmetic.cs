using System.Security.Cryptography;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC.Multiplier;
using ECCurve = System.Security.Cryptography.ECCurve;
using ECPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace Ipsec.Crypto;

/// <summary>
/// Scalar multiplication by one of the providers. Points have been checked; the curves have prime order, so no product is the point at infinity.
/// </summary>
internal abstract class EcpArithmetic
{
    public static EcpArithmetic Managed { get; } = new BouncyCastle();

    /// <summary>x | y of scalar times generator.</summary>
    public abstract byte[] PublicValue(EcpGroup group, byte[] scalar);

    /// <summary>x of scalar times point.</summary>
    public abstract byte[] SharedX(EcpGroup group, byte[] scalar, ECPoint point);

    public static EcpArithmetic OfPlatform(ECCurve curve) => new Platform(curve);

    private sealed class BouncyCastle : EcpArithmetic
    {
        public override byte[] PublicValue(EcpGroup group, byte[] scalar) =>
            group.Encode(new FixedPointCombMultiplier().Multiply(group.Generator, new(1, scalar)));

        public override byte[] SharedX(EcpGroup group, byte[] scalar, ECPoint point) =>
            group.Coordinate(point.Multiply(new BigInteger(1, scalar)).Normalize().AffineXCoord);
    }

    private sealed class Platform(ECCurve curve) : EcpArithmetic
    {
        public override byte[] PublicValue(EcpGroup group, byte[] scalar)
        {
            using var own = ECDiffieHellman.Create(new ECParameters { Curve = curve, D = scalar });
            var point = own.ExportParameters(includePrivateParameters: false).Q;
            return [.. point.X!, .. point.Y!];
        }

        public override byte[] SharedX(EcpGroup group, byte[] scalar, ECPoint point)
        {
            var encoded = group.Encode(point);
            var q = new System.Security.Cryptography.ECPoint { X = encoded[..group.FieldLength], Y = encoded[group.FieldLength..] };
            using var own = ECDiffieHellman.Create(new ECParameters { Curve = curve, D = scalar });
            using var peer = ECDiffieHellman.Create(new ECParameters { Curve = curve, Q = q });
            return own.DeriveRawSecretAgreement(peer.PublicKey);
        }
    }
}
