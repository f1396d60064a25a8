using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Crypto.Kems;
using Org.BouncyCastle.Crypto.Parameters;

namespace Ipsec.Crypto;

/// <summary>
/// ML-KEM (FIPS 203; draft-ietf-ipsecme-ikev2-mlkem): the initiator sends the encapsulation key, the responder the ciphertext, and the secret is
/// 32 octets.
/// </summary>
internal sealed class MlKemMethod(KeyExchangeFacts facts, MLKemParameters parameters) : KeyExchangeMethod(facts)
{
    private const int SeedLength = 64;
    private const int SecretLength = 32;

    /// <summary>Octets at the encapsulation key's end that are no polynomial: rho.</summary>
    private const int RhoLength = 32;

    private const int Modulus = 3329;

    public static IReadOnlyList<MlKemMethod> All { get; } =
    [
        new(new(KeyExchangeId.MlKem512, "ML-KEM-512", 800, 768), MLKemParameters.ml_kem_512),
        new(new(KeyExchangeId.MlKem768, "ML-KEM-768", 1184, 1088), MLKemParameters.ml_kem_768),
        new(new(KeyExchangeId.MlKem1024, "ML-KEM-1024", 1568, 1568), MLKemParameters.ml_kem_1024),
    ];

    public override bool IsKem => true;

    public override PrivateValue Generate(RandomSource random)
    {
        var seed = random.Bytes(SeedLength);
        var value = new Value(this, MLKemPrivateKeyParameters.FromSeed(parameters, seed));
        CryptographicOperations.ZeroMemory(seed);
        return value;
    }

    public override bool TryImport(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out PrivateValue? value)
    {
        value = octets.Length == SeedLength ? new Value(this, MLKemPrivateKeyParameters.FromSeed(parameters, octets.ToArray())) : null;
        return value is not null;
    }

    public override bool TryRespond(
        ReadOnlySpan<byte> initiatorValue, RandomSource random, [NotNullWhen(true)] out byte[]? response, [NotNullWhen(true)] out byte[]? secret,
        [NotNullWhen(false)] out string? reason)
    {
        response = null;
        secret = null;
        if (!HasLength(initiatorValue, PublicValueLength, out reason))
            return false;
        if (!IsReduced(initiatorValue[..^RhoLength]))
        {
            reason = "a coefficient of the encapsulation key is not below 3329";
            return false;
        }
        var encapsulator = new MLKemEncapsulator(parameters);
        encapsulator.Init(new ParametersWithRandom(
            MLKemPublicKeyParameters.FromEncoding(parameters, initiatorValue.ToArray()), new InjectedRandom(random)));
        response = new byte[Facts.ResponseLength];
        secret = new byte[SecretLength];
        encapsulator.Encapsulate(response, secret);
        return true;
    }

    /// <summary>The modulus check of FIPS 203 section 7.2: coefficients are packed as 12 bits each, two in three octets.</summary>
    private static bool IsReduced(ReadOnlySpan<byte> packed)
    {
        for (; packed.Length >= 3; packed = packed[3..])
        {
            var first = packed[0] | (packed[1] & 0x0f) << 8;
            var second = packed[1] >> 4 | packed[2] << 4;
            if (first >= Modulus || second >= Modulus)
                return false;
        }
        return true;
    }

    private sealed class Value(MlKemMethod method, MLKemPrivateKeyParameters key) : PrivateValue
    {
        public override KeyExchangeId Method => method.Id;

        public override byte[] PublicValue { get; } = key.GetPublicKeyEncoded();

        public override bool TryAgree(ReadOnlySpan<byte> peerValue, [NotNullWhen(true)] out byte[]? secret, [NotNullWhen(false)] out string? reason)
        {
            secret = null;
            if (!method.HasLength(peerValue, method.Facts.ResponseLength, out reason))
                return false;
            var decapsulator = new MLKemDecapsulator(key.Parameters);
            decapsulator.Init(key);
            secret = new byte[SecretLength];
            decapsulator.Decapsulate(peerValue, secret);
            return true;
        }

        // BouncyCastle's key is immutable: nothing to zero.
        public override void Dispose()
        {
        }
    }
}
