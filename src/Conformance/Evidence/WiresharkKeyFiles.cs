using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Conformance.Evidence;

/// <summary>Keys of one IKEv2 SA, as Wireshark needs them (RFC 7296, section 2.14).</summary>
/// <param name="Encryption">IANA transform type 1: 12 (AES-CBC) or 20 (AES-GCM with 16 octets of ICV).</param>
/// <param name="KeyLength">Bits: 128, 192 or 256.</param>
/// <param name="Integrity">IANA transform type 3: 12, 13 or 14 (HMAC-SHA2); 0 for AES-GCM.</param>
/// <param name="SkEi">Initiator's encryption key; for AES-GCM with the 4 octets of salt at its end (RFC 5282, section 7.1).</param>
/// <param name="SkEr">Responder's, likewise.</param>
/// <param name="SkAi">Initiator's integrity key; empty for AES-GCM.</param>
/// <param name="SkAr">Responder's, likewise.</param>
public sealed record IkeSaKeyRecord(
    ulong SpiI, ulong SpiR, ushort Encryption, int KeyLength, ushort Integrity, byte[] SkEi, byte[] SkEr, byte[] SkAi, byte[] SkAr);

/// <summary>Keys of one ESP SA (one direction), as Wireshark needs them.</summary>
/// <param name="Source">Outer source address.</param>
/// <param name="Destination">Outer destination address.</param>
/// <param name="Encryption">IANA transform type 1: 11 (NULL), 12 (AES-CBC) or 20 (AES-GCM with 16 octets of ICV).</param>
/// <param name="KeyLength">Bits of the cipher's key, without salt; 0 for NULL.</param>
/// <param name="Integrity">IANA transform type 3: 12, 13 or 14 (HMAC-SHA2); 0 for AES-GCM.</param>
/// <param name="EncryptionKey">For AES-GCM with the 4 octets of salt at its end (RFC 4106, section 8.1).</param>
/// <param name="IntegrityKey">Empty for AES-GCM.</param>
/// <param name="Esn">True for extended (64-bit) sequence numbers.</param>
/// <param name="SequenceHigh">With <paramref name="Esn"/>: the upper 32 bits, one value for all of the SA's packets in the capture.</param>
public sealed record EspSaKeyRecord(
    IPAddress Source, IPAddress Destination, uint Spi, ushort Encryption, int KeyLength, ushort Integrity,
    byte[] EncryptionKey, byte[] IntegrityKey, bool Esn, uint SequenceHigh = 0);

/// <summary>
/// Writes Wireshark's own preference tables. A folder that holds them is a Wireshark profile:
/// <c>WIRESHARK_CONFIG_DIR=folder wireshark capture.pcapng</c> decrypts, with nothing to copy or to click. Proven with tshark 4.0 and 4.4.
/// </summary>
public static class WiresharkKeyFiles
{
    /// <summary>Name of the table of IKEv2 keys; Wireshark looks for this very name.</summary>
    public const string IkeFileName = "ikev2_decryption_table";

    /// <summary>Name of the table of ESP keys; Wireshark looks for this very name.</summary>
    public const string EspFileName = "esp_sa";

    /// <summary>Name of the file that turns ESP decryption on; Wireshark looks for this very name.</summary>
    public const string PreferencesFileName = "preferences";

    /// <summary>Preferences beside the tables: ESP is neither decrypted nor authenticated without them.</summary>
    public static IReadOnlyList<string> Preferences { get; } = ["esp.enable_encryption_decode:TRUE", "esp.enable_authentication_check:TRUE"];

