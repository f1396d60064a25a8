using Org.BouncyCastle.Security;

namespace Ipsec.Crypto;

/// <summary>Gives BouncyCastle the injected source in place of its own generator.</summary>
internal sealed class InjectedRandom(RandomSource source) : SecureRandom(null)
{
    public override void NextBytes(byte[] buf) => source.Fill(buf);

    public override void NextBytes(byte[] buf, int off, int len) => source.Fill(buf.AsSpan(off, len));

    public override void NextBytes(Span<byte> buffer) => source.Fill(buffer);

    public override byte[] GenerateSeed(int numBytes) => source.Bytes(numBytes);
}
