using System.Text.Json;
using Ipsec.Crypto;

namespace Conformance.KnownAnswers.Published;

/// <summary>ACVP vector sets with their answers (<c>internalProjection.json</c>): one algorithm and mode, groups with common parameters.</summary>
internal static class AcvpFile
{
    public static PublishedFile Read(JsonElement root, string name)
    {
        var harvest = new Harvest("ACVP", name);
        var algorithm = $"{root.Text("algorithm")} {root.Text("mode")}".TrimEnd();
        foreach (var group in root.List("testGroups"))
        {
            foreach (var one in group.List("tests"))
            {
                var reason = group.Text("testType") == "MCT" ? "Monte Carlo chain" : Take(harvest, algorithm, group, one);
                if (reason is not null)
                    harvest.Skip(reason);
            }
        }
        return harvest.Finish();
    }

    /// <summary>Takes a case; or the reason not to.</summary>
    private static string? Take(Harvest harvest, string algorithm, JsonElement group, JsonElement one) => algorithm switch
    {
        "ACVP-AES-CBC" => Cipher(harvest, "ENCR_AES_CBC", group, one, one.Hex("key")),
        "ACVP-TDES-CBC" => Cipher(harvest, "ENCR_3DES", group, one, [.. one.Hex("key1"), .. one.Hex("key2"), .. one.Hex("key3")]),
        "ACVP-AES-CTR" => Counter(harvest, group, one),
        "ACVP-AES-GMAC" => Gmac(harvest, group, one),
        "CMAC-AES" => Cmac(harvest, group, one),
        "KAS-ECC CDH-Component" => EcAgreement(harvest, group, one),
        "ECDSA keyVer" => EcKey(harvest, group, one),
        "XECDH SSC" or "XECDH" when one.Text("z").Length > 0 => XAgreement(harvest, group, one),
        "XECDH keyVer" or "XECDH" => XKey(harvest, group, one),
        "EDDSA sigGen" => EdSignature(harvest, group, one),
        "ML-KEM keyGen" => Taken(() => harvest.Take(
            Id(group, one), [group.Text("parameterSet")], KnownAnswerKind.KemKeys, valid: true, ("seed", [.. one.Hex("d"), .. one.Hex("z")]), ("ek", one.Hex("ek")))),
        "RSA sigVer" => Rsa(harvest, group, one),
        "safePrimes keyGen" or "safePrimes keyVer" => SafePrime(harvest, group, one),
        _ when algorithm.StartsWith("HMAC-SHA", StringComparison.Ordinal) => Hmac(harvest, algorithm[5..], group, one),
        _ when algorithm.StartsWith("KAS-FFC", StringComparison.Ordinal) =>
            $"group {group.Text("domainParameterGenerationMode")}, which IKE has no number for",
        _ => $"{algorithm}: nothing of IPsec's",
    };

    private static string Id(JsonElement group, JsonElement one) => $"{group.Text("tgId")}/{one.Text("tcId")}";

    private static bool Passes(JsonElement one) => !one.TryGetProperty("testPassed", out var passed) || passed.GetBoolean();

    private static string? Taken(Action take)
    {
        take();
        return null;
    }

    private static string? Cipher(Harvest harvest, string algorithm, JsonElement group, JsonElement one, byte[] key) => Taken(() => harvest.Take(
        Id(group, one), [algorithm], KnownAnswerKind.Cipher, valid: true, ("key", key), ("iv", one.Hex("iv")), ("plaintext", one.Hex("pt")),
        ("ciphertext", one.Hex("ct"))));

    private static string? Counter(Harvest harvest, JsonElement group, JsonElement one)
    {
        var block = one.Hex("iv");
        if (one.TryGetProperty("payloadLen", out var bits) && bits.GetInt32() % 8 != 0)
            return "no whole number of octets";
        if (block is not [.., 0, 0, 0, 1])
            return "counter does not start at 1, as RFC 3686 has it";
        return Taken(() => harvest.Take(
            Id(group, one), ["ENCR_AES_CTR"], KnownAnswerKind.Cipher, valid: true, ("key", one.Hex("key")), ("salt", block[..4]), ("iv", block[4..12]),
            ("plaintext", one.Hex("pt")), ("ciphertext", one.Hex("ct"))));
    }

    private static string? Gmac(Harvest harvest, JsonElement group, JsonElement one)
    {
        if (group.Number("ivLen") != 96 || group.Number("tagLen") != 128)
            return "nonce or tag of a length that IPsec hasn't";
        return Taken(() => harvest.Take(
            Id(group, one), [$"AUTH_AES_{group.Number("keyLen")}_GMAC"], KnownAnswerKind.Mac, Passes(one), ("key", one.Hex("key")), ("nonce", one.Hex("iv")),
            ("message", one.Hex("aad")), ("tag", one.Hex("tag"))));
    }

    private static string? Cmac(Harvest harvest, JsonElement group, JsonElement one)
    {
        if (group.Number("keyLen") != 128)
            return "IPsec has CMAC with keys of 128 bits only";
        return Taken(() => harvest.Take(
            Id(group, one), ["PRF_AES128_CMAC"], KnownAnswerKind.Prf, Passes(one), ("key", one.Hex("key")), ("data", one.Hex("message")), ("output", one.Hex("mac"))));
    }

