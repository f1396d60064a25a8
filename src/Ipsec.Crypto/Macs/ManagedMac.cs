using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;

namespace Ipsec.Crypto;

/// <summary>A MAC of BouncyCastle: HMAC, AES-CMAC (RFC 4493).</summary>
internal sealed class ManagedMac(Func<IMac> mac) : MacFunction
{
    public override BoundMac Bind(ReadOnlySpan<byte> key)
    {
        var bound = mac();
        bound.Init(new KeyParameter(key));
        return new Bound(bound);
    }

    private sealed class Bound(IMac mac) : BoundMac
    {
        public override int TagLength => mac.GetMacSize();

        public override void Append(ReadOnlySpan<byte> data) => mac.BlockUpdate(data);

        public override void Finish(Span<byte> tag) => mac.DoFinal(tag);

        // The library keeps its key schedule; a key of zeros takes its place.
        public override void Dispose() => mac.Init(new KeyParameter(new byte[16]));
    }
}
