using System.Globalization;
using Conformance.Implementations;

namespace Conformance.Peers;

/// <summary>A daemon's own words for IANA transform ids (types 1, 2, 3 and 4). What it has no word for is unsupported.</summary>
/// <param name="daemon">For messages.</param>
/// <param name="encryption">By id, in a composite format with the key length in bits as {0}.</param>
/// <param name="prf">By id.</param>
/// <param name="integrity">By id.</param>
/// <param name="keyExchange">By id.</param>
internal sealed class TransformNames(
    string daemon,
    IReadOnlyDictionary<ushort, string> encryption,
    IReadOnlyDictionary<ushort, string> prf,
    IReadOnlyDictionary<ushort, string> integrity,
    IReadOnlyDictionary<ushort, string> keyExchange)
{
    public string Encryption(ushort id, int keyLength, string field) =>
        string.Format(CultureInfo.InvariantCulture, Word(encryption, id, "encryption", field), keyLength);

    public string Prf(ushort id, string field) => Word(prf, id, "PRF", field);

    public string Integrity(ushort id, string field) => Word(integrity, id, "integrity", field);

    public string KeyExchange(ushort id, string field) => Word(keyExchange, id, "key exchange", field);

    private string Word(IReadOnlyDictionary<ushort, string> words, ushort id, string type, string field) =>
        words.TryGetValue(id, out var word)
            ? word
            : throw new UnsupportedPolicyException(field, $"the driver of {daemon} has no name for {type} transform {id}");
}
