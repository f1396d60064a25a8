using System.Collections.Immutable;

namespace Ipsec.Packets.Ike;

/// <summary>Group Security Association payload GSA (RFC 9838 section 4.4): policies for SAs of a group, and for the group itself.</summary>
public sealed record GroupSecurityAssociationPayload(ImmutableArray<GroupPolicy> Policies) : Payload
{
    public override PayloadType Type => PayloadType.GroupSecurityAssociation;

    public override string Notation => $"GSA({string.Join(' ', Policies.Select(policy => policy.Title))})";

    public override IEnumerable<string> Describe() => Policies.SelectMany(policy => policy.Describe());

    public override byte[] EncodeBody()
    {
        var body = new List<byte>();
        foreach (var policy in Policies)
            policy.Encode(body);
        return [.. body];
    }

    internal static GroupSecurityAssociationPayload Parse(ref FieldReader reader)
    {
        var policies = ImmutableArray.CreateBuilder<GroupPolicy>();
        while (reader.Remaining > 0)
            policies.Add(GroupPolicy.Parse(ref reader));
        return new(policies.DrainToImmutable());
    }
}

/// <summary>A substructure of GSA. Its first octet is the protocol, or zero for what holds group-wide.</summary>
public abstract record GroupPolicy
{
    /// <summary>Whom it is for.</summary>
    public abstract string Title { get; }

    /// <summary>Octets with the header of 4.</summary>
    public abstract int Length { get; }

    internal abstract IEnumerable<string> Describe();

    internal abstract void Encode(List<byte> target);

    internal static GroupPolicy Parse(ref FieldReader reader)
    {
        var protocol = (ProtocolId)reader.U8("Protocol");
        var second = reader.U8(protocol == ProtocolId.None ? "RESERVED" : "SPI Size");
        var length = reader.U16("Length");
        var body = reader.Sub(length - GroupAttributes.HeaderSize, "Length");
        GroupPolicy policy = protocol == ProtocolId.None
            ? new GroupWidePolicy(GroupAttributes.Parse(ref body)) { Reserved = second }
            : GroupSaPolicy.Parse(protocol, second, ref body);
        if (body.Error is { } error)
            reader.Fail(error);
        return policy;
    }
}

/// <summary>
/// Group SA policy substructure (RFC 9838 section 4.4.2):
/// <code>
/// |    Protocol   |   SPI Size    |            Length             |
/// |                        SPI (variable)                         |
/// |     Source Traffic Selector, Destination Traffic Selector     |
/// |               &lt;GSA Transforms>, &lt;GSA Attributes>               |
/// </code>
/// </summary>
/// <param name="Spi">16 octets for the rekey SA (GIKE_UPDATE), 4 for ESP and AH.</param>
/// <param name="Transforms">At least one on the wire, if attributes follow.</param>
/// <param name="Attributes">Types: <see cref="GroupSaAttributeType"/>.</param>
public sealed record GroupSaPolicy(
    ProtocolId Protocol, Octets Spi, TrafficSelector Source, TrafficSelector Destination, ImmutableArray<Transform> Transforms,
    ImmutableArray<TransformAttribute> Attributes) : GroupPolicy
{
    public override string Title => Protocol == ProtocolId.GikeUpdate ? "rekey" : Protocol.ToString().ToUpperInvariant();

    public override int Length
    {
        get
        {
            var target = new List<byte>();
            Encode(target);
            return target.Count;
        }
    }

    internal override IEnumerable<string> Describe() =>
    [
        $"policy {Protocol} spi {Spi}", $"  from {Source}", $"  to {Destination}", .. Transforms.Select(transform => $"  {transform}"),
        .. Attributes.Select(attribute => $"  {GroupAttributes.Name<GroupSaAttributeType>(attribute)}"),
    ];

    internal override void Encode(List<byte> target)
    {
        var start = target.Count;
        target.AddRange([(byte)Protocol, (byte)Spi.Length, 0, 0]);
        target.AddRange(Spi.Span);
        Source.Encode(target);
        Destination.Encode(target);
        for (var index = 0; index < Transforms.Length; index++)
            Transforms[index].Encode(target, isLast: index + 1 == Transforms.Length);
        GroupAttributes.Encode(Attributes, target, start);
    }

    internal static GroupSaPolicy Parse(ProtocolId protocol, int spiSize, ref FieldReader body)
    {
        var spi = body.Bytes(spiSize, "SPI");
        var source = TrafficSelector.Parse(ref body);
        var destination = TrafficSelector.Parse(ref body);
        var transforms = ImmutableArray.CreateBuilder<Transform>();
        for (var more = body.Remaining > 0; more && body.Error is null;)
            transforms.Add(Transform.Parse(ref body, out more));
        return new(protocol, spi, source, destination, transforms.DrainToImmutable(), GroupAttributes.Parse(ref body));
    }
}

/// <summary>
/// Group-wide policy substructure (RFC 9838 section 4.4.3):
/// <code>
/// |  Protocol = 0 |   RESERVED    |            Length             |
/// |                    &lt;GW Policy Attributes>                      |
/// </code>
/// </summary>
/// <param name="Attributes">Types: <see cref="GroupWidePolicyAttributeType"/>.</param>
public sealed record GroupWidePolicy(ImmutableArray<TransformAttribute> Attributes) : GroupPolicy
{
    public byte Reserved { get; init; }

    public override string Title => "group-wide";

    public override int Length => GroupAttributes.HeaderSize + Attributes.Sum(GroupAttributes.Length);

    internal override IEnumerable<string> Describe() =>
        ["policy group-wide", .. Attributes.Select(attribute => $"  {GroupAttributes.Name<GroupWidePolicyAttributeType>(attribute)}")];

    internal override void Encode(List<byte> target)
    {
        var start = target.Count;
        target.AddRange([0, Reserved, 0, 0]);
        GroupAttributes.Encode(Attributes, target, start);
    }
}