    private static string? Hmac(Harvest harvest, string hash, JsonElement group, JsonElement one)
    {
        if (PublishedNames.Hmac(hash) is not { } hmac)
            return $"IPsec has no HMAC-{hash}";
        if (one.Number("keyLen") % 8 != 0 || one.Number("msgLen") % 8 != 0 || one.Number("macLen") % 8 != 0)
            return "no whole number of octets";
        return Taken(() => harvest.Take(
            Id(group, one), [hmac.Prf], KnownAnswerKind.Prf, Passes(one), ("key", one.Hex("key")), ("data", one.Hex("msg")), ("output", one.Hex("mac"))));
    }

    private static string? EcAgreement(Harvest harvest, JsonElement group, JsonElement one)
    {
        if (PublishedNames.Curve(group.Text("curve")) is not { } curve)
            return $"curve {group.Text("curve")}, which IKE has no number for";
        return Taken(() => harvest.Take(
            Id(group, one), [curve.Group], KnownAnswerKind.Agreement, Passes(one), ("private", one.Hex("privateIut")),
            ("public", [.. one.Hex("publicIutX"), .. one.Hex("publicIutY")]), ("peer", [.. one.Hex("publicServerX"), .. one.Hex("publicServerY")]),
            ("shared", one.Hex("z"))));
    }

    private static string? EcKey(Harvest harvest, JsonElement group, JsonElement one)
    {
        if (PublishedNames.Curve(group.Text("curve")) is not { } curve)
            return $"curve {group.Text("curve")}, which IKE has no number for";
        return Taken(() => harvest.Take(
            Id(group, one), [curve.Group], KnownAnswerKind.PublicValue, Passes(one), ("peer", [.. one.Hex("qx"), .. one.Hex("qy")])));
    }

    private static string? XAgreement(Harvest harvest, JsonElement group, JsonElement one) => Taken(() => harvest.Take(
        Id(group, one), [group.Text("curve")], KnownAnswerKind.Agreement, Passes(one), ("private", one.Hex("privateIut")), ("public", one.Hex("publicIut")),
        ("peer", one.Hex("publicServer")), ("shared", one.Hex("z"))));

    private static string? XKey(Harvest harvest, JsonElement group, JsonElement one) => Taken(() => harvest.Take(
        Id(group, one), [group.Text("curve")], KnownAnswerKind.PublicValue, Passes(one), ("peer", one.Hex("publicKey"))));

    private static string? EdSignature(Harvest harvest, JsonElement group, JsonElement one)
    {
        if (group.Text("preHash") == "True" || one.Number("contextLength") > 0)
            return "with prehash or context, which RFC 8420 excludes";
        byte[] seed = group.Hex("d");
        var is448 = group.Text("curve") == "ED-448";
        // PrivateKeyInfo of RFC 8410 section 7 around the seed.
        byte[] key = is448
            ? [0x30, 0x47, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71, 0x04, 0x3b, 0x04, 0x39, .. seed]
            : [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20, .. seed];
        return Taken(() => harvest.Take(
            Id(group, one), [is448 ? "Ed448" : "Ed25519"], KnownAnswerKind.Signing, valid: true, ("private", key), ("message", one.Hex("message")),
            ("signature", one.Hex("signature"))));
    }

    private static string? Rsa(Harvest harvest, JsonElement group, JsonElement one)
    {
        if (PublishedNames.Hash(group.Text("hashAlg")) is not { } hash)
            return "a hash that IKE doesn't sign with";
        byte[] identifier = [];
        string name;
        switch (group.Text("sigType"))
        {
            case "pkcs1v1.5":
                name = $"RSASSA-PKCS1-{PublishedNames.Described(hash).Name}";
                break;
            case "pss":
                identifier = SignatureAlgorithm.PssIdentifier(hash, hash, group.Number("saltLen")).ToArray();
                name = SignatureAlgorithm.TryFromIdentifier(identifier, out var known) ? known.Name : "";
                break;
            default:
                return $"{group.Text("sigType")}: not a signature of IKE's";
        }
        var key = PublishedNames.RsaKey(PublishedNames.RsaPublicKey(group.Hex("n"), group.Hex("e")));
        return Taken(() => harvest.Take(
            Id(group, one), [name], KnownAnswerKind.Verification, Passes(one), ("key", key), ("message", one.Hex("message")),
            ("signature", one.Hex("signature")), ("identifier", identifier)));
    }

    /// <summary>y = g^x: what x makes of a peer that sent g, the number 2.</summary>
    private static string? SafePrime(Harvest harvest, JsonElement group, JsonElement one)
    {
        var name = group.Text("safePrimeGroup");
        if (!name.StartsWith("MODP-", StringComparison.Ordinal) || !int.TryParse(name[5..], out var bits))
            return $"group {name}, which IKE has no number for";
        var generator = new byte[bits / 8];
        generator[^1] = 2;
        return Taken(() => harvest.Take(
            Id(group, one), [name], KnownAnswerKind.Agreement, Passes(one), ("private", one.Hex("x")), ("peer", generator), ("shared", one.Hex("y"))));
    }
}
