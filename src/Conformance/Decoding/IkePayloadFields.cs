using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Decoding;

/// <summary>IKEv2 payloads as fields: the records of the codec laid out over the octets they came from.</summary>
internal static class IkePayloadFields
{
    /// <param name="length">Octets with the generic header.</param>
    /// <param name="encrypted">Writes the fields of an encrypted payload's body.</param>
    public static void Write(FieldWriter fields, Payload payload, PayloadType next, int length, Action<FieldWriter> encrypted) =>
        fields.Group(payload.Type.Notation(), payload.Notation, length, body =>
        {
            Generic(body, payload.Type, next, payload.Flags, length);
            Body(body, payload, length - PayloadChain.GenericHeaderSize, encrypted);
        });

    /// <summary>A payload that the codec refuses: its octets.</summary>
    public static void Unreadable(FieldWriter fields, PayloadView view)
    {
        var (type, next, flags, hex, length) = (view.Type, view.NextPayload, view.Flags, Convert.ToHexStringLower(view.Body), view.Body.Length);
        fields.Group(type.Notation(), "malformed", length + PayloadChain.GenericHeaderSize, body =>
        {
            Generic(body, type, next, flags, length + PayloadChain.GenericHeaderSize);
            body.Put("Octets", hex, length);
        });
    }

    private static void Generic(FieldWriter body, PayloadType type, PayloadType next, byte flags, int length) => body
        .Put("Next Payload", $"{(byte)next} ({next.Notation()})", 1)
        .Put("Critical", (flags & 0x80) != 0 ? "yes" : "no", 1)
        .Put("Payload Length", (ulong)length, 2);

    private static void Body(FieldWriter body, Payload payload, int length, Action<FieldWriter> encrypted)
    {
        switch (payload)
        {
            case SecurityAssociationPayload sa:
                foreach (var proposal in sa.Proposals)
                    Proposal(body, proposal, isLast: ReferenceEquals(proposal, sa.Proposals[^1]));
                break;
            case KeyExchangePayload ke:
                body.Put("Method", $"{(ushort)ke.Method} ({ke.Method})", 2).Put("RESERVED", ke.Reserved, 2).Put("Key Exchange Data", $"{ke.Data}", ke.Data.Length);
                break;
            case IdentificationPayload id:
                body.Put("ID Type", $"{(byte)id.IdType} ({id.IdType})", 1).Put("RESERVED", id.Reserved, 3).Put("Identification Data", id.Identity, id.Data.Length);
                break;
            case CertificatePayload certificate:
                body.Put("Cert Encoding", $"{(byte)certificate.Encoding} ({certificate.Encoding})", 1).Put("Certificate Data", $"{certificate.Data}", certificate.Data.Length);
                break;
            case CertificateRequestPayload request:
                body.Put("Cert Encoding", $"{(byte)request.Encoding} ({request.Encoding})", 1)
                    .Put("Certification Authority", $"{request.Authorities}", request.Authorities.Length);
                break;
            case AuthenticationPayload auth:
                body.Put("Auth Method", $"{(byte)auth.Method} ({auth.Method})", 1).Put("RESERVED", auth.Reserved, 3)
                    .Put("Authentication Data", $"{auth.Data}", auth.Data.Length);
                break;
            case NoncePayload nonce:
                body.Put("Nonce Data", $"{nonce.Nonce}", nonce.Nonce.Length);
                break;
            case NotifyPayload notify:
                body.Put("Protocol ID", $"{(byte)notify.Protocol} ({notify.Protocol})", 1).Put("SPI Size", (ulong)notify.Spi.Length, 1)
                    .Put("Notify Message Type", $"{(ushort)notify.NotifyType} ({NotifyPayload.NotifyName(notify.NotifyType)})", 2);
                Optional(body, "SPI", notify.Spi);
                Optional(body, "Notification Data", notify.Data);
                break;
            case DeletePayload delete:
                body.Put("Protocol ID", $"{(byte)delete.Protocol} ({delete.Protocol})", 1).Put("SPI Size", delete.SpiSize, 1)
                    .Put("Num of SPIs", (ulong)delete.Spis.Length, 2);
                foreach (var spi in delete.Spis)
                    body.Put("SPI", $"{spi}", spi.Length);
                break;
            case VendorIdPayload vendor:
                body.Put("Vendor ID", $"{vendor.VendorId}{(KnownVendorIds.Name(vendor.VendorId.Span) is { } name ? $" ({name})" : "")}", vendor.VendorId.Length);
                break;
            case TrafficSelectorPayload selectors:
                body.Put("Number of TSs", (ulong)selectors.Selectors.Length, 1).Put("RESERVED", selectors.Reserved, 3);
                foreach (var selector in selectors.Selectors)
                    Selector(body, selector);
                break;
            case ConfigurationPayload configuration:
                body.Put("CFG Type", $"{(byte)configuration.ConfigurationType} ({configuration.ConfigurationType})", 1).Put("RESERVED", configuration.Reserved, 3);
                foreach (var attribute in configuration.Attributes)
                    body.Group("Configuration Attribute", $"{attribute}", 4 + attribute.Value.Length, inner => Optional(
                        inner.Put("Attribute Type", $"{(ushort)attribute.Type} ({attribute.Type})", 2).Put("Length", (ulong)attribute.Value.Length, 2),
                        "Value", attribute.Value));
                break;
            case ExtensibleAuthenticationPayload eap:
                body.Put("Code", $"{(byte)eap.Code} ({eap.Code})", 1).Put("Identifier", eap.Identifier, 1).Put("Length", (ulong)(eap.Data.Length + 4), 2);
                Optional(body, "Type and Data", eap.Data);
                break;
            case GroupSecurityAssociationPayload group:
                foreach (var policy in group.Policies)
                    Policy(body, policy);
                break;
            case KeyDownloadPayload download:
                foreach (var bag in download.Bags)
                    Bag(body, bag);
                break;
            case EncryptedPayload:
                encrypted(body);
                break;
            case EncryptedFragmentPayload fragment:
                encrypted(body.Put("Fragment Number", fragment.Number, 2).Put("Total Fragments", fragment.Total, 2));
                break;
            default:
                Optional(body, "Data", Octets.TakeOver(payload.EncodeBody()));
                break;
        }
    }

