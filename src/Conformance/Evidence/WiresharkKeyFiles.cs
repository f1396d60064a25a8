using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Conformance.Decoding;
using Ipsec.Packets.Ike;

namespace Conformance.Evidence;

/// <summary>Keys of one IKEv2 SA, as Wireshark needs them (RFC 7296, section 2.14).</summary>
/// <param name="Encryption">IANA transform type 1.</param>
/// <param name="KeyLength">Bits of the cipher's key, without salt; 0 where it has one length only.</param>
/// <param name="Integrity">IANA transform type 3; 0 for a combined mode cipher.</param>
/// <param name="SkEi">Initiator's encryption key, with the salt of CTR, CCM and GCM at its end (RFC 5282, section 7.1).</param>
/// <param name="SkEr">Responder's, likewise.</param>
/// <param name="SkAi">Initiator's integrity key; empty for a combined mode cipher.</param>
/// <param name="SkAr">Responder's, likewise.</param>
public sealed record IkeSaKeyRecord(
    ulong SpiI, ulong SpiR, ushort Encryption, int KeyLength, ushort Integrity, byte[] SkEi, byte[] SkEr, byte[] SkAi, byte[] SkAr);

/// <summary>Keys of one ESP SA (one direction), as Wireshark needs them.</summary>
/// <param name="Source">Outer source address.</param>
/// <param name="Destination">Outer destination address.</param>
/// <param name="Encryption">IANA transform type 1.</param>
/// <param name="KeyLength">Bits of the cipher's key, without salt; 0 where it has one length only.</param>
/// <param name="Integrity">IANA transform type 3; 0 for a combined mode cipher.</param>
/// <param name="EncryptionKey">With the salt of CTR and GCM at its end (RFC 4106, section 8.1).</param>
/// <param name="IntegrityKey">Empty for a combined mode cipher.</param>
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

    // Names that Wireshark 4.0 would refuse the whole table for, takes for something else, or that are this project's own.
    private static readonly string[] NotInEveryVersion =
    [
        "ChaCha20 with Poly1305 [RFC7634]", "AES-GCM [RFC4106]", "AES-128-GMAC [RFC4543]", "AES-192-GMAC [RFC4543]", "AES-256-GMAC [RFC4543]",
    ];

    /// <summary>Preferences beside the tables: ESP is neither decrypted nor authenticated without them.</summary>
    public static IReadOnlyList<string> Preferences { get; } = ["esp.enable_encryption_decode:TRUE", "esp.enable_authentication_check:TRUE"];

    /// <summary>Writes the two tables and the preferences into a folder, which is made if need be; SAs that Wireshark can't open are left out.</summary>
    public static void Write(string folder, IEnumerable<IkeSaKeyRecord> ike, IEnumerable<EspSaKeyRecord> esp)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, IkeFileName), Lines(ike.Where(Knows).Select(IkeLine)));
        File.WriteAllText(Path.Combine(folder, EspFileName), Lines(esp.Where(Knows).Select(EspLine)));
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

    /// <summary>Whether Wireshark can open the packets of an ESP SA.</summary>
    public static bool Knows(EspSaKeyRecord keys) => FindEspEncryption(keys.Encryption) is not null && FindEspIntegrity(keys.Integrity) is not null;

    /// <summary>Whether Wireshark can open the messages of an IKE SA.</summary>
    public static bool Knows(IkeSaKeyRecord keys) => FindIkeEncryption(keys.Encryption, keys.KeyLength) is not null && FindIkeIntegrity(keys.Integrity) is not null;

    private static string IkeEncryptionName(ushort transform, int keyLength) =>
        FindIkeEncryption(transform, keyLength) ?? throw NoName("an IKEv2 encryption", transform);

    private static string IkeIntegrityName(ushort transform) => FindIkeIntegrity(transform) ?? throw NoName("an IKEv2 integrity", transform);

    private static string EspEncryptionName(ushort transform) => FindEspEncryption(transform) ?? throw NoName("an ESP encryption", transform);

    private static string EspIntegrityName(ushort transform) => FindEspIntegrity(transform) ?? throw NoName("an ESP integrity", transform);

    private static string? FindIkeEncryption(ushort transform, int keyLength) => AlgorithmNames.IkeEncryption
        .FirstOrDefault(name => (ushort)name.Value.Id == transform && (name.Value.Bits == keyLength || keyLength == 0)).Key;

    private static string? FindIkeIntegrity(ushort transform) =>
        AlgorithmNames.IkeIntegrity.FirstOrDefault(name => (ushort)name.Value.Id == transform && name.Value.UncheckedLength is null).Key;

    private static string? FindEspEncryption(ushort transform) =>
        AlgorithmNames.EspEncryption.FirstOrDefault(name => (ushort)name.Value.Id == transform && !NotInEveryVersion.Contains(name.Key)).Key;

    private static string? FindEspIntegrity(ushort transform) => (IntegrityId)transform switch
    {
        // Without a name of their own, but with a length: opened without being checked.
        IntegrityId.AesXcbc_96 or IntegrityId.AesCmac_96 => "ANY 96 bit authentication [no checking]",
        var id => AlgorithmNames.EspIntegrity.FirstOrDefault(name => name.Value.Id == id && name.Value.UncheckedLength is null && !NotInEveryVersion.Contains(name.Key)).Key,
    };

    private static NotSupportedException NoName(string kind, ushort transform) =>
        new($"Wireshark has no name for {kind} transform with the number {transform}.");

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    private static string Quoted(string value) => $"\"{value}\"";

    private static string Hex(byte[] octets) => Convert.ToHexStringLower(octets);

    private static string Prefixed(byte[] octets) => octets.Length == 0 ? "" : "0x" + Hex(octets);
}