    /// <summary>Writes the two tables and the preferences into a folder, which is made if need be.</summary>
    public static void Write(string folder, IEnumerable<IkeSaKeyRecord> ike, IEnumerable<EspSaKeyRecord> esp)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, IkeFileName), Lines(ike.Select(IkeLine)));
        File.WriteAllText(Path.Combine(folder, EspFileName), Lines(esp.Select(EspLine)));
        File.WriteAllText(Path.Combine(folder, PreferencesFileName), Lines(Preferences.Select(p => p.Replace(":", ": ", StringComparison.Ordinal))));
    }

    /// <summary>
    /// A line of <c>ikev2_decryption_table</c>: SPIs, SK_ei, SK_er, encryption, SK_ai, SK_ar, integrity.
    /// Bare hex for octets, quotes around names.
    /// </summary>
    /// <exception cref="NotSupportedException">Wireshark has no name for an algorithm.</exception>
    public static string IkeLine(IkeSaKeyRecord keys) => string.Join(
        ',',
        keys.SpiI.ToString("x16", CultureInfo.InvariantCulture),
        keys.SpiR.ToString("x16", CultureInfo.InvariantCulture),
        Hex(keys.SkEi),
        Hex(keys.SkEr),
        Quoted(IkeEncryptionName(keys.Encryption, keys.KeyLength)),
        Hex(keys.SkAi),
        Hex(keys.SkAr),
        Quoted(IkeIntegrityName(keys.Integrity)));

    /// <summary>
    /// A line of <c>esp_sa</c>: protocol, addresses, SPI, encryption and its key, integrity and its key; all quoted. An SA with extended
    /// sequence numbers has two fields more, which Wireshark 4.0 ignores: it decrypts such an SA, but calls its ICVs wrong.
    /// </summary>
    /// <exception cref="NotSupportedException">Wireshark has no name for an algorithm.</exception>
    public static string EspLine(EspSaKeyRecord keys)
    {
        string[] fields =
        [
            keys.Source.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4",
            keys.Source.ToString(),
            keys.Destination.ToString(),
            $"0x{keys.Spi:x8}",
            EspEncryptionName(keys.Encryption),
            Prefixed(keys.EncryptionKey),
            EspIntegrityName(keys.Integrity),
            Prefixed(keys.IntegrityKey),
        ];
        string[] extended = keys.Esn ? ["64-bit", keys.SequenceHigh.ToString(CultureInfo.InvariantCulture)] : [];
        return string.Join(',', fields.Concat(extended).Select(Quoted));
    }

    /// <summary>Whether Wireshark has names for both algorithms of an ESP SA.</summary>
    public static bool Knows(EspSaKeyRecord keys) => keys.Encryption is 11 or 12 or 20 && keys.Integrity is 0 or 12 or 13 or 14;

    private static string IkeEncryptionName(ushort transform, int keyLength) => transform switch
    {
        11 => "NULL [RFC2410]",
        12 => $"AES-CBC-{keyLength} [RFC3602]",
        20 => $"AES-GCM-{keyLength} with 16 octet ICV [RFC5282]",
        _ => throw NoName("an IKEv2 encryption", transform),
    };

    private static string IkeIntegrityName(ushort transform) => transform switch
    {
        0 => "NONE [RFC4306]",
        12 => "HMAC_SHA2_256_128 [RFC4868]",
        13 => "HMAC_SHA2_384_192 [RFC4868]",
        14 => "HMAC_SHA2_512_256 [RFC4868]",
        _ => throw NoName("an IKEv2 integrity", transform),
    };

    private static string EspEncryptionName(ushort transform) => transform switch
    {
        11 => "NULL",
        12 => "AES-CBC [RFC3602]",
        20 => "AES-GCM with 16 octet ICV [RFC4106]",
        _ => throw NoName("an ESP encryption", transform),
    };

    private static string EspIntegrityName(ushort transform) => transform switch
    {
        0 => "NULL",
        12 => "HMAC-SHA-256-128 [RFC4868]",
        13 => "HMAC-SHA-384-192 [RFC4868]",
        14 => "HMAC-SHA-512-256 [RFC4868]",
        _ => throw NoName("an ESP integrity", transform),
    };

    private static NotSupportedException NoName(string kind, ushort transform) =>
        new($"Wireshark has no name for {kind} transform with the number {transform}.");

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    private static string Quoted(string value) => $"\"{value}\"";

    private static string Hex(byte[] octets) => Convert.ToHexStringLower(octets);

    private static string Prefixed(byte[] octets) => octets.Length == 0 ? "" : "0x" + Hex(octets);
}