    private static void Proposal(FieldWriter body, Proposal proposal, bool isLast)
    {
        var length = 8 + proposal.Spi.Length + proposal.Transforms.Sum(Length);
        body.Group("Proposal", $"{proposal.Number} {proposal.Protocol}", length, fields =>
        {
            fields.Put("Last Substruc", isLast ? 0UL : 2, 1).Put("RESERVED", proposal.Reserved, 1).Put("Proposal Length", (ulong)length, 2)
                .Put("Proposal Num", proposal.Number, 1).Put("Protocol ID", $"{(byte)proposal.Protocol} ({proposal.Protocol})", 1)
                .Put("SPI Size", (ulong)proposal.Spi.Length, 1).Put("Num Transforms", (ulong)proposal.Transforms.Length, 1);
            Optional(fields, "SPI", proposal.Spi);
            foreach (var transform in proposal.Transforms)
                Transform(fields, transform);
        });
    }

    private static void Transform(FieldWriter fields, Transform transform) => fields.Group("Transform", $"{transform}", Length(transform), inner =>
    {
        inner.Skip(2).Put("Transform Length", (ulong)Length(transform), 2)
            .Put("Transform Type", $"{(byte)transform.Type} ({transform.Type})", 1).Skip(1).Put("Transform ID", transform.Id, 2);
        foreach (var attribute in transform.Attributes)
            inner.Put("Transform Attribute", $"{attribute}", Length(attribute));
    });

    private static void Policy(FieldWriter body, GroupPolicy policy) => body.Group("Group Policy", policy.Title, policy.Length, fields =>
    {
        if (policy is GroupWidePolicy wide)
        {
            fields.Put("Protocol", "0 (group-wide)", 1).Put("RESERVED", wide.Reserved, 1).Put("Length", (ulong)policy.Length, 2);
            foreach (var attribute in wide.Attributes)
                fields.Put($"{(GroupWidePolicyAttributeType)attribute.Type}", Value(attribute), Length(attribute));
        }
        else if (policy is GroupSaPolicy sa)
        {
            fields.Put("Protocol", $"{(byte)sa.Protocol} ({sa.Protocol})", 1).Put("SPI Size", (ulong)sa.Spi.Length, 1).Put("Length", (ulong)policy.Length, 2);
            Optional(fields, "SPI", sa.Spi);
            Selector(fields, sa.Source);
            Selector(fields, sa.Destination);
            foreach (var transform in sa.Transforms)
                Transform(fields, transform);
            foreach (var attribute in sa.Attributes)
                fields.Put($"{(GroupSaAttributeType)attribute.Type}", Value(attribute), Length(attribute));
        }
    });

    private static void Bag(FieldWriter body, KeyBag bag) => body.Group("Key Bag", bag.Title, bag.Length, fields =>
    {
        fields.Put("Protocol", $"{(byte)bag.Protocol} ({(bag.IsMembers ? "member" : bag.Protocol)})", 1)
            .Put(bag.IsMembers ? "RESERVED" : "SPI Size", bag.IsMembers ? bag.Reserved : (ulong)bag.Spi.Length, 1).Put("Length", (ulong)bag.Length, 2);
        Optional(fields, "SPI", bag.Spi);
        foreach (var attribute in bag.Attributes)
            fields.Put("Key Bag Attribute", bag.Text(attribute), Length(attribute));
    });

    private static string Value(TransformAttribute attribute) => attribute.IsShort ? $"{attribute.ShortValue}" : $"{attribute.Value}";

    private static int Length(Transform transform) => 8 + transform.Attributes.Sum(Length);

    private static int Length(TransformAttribute attribute) => attribute.IsShort ? 4 : 4 + attribute.Value.Length;

    private static void Selector(FieldWriter body, TrafficSelector selector)
    {
        if (selector.Opaque is { } octets)
        {
            body.Put("Traffic Selector", $"{selector}", 4 + octets.Length);
            return;
        }
        var address = selector.StartAddress.GetAddressBytes().Length;
        body.Group("Traffic Selector", $"{selector}", 8 + 2 * address, fields => fields
            .Put("TS Type", $"{(byte)selector.Type} ({selector.Type})", 1).Put("IP Protocol ID", selector.IpProtocol, 1)
            .Put("Selector Length", (ulong)(8 + 2 * address), 2).Put("Start Port", selector.StartPort, 2).Put("End Port", selector.EndPort, 2)
            .Put("Starting Address", $"{selector.StartAddress}", address).Put("Ending Address", $"{selector.EndAddress}", address));
    }

    private static void Optional(FieldWriter fields, string name, Octets octets)
    {
        if (!octets.IsEmpty)
            fields.Put(name, $"{octets}", octets.Length);
    }
}
