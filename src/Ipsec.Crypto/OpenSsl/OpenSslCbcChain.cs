namespace Ipsec.Crypto;

/// <summary>AES-CBC of libcrypto, message by message. Allocates nothing per message.</summary>
internal sealed class OpenSslCbcChain(EvpCipherContext context) : CbcChain
{
    public static CbcChain Create(EvpCipher aesCbc, ReadOnlySpan<byte> key)
    {
        var chain = new OpenSslCbcChain(aesCbc.Bind(key, encrypts: true));
        chain.Restart();
        return chain;
    }

    public override void Restart()
    {
        Span<byte> zeros = stackalloc byte[BlockLength];
        zeros.Clear();
        context.Start(zeros, encrypts: true);
    }

    public override void Encrypt(Span<byte> blocks) => context.Transform(blocks);

    public override void Dispose() => context.Dispose();
}
