using Ipsec.Packets.Ike;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Asn1.TeleTrust;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC;

namespace Ipsec.Crypto;

/// <summary>
/// An elliptic curve group over GF(p) (RFC 5903, RFC 5114, RFC 6954). Key Exchange Data is x | y, each as long as the field's prime.
/// </summary>
internal sealed class EcpGroup
{
    private readonly X9ECParameters _curve;

    private EcpGroup(KeyExchangeId id, string name, X9ECParameters curve, Recommendation recommendation = Recommendation.Unlisted)
    {
        _curve = curve;
        FieldLength = (curve.Curve.FieldSize + 7) / 8;
        Facts = new(id, name, 2 * FieldLength, 2 * FieldLength, recommendation);
    }

    public static IReadOnlyList<EcpGroup> All { get; } =
    [
        new(KeyExchangeId.Ecp256, "ECP-256", SecNamedCurves.GetByOid(SecObjectIdentifiers.SecP256r1), Recommendation.Should),
        new(KeyExchangeId.Ecp384, "ECP-384", SecNamedCurves.GetByOid(SecObjectIdentifiers.SecP384r1)),
        new(KeyExchangeId.Ecp521, "ECP-521", SecNamedCurves.GetByOid(SecObjectIdentifiers.SecP521r1)),
        new(KeyExchangeId.Ecp192, "ECP-192", SecNamedCurves.GetByOid(SecObjectIdentifiers.SecP192r1)),
        new(KeyExchangeId.Ecp224, "ECP-224", SecNamedCurves.GetByOid(SecObjectIdentifiers.SecP224r1)),
        new(KeyExchangeId.BrainpoolP224r1, "brainpoolP224r1", TeleTrusTNamedCurves.GetByOid(TeleTrusTObjectIdentifiers.BrainpoolP224R1)),
        new(KeyExchangeId.BrainpoolP256r1, "brainpoolP256r1", TeleTrusTNamedCurves.GetByOid(TeleTrusTObjectIdentifiers.BrainpoolP256R1)),
        new(KeyExchangeId.BrainpoolP384r1, "brainpoolP384r1", TeleTrusTNamedCurves.GetByOid(TeleTrusTObjectIdentifiers.BrainpoolP384R1)),
        new(KeyExchangeId.BrainpoolP512r1, "brainpoolP512r1", TeleTrusTNamedCurves.GetByOid(TeleTrusTObjectIdentifiers.BrainpoolP512R1)),
    ];

    public KeyExchangeFacts Facts { get; }

    /// <summary>Octets of one coordinate.</summary>
    public int FieldLength { get; }

    public BigInteger Order => _curve.N;

    public ECPoint Generator => _curve.G;

    /// <summary>A point from x | y; null if a coordinate is not below p, which the library would reduce, or the point is not on the curve.</summary>
    public ECPoint? Decode(ReadOnlySpan<byte> value)
    {
        var x = new BigInteger(1, value[..FieldLength]);
        var y = new BigInteger(1, value[FieldLength..]);
        var p = _curve.Curve.Field.Characteristic;
        if (x.CompareTo(p) >= 0 || y.CompareTo(p) >= 0)
            return null;
        var point = _curve.Curve.CreatePoint(x, y);
        return point.IsValid() && !point.IsInfinity ? point : null;
    }

    /// <summary>A point with a public y, such as one to send.</summary>
    public byte[] Encode(ECPoint point)
    {
        var normal = point.Normalize();
        return [.. Coordinate(normal.AffineXCoord), .. Coordinate(normal.AffineYCoord)];
    }

    public byte[] Coordinate(ECFieldElement element)
    {
        var padded = new byte[FieldLength];
        var octets = element.GetEncoded();
        octets.CopyTo(padded.AsSpan(padded.Length - octets.Length));
        return padded;
    }
}
