using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;

namespace Ipsec.Crypto;

/// <summary>
/// Refuses an Ecdsa-Sig-Value that is not DER of two positive integers, before a provider sees it: some take a negative one for the number that was meant.
/// </summary>
internal sealed class StrictDerSignature(SignatureProvider inner) : SignatureProvider(inner.Name)
{
    public override bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        IsStrict(signature) && inner.Verify(publicKey, message, signature);

    internal override bool TrySign(
        ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, RandomSource random, [NotNullWhen(true)] out byte[]? signature) =>
        inner.TrySign(privateKey, message, random, out signature);

    private static bool IsStrict(ReadOnlySpan<byte> signature)
    {
        try
        {
            AsnDecoder.ReadSequence(signature, AsnEncodingRules.DER, out var offset, out var length, out var consumed);
            if (consumed != signature.Length)
                return false;
            var content = signature.Slice(offset, length);
            var r = AsnDecoder.ReadIntegerBytes(content, AsnEncodingRules.DER, out var ofR);
            var s = AsnDecoder.ReadIntegerBytes(content[ofR..], AsnEncodingRules.DER, out var ofS);
            return ofR + ofS == content.Length && r[0] < 0x80 && s[0] < 0x80;
        }
        // How the decoder says that octets are malformed.
        catch (AsnContentException)
        {
            return false;
        }
    }
}
