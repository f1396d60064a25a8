using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;

namespace Ipsec.Crypto;

/// <summary>The figures of MS-CHAP version 2 (RFC 2759 section 8) and its keys (RFC 3079 section 3). Weak by today's measure (DES, MD4), and only fit for inside a tunnel.</summary>
public static class MsChapV2
{
    public const int ChallengeSize = 16, ResponseSize = 24, MasterSessionKeySize = 64;

    private const int HashSize = 16, MasterKeySize = 16;

    private static readonly byte[]
        ServerSigning = "Magic server to client signing constant"u8.ToArray(), Iteration = "Pad to make it do more than one iteration"u8.ToArray(),
        MasterKeyMagic = "This is the MPPE Master Key"u8.ToArray(),
        ServerReceives = "On the client side, this is the send key; on the server side, it is the receive key."u8.ToArray(),
        ServerSends = "On the client side, this is the receive key; on the server side, it is the send key."u8.ToArray();

    /// <summary>What a client answers to both challenges: 24 octets (GenerateNTResponse).</summary>
    /// <param name="name">User name without domain.</param>
    /// <param name="password">As text in ASCII.</param>
    public static byte[] Response(ReadOnlySpan<byte> authenticatorChallenge, ReadOnlySpan<byte> peerChallenge, ReadOnlySpan<byte> name, ReadOnlySpan<byte> password)
    {
        var hash = PasswordHash(password);
        var padded = new byte[21];
        hash.CopyTo(padded, 0);
        var challenge = ChallengeHash(authenticatorChallenge, peerChallenge, name);
        var response = new byte[ResponseSize];
        for (var part = 0; part < 3; part++)
            EncryptDes(padded.AsSpan(7 * part, 7), challenge, response.AsSpan(8 * part, 8));
        CryptographicOperations.ZeroMemory(hash);
        CryptographicOperations.ZeroMemory(padded);
        return response;
    }

    /// <summary>What a server proves itself with, "S=" and 40 hex digits (GenerateAuthenticatorResponse).</summary>
    public static string AuthenticatorResponse(
        ReadOnlySpan<byte> authenticatorChallenge, ReadOnlySpan<byte> peerChallenge, ReadOnlySpan<byte> name, ReadOnlySpan<byte> password, ReadOnlySpan<byte> response)
    {
        var hash = HashOfPasswordHash(password);
        var digest = SHA1.HashData([.. hash, .. response, .. ServerSigning]);
        CryptographicOperations.ZeroMemory(hash);
        return $"S={Convert.ToHexString(SHA1.HashData([.. digest, .. ChallengeHash(authenticatorChallenge, peerChallenge, name), .. Iteration]))}";
    }

    /// <summary>MSK of EAP: the server's receive key, its send key, both of 16 octets, and 32 zeroes. Who gets it zeroes it.</summary>
    public static byte[] MasterSessionKey(ReadOnlySpan<byte> password, ReadOnlySpan<byte> response)
    {
        var hash = HashOfPasswordHash(password);
        var master = SHA1.HashData([.. hash, .. response, .. MasterKeyMagic]).AsSpan(0, MasterKeySize);
        var key = new byte[MasterSessionKeySize];
        StartKey(master, ServerReceives, key.AsSpan(0, MasterKeySize));
        StartKey(master, ServerSends, key.AsSpan(MasterKeySize, MasterKeySize));
        CryptographicOperations.ZeroMemory(hash);
        CryptographicOperations.ZeroMemory(master);
        return key;
    }

    /// <summary>GetAsymmetricStartKey, of 128 bits.</summary>
    private static void StartKey(ReadOnlySpan<byte> master, ReadOnlySpan<byte> magic, Span<byte> key)
    {
        var (first, second) = (new byte[40], new byte[40]);
        second.AsSpan().Fill(0xf2);
        var digest = SHA1.HashData([.. master, .. first, .. magic, .. second]);
        digest.AsSpan(0, key.Length).CopyTo(key);
        CryptographicOperations.ZeroMemory(digest);
    }

    private static byte[] ChallengeHash(ReadOnlySpan<byte> authenticatorChallenge, ReadOnlySpan<byte> peerChallenge, ReadOnlySpan<byte> name) =>
        SHA1.HashData([.. peerChallenge, .. authenticatorChallenge, .. name])[..8];

    private static byte[] PasswordHash(ReadOnlySpan<byte> password)
    {
        var text = Encoding.Unicode.GetBytes(Encoding.ASCII.GetString(password));
        var hash = Md4(text);
        CryptographicOperations.ZeroMemory(text);
        return hash;
    }

    private static byte[] HashOfPasswordHash(ReadOnlySpan<byte> password)
    {
        var hash = PasswordHash(password);
        var again = Md4(hash);
        CryptographicOperations.ZeroMemory(hash);
        return again;
    }

    private static byte[] Md4(byte[] octets)
    {
        var digest = new MD4Digest();
        digest.BlockUpdate(octets, 0, octets.Length);
        var hash = new byte[HashSize];
        digest.DoFinal(hash, 0);
        return hash;
    }

    /// <summary>One block under 56 bits of key, spread over the upper seven bits of eight octets; DES ignores the parity bits.</summary>
    private static void EncryptDes(ReadOnlySpan<byte> key, byte[] block, Span<byte> output)
    {
        var spread = new byte[8];
        for (var bit = 0; bit < 56; bit++)
            if ((key[bit / 8] & 0x80 >> bit % 8) != 0)
                spread[bit / 7] |= (byte)(0x80 >> bit % 7);
        var engine = new DesEngine();
        engine.Init(forEncryption: true, new KeyParameter(spread));
        var encrypted = new byte[8];
        engine.ProcessBlock(block, 0, encrypted, 0);
        encrypted.CopyTo(output);
        CryptographicOperations.ZeroMemory(spread);
    }
}
