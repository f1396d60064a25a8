namespace Ipsec.Crypto;

/// <summary>A MAC with a truncated tag: HMAC (RFC 2403, RFC 2404, RFC 4868), AES-XCBC (RFC 3566), AES-CMAC (RFC 4494).</summary>
internal sealed class MacIntegrity(IntegrityFacts facts, MacFunction mac) : IntegrityAlgorithm(facts)
{
    private protected override BoundIntegrity BindChecked(ReadOnlySpan<byte> key) => new Bound(mac.Bind(key));

    private sealed class Bound(BoundMac mac) : BoundIntegrity
    {
        public override void Append(ReadOnlySpan<byte> data) => mac.Append(data);

        public override void Finish(Span<byte> icv)
        {
            Span<byte> tag = stackalloc byte[MacFunction.LongestTag];
            mac.Finish(tag[..mac.TagLength]);
            tag[..icv.Length].CopyTo(icv);
        }

        public override void Dispose() => mac.Dispose();
    }
}
