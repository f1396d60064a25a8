using System.Security.Cryptography;

namespace Conformance.Peers.Tests;

/// <summary>Messages built octet by octet, owing nothing to the project's own codecs.</summary>
internal static class HandMade
{
    /// <summary>IKE_SA_INIT request: AES-CBC-256, HMAC-SHA2-256, Curve25519 (RFC 7296 section 3).</summary>
    public static byte[] IkeSaInit()
    {
        byte[] transforms = [.. Transform(1, 12, 3, 0x80, 14, 1, 0), .. Transform(3, 12, 3), .. Transform(2, 5, 3), .. Transform(4, 31, 0)];
        byte[] proposal = [0, 0, 0, (byte)(8 + transforms.Length), 1, 1, 0, 4, .. transforms];
        byte[] payloads =
        [
            .. Payload(34, proposal),
            .. Payload(40, [0, 31, 0, 0, 9, .. RandomNumberGenerator.GetBytes(31)]),
            .. Payload(0, RandomNumberGenerator.GetBytes(32)),
        ];
        return
        [
            .. RandomNumberGenerator.GetBytes(8), 0, 0, 0, 0, 0, 0, 0, 0,
            33, 0x20, 34, 0x08, 0, 0, 0, 0, 0, 0, 0, (byte)(28 + payloads.Length),
            .. payloads,
        ];
    }

    private static byte[] Transform(byte type, byte id, byte next, params byte[] attributes) =>
        [next, 0, 0, (byte)(8 + attributes.Length), type, 0, 0, id, .. attributes];

    private static byte[] Payload(byte next, byte[] body) => [next, 0, 0, (byte)(4 + body.Length), .. body];
}
