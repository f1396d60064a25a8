using System.Text.Json;

namespace Conformance.Defects;

/// <summary>Reads and writes prove.json.</summary>
public static class DefectProofsFile
{
    public const string FileName = "prove.json";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static string Write(DefectProofs proofs) => JsonSerializer.Serialize(proofs, Options);

    /// <exception cref="JsonException">The text is no prove.json, or one of a version that this build does not know.</exception>
    public static DefectProofs Read(string text)
    {
        var proofs = JsonSerializer.Deserialize<DefectProofs>(text, Options);
        return proofs?.SchemaVersion == DefectProofs.CurrentSchemaVersion ? proofs : throw new JsonException($"not a {FileName} of version {DefectProofs.CurrentSchemaVersion}");
    }
}
