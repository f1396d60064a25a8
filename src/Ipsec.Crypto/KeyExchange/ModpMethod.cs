using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>
/// A MODP group (RFC 2409, RFC 3526, RFC 5114): values are padded to the prime's length (RFC 7296 section 3.4), and checked as RFC 6989 sections
/// 2.1 and 2.2 ask.
/// </summary>
internal sealed class ModpMethod(ModpGroup group, ModularPower power) : KeyExchangeMethod(group.Facts)
{
    // RFC 3526 section 8: exponents of at least twice the group's strength; 512 bits cover the largest group's estimate.
    private const int ExponentOctets = 64;

    public ModpGroup Group => group;

    public override PrivateValue Generate(RandomSource random)
    {
        // In a subgroup of order q an exponent below q is as good as any: one octet less than q has keeps it there.
        var longest = group.Subgroup.IsEmpty ? PublicValueLength - 1 : group.Subgroup.Length - 1;
        var exponent = random.Bytes(Math.Min(ExponentOctets, longest));
        exponent[0] |= 1;
        return new Value(this, exponent);
    }

    public override bool TryImport(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out PrivateValue? value)
    {
        value = octets.TrimStart((byte)0).IsEmpty || octets.TrimStart((byte)0).Length > PublicValueLength ? null : new Value(this, octets.ToArray());
        return value is not null;
    }

    private string? Objection(ReadOnlySpan<byte> value)
    {
        if (!HasLength(value, PublicValueLength, out var reason))
            return reason;
        // 2 <= r <= p-2: the octets of p-1 are those of the odd p with the last one less by one.
        var significant = value.TrimStart((byte)0);
        byte[] last = [.. group.Prime.Span[..^1], (byte)(group.Prime[^1] - 1)];
        if (significant.IsEmpty || significant is [1] || value.SequenceCompareTo(last) >= 0)
            return "outside 2 .. p-2";
        if (group.Subgroup.IsEmpty || power(value, group.Subgroup.Span, group.Prime.Span).AsSpan().TrimStart((byte)0) is [1])
            return null;
        return "not in the subgroup of order q";
    }

    private byte[] Raise(ReadOnlySpan<byte> value, ReadOnlySpan<byte> exponent)
    {
        var result = power(value, exponent, group.Prime.Span);
        var padded = new byte[PublicValueLength];
        result.CopyTo(padded.AsSpan(padded.Length - result.Length));
        CryptographicOperations.ZeroMemory(result);
        return padded;
    }

    private sealed class Value(ModpMethod method, byte[] exponent) : PrivateValue
    {
        public override KeyExchangeId Method => method.Id;

        public override byte[] PublicValue { get; } = method.Raise(method.Group.Generator.Span, exponent);

        public override bool TryAgree(ReadOnlySpan<byte> peerValue, [NotNullWhen(true)] out byte[]? secret, [NotNullWhen(false)] out string? reason)
        {
            reason = method.Objection(peerValue);
            secret = reason is null ? method.Raise(peerValue, exponent) : null;
            return reason is null && secret is not null;
        }

        public override void Dispose() => CryptographicOperations.ZeroMemory(exponent);
    }
}
