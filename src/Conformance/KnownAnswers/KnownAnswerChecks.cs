using System.Buffers.Binary;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.KnownAnswers;

/// <summary>Computes what a vector publishes, by every provider that has the algorithm.</summary>
public static class KnownAnswerChecks
{
    private static readonly CryptoProvider[] Providers = [CryptoProvider.OpenSsl, CryptoProvider.Platform, CryptoProvider.BouncyCastle];

    /// <summary>Null if everything is as published; otherwise what isn't.</summary>
    public static string? Failure(KnownAnswer answer)
    {
        try
        {
            var complaint = Complaint(answer);
            return answer.IsValid ? complaint : complaint is null ? "accepted, must be refused" : null;
        }
        // A vector must not make an algorithm throw, whatever is in it: that is a finding as well.
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            return $"{thrown.GetType().Name}: {thrown.Message}";
        }
    }

    /// <summary>Null if a provider accepts an invalid vector, or all accept a valid one.</summary>
    private static string? Complaint(KnownAnswer answer) => answer.Kind switch
    {
        KnownAnswerKind.Cipher => All(answer, Encryption(answer), Cipher),
        KnownAnswerKind.Aead => All(answer, Encryption(answer), Aead),
        KnownAnswerKind.Mac => All(answer, Providers.SelectMany(provider => provider.Integrity).Where(integrity => integrity.Name == answer.Algorithm), Mac),
        KnownAnswerKind.Prf => All(answer, Prfs(answer), (prf, vector) => Differs(vector, "output", prf.Compute(vector["key"], vector["data"]))),
        KnownAnswerKind.ModpGroup => All(answer, ModpGroup.All.Where(group => group.Facts.Name == answer.Algorithm), Group),
        KnownAnswerKind.Agreement => All(answer, Methods(answer), Agreement),
        KnownAnswerKind.PublicValue => All(answer, Methods(answer), PublicValue),
        KnownAnswerKind.KemKeys => All(answer, Methods(answer), KemKeys),
        KnownAnswerKind.Encapsulation => All(answer, Methods(answer), Encapsulation),
        KnownAnswerKind.Decapsulation => All(answer, Methods(answer), Decapsulation),
        KnownAnswerKind.Verification => All(answer, Signature(answer).Verifiers, Verification),
        KnownAnswerKind.Signing => Signing(answer),
        KnownAnswerKind.Identifier => Identifier(answer),
        KnownAnswerKind.EspPacket => All(answer, Encryption(answer), EspPacket),
        KnownAnswerKind.IkeMessage => All(answer, Encryption(answer), IkeMessage),
        KnownAnswerKind.Ikev2Keys => All(answer, Prfs(answer), Ikev2),
        KnownAnswerKind.Ikev1PresharedKeys or KnownAnswerKind.Ikev1SignatureKeys => All(answer, Prfs(answer), Ikev1),
        _ => throw new ArgumentOutOfRangeException(nameof(answer), answer.Kind, "no such kind"),
    };

    private static string? All<T>(KnownAnswer answer, IEnumerable<T> implementations, Func<T, KnownAnswer, string?> check)
    {
        string? complaint = null;
        var none = true;
        foreach (var implementation in implementations)
        {
            none = false;
            var one = check(implementation, answer);
            // One that refuses makes a valid vector fail, one that accepts an invalid one.
            if (answer.IsValid ? one is not null : one is null)
                return one;
            complaint = one;
        }
        return none ? throw new ArgumentException($"there is no algorithm {answer.Algorithm}") : complaint;
    }

    private static IEnumerable<EncryptionAlgorithm> Encryption(KnownAnswer answer) =>
        Providers.SelectMany(provider => provider.Encryption).Where(algorithm => algorithm.Name == answer.Algorithm);

    private static IEnumerable<PrfAlgorithm> Prfs(KnownAnswer answer) =>
        Providers.SelectMany(provider => provider.Prf).Where(prf => prf.Name == answer.Algorithm);

    private static IEnumerable<KeyExchangeMethod> Methods(KnownAnswer answer) =>
        Providers.SelectMany(provider => provider.KeyExchange).Where(method => method.Name == answer.Algorithm);

    private static SignatureAlgorithm Signature(KnownAnswer answer) =>
        SignatureAlgorithm.All.FirstOrDefault(signature => signature.Name == answer.Algorithm)
        ?? (answer.Has("identifier") && SignatureAlgorithm.TryFromIdentifier(answer["identifier"], out var other) ? other : null)
        ?? throw new ArgumentException($"there is no algorithm {answer.Algorithm}");

    private static string? Cipher(EncryptionAlgorithm algorithm, KnownAnswer answer)
    {
        using var cipher = algorithm.Bind([.. answer["key"], .. answer["salt"]]);
        var data = answer["ciphertext"];
        if (!cipher.TryDecrypt(answer["iv"], default, data, default))
            return "refused";
        if (Differs(answer, "plaintext", data) is { } complaint)
            return complaint;
        cipher.Encrypt(answer["iv"], default, data, default);
        return Differs(answer, "ciphertext", data);
    }

    private static string? Aead(EncryptionAlgorithm algorithm, KnownAnswer answer)
    {
        var nonce = answer["nonce"];
        var data = answer["ciphertext"];
        var icv = new byte[algorithm.IcvLength];
        if (answer["icv"].Length != icv.Length)
            return "refused: length of the ICV";
        // A nonce of another form than IPsec's is for the mode itself.
        if (nonce.Length != algorithm.SaltLength + EncryptionAlgorithm.ImplicitIvLength)
            return Mode(algorithm.Mode!, answer);
        using var cipher = algorithm.Bind([.. answer["key"], .. nonce[..algorithm.SaltLength]]);
        if (!cipher.TryDecrypt(nonce.AsSpan(algorithm.SaltLength), answer["associated"], data, answer["icv"]))
            return data.All(octet => octet == 0) ? "refused" : throw new CryptographicException("refused, but plaintext left in the buffer");
        if (Differs(answer, "plaintext", data) is { } complaint)
            return complaint;
        cipher.Encrypt(nonce.AsSpan(algorithm.SaltLength), answer["associated"], data, icv);
        return Differs(answer, "ciphertext", data) ?? Differs(answer, "icv", icv);
    }

    private static string? Mode(AeadMode mode, KnownAnswer answer)
    {
        var data = answer["ciphertext"];
        var icv = new byte[answer["icv"].Length];
        using var aead = mode.Bind(answer["key"], icv.Length);
        if (!aead.TryDecrypt(answer["nonce"], answer["associated"], data, answer["icv"]))
            return "refused";
        if (Differs(answer, "plaintext", data) is { } complaint)
            return complaint;
        aead.Encrypt(answer["nonce"], answer["associated"], data, icv);
        return Differs(answer, "ciphertext", data) ?? Differs(answer, "icv", icv);
    }

    private static string? Mac(IntegrityAlgorithm algorithm, KnownAnswer answer)
    {
        var nonce = answer["nonce"];
        var salt = nonce[..^algorithm.IvLength];
        using var integrity = algorithm.Bind([.. answer["key"], .. salt]);
        integrity.Start(nonce.AsSpan(salt.Length));
        // In two pieces, as a packet comes.
        var message = answer["message"];
        integrity.Append(message.AsSpan(..(message.Length / 3)));
        integrity.Append(message.AsSpan((message.Length / 3)..));
        return integrity.FinishAndVerify(answer["tag"].AsSpan(..algorithm.IcvLength)) ? null : "refused";
    }

    private static string? Group(ModpGroup group, KnownAnswer answer) =>
        Differs(answer, "prime", group.Prime.ToArray()) ?? Differs(answer, "generator", group.Generator.ToArray())
        ?? (answer["subgroup"].AsSpan().SequenceEqual(group.Subgroup.Span) ? null : "subgroup differs");

    private static string? Agreement(KeyExchangeMethod method, KnownAnswer answer)
    {
        if (!method.TryImport(answer["private"], out var own))
            return "private value refused";
        using (own)
        {
            if (answer.Has("public") && Differs(answer, "public", own.PublicValue) is { } complaint)
                return complaint;
            return own.TryAgree(answer["peer"], out var secret, out var reason) ? Differs(answer, "shared", secret) : reason;
        }
    }

    private static string? PublicValue(KeyExchangeMethod method, KnownAnswer answer)
    {
        using var own = method.Generate(RandomSource.Seeded(1));
        return own.TryAgree(answer["peer"], out _, out var reason) ? null : reason;
    }

    private static string? KemKeys(KeyExchangeMethod method, KnownAnswer answer)
    {
        if (!method.TryImport(answer["seed"], out var own))
            return "seed refused";
        using (own)
            return Differs(answer, "ek", own.PublicValue);
    }

    private static string? Encapsulation(KeyExchangeMethod method, KnownAnswer answer) =>
        method.TryRespond(answer["ek"], new Given(answer["m"]), out var ciphertext, out var secret, out var reason)
            ? Differs(answer, "c", ciphertext) ?? Differs(answer, "k", secret)
            : reason;

    private static string? Decapsulation(KeyExchangeMethod method, KnownAnswer answer)
    {
        if (!method.TryImport(answer["seed"], out var own))
            return "seed refused";
        using (own)
        {
            if (answer.Has("ek") && Differs(answer, "ek", own.PublicValue) is { } complaint)
                return complaint;
            return own.TryAgree(answer["c"], out var secret, out var reason) ? Differs(answer, "k", secret) : reason;
        }
    }

    private static string? Verification(SignatureProvider provider, KnownAnswer answer) =>
        provider.Verify(answer["key"], answer["message"], answer["signature"]) ? null : $"refused by {provider.Name}";

    private static string? Signing(KnownAnswer answer) =>
        Signature(answer).TrySign(answer["private"], answer["message"], new Given([]), out var signature)
            ? Differs(answer, "signature", signature)
            : "private key refused";

    private static string? Identifier(KnownAnswer answer) =>
        !SignatureAlgorithm.TryFromIdentifier(answer["der"], out var algorithm) ? "refused"
        : algorithm.Name == answer.Algorithm ? null : $"taken for {algorithm.Name}";

    private static string? EspPacket(EncryptionAlgorithm algorithm, KnownAnswer answer)
    {
        byte[] key = [.. answer["key"], .. answer["salt"]];
        var packet = answer["packet"];
        var iv = packet.AsSpan(8, algorithm.IvLength).ToArray();
        var algorithms = new EspAlgorithms(algorithm, answer["key"].Length * 8, Integrity: null, ExtendedSequenceNumbers: false);
        using var protection = new EspProtection(algorithms, key, default, new Given(iv));
        var plaintext = new byte[packet.Length];
        var sequenceNumber = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4));
        if (!protection.TryOpen(packet, sequenceNumber, plaintext, out var length))
            return "refused";
        if (Differs(answer, "plaintext", plaintext[..length]) is { } complaint || !algorithm.NeedsRandomIv)
            return Differs(answer, "plaintext", plaintext[..length]);
        // Only an IV that is drawn can be given: the others are our own count.
        var made = new byte[packet.Length];
        protection.SealRaw(BinaryPrimitives.ReadUInt32BigEndian(packet), sequenceNumber, plaintext.AsSpan(0, length), made);
        return Differs(answer, "packet", made);
    }

    private static string? IkeMessage(EncryptionAlgorithm algorithm, KnownAnswer answer)
    {
        var algorithms = new IkeAlgorithms(
            algorithm, answer["key"].Length * 8, Integrity: null, Algorithms.Prf(PrfId.HmacSha256)!, Algorithms.KeyExchange(KeyExchangeId.Curve25519)!);
        using var protection = new IkeProtection(algorithms, [.. answer["key"], .. answer["salt"]], default, new Given([]));
        return protection.TryOpen(answer["message"], out var inner, out _, out _, out var failure) ? Differs(answer, "inner", inner) : $"{failure}";
    }

    /// <summary>DKM is SK_d | SK_ai | … of a suite of the vector's own choice: only its beginning has our names.</summary>
    private static string? Ikev2(PrfAlgorithm prf, KnownAnswer answer)
    {
        byte[] ni = answer["ni"], nr = answer["nr"], shared = answer["shared"], newShared = answer["new-shared"];
        var seed = IkeKeys.InitialSeed(prf, shared, ni, nr);
        byte[] prfPlusSeed = [.. ni, .. nr, .. answer["spii"], .. answer["spir"]];
        // Where the value itself is too large to carry, so is its length.
        var length = BinaryPrimitives.ReadUInt16BigEndian(answer["length"]);
        var dkm = prf.Expand(seed, prfPlusSeed, length);
        var skD = dkm[..prf.KeyLength];
        return Differs(answer, "skeyseed", seed)
            ?? Differs(answer, "dkm", dkm)
            ?? Differs(answer, "child", ChildKeys.KeyingMaterial(prf, skD, length, [], ni, nr))
            ?? Differs(answer, "child-ke", ChildKeys.KeyingMaterial(prf, skD, length, newShared, ni, nr))
            ?? Differs(answer, "rekeyed", IkeKeys.RekeyedSeed(prf, skD, newShared, ni, nr))
            ?? SplitDiffers(prf, answer, dkm);
    }

    private static string? SplitDiffers(PrfAlgorithm prf, KnownAnswer answer, byte[] dkm)
    {
        var suite = new IkeAlgorithms(
            Algorithms.Encryption(EncryptionId.AesCbc)!, 128, Algorithms.Integrity(IntegrityId.HmacSha1_96), prf,
            Algorithms.KeyExchange(KeyExchangeId.Curve25519)!);
        using var keys = IkeKeys.Derive(
            suite, answer["shared"], answer["ni"], answer["nr"], BinaryPrimitives.ReadUInt64BigEndian(answer["spii"]),
            BinaryPrimitives.ReadUInt64BigEndian(answer["spir"]));
        byte[] joined = [.. keys.SkD, .. keys.SkAi, .. keys.SkAr, .. keys.SkEi, .. keys.SkEr, .. keys.SkPi, .. keys.SkPr];
        var common = Math.Min(joined.Length, dkm.Length);
        return joined.AsSpan(0, common).SequenceEqual(dkm.AsSpan(0, common)) ? null : "the keys are not cut from DKM in order";
    }

    private static string? Ikev1(PrfAlgorithm prf, KnownAnswer answer)
    {
        var initiator = BinaryPrimitives.ReadUInt64BigEndian(answer["cookiei"]);
        var responder = BinaryPrimitives.ReadUInt64BigEndian(answer["cookier"]);
        using var keys = answer.Kind == KnownAnswerKind.Ikev1PresharedKeys
            ? Ikev1Keys.WithPresharedKey(prf, answer["psk"], answer["shared"], answer["ni"], answer["nr"], initiator, responder)
            : Ikev1Keys.WithSignatures(prf, answer["shared"], answer["ni"], answer["nr"], initiator, responder);
        return Differs(answer, "skeyid", keys.SkeyId) ?? Differs(answer, "skeyid-d", keys.SkeyIdD)
            ?? Differs(answer, "skeyid-a", keys.SkeyIdA) ?? Differs(answer, "skeyid-e", keys.SkeyIdE);
    }

    /// <summary>Compares with the published value; of a PRF's output it may be the beginning. Published values are no secrets.</summary>
    private static string? Differs(KnownAnswer answer, string field, byte[] computed)
    {
        var published = answer[field];
        var compared = field == "output" && published.Length > 0 && published.Length <= computed.Length ? computed.AsSpan(0, published.Length) : computed;
        return compared.SequenceEqual(published)
            ? null
            : $"{field} differs: published {Convert.ToHexStringLower(published)}, computed {Convert.ToHexStringLower(computed)}";
    }

    /// <summary>"Random" octets that the vector gives, in order.</summary>
    private sealed class Given(byte[] octets) : RandomSource
    {
        private int _used;

        public override void Fill(Span<byte> target)
        {
            octets.AsSpan(_used, target.Length).CopyTo(target);
            _used += target.Length;
        }
    }
}
