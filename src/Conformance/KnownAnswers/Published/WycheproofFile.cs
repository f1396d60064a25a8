using System.Text.Json;
using Ipsec.Crypto;

namespace Conformance.KnownAnswers.Published;

/// <summary>
/// Wycheproof's testvectors_v1: groups with common parameters, cases with <c>valid</c>, <c>invalid</c> or <c>acceptable</c>.
/// </summary>
internal static class WycheproofFile
{
    public static PublishedFile Read(JsonElement root, string name)
    {
        var harvest = new Harvest("Wycheproof", name);
        var algorithm = root.Text("algorithm");
        foreach (var group in root.List("testGroups"))
        {
            var cases = group.List("tests").ToList();
            var refusal = Refusal(group, algorithm);
            if (refusal is not null)
                harvest.Skip(refusal, cases.Count);
            else
                cases.ForEach(one => Take(harvest, group, algorithm, one));
        }
        return harvest.Finish();
    }

    /// <summary>Why none of a group's cases concern IPsec; null if they do.</summary>
    private static string? Refusal(JsonElement group, string algorithm) => (group.Text("type"), algorithm) switch
    {
        ("IndCpaTest", "AES-CBC-PKCS5") => null,
        ("AeadTest", "AES-GCM" or "CHACHA20-POLY1305") => group.Number("ivSize") != 96 ? "nonce is not of 96 bits"
            : group.Number("tagSize") != 128 ? "tag is not of 128 bits" : null,
        ("AeadTest", "AES-CCM" or "CAMELLIA-CCM") => group.Number("tagSize") is not (64 or 96 or 128) ? "tag is not of 64, 96 or 128 bits"
            : group.Number("ivSize") is < 56 or > 104 ? "nonce of no length that CCM has" : null,
        ("MacTest", "AES-CMAC") => group.Number("keySize") != 128 ? "IPsec has CMAC with keys of 128 bits only" : null,
        ("MacTest", _) when algorithm.StartsWith("HMAC", StringComparison.Ordinal) =>
            PublishedNames.Hmac(algorithm[4..]) is null ? $"IPsec has no {algorithm}" : null,
        ("MacWithIvTest", "AES-GMAC") => group.Number("ivSize") != 96 ? "nonce is not of 96 bits" : null,
        ("XdhComp", _) => null,
        ("EcdhTest" or "EcdhEcpointTest", _) => PublishedNames.Curve(group.Text("curve")) is null ? "a curve that IKE has no number for" : null,
        ("EcdsaVerify", _) => PublishedNames.Hash(group.Text("sha")) is null ? "a hash that IKE doesn't sign with" : null,
        ("EcdsaP1363Verify", _) => Rfc4754(group) is null ? "a curve and hash that RFC 4754 doesn't have" : null,
        ("EddsaVerify", _) => null,
        ("RsassaPkcs1Verify", _) => PublishedNames.Hash(group.Text("sha")) is null ? "a hash that IKE doesn't sign with" : null,
        ("RsassaPssVerify" or "RsassaPssWithParametersVerify", _) =>
            PublishedNames.Hash(group.Text("sha")) is null || PublishedNames.Hash(group.Text("mgfSha")) is null ? "a hash that IKE doesn't sign with" : null,
        ("MLKEMTest" or "MLKEMEncapsTest", _) => null,
        ("MlDsaVerify" or "MlDsaSign", _) => "ML-DSA: not a signature of IKEv2's RFCs",
        ("RsaesPkcs1Decrypt", _) => "RSA encryption: not for IKEv2, and here not for IKEv1",
        (var type, _) => $"{type} ({algorithm}): nothing of IPsec's",
    };

