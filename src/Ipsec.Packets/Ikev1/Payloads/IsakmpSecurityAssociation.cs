using System.Collections.Immutable;

namespace Ipsec.Packets.Ikev1;

/// <summary>
/// Security Association payload (RFC 2408 section 3.4, RFC 2407 section 4.6.1):
/// <code>
/// |              Domain of Interpretation  (DOI)                  |
/// |                           Situation                           |
/// |                     Proposal payloads …                       |
/// </code>
/// The situation has 4 octets, unless it asks for secrecy or integrity, whose labels (RFC 2407 section 4.6.1) follow it: what follows is then kept
/// as octets in <see cref="Opaque"/>, as it is for any other DOI.
/// </summary>
public sealed record IsakmpSecurityAssociation(DomainOfInterpretation Doi, uint Situation, ImmutableArray<IsakmpProposal> Proposals) : IsakmpPayload
{
    /// <summary>SIT_IDENTITY_ONLY (RFC 2407 section 4.2.1).</summary>
    public const uint IdentityOnly = 1;

    /// <summary>What follows the situation when it is labelled or the DOI is not IPsec's; empty otherwise.</summary>
    public Octets Opaque { get; init; }

    public override IsakmpPayloadType Type => IsakmpPayloadType.SecurityAssociation;

    public override byte[] EncodeBody()
    {
        var body = new List<byte>();
        BigEndian.Add(body, (uint)Doi);
        BigEndian.Add(body, Situation);
        for (var index = 0; index < Proposals.Length; index++)
            Proposals[index].Encode(body, isLast: index + 1 == Proposals.Length);
        body.AddRange(Opaque.Span);
        return [.. body];
    }

    internal static IsakmpSecurityAssociation Parse(ref FieldReader reader)
    {
        var doi = (DomainOfInterpretation)reader.U32("DOI");
        var situation = reader.U32("Situation");
        if (doi is not (DomainOfInterpretation.Ipsec or DomainOfInterpretation.Isakmp) || situation > IdentityOnly)
            return new(doi, situation, []) { Opaque = reader.Rest() };
        var proposals = ImmutableArray.CreateBuilder<IsakmpProposal>();
        for (var more = reader.Remaining > 0; more && reader.Error is null;)
        {
            if (proposals.Count == MaximumProposals)
                reader.Fail("Proposal #", $"more than {MaximumProposals} proposals");
            else
                proposals.Add(IsakmpProposal.Parse(ref reader, out more));
        }
        if (reader.Remaining > 0)
            reader.Fail("Next Payload", $"last proposal, but {reader.Remaining} octets follow");
        return new(doi, situation, proposals.DrainToImmutable());
    }

    private const int MaximumProposals = 255;
}

/// <summary>
/// A proposal payload (RFC 2408 section 3.5):
/// <code>
/// | Next Payload  |   RESERVED    |         Payload Length        |
/// |  Proposal #   |  Protocol-Id  |    SPI Size   |# of Transforms|
/// |                        SPI (variable)                         |
/// |                     Transform payloads …                      |
/// </code>
/// </summary>
public sealed record IsakmpProposal(byte Number, IpsecProtocolId Protocol, Octets Spi, ImmutableArray<IsakmpTransform> Transforms)
{
    public byte Reserved { get; init; }

    internal void Encode(List<byte> target, bool isLast)
    {
        var start = target.Count;
        target.AddRange([
            isLast ? (byte)0 : (byte)IsakmpPayloadType.Proposal, Reserved, 0, 0, Number, (byte)Protocol, (byte)Spi.Length, (byte)Transforms.Length]);
        target.AddRange(Spi.Span);
        for (var index = 0; index < Transforms.Length; index++)
            Transforms[index].Encode(target, isLast: index + 1 == Transforms.Length);
        BigEndian.Set16(target, start + 2, target.Count - start);
    }

    internal static IsakmpProposal Parse(ref FieldReader reader, out bool more)
    {
        var next = reader.U8("Next Payload");
        more = next == (byte)IsakmpPayloadType.Proposal;
        if (next is not (0 or (byte)IsakmpPayloadType.Proposal))
            reader.Fail("Next Payload", $"{next}, only 0 and 2 are allowed in a proposal");
        var reserved = reader.U8("RESERVED");
        var length = reader.U16("Payload Length");
        var body = reader.Sub(length - 4, "Payload Length");
        var number = body.U8("Proposal #");
        var protocol = (IpsecProtocolId)body.U8("Protocol-Id");
        var spiSize = body.U8("SPI Size");
        var count = body.U8("# of Transforms");
        var spi = body.Bytes(spiSize, "SPI");
        var transforms = ImmutableArray.CreateBuilder<IsakmpTransform>();
        for (var moreTransforms = count > 0; moreTransforms && body.Error is null;)
            transforms.Add(IsakmpTransform.Parse(ref body, out moreTransforms));
        if (body.Error is null && transforms.Count != count)
            body.Fail("# of Transforms", $"{count}, but {transforms.Count} transforms are there");
        if (body.Remaining > 0)
            body.Fail("Payload Length", $"{body.Remaining} octets follow the last transform");
        if (body.Error is { } error)
            reader.Fail(error);
        return new(number, protocol, spi, transforms.DrainToImmutable()) { Reserved = reserved };
    }
}

/// <summary>
/// A transform payload (RFC 2408 section 3.6):
/// <code>
/// | Next Payload  |   RESERVED    |         Payload Length        |
/// |  Transform #  |  Transform-Id |           RESERVED2           |
/// |                        SA Attributes                          |
/// </code>
/// </summary>
/// <param name="Id">1 (KEY_IKE) in phase 1; in phase 2 an <see cref="EspTransformId"/> or <see cref="AhTransformId"/> or an IPComp algorithm.</param>
public sealed record IsakmpTransform(byte Number, byte Id, ImmutableArray<IsakmpAttribute> Attributes)
{
    public byte Reserved { get; init; }

    public ushort Reserved2 { get; init; }

    /// <summary>Value of the first attribute of a type, up to 64 bits; null when absent or longer.</summary>
    public ulong? Attribute(ushort type) => Attributes.FirstOrDefault(attribute => attribute.Type == type)?.Number;

    internal void Encode(List<byte> target, bool isLast)
    {
        var start = target.Count;
        target.AddRange([
            isLast ? (byte)0 : (byte)IsakmpPayloadType.Transform, Reserved, 0, 0, Number, Id, (byte)(Reserved2 >> 8), (byte)Reserved2]);
        foreach (var attribute in Attributes)
            attribute.Encode(target);
        BigEndian.Set16(target, start + 2, target.Count - start);
    }

    internal static IsakmpTransform Parse(ref FieldReader reader, out bool more)
    {
        var next = reader.U8("Next Payload");
        more = next == (byte)IsakmpPayloadType.Transform;
        if (next is not (0 or (byte)IsakmpPayloadType.Transform))
            reader.Fail("Next Payload", $"{next}, only 0 and 3 are allowed in a transform");
        var reserved = reader.U8("RESERVED");
        var length = reader.U16("Payload Length");
        var body = reader.Sub(length - 4, "Payload Length");
        var number = body.U8("Transform #");
        var id = body.U8("Transform-Id");
        var reserved2 = body.U16("RESERVED2");
        var attributes = IsakmpAttribute.ParseAll(ref body);
        if (body.Error is { } error)
            reader.Fail(error);
        return new(number, id, attributes) { Reserved = reserved, Reserved2 = reserved2 };
    }
}
