using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Conformance.Evidence;
using Ipsec.Packets.Ike;

namespace Conformance.Decoding;

/// <summary>Keys of one IKEv2 SA (RFC 7296 section 2.14), from a line of <c>ikev2_decryption_table</c>.</summary>
/// <param name="KeyBits">Of the encryption key, without salt.</param>
/// <param name="Integrity">NONE with a combined-mode cipher.</param>
/// <param name="UncheckedIcvLength">Octets of an ICV that is not to be checked; null when <paramref name="Integrity"/> says.</param>
internal sealed record IkeSaKeys(
    ulong SpiI, ulong SpiR, EncryptionId Encryption, int KeyBits, IntegrityId Integrity, byte[] SkEi, byte[] SkEr, byte[] SkAi, byte[] SkAr,
    int? UncheckedIcvLength);

/// <summary>Keys of one ISAKMP SA (RFC 2409 section 5), from a line of <c>ikev1_decryption_table</c>.</summary>
/// <param name="SkeyIdA">Verifies the HASH payloads of phase 2; null if the line hasn't got it. Wireshark's lines never have.</param>
/// <param name="SkeyId">Verifies those of phase 1, likewise.</param>
internal sealed record Ikev1SaKeys(byte[] EncryptionKey, byte[]? SkeyIdA, byte[]? SkeyId);

/// <summary>Keys of one ESP SA, from a line of <c>esp_sa</c>.</summary>
/// <param name="Source">Null for any.</param>
/// <param name="Spi">Null for any.</param>
/// <param name="UncheckedIcvLength">Octets of an ICV that is not to be checked; null when <paramref name="Integrity"/> says.</param>
/// <param name="SequenceHigh">With extended sequence numbers the upper 32 bits, else null.</param>
internal sealed record EspSaKeys(
    IPNetwork? Source, IPNetwork? Destination, uint? Spi, EncryptionId Encryption, byte[] EncryptionKey, IntegrityId Integrity, byte[] IntegrityKey,
    int? UncheckedIcvLength, uint? SequenceHigh)
{
    public bool Matches(IPAddress source, IPAddress destination, uint spi) =>
        (Spi is null || Spi == spi) && (Source is null || Source.Value.Contains(source)) && (Destination is null || Destination.Value.Contains(destination));
}

/// <summary>What the decoder may decrypt with: key files in Wireshark's own format.</summary>
public sealed class DecryptionKeys
{
    internal Dictionary<(ulong I, ulong R), IkeSaKeys> Ike { get; } = [];

    /// <summary>By the initiator's cookie.</summary>
    internal Dictionary<ulong, Ikev1SaKeys> Ikev1 { get; } = [];

    internal List<EspSaKeys> Esp { get; } = [];

    /// <summary>Reads the files that are given.</summary>
    /// <param name="ike"><c>ikev2_decryption_table</c>.</param>
    /// <param name="ikev1"><c>ikev1_decryption_table</c>; beyond Wireshark's two fields a line may have SKEYID_a and SKEYID, to verify HASH payloads with.</param>
    /// <param name="esp"><c>esp_sa</c>.</param>
    /// <exception cref="KeyFileException">A line is wrong; the message names it.</exception>
    public static DecryptionKeys Load(string? ike = null, string? ikev1 = null, string? esp = null)
    {
        var keys = new DecryptionKeys();
        foreach (var line in ike is null ? [] : WiresharkTable.Read(ike))
            keys.AddIke(line);
        foreach (var line in ikev1 is null ? [] : WiresharkTable.Read(ikev1))
            keys.AddIkev1(line);
        foreach (var line in esp is null ? [] : WiresharkTable.Read(esp))
            keys.AddEsp(line);
        return keys;
    }

    /// <summary>Reads key files of any of the three kinds; each line tells its kind.</summary>
    /// <exception cref="KeyFileException">A line is wrong; the message names it.</exception>
    public static DecryptionKeys Load(IEnumerable<string> paths)
    {
        var keys = new DecryptionKeys();
        foreach (var line in paths.SelectMany(WiresharkTable.Read))
            if (line.Fields[0].ToUpperInvariant() is "IPV4" or "IPV6")
                keys.AddEsp(line);
            else if (line.Fields.Count < 8)
                keys.AddIkev1(line);
            else
                keys.AddIke(line);
        return keys;
    }