    private static void Take(Harvest harvest, JsonElement group, string algorithm, JsonElement one)
    {
        var type = group.Text("type");
        // "Acceptable" leaves the answer open, but not for Curve25519 and Curve448: there RFC 7748 and RFC 8031 decide.
        if (one.Text("result") == "acceptable" && type is not "XdhComp")
        {
            harvest.Skip("acceptable: either answer is right");
            return;
        }
        var id = one.Text("tcId");
        var valid = one.Text("result") == "valid";
        switch (type)
        {
            case "IndCpaTest" when !valid:
                harvest.Skip("invalid PKCS #7 padding, which ESP hasn't");
                break;
            case "IndCpaTest":
                harvest.Take(
                    id, ["ENCR_AES_CBC"], KnownAnswerKind.Cipher, valid, ("key", one.Hex("key")), ("iv", one.Hex("iv")),
                    ("plaintext", Padded(one.Hex("msg"), 16)), ("ciphertext", one.Hex("ct")));
                break;
            case "AeadTest":
                harvest.Take(
                    id, Aead(algorithm, group.Number("tagSize") / 8), KnownAnswerKind.Aead, valid, ("key", one.Hex("key")), ("nonce", one.Hex("iv")),
                    ("associated", one.Hex("aad")), ("plaintext", one.Hex("msg")), ("ciphertext", one.Hex("ct")), ("icv", one.Hex("tag")));
                break;
            case "MacWithIvTest" when group.Number("tagSize") != 128:
                harvest.Skip("tag is not of 128 bits");
                break;
            case "MacWithIvTest":
                harvest.Take(
                    id, [$"AUTH_AES_{group.Number("keySize")}_GMAC"], KnownAnswerKind.Mac, valid, ("key", one.Hex("key")), ("nonce", one.Hex("iv")),
                    ("message", one.Hex("msg")), ("tag", one.Hex("tag")));
                break;
            case "MacTest":
                TakeMac(harvest, id, algorithm, valid, one);
                break;
            case "XdhComp":
                TakeXdh(harvest, id, group, one);
                break;
            case "EcdhTest" or "EcdhEcpointTest":
                TakeEcdh(harvest, id, group, one);
                break;
            case "MLKEMTest" when one.Text("seed").Length != 128:
                harvest.Skip("seed of a wrong length: no key of a peer's");
                break;
            case "MLKEMTest":
                harvest.Take(
                    id, [group.Text("parameterSet")], KnownAnswerKind.Decapsulation, valid, ("seed", one.Hex("seed")), ("c", one.Hex("c")), ("k", one.Hex("K")));
                break;
            case "MLKEMEncapsTest":
                harvest.Take(
                    id, [group.Text("parameterSet")], KnownAnswerKind.Encapsulation, valid, ("ek", one.Hex("ek")), ("m", one.Hex("m")), ("c", one.Hex("c")),
                    ("k", one.Hex("K")));
                break;
            default:
                TakeSignature(harvest, id, group, algorithm, valid, one);
                break;
        }
    }

    private static byte[] Padded(byte[] message, int block)
    {
        var pad = block - message.Length % block;
        return [.. message, .. Enumerable.Repeat((byte)pad, pad)];
    }

    private static string[] Aead(string algorithm, int icv) => (algorithm, icv) switch
    {
        ("AES-GCM", _) => ["ENCR_AES_GCM_16", "ENCR_AES_GCM_16_IIV"],
        ("CHACHA20-POLY1305", _) => ["ENCR_CHACHA20_POLY1305", "ENCR_CHACHA20_POLY1305_IIV"],
        ("AES-CCM", 8) => ["ENCR_AES_CCM_8", "ENCR_AES_CCM_8_IIV"],
        ("AES-CCM", _) => [$"ENCR_AES_CCM_{icv}"],
        _ => [$"ENCR_CAMELLIA_CCM_{icv}"],
    };

    private static void TakeMac(Harvest harvest, string id, string algorithm, bool valid, JsonElement one)
    {
        byte[] key = one.Hex("key"), message = one.Hex("msg"), tag = one.Hex("tag");
        var hmac = algorithm == "AES-CMAC" ? ("PRF_AES128_CMAC", "AUTH_AES_CMAC_96", 16, 12) : PublishedNames.Hmac(algorithm[4..])!.Value;
        harvest.Take(id, [hmac.Item1], KnownAnswerKind.Prf, valid, ("key", key), ("data", message), ("output", tag));
        // A tag may be wrong behind the cut: only right ones say something about the cut one.
        if (valid && key.Length == hmac.Item3 && tag.Length >= hmac.Item4)
            harvest.Take(id, [hmac.Item2], KnownAnswerKind.Mac, valid, ("key", key), ("message", message), ("tag", tag));
    }

