using System.Buffers.Binary;

namespace Conformance.KnownAnswers.Published;

/// <summary>CAVS response files of the IKE key derivation component test: bracketed parameters, then cases of <c>name = value</c>.</summary>
internal static class CavsFile
{
    public static PublishedFile Read(TextReader reader, string name)
    {
        var harvest = new Harvest("NIST CAVS", name);
        var kind = KnownAnswerKind.Ikev2Keys;
        var known = false;
        var prf = "";
        Dictionary<string, string> fields = [];
        var cases = 0;
        while (reader.ReadLine() is { } raw)
        {
            var line = raw.Trim();
            if (line.StartsWith('#'))
            {
                known |= IsKind(line, ref kind);
            }
            else if (line.StartsWith('['))
            {
                End();
                if (!line.Contains('='))
                    prf = Prf(line.Trim('[', ']'));
            }
            else if (line.Split('=', 2) is [var field, var value])
            {
                if (field.Trim() == "COUNT")
                    End();
                fields[field.Trim()] = value.Trim();
            }
        }
        End();
        return harvest.Finish();

        void End()
        {
            if (fields.Count == 0)
                return;
            cases++;
            if (!known)
                harvest.Skip("CAVS file of no IKE key derivation");
            else if (prf.Length == 0)
                harvest.Skip("hash that IKE has no number for");
            else if (kind == KnownAnswerKind.Ikev2Keys)
                TakeIkev2(harvest, $"{cases}", prf, fields);
            else
                TakeIkev1(harvest, $"{cases}", prf, kind, fields);
            fields.Clear();
        }
    }

    private static bool IsKind(string comment, ref KnownAnswerKind kind)
    {
        (var found, kind) = comment switch
        {
            _ when comment.Contains("'IKE v2'", StringComparison.Ordinal) => (true, KnownAnswerKind.Ikev2Keys),
            _ when comment.Contains("'IKE v1 Pre-shared", StringComparison.Ordinal) => (true, KnownAnswerKind.Ikev1PresharedKeys),
            _ when comment.Contains("'IKE v1 Digital Signature", StringComparison.Ordinal) => (true, KnownAnswerKind.Ikev1SignatureKeys),
            _ => (false, kind),
        };
        return found;
    }

    private static string Prf(string hash) => hash switch
    {
        "SHA-1" => "PRF_HMAC_SHA1",
        "SHA-256" => "PRF_HMAC_SHA2_256",
        "SHA-384" => "PRF_HMAC_SHA2_384",
        "SHA-512" => "PRF_HMAC_SHA2_512",
        _ => "",
    };

    private static void TakeIkev2(Harvest harvest, string id, string prf, Dictionary<string, string> fields)
    {
        var dkm = Convert.FromHexString(fields["DKM"]);
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)dkm.Length);
        byte[] Hex(string field) => Convert.FromHexString(fields[field]);
        harvest.Take(
            id, [prf], KnownAnswerKind.Ikev2Keys, valid: true, ("ni", Hex("Ni")), ("nr", Hex("Nr")), ("shared", Hex("g^ir")),
            ("new-shared", Hex("g^ir (new)")), ("spii", Hex("SPIi")), ("spir", Hex("SPIr")), ("length", length), ("skeyseed", Hex("SKEYSEED")),
            ("dkm", dkm), ("child", Hex("DKM(Child SA)")), ("child-ke", Hex("DKM(Child SA D-H)")), ("rekeyed", Hex("SKEYSEED(Rekey)")));
    }

    private static void TakeIkev1(Harvest harvest, string id, string prf, KnownAnswerKind kind, Dictionary<string, string> fields)
    {
        byte[] Hex(string field) => fields.TryGetValue(field, out var value) ? Convert.FromHexString(value) : [];
        harvest.Take(
            id, [prf], kind, valid: true, ("cookiei", Hex("CKY_I")), ("cookier", Hex("CKY_R")), ("ni", Hex("Ni")), ("nr", Hex("Nr")),
            ("shared", Hex("g^xy")), ("psk", Hex("pre-shared-key")), ("skeyid", Hex("SKEYID")), ("skeyid-d", Hex("SKEYID_d")),
            ("skeyid-a", Hex("SKEYID_a")), ("skeyid-e", Hex("SKEYID_e")));
    }
}
