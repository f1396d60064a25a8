namespace Ipsec.Packets.Ike;

/// <summary>
/// Encrypted and authenticated fragment SKF (RFC 7383 section 2.5), always the last payload:
/// <code>
/// | Next Payload  |C|  RESERVED   |         Payload Length        |
/// |        Fragment Number        |        Total Fragments        |
/// |                     Initialization Vector                     |
/// |                      Encrypted content                        |
/// |             Padding (0-255 octets)            |  Pad Length   |
/// |                    Integrity Checksum Data                    |
/// </code>
/// What follows Total Fragments only the negotiated algorithms tell apart. Whether the numbers make sense is for
/// <see cref="IkeFragmentReassembler"/> to say.
/// </summary>
/// <param name="FirstInner">Type of the first payload of the whole message: set in the first fragment, none in the others.</param>
/// <param name="Number">From 1.</param>
/// <param name="Total">How many fragments the message has.</param>
public sealed record EncryptedFragmentPayload(PayloadType FirstInner, ushort Number, ushort Total, Octets Body) : Payload
{
    /// <summary>Octets of the two numbers.</summary>
    public const int FragmentHeaderSize = 4;

    public override PayloadType Type => PayloadType.EncryptedFragment;

    public override string Notation => $"SKF({Number}/{Total})";

    public override IEnumerable<string> Describe() => [$"fragment {Number} of {Total}, first inside {FirstInner.Notation()}", $"{Body.Length} octets"];

    public override byte[] EncodeBody() => [(byte)(Number >> 8), (byte)Number, (byte)(Total >> 8), (byte)Total, .. Body.Span];

    public override RawPayload ToRaw() => base.ToRaw() with { ClaimedNext = FirstInner };

    internal static EncryptedFragmentPayload Parse(PayloadType firstInner, ref FieldReader reader)
    {
        var number = reader.U16("Fragment Number");
        var total = reader.U16("Total Fragments");
        return new(firstInner, number, total, reader.Rest());
    }
}
