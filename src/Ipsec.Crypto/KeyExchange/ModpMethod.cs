using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Math;

namespace Ipsec.Crypto;

/// <summary>A MODP group (RFC 3526, RFC 2409): safe prime, generator 2. Values are padded to the prime's length (RFC 7296 section 3.4).</summary>
internal sealed class ModpMethod(KeyExchangeId id, BigInteger prime) : KeyExchangeMethod
{
    // RFC 3526 section 8: exponents of at least twice the group's strength; 512 bits cover the largest group's estimate.
    private const int ExponentOctets = 64;

    private readonly BigInteger _generator = BigInteger.Two;

    public override KeyExchangeId Id => id;
    public override int PublicValueLength => prime.BitLength / 8;

    public override PrivateValue Generate(RandomSource random)
    {
        var exponent = random.Bytes(Math.Min(ExponentOctets, PublicValueLength - 1));
        exponent[0] |= 1;
        return new Value(this, exponent);
    }

    private byte[] Pad(BigInteger value)
    {
        var octets = value.ToByteArrayUnsigned();
        var padded = new byte[PublicValueLength];
        octets.CopyTo(padded.AsSpan(padded.Length - octets.Length));
        return padded;
    }

    private BigInteger Prime => prime;

    private sealed class Value(ModpMethod group, byte[] exponent) : PrivateValue
    {
        public override KeyExchangeId Method => group.Id;

        public override byte[] PublicValue { get; } = group.Pad(group._generator.ModPow(new(1, exponent), group.Prime));

        public override bool TryAgree(ReadOnlySpan<byte> peerValue, [NotNullWhen(true)] out byte[]? secret, [NotNullWhen(false)] out string? reason)
        {
            secret = null;
            reason = null;
            if (peerValue.Length != group.PublicValueLength)
            {
                reason = $"{peerValue.Length} octets, must be {group.PublicValueLength}";
                return false;
            }
            var peer = new BigInteger(1, peerValue.ToArray());
            // RFC 6989 section 2.1: 2 <= r <= p-2 for safe-prime groups.
            if (peer.CompareTo(BigInteger.Two) < 0 || peer.CompareTo(group.Prime.Subtract(BigInteger.Two)) > 0)
            {
                reason = "outside 2 .. p-2";
                return false;
            }
            secret = group.Pad(peer.ModPow(new(1, exponent), group.Prime));
            return true;
        }

        public override void Dispose() => CryptographicOperations.ZeroMemory(exponent);
    }
}