    private static void TakeXdh(Harvest harvest, string id, JsonElement group, JsonElement one)
    {
        var shared = one.Hex("shared");
        // A secret of zeros must be refused (RFC 8031 section 3.2), a non-canonical value must not (RFC 7748 section 5).
        var valid = one.Text("result") != "invalid" && shared.Any(octet => octet != 0);
        harvest.Take(
            id, [group.Text("curve") == "curve448" ? "Curve448" : "Curve25519"], KnownAnswerKind.Agreement, valid, ("private", one.Hex("private")),
            ("peer", one.Hex("public")), ("shared", shared));
    }

    private static void TakeEcdh(Harvest harvest, string id, JsonElement group, JsonElement one)
    {
        var (method, field) = PublishedNames.Curve(group.Text("curve"))!.Value;
        var value = one.Hex("public");
        if (!HasUncompressedPoint(group, value, field))
        {
            harvest.Skip("public value is compressed or oddly wrapped, which Key Exchange Data can't be");
            return;
        }
        harvest.Take(
            id, [method], KnownAnswerKind.Agreement, one.Text("result") == "valid", ("private", one.Hex("private")), ("peer", value[^(2 * field)..]),
            ("shared", one.Hex("shared")));
    }

    /// <summary>A bare point, or one in the same SubjectPublicKeyInfo as the group's first valid case: only the point is the case's own.</summary>
    private static bool HasUncompressedPoint(JsonElement group, byte[] value, int field)
    {
        var point = 2 * field + 1;
        if (value.Length < point || value[^point] != 4)
            return false;
        var sound = group.List("tests").Where(one => one.Text("result") == "valid").Select(one => one.Hex("public"))
            .FirstOrDefault(octets => octets.Length >= point && octets[^point] == 4);
        return sound is not null && value.Length == sound.Length && value.AsSpan(..^point).SequenceEqual(sound.AsSpan(..^point));
    }

    private static void TakeSignature(Harvest harvest, string id, JsonElement group, string algorithm, bool valid, JsonElement one)
    {
        var key = group.Text("publicKeyDer").Length > 0 ? group.Hex("publicKeyDer") : [];
        byte[] identifier = [];
        string name;
        switch (group.Text("type"))
        {
            case "EddsaVerify":
                name = group.GetProperty("publicKey").Text("curve") == "edwards448" ? "Ed448" : "Ed25519";
                break;
            case "EcdsaVerify":
                name = $"ECDSA-{Hash(group, "sha")}";
                break;
            case "EcdsaP1363Verify":
                name = Rfc4754(group)!;
                break;
            case "RsassaPkcs1Verify":
                name = $"RSASSA-PKCS1-{Hash(group, "sha")}";
                break;
            default:
                var (hash, mask) = (PublishedNames.Hash(group.Text("sha"))!.Value, PublishedNames.Hash(group.Text("mgfSha"))!.Value);
                identifier = SignatureAlgorithm.PssIdentifier(hash, mask, group.Number("sLen")).ToArray();
                name = SignatureAlgorithm.TryFromIdentifier(identifier, out var known) ? known.Name : "";
                key = PublishedNames.RsaKey(group.Hex("publicKeyAsn"));
                break;
        }
        harvest.Take(
            id, [name], KnownAnswerKind.Verification, valid, ("key", key), ("message", one.Hex("msg")), ("signature", one.Hex("sig")),
            ("identifier", identifier));
    }

    private static string Hash(JsonElement group, string member) => PublishedNames.Described(PublishedNames.Hash(group.Text(member))!.Value).Name;

    private static string? Rfc4754(JsonElement group) => (group.GetProperty("publicKey").Text("curve"), group.Text("sha")) switch
    {
        ("secp256r1", "SHA-256") => "ECDSA-P256-SHA2-256",
        ("secp384r1", "SHA-384") => "ECDSA-P384-SHA2-384",
        ("secp521r1", "SHA-512") => "ECDSA-P521-SHA2-512",
        _ => null,
    };
}