    /// <summary>What a scenario wrote down of its SAs, without a file between.</summary>
    public static DecryptionKeys Of(IEnumerable<IkeSaKeyRecord> ike, IEnumerable<EspSaKeyRecord> esp)
    {
        var keys = new DecryptionKeys();
        foreach (var sa in ike)
            keys.Ike[(sa.SpiI, sa.SpiR)] = new(
                sa.SpiI, sa.SpiR, (EncryptionId)sa.Encryption, sa.KeyLength, (IntegrityId)sa.Integrity, sa.SkEi, sa.SkEr, sa.SkAi, sa.SkAr, null);
        foreach (var sa in esp)
            keys.Esp.Add(new(
                new(sa.Source, HostPrefix(sa.Source)), new(sa.Destination, HostPrefix(sa.Destination)), sa.Spi, (EncryptionId)sa.Encryption, sa.EncryptionKey,
                (IntegrityId)sa.Integrity, sa.IntegrityKey, null, sa.Esn ? sa.SequenceHigh : null));
        return keys;

        static int HostPrefix(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
    }

    private void AddIke(TableLine line)
    {
        if (line.Fields.Count != 8)
            throw line.Wrong($"{line.Fields.Count} fields, an entry of ikev2_decryption_table has 8");
        var spiI = BinaryPrimitives.ReadUInt64BigEndian(line.Hex(0, "the initiator's SPI", 8, "an IKE SPI"));
        var spiR = BinaryPrimitives.ReadUInt64BigEndian(line.Hex(1, "the responder's SPI", 8, "an IKE SPI"));
        if (!AlgorithmNames.IkeEncryption.TryGetValue(line.Fields[4], out var encryption))
            throw line.Wrong($"unknown encryption algorithm '{line.Fields[4]}'");
        if (!AlgorithmNames.IkeIntegrity.TryGetValue(line.Fields[7], out var integrity))
            throw line.Wrong($"unknown integrity algorithm '{line.Fields[7]}'");
        var encryptionLength = encryption.Bits / 8 + encryption.Salt;
        var why = line.Fields[4];
        Ike[(spiI, spiR)] = new(
            spiI, spiR, encryption.Id, encryption.Bits, encryption.Combined ? IntegrityId.None : integrity.Id,
            line.Hex(2, "SK_ei", encryptionLength, why), line.Hex(3, "SK_er", encryptionLength, why),
            Authentication(5, "SK_ai"), Authentication(6, "SK_ar"), integrity.UncheckedLength);

        byte[] Authentication(int field, string name) =>
            encryption.Combined ? line.Hex(field, name) : line.Hex(field, name, integrity.KeyLength, line.Fields[7]);
    }

    private void AddIkev1(TableLine line)
    {
        if (line.Fields.Count is < 2 or > 4)
            throw line.Wrong($"{line.Fields.Count} fields, an entry of ikev1_decryption_table has 2, and SKEYID_a and SKEYID may follow");
        var cookie = BinaryPrimitives.ReadUInt64BigEndian(line.Hex(0, "the initiator's cookie", 8, "a cookie"));
        var key = line.Hex(1, "the encryption key");
        if (key.Length is not (8 or 16 or 24 or 32 or 56))
            throw line.Wrong($"the encryption key has {key.Length} octets, no cipher of IKEv1 takes that");
        Ikev1[cookie] = new(
            key, line.Fields.Count > 2 ? line.Hex(2, "SKEYID_a") : null, line.Fields.Count > 3 ? line.Hex(3, "SKEYID") : null);
    }

    private void AddEsp(TableLine line)
    {
        if (line.Fields.Count is not (8 or 9 or 10))
            throw line.Wrong($"{line.Fields.Count} fields, an entry of esp_sa has 8 to 10");
        var family = line.Fields[0].ToUpperInvariant() switch
        {
            "IPV4" => AddressFamily.InterNetwork,
            "IPV6" => AddressFamily.InterNetworkV6,
            var other => throw line.Wrong($"protocol '{other}' is neither IPv4 nor IPv6"),
        };
        if (!AlgorithmNames.EspEncryption.TryGetValue(line.Fields[4], out var encryption))
            throw line.Wrong($"unknown encryption algorithm '{line.Fields[4]}'");
        if (!AlgorithmNames.EspIntegrity.TryGetValue(line.Fields[6], out var integrity))
            throw line.Wrong($"unknown authentication algorithm '{line.Fields[6]}'");
        var key = line.Hex(5, "the encryption key");
        if (!encryption.KeyBits.Contains((key.Length - encryption.Salt) * 8))
            throw line.Wrong(
                $"the encryption key has {key.Length} octets, {line.Fields[4]} needs {string.Join(" or ", encryption.KeyBits.Select(bits => bits / 8 + encryption.Salt))}");
        var authentication = line.Hex(7, "the authentication key");
        if (integrity.KeyLength > 0 && authentication.Length != integrity.KeyLength)
            throw line.Wrong($"the authentication key has {authentication.Length} octets, {line.Fields[6]} needs {integrity.KeyLength}");
        Esp.Add(new(
            Network(line, 1, family), Network(line, 2, family), ReadSpi(line), encryption.Id, key,
            encryption.Combined ? IntegrityId.None : integrity.Id, authentication, integrity.UncheckedLength, SequenceHigh(line)));
    }

    private static IPNetwork? Network(TableLine line, int field, AddressFamily family)
    {
        var text = line.Fields[field];
        if (text == "*")
            return null;
        if (!text.Contains('/'))
            text += family == AddressFamily.InterNetwork ? "/32" : "/128";
        return IPNetwork.TryParse(text, out var network) && network.BaseAddress.AddressFamily == family
            ? network
            : throw line.Wrong($"'{line.Fields[field]}' is no {line.Fields[0]} address, network or *");
    }

    private static uint? ReadSpi(TableLine line)
    {
        var text = line.Fields[3];
        if (text == "*")
            return null;
        var hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return uint.TryParse(hex ? text[2..] : text, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var spi)
            ? spi
            : throw line.Wrong($"'{text}' is no SPI");
    }

    private static uint? SequenceHigh(TableLine line)
    {
        if (line.Fields.Count < 9 || line.Fields[8] is "" or "32-bit")
            return null;
        if (line.Fields[8] != "64-bit")
            throw line.Wrong($"sequence number length '{line.Fields[8]}' is neither 32-bit nor 64-bit");
        if (line.Fields.Count < 10 || line.Fields[9].Length == 0)
            return 0;
        return uint.TryParse(line.Fields[9], NumberStyles.None, CultureInfo.InvariantCulture, out var high)
            ? high
            : throw line.Wrong($"'{line.Fields[9]}' is no upper half of a sequence number");
    }
}
