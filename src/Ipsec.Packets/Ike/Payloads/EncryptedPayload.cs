namespace Ipsec.Packets.Ike;

/// <summary>
/// Encrypted payload SK (RFC 7296 section 3.14), always the last: initialization vector, ciphertext and Integrity Checksum Data,
/// whose lengths only the negotiated algorithms tell.
/// </summary>
/// <param name="FirstInner">Type of the first payload inside: the generic header's next-payload field.</param>
public sealed record EncryptedPayload(PayloadType FirstInner, Octets Body) : Payload
{
    public override PayloadType Type => PayloadType.Encrypted;

    public override IEnumerable<string> Describe() => [$"first inside {FirstInner.Notation()}", $"{Body.Length} octets"];

    public override byte[] EncodeBody() => Body.ToArray();

    public override RawPayload ToRaw() => base.ToRaw() with { ClaimedNext = FirstInner };

    internal static EncryptedPayload Parse(PayloadType firstInner, ref FieldReader reader) => new(firstInner, reader.Rest());
}
