namespace Ipsec.Crypto.Tests;

/// <summary>Gives what it was given, so that a published packet can be made again with its own IV.</summary>
internal sealed class GivenOctets(byte[] octets) : RandomSource
{
    public override void Fill(Span<byte> target) => octets.AsSpan(0, target.Length).CopyTo(target);
}
