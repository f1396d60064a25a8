using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Benchmarks;

/// <summary>The arithmetic of a key exchange and nothing else: BN_mod_exp, EC_POINT_mul, EVP_PKEY_derive, on numbers that are converted already.</summary>
internal static class RawKeyExchange
{
    private const int ExponentOctets = 64;

    /// <summary>Null if OpenSSL is missing or hasn't got the method.</summary>
    public static Workload? Generating(KeyExchangeId id)
    {
        if (!RawOpenSsl.IsAvailable)
            return null;
        if (Group(id) is { } modp)
            return Modp(modp, modp.Generator.ToArray());
        if (MontgomeryType(id) is { } type)
            return MontgomeryPublic(type);
        return Curve(id) is { } curve && RawOpenSsl.EC_GROUP_new_by_curve_name(curve) is not 0 and var group
            ? Multiplication(group, point: 0)
            : null;
    }

    /// <summary>Null if OpenSSL is missing or hasn't got the method.</summary>
    public static Workload? Agreeing(KeyExchangeId id, byte[] peerValue)
    {
        if (!RawOpenSsl.IsAvailable)
            return null;
        if (Group(id) is { } modp)
            return Modp(modp, peerValue);
        if (MontgomeryType(id) is { } type)
            return Montgomery(type, peerValue);
        if (Curve(id) is not { } curve || RawOpenSsl.EC_GROUP_new_by_curve_name(curve) is not (not 0 and var group))
            return null;
        var point = RawOpenSsl.EC_POINT_new(group);
        byte[] uncompressed = [4, .. peerValue];
        RawOpenSsl.EC_POINT_oct2point(group, point, ref uncompressed[0], (nuint)uncompressed.Length, 0);
        return Multiplication(group, point);
    }

    private static ModpGroup? Group(KeyExchangeId id) => ModpGroup.All.FirstOrDefault(group => group.Facts.Id == id);

    private static Workload Modp(ModpGroup group, byte[] value)
    {
        var length = group.Subgroup.IsEmpty ? ExponentOctets : group.Subgroup.Length - 1;
        var exponent = Number(RandomSource.Seeded(2).Bytes(length));
        RawOpenSsl.BN_set_flags(exponent, RawOpenSsl.ConstantTime);
        nint result = Number([1]), number = Number(value), prime = Number(group.Prime.ToArray()), context = RawOpenSsl.BN_CTX_new();
        return new(() => RawOpenSsl.BN_mod_exp(result, number, exponent, prime, context));
    }

    private static Workload Multiplication(nint group, nint point)
    {
        // Shorter than any of the orders by less than a hundredth of the work.
        var scalar = Number(RandomSource.Seeded(2).Bytes(CurveOctets(group)));
        nint result = RawOpenSsl.EC_POINT_new(group), context = RawOpenSsl.BN_CTX_new();
        return point == 0
            ? new(() => RawOpenSsl.EC_POINT_mul(group, result, scalar, 0, 0, context))
            : new(() => RawOpenSsl.EC_POINT_mul(group, result, 0, point, scalar, context));
    }

    private static int CurveOctets(nint group) => RawOpenSsl.EC_GROUP_get_degree(group) / 8 - 1;

    private static Workload MontgomeryPublic(int type)
    {
        var scalar = RandomSource.Seeded(2).Bytes(type == X25519 ? 32 : 56);
        return new(() => RawOpenSsl.EVP_PKEY_free(RawOpenSsl.EVP_PKEY_new_raw_private_key(type, 0, ref scalar[0], (nuint)scalar.Length)));
    }

    private static Workload Montgomery(int type, byte[] peerValue)
    {
        var scalar = RandomSource.Seeded(2).Bytes(peerValue.Length);
        var context = RawOpenSsl.EVP_PKEY_CTX_new(RawOpenSsl.EVP_PKEY_new_raw_private_key(type, 0, ref scalar[0], (nuint)scalar.Length), 0);
        RawOpenSsl.EVP_PKEY_derive_init(context);
        RawOpenSsl.EVP_PKEY_derive_set_peer(context, RawOpenSsl.EVP_PKEY_new_raw_public_key(type, 0, ref peerValue[0], (nuint)peerValue.Length));
        var secret = new byte[peerValue.Length];
        return new(() =>
        {
            var length = (nuint)secret.Length;
            RawOpenSsl.EVP_PKEY_derive(context, ref secret[0], ref length);
        });
    }

    private static nint Number(byte[] octets) => RawOpenSsl.BN_bin2bn(ref octets[0], octets.Length, 0);

    private const int X25519 = 1034, X448 = 1035;

    private static int? MontgomeryType(KeyExchangeId id) => id switch
    {
        KeyExchangeId.Curve25519 => X25519,
        KeyExchangeId.Curve448 => X448,
        _ => null,
    };

    /// <summary>OpenSSL's number of the curve.</summary>
    private static int? Curve(KeyExchangeId id) => id switch
    {
        KeyExchangeId.Ecp192 => 409,
        KeyExchangeId.Ecp224 => 713,
        KeyExchangeId.Ecp256 => 415,
        KeyExchangeId.Ecp384 => 715,
        KeyExchangeId.Ecp521 => 716,
        KeyExchangeId.BrainpoolP224r1 => 925,
        KeyExchangeId.BrainpoolP256r1 => 927,
        KeyExchangeId.BrainpoolP384r1 => 931,
        KeyExchangeId.BrainpoolP512r1 => 933,
        _ => null,
    };
}
