namespace Ipsec.Packets.Ike;

/// <summary>Vendor ID payload (RFC 7296 section 3.12): opaque octets.</summary>
public sealed record VendorIdPayload(Octets VendorId) : Payload
{
    public override PayloadType Type => PayloadType.VendorId;

    public override IEnumerable<string> Describe() => [$"vendor id {VendorId}{(KnownVendorIds.Name(VendorId.Span) is { } name ? $" ({name})" : "")}"];

    public override byte[] EncodeBody() => VendorId.ToArray();

    internal static VendorIdPayload Parse(ref FieldReader reader) => new(reader.Rest());
}
