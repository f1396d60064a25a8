using System.Collections.Immutable;
using System.Text;

namespace Ipsec.Packets.Ike;

/// <summary>Vendor ids whose meaning is known, for IKEv1 and IKEv2: names for reports, never a reason to accept or refuse anything.</summary>
public static class KnownVendorIds
{
    /// <summary>The name, or null. Ids that are plain text name themselves; others match by their fixed beginning.</summary>
    public static string? Name(ReadOnlySpan<byte> vendorId)
    {
        foreach (var (prefix, name) in Known)
            if (vendorId.StartsWith(prefix.Span))
                return name;
        return IsText(vendorId) ? $"\"{Encoding.ASCII.GetString(vendorId)}\"" : null;
    }

    private static bool IsText(ReadOnlySpan<byte> octets) =>
        octets.Length is >= 4 and <= 256 && !octets.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e);

    private static readonly ImmutableArray<(Octets Prefix, string Name)> Known =
    [
        (Octets.FromHex("4a131c81070358455c5728f20e95452f"), "RFC 3947 NAT traversal"),
        (Octets.FromHex("4485152d18b6bbcd0be8a8469579ddcc"), "NAT traversal draft 00"),
        (Octets.FromHex("cd60464335df21f87cfdb2fc68b6a448"), "NAT traversal draft 02"),
        (Octets.FromHex("90cb80913ebb696e086381b5ec427b1f"), "NAT traversal draft 02 (with newline)"),
        (Octets.FromHex("7d9419a65310ca6f2c179d9215529d56"), "NAT traversal draft 03"),
        (Octets.FromHex("afcad71368a1f1c96b8696fc7757"), "dead peer detection (RFC 3706)"),
        (Octets.FromHex("4048b7d56ebce88525e7de7f00d6c2d3"), "IKE fragmentation"),
        (Octets.FromHex("09002689dfd6b712"), "XAUTH"),
        (Octets.FromHex("12f5f28c457168a9702d9fe274cc"), "Cisco Unity"),
        (Octets.FromHex("882fe56d6fd20dbc2251613b2ebe5beb"), "strongSwan"),
        (Octets.FromHex("1e2b516905991c7d7c96fcbfb587e461"), "Microsoft Windows"),
    ];
}
